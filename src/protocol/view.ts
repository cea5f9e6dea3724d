/**
 * What a front shows: plain data, ready for JSON, made by the model and drawn by the webview and the terminal.
 * Times are milliseconds from the run's start unless a name says otherwise. Absent facts are null, never guessed.
 */
import type { Asleep } from './chain.js';
import type { FindingRow } from './findings.js';

export type * from './chain.js';
export type * from './findings.js';
export type * from './lanes.js';

/** A place in source code. `file` is absolute as Python told it; `line` counts from 1. */
export interface SourceRef {
  readonly file: string;
  readonly line: number;
  readonly function: string | null;
}

export type StartMethod = 'fork' | 'spawn' | 'forkserver';

/** What a process is, as far as the records or the operating system tell. Spelled as in the report. */
export type ProcessKind =
  | 'main'
  | 'process'
  | 'fork'
  | 'pool-worker'
  | 'executor-worker'
  | 'manager'
  | 'forkserver'
  | 'resource-tracker'
  | 'subprocess'
  | 'uninstrumented';

/**
 * One word for the state of a process, the most telling first.
 * `blocked` comes from the in-flight slots (what it waits for is in `blocked`); the others from the operating
 * system and the records. An orphan that is blocked is an `orphan` with `blocked` set.
 */
export type ProcessState =
  | 'starting'
  | 'running'
  | 'sleeping'
  | 'blocked'
  | 'stopped'
  | 'zombie'
  | 'orphan'
  | 'exited'
  | 'signaled'
  | 'lost'
  | 'unknown';

/** An operation that a thread is in, as the in-flight slots say it. */
export type BlockedOp =
  | 'put'
  | 'send'
  | 'feeder-send'
  | 'get'
  | 'recv'
  | 'poll'
  | 'join'
  | 'wait'
  | 'queue-join'
  | 'join-thread'
  | 'start'
  /** To acquire a lock or a semaphore. */
  | 'lock'
  /** `wait` of a Condition, an Event, a Barrier. */
  | 'condition'
  | 'event'
  | 'barrier'
  /** The result of a task, or of any of several. */
  | 'result'
  | 'pool-join'
  /** A call on a manager's proxy. */
  | 'call'
  | 'accept'
  | 'connect';

export interface Blocked {
  readonly op: BlockedOp;
  /** Since when, milliseconds from the run's start. */
  readonly sinceMs: number;
  /** When it gives up by itself; null: never. */
  readonly untilMs: number | null;
  /** Channel key it works on, if any. */
  readonly channel: string | null;
  /** Key of the lock, pool or shared object it is about, if any. */
  readonly object: string | null;
  /** Process key it waits for (join), if any. */
  readonly process: string | null;
  /** Name of the thread where it is not the main thread. */
  readonly thread: string | null;
  readonly where: SourceRef | null;
}

export interface ExceptionInfo {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

/** Who sent the signal that ended a process. */
export interface EndedBy {
  /** Key of the process that sent it; null when the user did, from Procession. */
  readonly process: string | null;
  /**
   * `parent-exit`: multiprocessing ends the daemonic children that are left when their parent ends: not a crash.
   * `signal`: terminate(), kill(), os.kill. `itself`: it sent the signal to itself. `user`: from Procession.
   */
  readonly how: 'parent-exit' | 'signal' | 'itself' | 'user';
}

export interface ProcessRow {
  /** Stable for the life of the run: `p1`, `p2`, ... in order of start time. */
  readonly key: string;
  readonly parent: string | null;
  readonly pid: number;
  /** The operating system's parent pid when last seen; null when unknown. */
  readonly osParent: number | null;
  readonly name: string;
  readonly kind: ProcessKind;
  readonly startMethod: StartMethod | null;
  readonly daemon: boolean | null;
  readonly target: string | null;
  readonly created: SourceRef | null;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly state: ProcessState;
  /** Since when it is a zombie, an orphan, or blocked; null otherwise. */
  readonly stateSinceMs: number | null;
  /** Every thread that is in an operation, the main thread first. */
  readonly blocked: readonly Blocked[];
  /** What its main thread sleeps in, where that is no operation of multiprocessing's and the system tells. */
  readonly asleep: Asleep | null;
  readonly exitCode: number | null;
  /** `SIGKILL` and so on, when a signal ended it. */
  readonly signal: string | null;
  /** How the end is known: the parent reaped it, it said so itself, or it merely vanished. */
  readonly endKnown: 'reaped' | 'self' | 'vanished' | null;
  /** Who ended it, when a signal did and its sender is known. */
  readonly endedBy: EndedBy | null;
  readonly exception: ExceptionInfo | null;
  /** Percent of one core over the last sample; null when not sampled. */
  readonly cpu: number | null;
  readonly rssKiB: number | null;
  /** Messages, and their bytes. */
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Why it carries no instrumentation (kind `uninstrumented`), or null. */
  readonly reason: string | null;
  /** Command line, where known. */
  readonly argv: readonly string[] | null;
  readonly python: string | null;
  /** Sum of ms as zombie, as orphan. */
  readonly zombieMs: number;
  readonly orphanMs: number;
  readonly blockedMs: BlockedMs;
  /** Tasks of pools and executors that ended in it, however. */
  readonly tasks: number;
}

/**
 * How long it waited, by reason, in whole ms: waits that are over and took at least 1 ms. Of threads that wait at one time each counts.
 * What it waits in now is in `blocked`.
 */
export interface BlockedMs {
  readonly queue: number;
  readonly pipe: number;
  readonly join: number;
  readonly lock: number;
  readonly result: number;
  readonly other: number;
}

export type ChannelKind = 'Queue' | 'JoinableQueue' | 'SimpleQueue' | 'Pipe' | 'Connection';
export type Matching = 'exact' | 'inferred' | 'none';

export interface ChannelWaiter {
  readonly process: string;
  readonly op: BlockedOp;
  readonly sinceMs: number;
}

/** A process, and how many messages it put (sent) into a channel and got (received) from it, so far. A tuple: there may be a thousand in a row. */
export type ChannelFlow = readonly [process: string, put: number, got: number];

export interface ChannelRow {
  /** `c1`, `c2`, ... in order of creation. */
  readonly key: string;
  /** The variable it was assigned to, where the source told; null otherwise. */
  readonly name: string | null;
  readonly kind: ChannelKind;
  /** Where a Connection's Listener listens: a path, or `host:port`. */
  readonly address: string | null;
  readonly internal: boolean;
  readonly duplex: boolean | null;
  readonly maxsize: number | null;
  readonly created: SourceRef | null;
  readonly createdBy: string | null;
  readonly puts: number;
  readonly gets: number;
  readonly sent: number;
  readonly received: number;
  readonly bytes: number;
  /** Now: put and not yet got (queues), sent and not yet received (pipes). */
  readonly depth: number;
  readonly maxDepth: number;
  /** Depth at `depthFromMs`, `depthFromMs + depthStepMs`, ...; at most 60 values; after the last one `depth` holds. */
  readonly depthHistory: readonly number[];
  readonly depthFromMs: number;
  readonly depthStepMs: number;
  /** Puts (sends) and gets (receives) a second, over the last second. */
  readonly putRate: number;
  readonly getRate: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly matching: Matching;
  /** Why matching is not exact, as a sentence in English; null when exact. */
  readonly matchingWhy: string | null;
  /** JoinableQueue's unfinished count. */
  readonly unfinished: number | null;
  /** Put or sent, never to be received: no process that could read them is left. */
  readonly undelivered: number;
  /** Messages whose sender was killed in the middle of writing them. */
  readonly partial: number;
  /** Messages that were counted and not recorded (budget, drops). */
  readonly countedOnly: number;
  readonly waiters: readonly ChannelWaiter[];
  /** Keys of live processes that hold an end they can read, an end they can write. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** Processes that put or got anything, living or not, in order of key. */
  readonly flows: readonly ChannelFlow[];
}

/** Where an object that is no channel was made; keys, names and places as in ChannelRow. */
interface ObjectRow {
  readonly key: string;
  readonly name: string | null;
  readonly created: SourceRef | null;
  readonly createdBy: string | null;
}

export type LockKind = 'Lock' | 'RLock' | 'Semaphore' | 'BoundedSemaphore' | 'Condition' | 'Event' | 'Barrier';

export interface LockWaiter {
  readonly process: string;
  readonly op: BlockedOp;
  readonly sinceMs: number;
  readonly untilMs: number | null;
  readonly where: SourceRef | null;
}

/** Key `l1`, `l2`, ... in order of creation. */
export interface LockRow extends ObjectRow {
  readonly kind: LockKind;
  /** Made by the library for an object of its own: the lock inside of a Condition, for one. */
  readonly internal: boolean;
  /** First value of a semaphore, parties of a barrier; null for others. */
  readonly value: number | null;
  /** Key of the lock that a Condition, Event or Barrier is built on; of the Value or Array whose lock this is. */
  readonly partOf: string | null;
  /** Acquires (or waits, for Condition, Event and Barrier) that had to wait, and how long in all and at most. */
  readonly contended: number;
  readonly waitMs: number;
  readonly longestWaitMs: number;
  /** Waits that were given up at their timeout. */
  readonly gaveUp: number;
  /** notify, set, ...: how often. */
  readonly told: number;
  /** Event: whether it is set, as the records say it; null for others and where it is not known. */
  readonly isSet: boolean | null;
  /** Processes that hold it; also one that ended and never released it. Always empty for Condition, Event and Barrier. */
  readonly holders: readonly string[];
  /** Some process released it in another's stead, so holders may be out of date; or holds more locks than are noted. */
  readonly holdersUncertain: boolean;
  readonly waiters: readonly LockWaiter[];
  /** Processes that were seen to use it. */
  readonly users: readonly string[];
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Key `w1`, `w2`, ... in order of creation. */
export interface PoolRow extends ObjectRow {
  readonly kind: 'Pool' | 'ProcessPoolExecutor';
  /** Key of the channel that carries its tasks, and of the one that brings results. */
  readonly channel: string | null;
  readonly results: string | null;
  /** Workers asked for, and the processes that serve it or did so, in order of start. */
  readonly workersWanted: number;
  readonly workers: readonly string[];
  readonly workersAlive: number;
  readonly maxTasksPerWorker: number | null;
  readonly initializer: string | null;
  readonly state: 'open' | 'closed' | 'terminated' | 'broken' | 'joined';
  /** Why it broke, as the library says it. */
  readonly brokenWhy: string | null;
  readonly jobs: number;
  /** Tasks by what became of them; `submitted` is their sum. A task of an imap is counted once it is known. */
  readonly submitted: number;
  readonly pending: number;
  readonly running: number;
  readonly ok: number;
  readonly failed: number;
  readonly lost: number;
  readonly cancelled: number;
  /** Items in the tasks that ended: a chunk has several. */
  readonly items: number;
  /** From submit to begin, from begin to end. */
  readonly queueMs: Spread | null;
  readonly runMs: Spread | null;
  /** Tasks ended a second, over the last second. */
  readonly rate: number;
  readonly waiters: readonly LockWaiter[];
}

export type TaskOutcome = 'ok' | 'error' | 'lost' | 'pending' | 'running' | 'cancelled';

export interface TaskRow {
  readonly job: number;
  readonly index: number;
  /** Items in it: a chunk has several. 0: not known, for it has not begun. */
  readonly items: number;
  readonly function: string;
  /** `map`, `apply_async`, `submit`, ... */
  readonly method: string | null;
  readonly submitter: string | null;
  readonly worker: string | null;
  readonly submittedMs: number | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  /** When the submitter had the result of the job that it belongs to. */
  readonly resultMs: number | null;
  readonly outcome: TaskOutcome;
  /** `Type: message`. */
  readonly error: string | null;
  readonly where: SourceRef | null;
}

/** Shared memory. Key `m1`, `m2`, ... in order of creation. */
export interface SegmentRow extends ObjectRow {
  readonly kind: 'SharedMemory' | 'ShareableList' | 'Value' | 'Array' | 'RawValue' | 'RawArray';
  /** Its name in the system; null for Value and Array, which lie in a nameless one. */
  readonly systemName: string | null;
  /** `c_double`, `c_int[10]`. */
  readonly type: string | null;
  readonly bytes: number;
  /** Key of its lock, for Value and Array. */
  readonly lock: string | null;
  /** Processes that map it now (alive, attached and not closed). Empty for Value and Array. */
  readonly mappedBy: readonly string[];
  readonly unlinked: boolean;
  /** Created in this run, never unlinked by the script, and everybody who could has ended. */
  readonly leaked: boolean;
}

/** An object in a manager's process, used through proxies. Key `o1`, `o2`, ... in order of creation. */
export interface SharedRow extends ObjectRow {
  /** `dict`, `list`, `Queue`, ... */
  readonly typeId: string;
  readonly address: string | null;
  /** Key of the process of its server; null where that carries no instrumentation. */
  readonly server: string | null;
  readonly calls: number;
  readonly failed: number;
  readonly callMs: Spread | null;
  /** Calls by method, the most first; at most 20. */
  readonly methods: readonly { readonly method: string; readonly calls: number; readonly ms: number }[];
  readonly users: readonly string[];
  readonly waiters: readonly LockWaiter[];
}

/** flight: put or sent, and somebody may still take it. undelivered: nobody is left who could. unmatched: its other half is not known. */
export type MessageState = 'flight' | 'received' | 'undelivered' | 'unmatched';

export interface MessageRow {
  /** Names it among those of its channel, whatever is told later; in another session it may have another. */
  readonly id: string;
  /** Number of the message in its channel, both directions together, from 0: the place in the list without a filter. */
  readonly index: number;
  readonly state: MessageState;
  /** 0, or 1 for the way back of a duplex pipe. */
  readonly direction: 0 | 1;
  /** Sender and receiver process keys; receiver null: not received (yet). */
  readonly from: string | null;
  readonly to: string | null;
  /** put (queues), send, receive: milliseconds from the run's start; null unknown. */
  readonly putMs: number | null;
  readonly sentMs: number | null;
  readonly receivedMs: number | null;
  /** When the write of it was done, and when its receiver began to wait for it or to read it. */
  readonly writtenMs: number | null;
  readonly readMs: number | null;
  /** put (or send) to receive. */
  readonly latencyMs: number | null;
  readonly bytes: number | null;
  /** Decoded from the first bytes of the pickle; null: none was kept. */
  readonly preview: string | null;
  readonly putWhere: SourceRef | null;
  readonly getWhere: SourceRef | null;
}

export interface RunRow {
  readonly id: string;
  readonly scriptName: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly python: string | null;
  readonly implementation: string | null;
  readonly platform: string | null;
  readonly startedAt: string;
  /** null while it runs. */
  readonly durationMs: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** live: being written now; ended: the script is done; recording: opened from a file or left-over folder. */
  readonly phase: 'starting' | 'live' | 'ended' | 'recording';
  readonly defaultMethod: StartMethod | null;
}

export interface Totals {
  readonly processes: number;
  readonly alive: number;
  readonly zombies: number;
  readonly orphans: number;
  readonly messages: number;
  readonly messagesPerSecond: number;
  readonly records: number;
  readonly dropped: number;
  /** Messages counted without a record each. */
  readonly countedOnly: number;
  readonly uninstrumented: number;
  /** Journal bytes so far, and the budget. */
  readonly journalBytes: number;
  readonly budgetBytes: number | null;
}

/** Everything but messages and lanes. */
export interface Snapshot {
  readonly run: RunRow;
  /** Now, milliseconds from the run's start. */
  readonly nowMs: number;
  readonly totals: Totals;
  readonly processes: readonly ProcessRow[];
  readonly channels: readonly ChannelRow[];
  readonly locks: readonly LockRow[];
  readonly pools: readonly PoolRow[];
  readonly segments: readonly SegmentRow[];
  readonly shared: readonly SharedRow[];
  readonly findings: readonly FindingRow[];
}

/** What changed since the last one: rows by key, whole rows. Nothing is ever removed but findings. A page gets it as ToldDelta. */
export interface Delta {
  readonly run: RunRow | null;
  readonly nowMs: number;
  readonly totals: Totals;
  readonly processes: readonly ProcessRow[];
  readonly channels: readonly ChannelRow[];
  readonly locks: readonly LockRow[];
  readonly pools: readonly PoolRow[];
  readonly segments: readonly SegmentRow[];
  readonly shared: readonly SharedRow[];
  /** The whole list when it changed, else null. */
  readonly findings: readonly FindingRow[] | null;
}
