/**
 * What a front shows: plain data, ready for JSON, made by the model and drawn by the webview and the terminal.
 * Times are milliseconds from the run's start unless a name says otherwise. Absent facts are null, never guessed.
 */

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
  | 'start';

export interface Blocked {
  readonly op: BlockedOp;
  /** Since when, milliseconds from the run's start. */
  readonly sinceMs: number;
  /** When it gives up by itself; null: never. */
  readonly untilMs: number | null;
  /** Channel key it works on, if any. */
  readonly channel: string | null;
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
}

export type ChannelKind = 'Queue' | 'JoinableQueue' | 'SimpleQueue' | 'Pipe' | 'Connection';
export type Matching = 'exact' | 'inferred' | 'none';

export interface ChannelWaiter {
  readonly process: string;
  readonly op: BlockedOp;
  readonly sinceMs: number;
}

export interface ChannelRow {
  /** `c1`, `c2`, ... in order of creation. */
  readonly key: string;
  /** The variable it was assigned to, where the source told; null otherwise. */
  readonly name: string | null;
  readonly kind: ChannelKind;
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
}

export interface MessageRow {
  /** Number of the message in its channel and direction, from 0. */
  readonly index: number;
  /** 0, or 1 for the way back of a duplex pipe. */
  readonly direction: 0 | 1;
  /** Sender and receiver process keys; receiver null: not received (yet). */
  readonly from: string | null;
  readonly to: string | null;
  /** put (queues), send, receive: milliseconds from the run's start; null unknown. */
  readonly putMs: number | null;
  readonly sentMs: number | null;
  readonly receivedMs: number | null;
  /** put (or send) to receive. */
  readonly latencyMs: number | null;
  readonly bytes: number | null;
  /** Decoded from the first bytes of the pickle; null: none was kept. */
  readonly preview: string | null;
  readonly putWhere: SourceRef | null;
  readonly getWhere: SourceRef | null;
}

export type Severity = 'error' | 'warning' | 'info';

export interface FindingRow {
  /** Stable while the finding stands: rule and subject. */
  readonly key: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly certain: boolean;
  readonly process: string | null;
  readonly channel: string | null;
  readonly where: SourceRef | null;
  readonly sinceMs: number | null;
  /** One sentence: what happened. English template with {0}.. and its arguments, for translation. */
  readonly message: Text;
  /** One sentence: what to do. */
  readonly fix: Text;
  readonly evidence: readonly Text[];
}

/** A text to be translated by the front: an English template with {0}, {1}, ... and its arguments. */
export interface Text {
  readonly template: string;
  readonly args: readonly (string | number)[];
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
  readonly findings: readonly FindingRow[];
}

/** What changed since the last one: rows by key, whole rows. Nothing is ever removed but findings. */
export interface Delta {
  readonly run: RunRow | null;
  readonly nowMs: number;
  readonly totals: Totals;
  readonly processes: readonly ProcessRow[];
  readonly channels: readonly ChannelRow[];
  /** The whole list when it changed, else null. */
  readonly findings: readonly FindingRow[] | null;
}

/** What part of which lanes is on the screen. */
export interface LaneQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Width in device-independent pixels: nothing finer is asked for. */
  readonly pixels: number;
  /** Process keys of the rows on the screen, in order. */
  readonly rows: readonly string[];
  /** Draw arrows for this process or channel; null none. */
  readonly arrowsFor: string | null;
}

export type SpanKind = 'life' | 'blocked-queue' | 'blocked-pipe' | 'blocked-join' | 'blocked-other' | 'zombie' | 'orphan';

export interface LaneSpan {
  readonly kind: SpanKind;
  readonly fromMs: number;
  readonly toMs: number;
  /** Channel or process key it is about; null none or several (merged for the zoom). */
  readonly about: string | null;
}

export interface Lane {
  readonly process: string;
  readonly spans: readonly LaneSpan[];
  /** Sends and receives by pixel column, 0..255, sparse: [column, count, column, count, ...]. */
  readonly sends: readonly number[];
  readonly receives: readonly number[];
  /** Moments that must never vanish in the summary. */
  readonly marks: readonly { readonly atMs: number; readonly kind: 'exit' | 'signal' | 'exception' | 'start'; readonly text: string }[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly channel: string;
}

export interface LaneReply {
  readonly query: LaneQuery;
  readonly lanes: readonly Lane[];
  readonly arrows: readonly Arrow[];
}
