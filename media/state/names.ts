/** Names of processes and channels by key, and what a filter finds; reading them subscribes to the row. */
import type { ChannelRow, ProcessRow } from '../../src/protocol/view.js';
import type { Names } from '../processes/words.js';
import { place } from './format.js';
import { store } from './store.js';

export function channelName(row: ChannelRow): string {
  if (row.name !== null) return row.name;
  return `${row.kind} #${row.key.slice(1)}`;
}

export const names: Names = {
  process: (key) => store.processes.get(key)?.value.name ?? key,
  channel: (key) => {
    const row = store.channels.get(key)?.value;
    return row === undefined ? key : channelName(row);
  },
};

/** `Queue(100)`, `Pipe ⇄`, `Pipe →`: as the script would write it. */
export function channelKind(row: ChannelRow): string {
  if (row.maxsize !== null && row.maxsize > 0) return `${row.kind}(${row.maxsize})`;
  if (row.kind === 'Pipe' || row.kind === 'Connection') return row.duplex === null ? row.kind : `${row.kind} ${row.duplex ? '⇄' : '→'}`;
  return row.kind;
}

/** Words to find, all of which a row must have. */
export function needles(filter: string): readonly string[] {
  return filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
}

export function channelMatches(row: ChannelRow, words: readonly string[]): boolean {
  const hay = `${channelName(row)} ${row.kind} ${row.created === null ? '' : place(row.created)}`.toLowerCase();
  return words.every((word) => hay.includes(word));
}

/** A process is found by what it is called, what it runs, its pid, its state, and the queues it waits at. */
export function processMatches(row: ProcessRow, words: readonly string[], namesNow: Names): boolean {
  const waits = row.blocked.map((b) => (b.channel === null ? '' : namesNow.channel(b.channel)) + (b.process === null ? '' : ` ${namesNow.process(b.process)}`));
  const hay = [row.name, row.pid, row.target ?? '', row.kind, row.startMethod ?? '', row.state, row.signal ?? '', ...waits, ...(row.argv ?? [])].join(' ').toLowerCase();
  return words.every((word) => hay.includes(word));
}
