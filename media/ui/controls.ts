/**
 * The only file that knows the component library. The toolkit is no longer developed: a change to another one touches this file
 * (and styles/controls.css, which adjusts its elements).
 *
 * Its badge and progress ring are not used: their templates carry style attributes, which the content security policy refuses.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodePanels, vsCodePanelTab, vsCodePanelView, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { h, type ComponentChildren, type RefObject, type VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodePanels(), vsCodePanelTab(), vsCodePanelView(), vsCodeTextField());

/** The library's elements are no part of Preact's types: their attributes are named here and nowhere else. */
function element(tag: string, props: object, ...children: ComponentChildren[]): VNode {
  return h<object>(tag, props, ...children);
}

interface ButtonProps {
  readonly look: 'primary' | 'secondary' | 'icon';
  readonly class?: string;
  readonly title?: string;
  /** What it does, where the text shown is not enough. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly untabbed?: boolean;
  readonly onPress: (event: MouseEvent) => void;
  readonly children?: ComponentChildren;
}

export function Button(props: ButtonProps): VNode {
  return element(
    'vscode-button',
    {
      appearance: props.look,
      // The library says so in its own time, in a later frame; until then each new button would be a primary one, and flash.
      ref: (button: HTMLElement | null) => {
        if (button !== null && button.getAttribute('appearance') !== props.look) button.setAttribute('appearance', props.look);
      },
      class: props.class,
      title: props.title,
      'aria-label': props.label,
      'aria-pressed': props.pressed === undefined ? undefined : String(props.pressed),
      'aria-expanded': props.expanded === undefined ? undefined : String(props.expanded),
      disabled: props.disabled ?? false,
      tabIndex: props.untabbed ? -1 : undefined,
      onClick: props.onPress,
    },
    props.children,
  );
}

export function Badge(props: { readonly class?: string; readonly children: ComponentChildren }): VNode {
  return element('span', { class: `badge ${props.class ?? ''}` }, props.children);
}

export function Spinner(): VNode {
  return element('span', { class: 'spinner', 'aria-hidden': 'true' });
}

interface SearchProps {
  readonly value: string;
  readonly hint: string;
  /** What can be typed; the hint where there is no more to say. */
  readonly help?: string;
  readonly onInput: (value: string) => void;
}

export function SearchField(props: SearchProps): VNode {
  return element('vscode-text-field', {
    class: 'filter',
    value: props.value,
    placeholder: props.hint,
    // Not as an attribute: once in the page the library's field calls itself "Text field".
    ref: (field: HTMLElement | null) => field?.setAttribute('aria-label', props.hint),
    title: props.help ?? props.hint,
    onInput: (event: Event) => props.onInput(valueOf(event)),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') props.onInput('');
    },
  });
}

/** The event comes from the input inside the element's shadow; its host carries the value too. */
function valueOf(event: Event): string {
  const target = event.currentTarget;
  if (target instanceof HTMLElement && 'value' in target && typeof target.value === 'string') return target.value;
  return '';
}

export interface TabSpec {
  readonly id: string;
  readonly label: string;
  /** `words`: what its colour says. */
  readonly badge: { readonly text: string; readonly class: string; readonly words?: string | null } | null;
  /** Not there now. It keeps its place: the library numbers tabs and their bodies by it. */
  readonly hidden?: boolean;
  readonly body: () => ComponentChildren;
}

function badgeOf({ badge }: TabSpec): ComponentChildren {
  if (badge === null) return null;
  const words = badge.words ?? null;
  return h(Badge, { class: badge.class, children: words === null ? badge.text : [badge.text, h('span', { class: 'unseen' }, `, ${words}`)] });
}

/** Once in the page the library's tab names itself by the text of that moment, badge glued to it, for ever. */
function nameByContent(tab: HTMLElement | null): void {
  tab?.removeAttribute('aria-label');
}

/** The library looks at which tabs are hidden only when the active one is set: that comes after they are drawn. */
function useActive(active: string, hidden: string): RefObject<HTMLElement | null> {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const panels = ref.current;
    if (panels === null || !('activeid' in panels)) return;
    if (panels.activeid === `tab-${active}`) panels.activeid = undefined;
    panels.activeid = `tab-${active}`;
  }, [active, hidden]);
  return ref;
}

/** Only the active tab's body exists. */
export function Tabs(props: { readonly label: string; readonly active: string; readonly tabs: readonly TabSpec[]; readonly onChoose: (id: string) => void }): VNode {
  const ref = useActive(props.active, props.tabs.map((tab) => (tab.hidden === true ? '-' : '+')).join(''));
  return element(
    'vscode-panels',
    {
      class: 'tabs',
      'aria-label': props.label,
      ref,
      onChange: (event: Event) => {
        const panels = event.currentTarget;
        if (panels instanceof HTMLElement && event.target === panels && 'activeid' in panels && typeof panels.activeid === 'string') {
          props.onChoose(panels.activeid.slice('tab-'.length));
        }
      },
    },
    ...props.tabs.map((tab) =>
      element('vscode-panel-tab', { id: `tab-${tab.id}`, key: `tab-${tab.id}`, ref: nameByContent, hidden: tab.hidden === true }, tab.label, badgeOf(tab)),
    ),
    ...props.tabs.map((tab) => element('vscode-panel-view', { id: `view-${tab.id}`, key: `view-${tab.id}` }, tab.id === props.active ? tab.body() : null)),
  );
}
