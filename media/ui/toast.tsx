/** What became of a request, said once: by the eye at the bottom, by ear through the status role. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Reply } from '../state/host.js';
import { t } from '../state/l10n.js';

const shown = signal<{ readonly text: string; readonly ok: boolean } | null>(null);
let timer: ReturnType<typeof setTimeout> | null = null;

export function say(text: string, ok: boolean): void {
  shown.value = { text, ok };
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(() => (shown.value = null), ok ? 4_000 : 9_000);
}

/** Success without words is seen in the tree itself; a failure always has words. */
export async function sayReply(reply: Promise<Reply>): Promise<void> {
  const { ok, message } = await reply;
  if (message !== null) say(message, ok);
  else if (!ok) say(t('That did not work. The Procession log says more.'), false);
}

export function Toast(): VNode {
  const now = shown.value;
  return (
    <div class="toasts" role="status">
      {now === null ? null : <div class={`toast ${now.ok ? 'ok' : 'bad'}`}>{now.text}</div>}
    </div>
  );
}
