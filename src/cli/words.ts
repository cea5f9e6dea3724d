/** Facts as a terminal says them: numbers with units, states in words, nothing that could move the cursor. */
import type { Blocked, ChannelRow, ProcessRow, Snapshot, SourceRef } from '../protocol/view.js';

/** Names and previews come from the script; a control character in them must not reach the terminal. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const code = c.charCodeAt(0);
    if (c === '\n') return '⏎';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�';
  });
}

export function duration(ms: number): string {
  if (ms < 1) return `${Math.max(0, Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  if (n < 1_000_000) return `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)} kB`;
  if (n < 1e9) return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;
  return `${(n / 1e9).toFixed(1)} GB`;
}

/** Thousands apart. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function counted(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The file as short as it is still found from `cwd`. */
export function place(where: SourceRef | null, cwd: string): string {
  if (where === null) return '';
  const inside = where.file.startsWith(`${cwd}/`) ? where.file.slice(cwd.length + 1) : where.file;
  return `${plain(inside)}:${where.line}`;
}

export function channelName(channel: Pick<ChannelRow, 'key' | 'kind' | 'name' | 'created'>, cwd: string): string {
  if (channel.name !== null) return plain(channel.name);
  const where = place(channel.created, cwd);
  return where === '' ? `${channel.kind} ${channel.key}` : `${channel.kind} ${where}`;
}

const OPERATIONS: Readonly<Record<Blocked['op'], string>> = {
  put: 'put to',
  send: 'send to',
  'feeder-send': 'feeder sends to',
  get: 'get from',
  recv: 'recv from',
  poll: 'poll',
  join: 'join',
  wait: 'wait for',
  'queue-join': 'join of',
  'join-thread': 'join_thread of',
  start: 'start of',
  lock: 'acquire',
  condition: 'wait on',
  event: 'wait for',
  barrier: 'wait at',
  result: 'result of',
  'pool-join': 'join of',
  call: 'call on',
  accept: 'accept on',
  connect: 'connect to',
};

function blockedOn(blocked: Blocked, snapshot: Snapshot): string {
  const process = snapshot.processes.find((row) => row.key === blocked.process);
  const channel = snapshot.channels.find((row) => row.key === blocked.channel);
  const what = channel !== undefined ? channelName(channel, snapshot.run.cwd) : process !== undefined ? plain(process.name) : '';
  const words = [OPERATIONS[blocked.op], what].filter((word) => word !== '').join(' ');
  return `${words} for ${duration(Math.max(0, snapshot.nowMs - blocked.sinceMs))}`;
}

/** `exited 0`, `exited 1`, `ended by SIGKILL (-9)`. */
export function ending(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return exitCode === null ? `ended by ${signal}` : `ended by ${signal} (${exitCode})`;
  return exitCode === null ? 'ended' : `exited ${exitCode}`;
}

/** The state of a process in words, with what it waits for. */
export function stateWords(row: ProcessRow, snapshot: Snapshot): string {
  const since = row.stateSinceMs === null ? '' : ` for ${duration(Math.max(0, snapshot.nowMs - row.stateSinceMs))}`;
  const first = row.blocked[0];
  switch (row.state) {
    case 'blocked': return first === undefined ? 'blocked' : `blocked: ${blockedOn(first, snapshot)}`;
    case 'orphan': return first === undefined ? `orphan${since}` : `orphan${since}, blocked: ${blockedOn(first, snapshot)}`;
    case 'zombie': return `zombie${since}, ${ending(row.exitCode, row.signal)}`;
    case 'exited': case 'signaled': return ending(row.exitCode, row.signal);
    case 'lost': return 'lost: it vanished without a word';
    default: return row.state;
  }
}
