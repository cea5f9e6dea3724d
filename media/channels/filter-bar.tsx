/** What narrows the list of messages: a search, and behind a button the conditions. */
import { effect, signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { MessageFilter } from '../../src/protocol/message-query.js';
import type { ChannelRow, MessageState } from '../../src/protocol/view.js';
import { t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { Choice, type Option } from '../ui/choice.js';
import { Button, SearchField } from '../ui/controls.js';
import { readBytes, readMilliseconds } from './amount.js';
import { conditions, emptied, filter, narrow, order, reply, turnOrder, widen } from './message-state.js';

const unfolded = signal(false);

/** A letter is no question yet. */
const TYPING_MS = 120;
let typing: ReturnType<typeof setTimeout> | null = null;
/** What was typed and is not asked for yet: several fields may be typed in within that time. */
const typed = signal<Partial<MessageFilter>>({});

function type(change: Partial<MessageFilter>): void {
  typed.value = { ...typed.peek(), ...change };
  if (typing !== null) clearTimeout(typing);
  typing = setTimeout(() => {
    const all = typed.peek();
    typed.value = {};
    narrow(all.text === undefined ? all : { ...all, text: all.text.trim() });
  }, TYPING_MS);
}

// Nor is what was typed before the filter was emptied asked for after it.
effect(() => {
  void emptied.value;
  if (typing !== null) clearTimeout(typing);
  typing = null;
  typed.value = {};
});

/** What stands in the field of the search: as it was typed, with the space before the next word. */
const written = signal('');

/** Search, and the button that unfolds the conditions. */
export function FilterFields(): VNode {
  const asked = typed.value.text?.trim() ?? filter.value.text;
  const set = conditions.value;
  const open = unfolded.value || set > 0;
  return (
    <>
      <SearchField value={written.value.trim() === asked ? written.value : asked} hint={t('Search messages')} onInput={(text) => {
        written.value = text;
        type({ text });
      }} />
      <Button look="secondary" class={open ? 'on' : ''} expanded={open} title={t('Sender, receiver, state, size and latency')} onPress={() => {
        unfolded.value = !open;
        if (open && set > 0) widen(asked);
      }}>{set === 0 ? t('Conditions') : t('Conditions: {0}', set)}</Button>
      <Button look="secondary" title={t('Turn the order of the list')} label={order.value === 'newest' ? t('Newest first: turn to oldest first') : t('Oldest first: turn to newest first')} onPress={turnOrder}>
        {order.value === 'newest' ? t('Newest ↓') : t('Oldest ↓')}
      </Button>
    </>
  );
}

/** What a message must be to be listed; nothing while it is folded. */
export function ConditionsLine({ channel }: { readonly channel: ChannelRow }): VNode | null {
  return unfolded.value || conditions.value > 0 ? <Conditions channel={channel} /> : null;
}

function Conditions({ channel }: { readonly channel: ChannelRow }): VNode {
  const now = filter.value;
  const told = reply.value;
  const people = (word: string, keys: readonly string[], more: readonly (string | null)[], chosen: string | null): Option[] => {
    const all = new Set([...keys, ...more, chosen].filter((key) => key !== null));
    return [{ value: '', text: word }, ...[...all].map((key) => ({ value: key, text: names.process(key) }))];
  };
  return (
    <div class="conditions" role="group" aria-label={t('Conditions')}>
      <Choice label={t('State of the message')} value={now.state ?? ''} options={states()} onChoose={(value) => narrow({ state: value === '' ? null : (value as MessageState) })} />
      <Choice label={t('Sender')} value={now.from ?? ''} options={people(t('From anybody'), told?.senders ?? [], told?.rows.map((row) => row.from) ?? [], now.from)} onChoose={(value) => narrow({ from: value === '' ? null : value })} />
      <Choice label={t('Receiver')} value={now.to ?? ''} options={people(t('To anybody'), told?.receivers ?? [], told?.rows.map((row) => row.to) ?? [], now.to)} onChoose={(value) => narrow({ to: value === '' ? null : value })} />
      {channel.duplex === true ? (
        <Choice label={t('Way')} value={now.direction === null ? '' : String(now.direction)} options={[{ value: '', text: t('Both ways') }, { value: '0', text: t('From the first end') }, { value: '1', text: t('From the second end') }]}
          onChoose={(value) => narrow({ direction: value === '' ? null : value === '0' ? 0 : 1 })} />
      ) : null}
      <Amount key={`size${emptied.value}`} label={t('Least size')} hint={t('≥ size')} example={t('4 K, 1.5 M or a number of bytes')} read={readBytes} change={(minBytes) => ({ minBytes })} />
      <Amount key={`latency${emptied.value}`} label={t('Least latency')} hint={t('≥ latency')} example={t('10 ms, 0.5 s or a number of milliseconds')} read={readMilliseconds} change={(minLatencyMs) => ({ minLatencyMs })} />
    </div>
  );
}

function states(): Option[] {
  return [
    { value: '', text: t('Any state') },
    { value: 'received', text: t('received') },
    { value: 'flight', text: t('on its way') },
    { value: 'undelivered', text: t('undelivered') },
    { value: 'unmatched', text: t('not matched') },
  ];
}

interface AmountProps {
  readonly label: string;
  readonly hint: string;
  readonly example: string;
  readonly read: (text: string) => number | null | undefined;
  readonly change: (value: number | null) => Partial<MessageFilter>;
}

/** Said to be wrong while it is typed, and not asked for before it is right. */
function Amount({ label, hint, example, read, change }: AmountProps): VNode {
  const [wrong, setWrong] = useState(false);
  return (
    <input class="amount" type="text" aria-label={label} aria-invalid={wrong} title={`${label}: ${example}`} placeholder={hint}
      onInput={(event) => {
        const value = read(event.currentTarget.value);
        setWrong(value === undefined);
        if (value !== undefined) type(change(value));
      }} />
  );
}
