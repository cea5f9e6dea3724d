/** A made-up run for the development page: what the mock shows, alive. Nothing of it is shipped. */
import type {
  Arrow, Blocked, BlockedOp, Chain, ChainEnd, ChainStep, ChannelRow, Delta, FindingRow, Lane, LaneQuery, LaneReply, LaneSpan, ProcessRow, RunRow, Snapshot, SourceRef, SpanKind, TaskRow, Totals,
} from '../../src/protocol/view.js';
import { withFlows } from './graph.js';
import { laneTasks, locks, pools, segments, shared, tasks, type Cast } from './objects.js';

const FILE = '/ada/photos/pipeline.py';
const at = (line: number, fn = 'main'): SourceRef => ({ file: FILE, line, function: fn });

/** Where who waits, by the beginning of its name and the reason; the library's own waits have no line of the script. */
const WAITS_AT: Readonly<Record<string, number>> = {
  'MainProcess blocked-queue': 71, 'MainProcess blocked-join': 88, 'producer blocked-queue': 36, 'consumer blocked-queue': 52, 'ForkPoolWorker blocked-lock': 118,
  'ForkPoolWorker blocked-other': 121, 'ForkProcess blocked-lock': 131, 'reporter blocked-result': 104, 'watcher blocked-other': 151, 'batch blocked-queue': 52,
};
const SENDS_AT: Readonly<Record<string, number>> = { MainProcess: 72, producer: 36, consumer: 55, batch: 55 };
const RECEIVES_AT: Readonly<Record<string, number>> = { MainProcess: 71, consumer: 52, batch: 52 };

type Wait = readonly [number, number, SpanKind, string];
interface Made {
  readonly row: ProcessRow;
  readonly waits: readonly Wait[];
  readonly sends: Float64Array;
  readonly receives: Float64Array;
}

function random(seed: number): () => number {
  let r = seed;
  return () => (r = (r * 16807) % 2147483647) / 2147483647;
}

function times(seed: number, from: number, to: number, count: number): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length: count }, () => from + next() * (to - from)).sort();
}

const NO_WAITS = { queue: 0, pipe: 0, join: 0, lock: 0, result: 0, other: 0 } as const;

const BLANK = {
  osParent: 48210, kind: 'process', startMethod: 'fork', daemon: false, target: null, created: null, endedMs: null, state: 'running', stateSinceMs: null, blocked: [], exitCode: null, signal: null,
  endKnown: null, endedBy: null, exception: null, cpu: 0, rssKiB: 24_000, sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, reason: null, argv: null, python: '/usr/bin/python3.11', zombieMs: 0, orphanMs: 0, asleep: null, blockedMs: NO_WAITS, tasks: 0,
} as const satisfies Partial<ProcessRow>;

function blocked(op: BlockedOp, sinceMs: number, channel: string | null, process: string | null, line: number, thread: string | null = null, object: string | null = null): Blocked {
  return { op, sinceMs, untilMs: null, channel, object, process, thread, where: at(line) };
}

/** @param seconds how long it has run when the page opens @param plain without locks, pools, memory and shared objects */
export class Scenario {
  readonly processes: Made[] = [];
  readonly cast: Cast;
  nowMs: number;
  #count = 0;

  constructor(seconds: number, readonly many: number, readonly phase: RunRow['phase'], readonly plain = false) {
    this.nowMs = seconds * 1000;
    const end = this.nowMs;
    const add = (row: Omit<Partial<ProcessRow>, 'key'> & { name: string; pid: number; startedMs: number; parent: string | null }, waits: readonly Wait[] = [], sends: readonly [number, number, number] | null = null, receives: readonly [number, number, number] | null = null): string => {
      const key = `p${++this.#count}`;
      this.processes.push({
        row: { ...BLANK, ...row, key },
        waits,
        sends: sends === null ? new Float64Array() : times(this.#count * 31 + 7, sends[0], sends[1], sends[2]),
        receives: receives === null ? new Float64Array() : times(this.#count * 17 + 3, receives[0], receives[1], receives[2]),
      });
      return key;
    };
    const main = add(
      { name: 'MainProcess', pid: 48210, parent: null, osParent: 4100, kind: 'main', startMethod: null, startedMs: 0, state: 'blocked', stateSinceMs: end - 3200, blocked: [blocked('join', end - 3200, null, 'p3', 88)], rssKiB: 31_700, received: 9_812, sent: 31_204, bytesReceived: 9.1e6, bytesSent: 2.2e6, argv: ['python3', 'pipeline.py', '--frames', '4000'], blockedMs: { ...NO_WAITS, queue: 1_100, join: 210 } },
      [[1100, 2200, 'blocked-queue', 'c1'], [end - 3200, end, 'blocked-join', 'p3']], [200, 9000, 60], [200, 9000, 130]);
    add({ name: 'producer-1', pid: 48214, parent: main, startedMs: 400, endedMs: 7900, state: 'exited', exitCode: 0, endKnown: 'reaped', sent: 20_112, target: 'pipeline.produce', created: at(74), cpu: null, rssKiB: null },
      [[3100, 3900, 'blocked-queue', 'c1'], [5200, 5600, 'blocked-queue', 'c1']], [500, 7800, 260]);
    add({ name: 'producer-2', pid: 48215, parent: main, startedMs: 500, state: 'blocked', stateSinceMs: end - 3400, blocked: [blocked('join-thread', end - 3400, 'c2', null, 41), blocked('feeder-send', end - 3400, 'c2', null, 33, 'QueueFeederThread')], sent: 11_040, bytesSent: 4.5e7, target: 'pipeline.produce', created: at(74), cpu: 0, rssKiB: 24_800 },
      [[4300, 4900, 'blocked-queue', 'c1'], [end - 3400, end, 'blocked-pipe', 'c2']], [600, 8900, 220]);
    add({ name: 'consumer', pid: 48217, parent: main, startedMs: 600, daemon: true, state: 'blocked', stateSinceMs: end - 100, blocked: [blocked('get', end - 100, 'c1', null, 52)], received: 31_190, sent: 9_800, target: 'pipeline.consume', created: at(77), cpu: 61, rssKiB: 29_900 },
      [[2400, 2600, 'blocked-queue', 'c1'], [6000, 6200, 'blocked-queue', 'c1'], [8100, 8250, 'blocked-queue', 'c1'], [end - 100, end, 'blocked-queue', 'c1']], [800, end - 200, 160], [800, end - 200, 340]);
    const worker = (n: number, pid: number, from: number, more: Partial<ProcessRow>, waits: readonly Wait[] = []): string =>
      add({ name: `ForkPoolWorker-${n}`, pid, parent: main, startedMs: from, kind: 'pool-worker', daemon: true, target: 'multiprocessing.pool.worker', created: at(66), received: 33, sent: 32, tasks: 33, bytesReceived: 41_000, bytesSent: 1_900_000, blockedMs: { ...NO_WAITS, queue: 190 + n * 140, lock: n === 2 ? 400 : 0 }, ...more }, waits, [from + 300, (more.endedMs ?? end) - 100, 33], [from + 200, (more.endedMs ?? end) - 200, 33]);
    const w1 = worker(1, 48221, 1000, { cpu: 98 }, [[7300, 7500, 'blocked-other', 'o1']]);
    const w2 = worker(2, 48222, 1000, { state: 'blocked', stateSinceMs: end - 1100, blocked: [blocked('lock', end - 1100, null, null, 118, null, 'l1')], cpu: 90, received: 32, sent: 31 }, [[3100, 3500, 'blocked-lock', 'l1'], [5100, 5240, 'blocked-queue', 'c3'], [end - 1100, end, 'blocked-lock', 'l1']]);
    const w3 = worker(3, 48223, 1000, { state: 'signaled', endedMs: 6800, exitCode: -9, signal: 'SIGKILL', endKnown: 'reaped', cpu: null, rssKiB: null, received: 30, sent: 29 }, [[4100, 4400, 'blocked-queue', 'c3']]);
    const w5 = worker(5, 48240, 6900, { state: 'blocked', stateSinceMs: end - 2000, blocked: [blocked('get', end - 2000, 'c3', null, 114)] }, [[end - 2000, end, 'blocked-queue', 'c3']]);
    const legacy = add({ name: 'legacy_loader', pid: 48230, parent: main, startedMs: 2000, endedMs: 5400, state: 'signaled', exitCode: -15, signal: 'SIGTERM', endedBy: { process: main, how: 'signal' }, endKnown: 'reaped', target: 'legacy.load', created: at(80), cpu: null, rssKiB: null });
    add({ name: 'Process-6:1', pid: 48233, parent: legacy, osParent: 1, startedMs: 2300, state: 'orphan', stateSinceMs: 5400, orphanMs: end - 5400, cpu: 2, rssKiB: 22_100, target: 'legacy.watch', created: { file: '/ada/photos/legacy.py', line: 19, function: 'load' } });
    add({ name: 'checker', pid: 48236, parent: main, startedMs: 3200, endedMs: 8300, startMethod: 'spawn', state: 'zombie', stateSinceMs: 8300, zombieMs: end - 8300, exitCode: 1, endKnown: 'self', received: 1, target: 'pipeline.check', created: at(83), cpu: null, rssKiB: 0,
      exception: { type: 'ValueError', message: 'frame 31 has no tiles', traceback: `Traceback (most recent call last):\n  File "/usr/lib/python3.11/multiprocessing/process.py", line 314, in _bootstrap\n    self.run()\n  File "${FILE}", line 57, in check\n    raise ValueError(f"frame {n} has no tiles")\nValueError: frame 31 has no tiles` } });
    add({ name: 'ffprobe', pid: 48260, parent: main, startedMs: 9100, endedMs: 9900, kind: 'subprocess', startMethod: null, state: 'exited', exitCode: 0, endKnown: 'reaped', argv: ['ffprobe', '-v', 'error', 'in.mp4'], created: at(91), cpu: null, rssKiB: null, python: null });
    add({ name: 'python3 -I tool.py', pid: 48262, parent: main, startedMs: 9600, kind: 'uninstrumented', startMethod: null, state: 'sleeping', reason: 'It runs isolated (-I), where PYTHONPATH is ignored.', argv: ['python3', '-I', 'tool.py'], cpu: 0.2, rssKiB: 9_100, python: null });
    add({ name: 'ForkServer', pid: 48211, parent: main, startedMs: 3100, kind: 'forkserver', startMethod: null, state: 'sleeping', rssKiB: 10_400 });
    add({ name: 'ResourceTracker', pid: 48212, parent: main, startedMs: 3050, kind: 'resource-tracker', startMethod: null, state: 'sleeping', rssKiB: 9_400 });
    const manager = add({ name: 'SyncManager-1', pid: 48218, parent: main, startedMs: 690, kind: 'manager', state: 'sleeping', received: 4_248, sent: 4_248, cpu: 3, rssKiB: 15_800, created: at(54) }, [], [800, end, 140], [800, end, 140]);
    const thumb = (n: number, more: Partial<ProcessRow>, waits: readonly Wait[] = []): string =>
      add({ name: `ForkProcess-${n}`, pid: 48270 + n, parent: main, startedMs: 3_400 + n * 30, kind: 'executor-worker', target: 'concurrent.futures.process._process_worker', created: at(69), received: 320, sent: 320, cpu: 1, tasks: 320, blockedMs: { ...NO_WAITS, queue: 2_400 }, ...more }, waits);
    const t1 = thumb(7, { state: 'blocked', stateSinceMs: 6_900, blocked: [blocked('lock', 6_900, null, null, 131, null, 'l2')] }, [[6_900, end, 'blocked-lock', 'l2']]);
    const t2 = thumb(8, { state: 'sleeping' });
    add({ name: 'reporter', pid: 48290, parent: main, startedMs: 4_100, state: 'blocked', stateSinceMs: end - 2_600, blocked: [blocked('result', end - 2_600, null, null, 104, null, 'w1')], target: 'pipeline.report', created: at(93), cpu: 0 }, [[5_000, 5_800, 'blocked-result', 'w1'], [end - 2_600, end, 'blocked-result', 'w1']]);
    add({ name: 'watcher', pid: 48291, parent: main, startedMs: 4_300, state: 'blocked', stateSinceMs: end - 900, blocked: [{ ...blocked('condition', end - 900, null, null, 151, null, 'l6'), untilMs: end + 4_000 }], target: 'pipeline.watch', created: at(94), cpu: 0 }, [[5_000, 6_400, 'blocked-other', 'l6'], [end - 900, end, 'blocked-other', 'l6']]);
    this.cast = { main, workers: [w1, w2, w3, w5], thumbs: [t1, t2], manager };
    for (let i = 0; i < many; i++) {
      add({ name: `batch-${i + 1}`, pid: 50_000 + i, parent: i % 7 === 6 ? `p${this.#count}` : main, startedMs: 4000 + i * 8, state: i % 3 === 0 ? 'running' : 'blocked', stateSinceMs: 6000 + i, blocked: i % 3 === 0 ? [] : [blocked('get', 6000 + i, 'c1', null, 52)], target: 'pipeline.batch', created: at(95), cpu: i % 90 },
        [[6000 + i, end, 'blocked-queue', 'c1']], [5000, end, 20], [5000, end, 20]);
    }
  }

  run(): RunRow {
    const ended = this.phase === 'ended' || this.phase === 'recording';
    return {
      id: 'run-1', scriptName: 'pipeline.py', argv: ['pipeline.py', '--frames', '4000'], cwd: '/home/ada/work', python: '3.11', implementation: 'cpython', platform: 'linux',
      startedAt: '2026-01-02T03:04:05Z', durationMs: ended ? this.nowMs : null, exitCode: ended ? 1 : null, signal: null, phase: this.phase, defaultMethod: 'fork',
    };
  }

  totals(): Totals {
    const messages = 41_207 + Math.round((this.nowMs - 12_400) * 0.812);
    return {
      processes: this.processes.length, alive: 9, zombies: 1, orphans: 1, messages, messagesPerSecond: 812, records: messages * 2, dropped: 0, countedOnly: 0, uninstrumented: 1, journalBytes: 6e6, budgetBytes: 256e6,
    };
  }

  channels(): readonly ChannelRow[] {
    const wobble = Math.sin(this.nowMs / 700);
    const blank = { address: null, internal: false, duplex: null, maxsize: null, createdBy: 'p1', gets: 0, sent: 0, received: 0, unfinished: null, undelivered: 0, partial: 0, countedOnly: 0, matching: 'exact', matchingWhy: null, waiters: [], readers: ['p1'], writers: ['p3'], flows: [], depthFromMs: 0, depthStepMs: 250 } as const satisfies Partial<ChannelRow>;
    const full = [3, 20, 40, 66, 90, 100, 97, 100, 92, 88, 100, 100, 99, 100];
    const puts = 20_112 + Math.round((this.nowMs - 12_400) * 0.41);
    const rows: readonly ChannelRow[] = [
      { ...blank, key: 'c1', name: 'jobs', kind: 'Queue', maxsize: 100, created: at(61), puts, gets: puts - 100, bytes: 4.1e6, depth: 100 - Math.round(2 + 2 * wobble), maxDepth: 100, depthHistory: full, putRate: 410 + wobble * 9, getRate: 402 - wobble * 7, latencyMs: { p50: 18, p99: 240, max: 800 }, waiters: [{ process: 'p4', op: 'get', sinceMs: this.nowMs - 100 }] },
      { ...blank, key: 'c2', name: 'results', kind: 'Queue', created: at(62), puts: 11_040, gets: 9_812, bytes: 4.5e7, depth: 1204, maxDepth: 1204, depthHistory: [1, 2, 2, 3, 5, 4, 6, 9, 200, 500, 800, 1000, 1150, 1204], putRate: 0, getRate: 0, latencyMs: { p50: 2, p99: 9, max: 31 }, waiters: [{ process: 'p3', op: 'feeder-send', sinceMs: this.processes[2]?.row.stateSinceMs ?? 0 }], readers: [] },
      { ...blank, key: 'c3', name: null, internal: true, kind: 'SimpleQueue', created: { file: '/usr/lib/python3.11/multiprocessing/pool.py', line: 342, function: '_setup_queues' }, puts: 128, gets: 128, bytes: 91_000, depth: 0, maxDepth: 9, depthHistory: [0, 4, 9, 3, 0, 2, 0], putRate: 11, getRate: 11, latencyMs: { p50: 0.2, p99: 1, max: 4 }, waiters: [{ process: 'p8', op: 'get', sinceMs: this.nowMs - 2000 }] },
      { ...blank, key: 'c6', name: null, internal: true, kind: 'SimpleQueue', created: { file: '/usr/lib/python3.11/multiprocessing/pool.py', line: 343, function: '_setup_queues' }, puts: 96, gets: 96, bytes: 48_000, depth: 0, maxDepth: 2, depthHistory: [], putRate: 2, getRate: 2, latencyMs: { p50: 0.2, p99: 1, max: 4 } },
      { ...blank, key: 'c4', name: 'control', kind: 'Pipe', duplex: true, created: at(70), puts: 0, sent: 12, received: 12, bytes: 1_400, depth: 0, maxDepth: 1, depthHistory: [], putRate: 0, getRate: 0, latencyMs: { p50: 0.1, p99: 0.3, max: 0.4 }, matching: 'inferred', matchingWhy: 'Two processes used one end at the same time without a lock: messages were matched by length and checksum.' },
      { ...blank, key: 'c5', name: 'todo', kind: 'JoinableQueue', created: at(64), puts: 640, gets: 640, bytes: 22_000, depth: 0, maxDepth: 44, depthHistory: [0, 12, 44, 30, 18, 9, 2, 0], putRate: 0, getRate: 0, latencyMs: { p50: 6, p99: 31, max: 40 }, unfinished: 3 },
    ];
    return withFlows(rows, this.nowMs, this.cast, this.processes.slice(this.processes.length - this.many).map((made) => made.row.key));
  }

  findings(): readonly FindingRow[] {
    return [
      { key: 'f1', rule: 'join-before-drain', severity: 'error', certain: true, process: 'p1', object: 'c2', where: at(88), sinceMs: this.processes[0]?.row.stateSinceMs ?? null,
        message: { template: '{0} can never finish join(): it waits for {1}, whose feeder thread is blocked writing to {2}: the pipe is full and nobody reads it.', args: ['MainProcess', 'producer-2', 'results'] },
        fix: { template: 'Take the results out before you join.', args: [] },
        evidence: [{ template: '{0} is in join({1}).', args: ['MainProcess', 'producer-2'] }, { template: 'The feeder of {0} has been writing to {1}; {2} messages were put and not got.', args: ['producer-2', 'results', 1204] }] },
      { key: 'f2', rule: 'getter-never-ends', severity: 'warning', certain: true, process: 'p3', object: 'c2', where: at(33), sinceMs: this.processes[2]?.row.stateSinceMs ?? null,
        message: { template: '{0} cannot end: its feeder thread cannot write to {1}.', args: ['producer-2', 'results'] }, fix: { template: 'Read from {0}, or call cancel_join_thread() if its messages may be lost.', args: ['results'] }, evidence: [] },
      { key: 'f3', rule: 'orphan', severity: 'warning', certain: true, process: 'p10', object: null, where: at(80), sinceMs: 5400,
        message: { template: '{0} runs on although its parent {1} is gone.', args: ['Process-6:1', 'legacy_loader'] }, fix: { template: 'End the children before the parent, or watch parent_process() in the child.', args: [] }, evidence: [] },
      { key: 'f4', rule: 'zombie', severity: 'warning', certain: false, process: 'p11', object: null, where: at(83), sinceMs: 8300,
        message: { template: '{0} has ended and nobody has joined it.', args: ['checker'] }, fix: { template: 'Call join() on it, or multiprocessing.active_children().', args: [] }, evidence: [] },
    ];
  }

  snapshot(): Snapshot {
    return { run: this.run(), nowMs: this.nowMs, totals: this.totals(), processes: this.processes.map((p) => p.row), channels: this.channels(), ...this.#objects(), findings: this.findings() };
  }

  /** Goes on by some ms: busy processes change their figures. */
  step(ms: number): Delta {
    this.nowMs += ms;
    const changed: ProcessRow[] = [];
    this.processes.forEach((made, i) => {
      if (made.row.state !== 'running' && made.row.name !== 'consumer') return;
      const row = { ...made.row, cpu: Math.max(0, Math.min(100, (made.row.cpu ?? 0) + Math.sin(this.nowMs / 300 + i) * 2)), received: made.row.received + (i % 3), sent: made.row.sent + (i % 2) };
      const state = row.name === 'consumer' ? { stateSinceMs: this.nowMs - 100, blocked: row.blocked.map((b) => ({ ...b, sinceMs: this.nowMs - 100 })) } : {};
      this.processes[i] = { ...made, row: { ...row, ...state } };
      changed.push({ ...row, ...state });
    });
    return { run: null, nowMs: this.nowMs, totals: this.totals(), processes: changed, channels: this.channels().slice(0, 1), ...this.#objects(), findings: null };
  }

  #objects(): Pick<Snapshot, 'locks' | 'pools' | 'segments' | 'shared'> {
    if (this.plain) return { locks: [], pools: [], segments: [], shared: [] };
    return { locks: locks(this.nowMs, this.cast), pools: pools(this.nowMs, this.cast), segments: segments(this.cast), shared: shared(this.nowMs, this.cast) };
  }

  tasks(pool: string, limit: number): { readonly total: number; readonly rows: readonly TaskRow[] } {
    return tasks(pool, limit, this.nowMs, this.cast);
  }

  /** The main process waits for a producer that writes to a full pipe, which the main process alone reads. */
  chain(process: string): Chain {
    const row = (key: string): ProcessRow | undefined => this.processes.find((made) => made.row.key === key)?.row;
    const step = (key: string, depth: number, end: ChainEnd | null): ChainStep => ({ process: key, depth, wait: end === 'circle' ? null : (row(key)?.blocked.at(-1) ?? null), asleep: null, end, more: 0 });
    const steps = process === 'p1' ? [step('p1', 0, null), step('p3', 1, null), step('p1', 2, 'circle')] : [step(process, 0, row(process)?.blocked.length === 0 ? 'runs' : 'unknown')];
    return { process, atMs: null, stuck: process === 'p1', steps };
  }

  lanes(query: LaneQuery): LaneReply {
    const columnMs = (query.toMs - query.fromMs) / query.pixels;
    const columns = (all: Float64Array): number[] => {
      const out: number[] = [];
      for (const ms of all) {
        if (ms < query.fromMs || ms > query.toMs || ms > this.nowMs) continue;
        const column = Math.floor((ms - query.fromMs) / columnMs);
        if (out.at(-2) === column) out[out.length - 1] = (out.at(-1) ?? 0) + 1;
        else out.push(column, 1);
      }
      return out;
    };
    const wanted = new Set(query.rows);
    const sites: SourceRef[] = [];
    const site = (line: number | undefined, fn?: string): number => {
      if (line === undefined) return -1;
      const known = sites.findIndex((where) => where.line === line);
      return known >= 0 ? known : sites.push(at(line, fn)) - 1;
    };
    const field = (number: number): { readonly site?: number } => (number < 0 ? {} : { site: number });
    const from = (all: readonly number[], line: number | undefined): number[] => (all[0] === undefined || line === undefined ? [] : [all[0], site(line)]);
    const lanes: Lane[] = this.processes.filter((p) => wanted.has(p.row.key)).map(({ row, waits, sends, receives }) => {
      const zombie = row.state === 'zombie';
      const name = row.name.replace(/-\d+$/, '');
      const lifeEnd = row.endedMs ?? this.nowMs;
      const spans: LaneSpan[] = [{ kind: 'life', fromMs: row.startedMs, toMs: lifeEnd, about: null }];
      if (row.state === 'orphan') spans.push({ kind: 'orphan', fromMs: row.stateSinceMs ?? 0, toMs: this.nowMs, about: null });
      if (zombie) spans.push({ kind: 'zombie', fromMs: lifeEnd, toMs: this.nowMs, about: null });
      waits.forEach(([from, to, kind, about], i) => {
        const open = i === waits.length - 1 && row.state === 'blocked';
        spans.push({ kind, fromMs: open ? (row.stateSinceMs ?? from) : from, toMs: open ? this.nowMs : to, about, ...field(site(WAITS_AT[`${name} ${kind}`])) });
      });
      const marks: Lane['marks'][number][] = [];
      if (row.exception !== null) marks.push({ atMs: lifeEnd, kind: 'exception', text: row.exception.type, site: site(57, 'check') });
      else if (row.signal !== null) marks.push({ atMs: lifeEnd, kind: 'signal', text: row.signal, ...field(site(row.endedBy === null ? undefined : 90)) });
      else if (row.endedMs !== null) marks.push({ atMs: lifeEnd, kind: 'exit', text: `exited ${row.exitCode}` });
      const tasksNow = this.plain ? [] : laneTasks(row.key, this.nowMs, this.cast, columnMs);
      const [sent, received] = [columns(sends), columns(receives)];
      const told = tasksNow.map((task) => ({ ...task, site: site(task.pool === 'w2' ? 97 : 86) }));
      return { process: row.key, spans, tasks: told, sends: sent, receives: received, sendSites: from(sent, SENDS_AT[name]), receiveSites: from(received, RECEIVES_AT[name]), marks };
    });
    return { query, lanes, sites, arrows: query.arrowsFor === null ? [] : this.#arrows(query.arrowsFor) };
  }

  #arrows(of: string): readonly Arrow[] {
    const all: Arrow[] = [];
    const add = (from: string, to: string, sentMs: number, receivedMs: number, channel: string): number => all.push({ from, to, sentMs, receivedMs, channel });
    add('p4', 'p1', 6600, 6850, 'c2');
    add('p4', 'p1', 7400, 7620, 'c2');
    add('p3', 'p1', 8700, 9000, 'c2');
    add('p4', 'p1', 8500, 8720, 'c2');
    add('p4', 'p1', 5100, 5600, 'c2');
    add('p2', 'p4', 3000, 3080, 'c1');
    add('p2', 'p4', 4600, 4700, 'c1');
    add('p3', 'p4', 6500, 6620, 'c1');
    // A task each to the pool's workers, which may be folded, and what came of it.
    for (const [i, worker] of this.cast.workers.slice(0, 3).entries()) {
      add('p1', worker, 1300 + i, 1310 + i, 'c3');
      add('p1', worker, 4500 + i * 2, 4530 + i * 2, 'c3');
      add(worker, 'p1', 5900 + i * 2, 5960 + i * 2, 'c6');
    }
    all.push({ from: this.cast.workers[0], to: 'p1', sentMs: 7000, receivedMs: 7090, channel: 'c6', count: 16, more: true });
    return all.filter((a) => a.from === of || a.to === of || a.channel === of);
  }
}
