/** A process's state, end and kind in words: the same in the panel and in VS Code's own views. */
import { fill } from '../protocol/text.js';
import type { Asleep, Blocked, ProcessRow } from '../protocol/view.js';

/** Translates an English template, and puts the arguments in for `{0}`, `{1}`, ... */
export type Translate = (template: string, ...args: readonly (string | number)[]) => string;

let t: Translate = (template, ...args) => fill({ template, args });

/** Each front has translations of its own; English without. */
export function speak(translate: Translate): void {
  t = translate;
}

const MINUS = '\u2212';

/** A negative number gets a real minus: -9 reads as a hyphenated name. */
export function signed(n: number): string {
  return n < 0 ? `${MINUS}${-n}` : String(n);
}

export type Tone = 'plain' | 'dim' | 'good' | 'warn' | 'bad';
/** Each has its own outline, so that colour is never the only difference. */
export type Shape = 'run' | 'wait' | 'sleep' | 'stop' | 'zombie' | 'orphan' | 'done' | 'failed' | 'killed' | 'lost' | 'start';

export interface StateWords {
  readonly shape: Shape;
  readonly tone: Tone;
  readonly text: string;
  /** A time since when, which the row counts up; null none. */
  readonly sinceMs: number | null;
}

/** A lock, pool, segment or shared object. */
export interface ObjectName {
  /** Python's name for its kind; null where the row is not there (yet). */
  readonly kind: string | null;
  readonly name: string;
  /** Processes that hold it for certain. */
  readonly holders: readonly { readonly process: string; readonly ended: boolean }[];
}

export interface Names {
  process(key: string): string;
  channel(key: string): string;
  object(key: string): ObjectName;
  /** Whether a channel is the one from which a pool's worker takes its tasks. */
  servesPool(process: string, channel: string): boolean;
}

/** The operation that tells most: a main thread that waits for its own feeder is held by what the feeder writes. */
export function telling(blocked: readonly Blocked[]): Blocked | null {
  const first = blocked[0];
  if (first === undefined) return null;
  if (first.op !== 'join-thread') return first;
  return blocked.find((b) => b.op === 'feeder-send') ?? first;
}

/** `get(jobs)`, `join(producer-2)`, `feeder: write results`, `acquire(left_fork)`. */
export function operation(b: Blocked, names: Names): string {
  const channel = b.channel === null ? '' : names.channel(b.channel);
  const process = b.process === null ? '' : names.process(b.process);
  const object = b.object === null ? '' : names.object(b.object).name;
  switch (b.op) {
    case 'put': return `put(${channel})`;
    case 'send': return `send(${channel})`;
    case 'get': return `get(${channel})`;
    case 'recv': return `recv(${channel})`;
    case 'poll': return `poll(${channel})`;
    case 'join': return `join(${process})`;
    case 'wait': return `wait(${channel || process})`;
    case 'queue-join': return channel ? `${channel}.join()` : 'join()';
    case 'start': return process ? `start(${process})` : 'start()';
    case 'feeder-send': return channel ? t('feeder: write {0}', channel) : t('feeder: write');
    case 'join-thread': return channel ? t('waits for its feeder: {0}', channel) : t('waits for its feeder');
    case 'lock': return `acquire(${object})`;
    case 'condition': return object ? `${object}.wait()` : 'Condition.wait()';
    case 'event': return object ? `${object}.wait()` : 'Event.wait()';
    case 'barrier': return object ? `${object}.wait()` : 'Barrier.wait()';
    case 'result': return object || channel ? t('result of {0}', object || channel) : t('result of a task');
    case 'pool-join': return object || channel ? `${object || channel}.join()` : 'join()';
    case 'call': return object || channel ? t('call on {0}', object || channel) : t('call on a manager');
    case 'accept': return `accept(${channel})`;
    case 'connect': return `connect(${channel})`;
  }
}

/** Who has what it waits for: `held by philosopher-2`; null where nobody is known to. */
export function heldBy(b: Blocked, self: string, names: Names): string | null {
  if (b.op !== 'lock' || b.object === null) return null;
  const { holders } = names.object(b.object);
  const first = holders[0];
  if (first === undefined) return null;
  if (holders.length > 1) return t('held by {0} processes', holders.length);
  if (first.process === self) return t('held by itself');
  return first.ended ? t('held by {0}, which has ended', names.process(first.process)) : t('held by {0}', names.process(first.process));
}

/** The same in a sentence that says what kind of thing it waits for. */
export function waitSentence(b: Blocked, self: string, names: Names): string {
  if (b.object === null) return operation(b, names);
  const { kind, name } = names.object(b.object);
  // An object without a name is called by its kind already.
  const what = kind === null || name.startsWith(kind) ? name : `${kind} ${name}`;
  const held = heldBy(b, self, names);
  return held === null ? t('waits for {0}', what) : t('waits for {0}, {1}', what, held);
}

/** How a process ended: `exited 0`, `exited −9 SIGKILL`; null while it lives. */
export function ending(row: ProcessRow): string | null {
  if (row.endedMs === null && row.exitCode === null && row.signal === null) return null;
  if (row.endedBy?.how === 'parent-exit') return t('ended by its parent');
  if (row.signal !== null) return row.exitCode === null ? t('ended by {0}', row.signal) : t('exited {0}', `${signed(row.exitCode)} ${row.signal}`);
  if (row.exitCode === null) return row.endKnown === 'vanished' ? t('gone, exit code unknown') : t('ended, exit code unknown');
  if (row.exception !== null && row.exitCode !== 0) return t('exited {0}', `${signed(row.exitCode)} ${row.exception.type}`);
  return t('exited {0}', signed(row.exitCode));
}

/** @param severity of the worst finding about this process, or null */
export function stateWords(row: ProcessRow, names: Names, severity: 'error' | 'warning' | 'info' | null): StateWords {
  const blocked = telling(row.blocked);
  const held = blocked === null ? null : heldBy(blocked, row.key, names);
  const does = blocked === null ? '' : held === null ? operation(blocked, names) : t('{0}, {1}', operation(blocked, names), held);
  const troubled: Tone | null = severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : null;
  switch (row.state) {
    case 'zombie':
      return { shape: 'zombie', tone: 'warn', text: t('zombie: not joined'), sinceMs: row.stateSinceMs };
    case 'orphan':
      return {
        shape: 'orphan', tone: 'warn', sinceMs: row.stateSinceMs,
        text: blocked === null ? t('orphan') : t('orphan in {0}', does),
      };
    case 'blocked':
      // A worker that waits for its next task lacks nothing.
      if (troubled === null && isIdle(row, names)) return { shape: 'sleep', tone: 'dim', text: t('idle'), sinceMs: blocked?.sinceMs ?? row.stateSinceMs };
      return {
        shape: 'wait', tone: troubled ?? (blocked !== null && heldByEnded(blocked, names) ? 'warn' : 'dim'), sinceMs: blocked?.sinceMs ?? row.stateSinceMs,
        text: blocked === null ? t('blocked') : does,
      };
    case 'starting': return { shape: 'start', tone: 'dim', text: t('starting'), sinceMs: row.startedMs };
    case 'running': return { shape: 'run', tone: 'good', text: recorded(row, t('running')), sinceMs: null };
    case 'sleeping':
      return { shape: 'sleep', tone: troubled ?? 'dim', text: recorded(row, row.asleep === null ? t('sleeping') : asleepWords(row.asleep)), sinceMs: row.asleep?.sinceMs ?? null };
    case 'stopped': return { shape: 'stop', tone: 'warn', text: t('stopped by a signal'), sinceMs: row.stateSinceMs };
    case 'exited': {
      const failed = row.exitCode !== null && row.exitCode !== 0;
      return { shape: failed ? 'failed' : 'done', tone: failed ? 'bad' : 'dim', text: ending(row) ?? t('exited'), sinceMs: null };
    }
    case 'signaled': {
      // A daemon that its parent ends on leaving is multiprocessing's usual order, no accident.
      if (row.endedBy?.how === 'parent-exit') return { shape: 'done', tone: 'dim', text: ending(row) ?? t('ended by its parent'), sinceMs: null };
      if (endedByItsPool(row)) return { shape: 'killed', tone: 'dim', text: ending(row) ?? t('ended by a signal'), sinceMs: null };
      const asked = row.signal === 'SIGTERM' || row.signal === 'SIGINT' || row.signal === 'SIGHUP';
      return { shape: 'killed', tone: asked ? 'warn' : 'bad', text: ending(row) ?? t('ended by a signal'), sinceMs: null };
    }
    case 'lost': return { shape: 'lost', tone: 'warn', text: ending(row) ?? t('gone, exit code unknown'), sinceMs: null };
    case 'unknown': return { shape: 'sleep', tone: 'dim', text: t('state unknown'), sinceMs: null };
  }
}

/** What the system says that it sleeps in, where that is nothing of multiprocessing's. */
export function asleepWords({ call, place }: Asleep): string {
  switch (call) {
    case 'sleep': return t('sleeps: time.sleep or the like');
    case 'lock': return t("waits for a thread's lock");
    case 'pipe-read': return t('reads from a pipe');
    case 'pipe-write': return t('writes to a full pipe');
    case 'socket': return t('waits at a socket');
    case 'accept': return t('waits for a connection');
    case 'poll': return t('waits until a file is ready');
    case 'child': return t('waits for a child process');
    case 'terminal': return t('reads from the terminal');
    case 'file': return t('waits for a file');
    case 'signal': return t('waits for a signal');
    case 'other': return t('sleeps in {0}', place);
  }
}

/** `terminate()` of a Pool, which is also the end of `with Pool()`, ends its workers so: the usual order. */
function endedByItsPool(row: ProcessRow): boolean {
  return row.kind === 'pool-worker' && row.signal === 'SIGTERM' && row.parent !== null && row.endedBy?.process === row.parent;
}

/** A pool's worker that waits for its next task. */
export function isIdle(row: ProcessRow, names: Names): boolean {
  const blocked = telling(row.blocked);
  return row.state === 'blocked' && blocked?.channel != null && (blocked.op === 'get' || blocked.op === 'recv') && names.servesPool(row.key, blocked.channel);
}

/** Nobody will ever release it. */
function heldByEnded(b: Blocked, names: Names): boolean {
  if (b.op !== 'lock' || b.object === null) return false;
  const { holders } = names.object(b.object);
  return holders.length > 0 && holders.every((holder) => holder.ended);
}

/** Of a process that tells nothing itself, a state without blocked operations would look as if it had none. */
function recorded(row: ProcessRow, state: string): string {
  return row.kind === 'uninstrumented' ? t('{0}, not recorded', state) : state;
}

/** Short words beside the name: what is not the usual case. */
export function tags(row: ProcessRow): readonly string[] {
  const out: string[] = [];
  // The rarer word first: where only one fits, it is the one that tells more.
  if (row.daemon === true) out.push(t('daemon'));
  if (row.startMethod !== null) out.push(row.startMethod);
  switch (row.kind) {
    case 'fork': out.push('os.fork'); break;
    case 'manager': out.push(t('manager')); break;
    case 'subprocess': out.push(t('subprocess')); break;
    case 'uninstrumented': out.push(t('not recorded')); break;
    default: break;
  }
  return out;
}

export function kindWords(row: ProcessRow): string {
  switch (row.kind) {
    case 'main': return t('the script');
    case 'process': return 'multiprocessing.Process';
    case 'fork': return t('made by os.fork()');
    case 'pool-worker': return t('worker of a Pool');
    case 'executor-worker': return t('worker of a ProcessPoolExecutor');
    case 'manager': return t('server of a Manager');
    case 'forkserver': return t('fork server');
    case 'resource-tracker': return t('resource tracker');
    case 'subprocess': return t('child by subprocess');
    case 'uninstrumented': return t('not recorded by Procession');
  }
}

/** Why a process keeps no journal; the codes are those of docs/journal-format.md, and one that is not known stays a code. */
export function reasonWords(reason: string): string {
  switch (reason) {
    case 'no-env': return t('its environment does not name the run: it was started without PYTHONPATH and PROCESSION_RUN');
    case '-E': case '-I': case '-S': return t('it was started with {0}, which keeps the instrumentation out', reason);
    case 'not-python': return t('it is not Python');
    case 'too-old': return t('its Python is older than 3.8');
    case 'unknown': return t('nothing tells why');
    default: return reason;
  }
}

/** Whether it can be signalled. A zombie cannot: it has already ended. */
export function alive(row: ProcessRow): boolean {
  return row.endedMs === null && row.state !== 'zombie' && row.state !== 'exited' && row.state !== 'signaled' && row.state !== 'lost';
}
