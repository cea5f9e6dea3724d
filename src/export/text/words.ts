/** Facts as a terminal says them: numbers with units, states in words, nothing that could move the cursor. */
import { namesApart } from '../../model/alike.js';
import type { Asleep, Blocked, ChannelRow, LockRow, PoolRow, ProcessRow, SegmentRow, SharedRow, Snapshot, SourceRef, SystemCall } from '../../protocol/view.js';

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

export function channelName(channel: Pick<ChannelRow, 'key' | 'kind' | 'name' | 'created' | 'address'>, cwd: string): string {
  if (channel.name !== null) return plain(channel.name);
  if (channel.address !== null) return plain(channel.address);
  const where = place(channel.created, cwd);
  return where === '' ? `${channel.kind} ${channel.key}` : `${channel.kind} ${where}`;
}

export type ObjectRow = LockRow | PoolRow | SegmentRow | SharedRow;

/** `jobs_lock`, a segment's name in the system, else its kind and where it was made. Those that one line made are told apart. */
export function objectName(row: ObjectRow, snapshot: Snapshot): string {
  if (row.name !== null) {
    const table = [snapshot.locks, snapshot.pools, snapshot.segments, snapshot.shared].find((rows) => rows.some((other) => other.key === row.key)) ?? [];
    return plain(namesApart(table).get(row.key) ?? row.name);
  }
  const { cwd } = snapshot.run;
  if ('systemName' in row && row.systemName !== null) return plain(row.systemName);
  const kind = 'typeId' in row ? plain(row.typeId) : row.kind;
  const where = place(row.created, cwd);
  return `${kind} ${where === '' ? row.key : where}`;
}

function objectOf(key: string | null, snapshot: Snapshot): ObjectRow | undefined {
  if (key === null) return undefined;
  const { locks, pools, segments, shared } = snapshot;
  return [...locks, ...pools, ...segments, ...shared].find((row) => row.key === key);
}

export function processName(key: string, snapshot: Snapshot): string {
  return plain(snapshot.processes.find((row) => row.key === key)?.name ?? key);
}

/** It will release nothing any more. */
export function hasEnded(key: string, snapshot: Snapshot): boolean {
  const row = snapshot.processes.find((process) => process.key === key);
  return row !== undefined && (row.endedMs !== null || row.state === 'zombie');
}

/** Who has the lock that somebody waits for: `, held by philosopher-2`. */
function heldBy(row: ObjectRow | undefined, waiter: string, snapshot: Snapshot): string {
  if (row === undefined || !('holders' in row) || row.holdersUncertain) return '';
  const [first, ...more] = row.holders;
  if (first === undefined) return '';
  if (more.length > 0) return `, held by ${count(row.holders.length)} processes`;
  if (first === waiter) return ', held by itself';
  return `, held by ${processName(first, snapshot)}${hasEnded(first, snapshot) ? ', which has ended' : ''}`;
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

/** What stands where the object of an operation is not known. */
const UNKNOWN: Partial<Record<Blocked['op'], string>> = {
  lock: 'a lock', condition: 'a condition', event: 'an event', barrier: 'a barrier', result: 'a task', 'pool-join': 'a pool', call: 'a manager', accept: 'a listener', connect: 'a listener',
};

function blockedOn(blocked: Blocked, waiter: string, snapshot: Snapshot): string {
  const object = objectOf(blocked.object, snapshot);
  const process = snapshot.processes.find((row) => row.key === blocked.process);
  const channel = snapshot.channels.find((row) => row.key === blocked.channel);
  const { cwd } = snapshot.run;
  const what = object !== undefined ? objectName(object, snapshot)
    : channel !== undefined ? channelName(channel, cwd)
      : process !== undefined ? plain(process.name) : (UNKNOWN[blocked.op] ?? '');
  const words = [OPERATIONS[blocked.op], what].filter((word) => word !== '').join(' ');
  const held = blocked.op === 'lock' ? heldBy(object, waiter, snapshot) : '';
  return `${words} for ${duration(Math.max(0, snapshot.nowMs - blocked.sinceMs))}${held}`;
}

/** A pool's worker that waits for its next task lacks nothing. */
export function isIdle(row: ProcessRow, snapshot: Snapshot): boolean {
  const first = row.blocked[0];
  if (row.state !== 'blocked' || first?.channel == null || (first.op !== 'get' && first.op !== 'recv')) return false;
  return snapshot.pools.some((pool) => pool.channel === first.channel && pool.workers.includes(row.key));
}

/** `exited 0`, `exited 1`, `ended by SIGKILL (-9)`. */
export function ending(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return exitCode === null ? `ended by ${signal}` : `ended by ${signal} (${exitCode})`;
  return exitCode === null ? 'ended' : `exited ${exitCode}`;
}

const CALLS: Readonly<Record<Exclude<SystemCall, 'other'>, string>> = {
  sleep: 'in time.sleep or the like',
  lock: "waits for a thread's lock",
  'pipe-read': 'reads from a pipe',
  'pipe-write': 'writes to a full pipe',
  socket: 'waits at a socket',
  accept: 'waits for a connection',
  poll: 'waits until a file is ready',
  child: 'waits for a child process',
  terminal: 'reads from the terminal',
  file: 'waits for a file',
  signal: 'waits for a signal',
};

/** What the system says that it sleeps in. */
function asleepIn({ call, place }: Asleep): string {
  return call === 'other' ? `sleeps in ${plain(place)}` : CALLS[call];
}

/** The state of a process in words, with what it waits for. */
export function stateWords(row: ProcessRow, snapshot: Snapshot): string {
  const since = row.stateSinceMs === null ? '' : ` for ${duration(Math.max(0, snapshot.nowMs - row.stateSinceMs))}`;
  const first = row.blocked[0];
  switch (row.state) {
    case 'blocked':
      if (first !== undefined && isIdle(row, snapshot)) return `idle for ${duration(Math.max(0, snapshot.nowMs - first.sinceMs))}`;
      return first === undefined ? 'blocked' : `blocked: ${blockedOn(first, row.key, snapshot)}`;
    case 'orphan': return first === undefined ? `orphan${since}` : `orphan${since}, blocked: ${blockedOn(first, row.key, snapshot)}`;
    case 'zombie': return `zombie${since}, ${ending(row.exitCode, row.signal)}`;
    case 'exited': case 'signaled': return ending(row.exitCode, row.signal);
    case 'lost': return 'lost: it vanished without a word';
    case 'sleeping':
      return row.asleep === null ? row.state : `${asleepIn(row.asleep)} for ${duration(Math.max(0, snapshot.nowMs - row.asleep.sinceMs))}`;
    default: return row.state;
  }
}
