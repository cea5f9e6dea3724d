/** A menu at the pointer or at a row: arrow keys, Home, End, first letters, Enter, Escape; focus goes back where it came from. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.js';

export type MenuItem =
  | { readonly kind: 'item'; readonly label: string; readonly hint?: string; readonly disabled?: boolean; readonly danger?: boolean; readonly checked?: boolean | 'mixed'; readonly stays?: boolean; readonly run: () => void }
  | { readonly kind: 'title'; readonly label: string }
  | { readonly kind: 'line' };

/** As a function they are made anew when what they read changes: for a menu that stays open while things are ticked in it. */
type Items = readonly MenuItem[] | (() => readonly MenuItem[]);

interface Open {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly items: Items;
  readonly back: HTMLElement | SVGElement | null;
}

const open = signal<Open | null>(null);

export function openMenu(label: string, x: number, y: number, items: Items): void {
  const focused = document.activeElement;
  open.value = { label, x, y, items, back: focused instanceof HTMLElement || focused instanceof SVGElement ? focused : null };
}

function close(): void {
  const was = open.value;
  open.value = null;
  was?.back?.focus({ preventScroll: true });
}

export function Menu(): VNode | null {
  const menu = open.value;
  return menu === null ? null : <Opened menu={menu} />;
}

function Opened({ menu }: { readonly menu: Open }): VNode {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = ref.current;
    if (box === null) return;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, Math.min(menu.x, innerWidth - width - 4))}px`;
    box.style.top = `${Math.max(4, menu.y + height > innerHeight - 4 ? Math.min(menu.y, innerHeight - 4) - height : menu.y)}px`;
    items(box)[0]?.focus({ preventScroll: true });
    const outside = (event: Event): void => {
      if (!(event.target instanceof Node) || !box.contains(event.target)) close();
    };
    // Capture: a row under the pointer must not be the first to hear of it.
    addEventListener('pointerdown', outside, true);
    addEventListener('blur', close);
    addEventListener('resize', close);
    return () => {
      removeEventListener('pointerdown', outside, true);
      removeEventListener('blur', close);
      removeEventListener('resize', close);
    };
  }, [menu]);
  return (
    <div
      ref={ref}
      class="menu"
      role="menu"
      aria-label={menu.label}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        const all = items(event.currentTarget);
        const at = all.findIndex((item) => item === document.activeElement);
        const go = (to: number): void => all[(to + all.length) % all.length]?.focus();
        if (event.key === 'ArrowDown') go(at + 1);
        else if (event.key === 'ArrowUp') go(at - 1);
        else if (event.key === 'Home') go(0);
        else if (event.key === 'End') go(-1);
        else if (event.key === 'Escape' || event.key === 'Tab') close();
        else if (event.key.length === 1 && event.key !== ' ') {
          const letter = event.key.toLowerCase();
          const hit = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) => item.textContent.toLowerCase().startsWith(letter));
          hit?.focus();
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {(typeof menu.items === 'function' ? menu.items() : menu.items).map((item, i) =>
        item.kind === 'line' ? (
          <div key={i} class="menu-line" role="separator" />
        ) : item.kind === 'title' ? (
          <div key={i} class="menu-title" role="presentation">{item.label}</div>
        ) : (
          <button
            key={i}
            type="button"
            role={item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={item.checked === undefined ? undefined : String(item.checked) as 'true' | 'false' | 'mixed'}
            tabIndex={-1}
            class={item.danger ? 'danger' : ''}
            aria-disabled={item.disabled ? 'true' : undefined}
            onPointerEnter={(event) => event.currentTarget.focus({ preventScroll: true })}
            onClick={() => {
              if (item.disabled) return;
              if (item.stays !== true) close();
              item.run();
            }}
          >
            <span class="label">{item.checked === undefined ? null : <Tick is={item.checked} />}{item.label}</span>
            {item.hint === undefined ? null : <span class="hint">{item.hint}</span>}
          </button>
        ),
      )}
    </div>
  );
}

function Tick({ is }: { readonly is: boolean | 'mixed' }): VNode {
  return <span class="tick" aria-hidden="true">{is === false ? null : <Icon name={is === true ? 'check' : 'minus'} />}</span>;
}

function items(box: Element): readonly HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>('[role^=menuitem]')];
}
