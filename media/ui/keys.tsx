/** The keys of the page, on a sheet over it: by `?`, or by its button in the header. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../state/l10n.js';
import { Button } from './controls.js';
import { Icon } from './icons.js';

const open = signal(false);

type Key = readonly [keys: string, does: string];

/** All that keys do, by where they do it: docs/accessibility.md tells the same. */
function sheet(): readonly (readonly [title: string, keys: readonly Key[]])[] {
  return [
    [t('Everywhere'), [
      ['Tab · Shift+Tab', t('to the next or the previous part')],
      ['Esc', t('closes a menu, this sheet or a notice; empties the filter')],
      ['?', t('shows this sheet')],
    ]],
    [t('Time'), [
      [', .', t('to the event before, to the next one; with a channel chosen to its messages')],
      ['← →', t('on the line of time: back and on by a hundredth, with Shift by 10 ms')],
      ['PgUp PgDn', t('on the line of time: by a tenth')],
      ['Home', t('on the line of time: to the beginning')],
      ['Esc', t('back to the present')],
    ]],
    [t('Process tree'), [
      ['↑ ↓ · PgUp PgDn · Home End', t('choose a row')],
      ['→ ←', t('unfold and fold; to the first child, to the parent')],
      ['Space', t('folds or unfolds')],
      ['Enter', t('opens the line that made the process; with Ctrl beside')],
      ['*', t('unfolds all beside it')],
      ['Ctrl+Space', t('holds it for comparison with another')],
      ['Shift+F10', t('menu: signals, stacks, copy')],
    ]],
    [t('Timeline'), [
      ['← →', t('move in time')],
      ['Shift+← Shift+→', t('from piece to piece of the row: waits, tasks, exceptions; Enter opens its line')],
      ['+ −', t('zoom')],
      ['0', t('shows all of the time')],
      ['F · End', t('follow the present')],
      ['Z', t('zooms to what is chosen')],
      ['Enter', t('opens the line of the row')],
      ['Home', t('to the start')],
      ['↑ ↓', t('choose a row')],
      ['Esc', t('leaves the piece')],
    ]],
    [t('Tables'), [
      ['↑ ↓ · PgUp PgDn · Home End', t('choose a row')],
      ['Enter', t('opens the line of the row')],
      ['← →', t('on the tabs: the next tab')],
    ]],
    [t('Splitters'), [
      ['← → · ↑ ↓', t('move the border')],
      ['Home · End', t('as small or as large as can be')],
      ['Enter', t('gives the size it had at first')],
    ]],
  ];
}

export function KeysButton(): VNode {
  return (
    <Button look="secondary" class="help" label={t('Keys')} title={t('Keys (?)')} onPress={() => (open.value = true)}>
      <Icon name="help" slot="start" />
    </Button>
  );
}

export function Keys(): VNode {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // The filter is typed into: inside the library's field there is an input.
      if (event.composedPath()[0] instanceof HTMLInputElement) return;
      open.value = !open.value;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return <>{open.value ? <Sheet /> : null}</>;
}

function Sheet(): VNode {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    // The browser keeps the focus inside, closes on Escape and gives the focus back.
    ref.current?.showModal();
    const dialog = ref.current;
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      class="keys"
      aria-labelledby="keys-title"
      onClose={() => (open.value = false)}
      onClick={(event) => {
        if (event.target === event.currentTarget) open.value = false;
      }}
    >
      <div class="keys-body" tabIndex={0} role="group" aria-labelledby="keys-title">
        <div class="keys-head">
          <h2 id="keys-title">{t('Keys')}</h2>
          <button type="button" class="mini" aria-label={t('Close')} title={t('Close (Esc)')} onClick={() => (open.value = false)}><Icon name="close" /></button>
        </div>
        <div class="keys-parts">
          {sheet().map(([title, keys]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>
                {keys.map(([key, does]) => (
                  <div key={key}>
                    <dt>{key.split(' · ').map((one, i) => <span key={one}>{i === 0 ? '' : ' '}{one.split(' ').map((cap) => <kbd key={cap}>{cap}</kbd>)}</span>)}</dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </dialog>
  );
}
