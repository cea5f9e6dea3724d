/** What became of a request, said once: by the eye at the bottom, by ear through the status role. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Reply } from '../state/host.js';
import { useEffect } from 'preact/hooks';
import { t } from '../state/l10n.js';
import { Icon } from './icons.js';

const shown = signal<{ readonly text: string; readonly ok: boolean } | null>(null);
let timer: ReturnType<typeof setTimeout> | null = null;

export function say(text: string, ok: boolean): void {
  shown.value = { text, ok };
  if (timer !== null) clearTimeout(timer);
  // What went wrong stays until it was read: not everybody reads fast.
  timer = ok ? setTimeout(dismiss, 4_000) : null;
}

function dismiss(): void {
  shown.value = null;
}

/** Success without words is seen in the tree itself; a failure always has words. */
export async function sayReply(reply: Promise<Reply>): Promise<void> {
  const { ok, message } = await reply;
  if (message !== null) say(message, ok);
  else if (!ok) say(t('That did not work. The Procession log says more.'), false);
}

export function Toast(): VNode {
  const now = shown.value;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && document.querySelector('dialog[open]') === null) dismiss();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return (
    <div class="toasts" role="status">
      {now === null ? null : (
        <div class={`toast ${now.ok ? 'ok' : 'bad'}`}>
          <span>{now.text}</span>
          {now.ok ? null : <button type="button" class="mini" aria-label={t('Close')} title={t('Close (Esc)')} onClick={dismiss}><Icon name="close" /></button>}
        </div>
      )}
    </div>
  );
}
