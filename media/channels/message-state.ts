/** What of a channel's messages is looked at: filter, order, whether the list stands still, and the window that was asked for. */
import { batch, computed, signal } from '@preact/signals';
import type { MessageFilter, MessageQuery, MessageReply } from '../../src/protocol/message-query.js';
import type { MessageRow } from '../../src/protocol/view.js';
import { host } from '../state/host.js';
import { store } from '../state/store.js';

const NO_FILTER: MessageFilter = { text: '', from: null, to: null, direction: null, state: null, minBytes: null, minLatencyMs: null };

export const filter = signal<MessageFilter>(NO_FILTER);
export const order = signal<MessageQuery['order']>('newest');
/** The list stands still at so many messages while more come; null: it follows. */
export const standsAt = signal<number | null>(null);
/** Messages and flow are shown as they were then, milliseconds from the run's start; null: as they are. */
export const untilMs = signal<number | null>(null);
/** Rises when the filter was emptied from elsewhere than its own fields. */
export const emptied = signal(0);
/** Rises when the list is to show its begin. */
export const toNewest = signal(0);

/** Rows around those that are seen, so that a turn of the wheel finds them there. */
const AROUND = 40;
/** Windows begin at multiples of it: not each row that comes into sight is a question. */
const GRAIN = 20;

/** `since`: replies to what was asked before are about other messages. */
const asked = signal<{ readonly channel: string | null; readonly since: number }>({ channel: null, since: 0 });
let serial = 0;
let window: { readonly first: number; readonly count: number } = { first: 0, count: 4 * AROUND };

function ask(): void {
  const { channel } = asked.peek();
  if (channel === null) {
    host.messages(null);
    return;
  }
  const open = JSON.stringify(filter.peek()) === JSON.stringify(NO_FILTER);
  host.messages({ channel, serial: ++serial, filter: open ? null : filter.peek(), order: order.peek(), upTo: standsAt.peek(), ...window, untilMs: untilMs.peek() });
}

/** Of another list nothing that was told holds: it begins at its top. */
function askAnew(channel = asked.peek().channel): void {
  asked.value = { channel, since: serial + 1 };
  window = { first: 0, count: window.count };
  ask();
}

export function lookAt(key: string | null): void {
  if (key === asked.peek().channel) return;
  batch(() => {
    filter.value = NO_FILTER;
    emptied.value++;
    standsAt.value = null;
    toNewest.value++;
  });
  askAnew(key);
}

/** Goes to another moment. */
export function lookBack(ms: number | null): void {
  if (ms === untilMs.peek()) return;
  batch(() => {
    untilMs.value = ms;
    standsAt.value = null;
  });
  askMessagesAgain();
}

/** Another run, or a host that begins anew, knows nothing of what was asked. */
export function askMessagesAgain(): void {
  const { channel } = asked.peek();
  if (channel === null) return;
  // The rows that are seen stay the same ones, by number.
  asked.value = { channel, since: serial + 1 };
  ask();
}

export function narrow(change: Partial<MessageFilter>): void {
  batch(() => {
    filter.value = { ...filter.peek(), ...change };
    standsAt.value = null;
    toNewest.value++;
  });
  askAnew();
}

/** All messages again, or all that have the text. */
export function widen(text = ''): void {
  emptied.value++;
  narrow({ ...NO_FILTER, text });
}

export function turnOrder(): void {
  batch(() => {
    order.value = order.peek() === 'newest' ? 'oldest' : 'newest';
    standsAt.value = null;
    toNewest.value++;
  });
  askAnew();
}

/** Rows that are seen now. */
export function see(first: number, last: number): void {
  const end = window.first + window.count;
  const needed = Math.max(0, first - GRAIN);
  if (needed >= window.first && last + GRAIN <= end) return;
  const from = Math.max(0, Math.floor((first - AROUND) / GRAIN) * GRAIN);
  window = { first: from, count: Math.min(1000, Math.ceil((last - from + AROUND) / GRAIN) * GRAIN) };
  ask();
}

export function standStill(): void {
  const known = reply.peek();
  if (standsAt.peek() !== null || order.peek() !== 'newest' || known === null) return;
  standsAt.value = known.matching;
  ask();
}

export function followNewest(): void {
  batch(() => {
    standsAt.value = null;
    toNewest.value++;
  });
  window = { first: 0, count: window.count };
  ask();
}

/** The last reply to what is asked now; null: none yet. */
export const reply = computed<MessageReply | null>(() => {
  const told = store.messages.value;
  const { channel, since } = asked.value;
  return told !== null && told.channel === channel && told.serial >= since ? told : null;
});

export function rowAt(index: number): MessageRow | null {
  const told = reply.value;
  return told?.rows[index - told.first] ?? null;
}

/** How many conditions narrow the list, beside the text. */
export const conditions = computed(() => {
  const { from, to, direction, state, minBytes, minLatencyMs } = filter.value;
  return [from, to, direction, state, minBytes, minLatencyMs].filter((value) => value !== null).length;
});
