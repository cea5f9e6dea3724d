/** Locks, pools, memory and shared objects of the made-up run (scenario.ts). Nothing of it is shipped. */
import type { LaneTask, LockRow, LockWaiter, PoolRow, SegmentRow, SharedRow, SourceRef, TaskRow } from '../../src/protocol/view.js';

const FILE = '/ada/photos/pipeline.py';
const at = (line: number, fn = 'main'): SourceRef => ({ file: FILE, line, function: fn });
const waiter = (process: string, op: LockWaiter['op'], sinceMs: number, line: number): LockWaiter => ({ process, op, sinceMs, untilMs: null, where: at(line, 'resize') });

/** Keys of the workers in the scenario. */
export interface Cast {
  readonly main: string;
  readonly workers: readonly [string, string, string, string];
  readonly thumbs: readonly string[];
  readonly manager: string;
}

export function locks(nowMs: number, { main, workers, thumbs }: Cast): readonly LockRow[] {
  const blank = {
    created: null, createdBy: main, internal: false, value: null, partOf: null, contended: 0, waitMs: 0, longestWaitMs: 0, gaveUp: 0, told: 0, isSet: null, holders: [], holdersUncertain: false,
    waiters: [], users: [],
  } as const satisfies Partial<LockRow>;
  const [one, two, three, four] = workers;
  return [
    { ...blank, key: 'l1', name: 'write_lock', kind: 'Lock', created: at(58), contended: 1_912 + Math.round(nowMs / 90), waitMs: 8_140, longestWaitMs: 1_210, holders: [one], waiters: [waiter(two, 'lock', nowMs - 1_100, 118)], users: [one, two, three, four] },
    { ...blank, key: 'l2', name: 'stats_lock', kind: 'RLock', created: at(59), holders: [three], waiters: [waiter(thumbs[0] ?? one, 'lock', 6_900, 131)], users: [three, one] },
    { ...blank, key: 'l3', name: 'slots', kind: 'BoundedSemaphore', value: 3, created: at(60), contended: 44, waitMs: 240, longestWaitMs: 31, gaveUp: 2, holders: [one, two], users: [one, two, three] },
    { ...blank, key: 'l4', name: 'ready', kind: 'Event', created: at(63), told: 1, isSet: true, contended: 4, waitMs: 1_210, longestWaitMs: 320, users: [one, two, three, four] },
    { ...blank, key: 'l5', name: 'start_line', kind: 'Barrier', value: 4, created: at(65), contended: 8, waitMs: 96, longestWaitMs: 40 },
    { ...blank, key: 'l6', name: 'not_empty', kind: 'Condition', created: at(67), partOf: null, told: 31, contended: 12, waitMs: 3_300, longestWaitMs: 900 },
    { ...blank, key: 'l7', name: null, kind: 'Lock', created: { file: FILE, line: 140, function: 'cache' }, holdersUncertain: true, holders: [four] },
    { ...blank, key: 'l8', name: null, kind: 'RLock', internal: true, partOf: 'l6' },
    { ...blank, key: 'l9', name: null, kind: 'Lock', internal: true, partOf: 'm2' },
  ];
}

/** Begin and end of each task, on each worker. */
function schedule(nowMs: number, worker: number): readonly (readonly [number, number])[] {
  const out: [number, number][] = [];
  const [from, until] = [[1_150, Infinity], [1_150, Infinity], [1_250, 6_750], [7_000, nowMs - 2_000]][worker] ?? [0, 0];
  let t = from ?? 0;
  for (let i = 0; t < Math.min(until ?? 0, nowMs); i++) {
    const length = 900 + ((i * 577 + worker * 389) % 900);
    out.push([t, t + length]);
    t += length + 60 + ((i * 131) % 90);
  }
  return out;
}

export function laneTasks(process: string, nowMs: number, cast: Cast, finest: number): readonly LaneTask[] {
  const thumb = cast.thumbs.indexOf(process);
  if (thumb >= 0) return thumbTasks(thumb, finest);
  const worker = cast.workers.indexOf(process);
  return worker < 0 ? [] : schedule(nowMs, worker).map(([fromMs, toMs], i) => ({
    fromMs, toMs: Math.min(toMs, worker === 2 ? 6_800 : nowMs), pool: 'w1', function: i % 4 === 3 ? 'pipeline.sharpen' : 'pipeline.resize', count: 1, failed: (worker === 1 && i === 3) || (worker === 2 && toMs > 6_750),
  }));
}

/** Short ones in three bursts: merged where they are finer than the page can show. */
function thumbTasks(thumb: number, finest: number): readonly LaneTask[] {
  const out: LaneTask[] = [];
  for (const [fromMs, toMs] of [[3_500, 5_200], [6_000, 6_700], [7_300, 8_900]] as const) {
    const each = 12 + thumb;
    if (each < finest * 3) out.push({ fromMs, toMs, pool: 'w2', function: 'thumbs.make', count: Math.round((toMs - fromMs) / each), failed: fromMs === 6_000 && thumb === 0 });
    else for (let t: number = fromMs; t < toMs; t += each) out.push({ fromMs: t, toMs: t + each - 2, pool: 'w2', function: 'thumbs.make', count: 1, failed: fromMs === 6_000 && thumb === 0 && t > 6_500 && t < 6_520 });
  }
  return out;
}

export function pools(nowMs: number, { main, workers, thumbs }: Cast): readonly PoolRow[] {
  const done = Math.min(118, 90 + Math.round((nowMs - 12_400) / 400));
  const blank = { createdBy: main, results: null, maxTasksPerWorker: null, initializer: null, brokenWhy: null, lost: 0, cancelled: 0, waiters: [] } as const satisfies Partial<PoolRow>;
  return [
    {
      ...blank, key: 'w1', name: 'pool', kind: 'Pool', created: at(66), channel: 'c3', results: 'c6', workersWanted: 4, workers, workersAlive: 3, initializer: 'pipeline.open_cache', state: 'open', jobs: 3, submitted: 128,
      pending: 124 - done, running: 2, ok: done, failed: 1, lost: 1, items: done * 4, queueMs: { p50: 3_400, p99: 9_100, max: 9_800 }, runMs: { p50: 1_120, p99: 1_790, max: 1_801 }, rate: 2.4,
      waiters: [waiter('p18', 'result', nowMs - 2_600, 104)],
    },
    {
      ...blank, key: 'w2', name: 'thumbs', kind: 'ProcessPoolExecutor', created: at(69), channel: null, workersWanted: 2, workers: thumbs, workersAlive: thumbs.length, maxTasksPerWorker: 500, state: 'closed', jobs: 640, submitted: 640,
      pending: 0, running: 0, ok: 638, failed: 2, cancelled: 0, items: 640, queueMs: { p50: 21, p99: 340, max: 510 }, runMs: { p50: 12.4, p99: 14.1, max: 31 }, rate: 0,
    },
  ];
}

export function tasks(pool: string, limit: number, nowMs: number, cast: Cast): { readonly total: number; readonly rows: readonly TaskRow[] } {
  const rows: TaskRow[] = [];
  const blank = { items: 4, submitter: cast.main, where: at(86), error: null, resultMs: null } as const;
  if (pool === 'w2') {
    for (let i = 0; i < Math.min(limit, 200); i++) {
      const failed = i === 3 || i === 40;
      const end = 8_880 - i * 6.5;
      rows.push({ ...blank, job: 640 - i, index: 0, items: 1, function: 'thumbs.make', method: 'submit', worker: cast.thumbs[i % 2] ?? null, submittedMs: end - 40 - (i % 7), startedMs: end - 12.4, endedMs: end, resultMs: end + 0.4, outcome: failed ? 'error' : 'ok', error: failed ? "OSError: cannot identify image file 'IMG_0031.cr2'" : null, where: at(97, 'thumbnails') });
    }
    return { total: 640, rows };
  }
  let index = 0;
  cast.workers.forEach((worker, w) => {
    schedule(nowMs, w).forEach(([from, to], i) => {
      const outcome = to > nowMs ? 'running' : w === 1 && i === 3 ? 'error' : w === 2 && to > 6_750 ? 'lost' : 'ok';
      rows.push({ ...blank, job: 2, index: index++, function: i % 4 === 3 ? 'pipeline.sharpen' : 'pipeline.resize', method: 'imap_unordered', worker, submittedMs: 1_100 + i, startedMs: from, endedMs: outcome === 'running' || outcome === 'lost' ? null : to, outcome, error: outcome === 'error' ? 'ValueError: frame 31 has no tiles' : null });
    });
  });
  for (let i = 0; i < 20; i++) rows.push({ ...blank, job: 3, index: i, function: 'pipeline.resize', method: 'map_async', worker: null, submittedMs: nowMs - 3_000, startedMs: null, endedMs: null, outcome: 'pending' });
  return { total: 128, rows };
}

export function segments({ main, workers }: Cast): readonly SegmentRow[] {
  const blank = { createdBy: main, type: null, lock: null, unlinked: false, leaked: false, mappedBy: [] } as const satisfies Partial<SegmentRow>;
  return [
    { ...blank, key: 'm1', name: 'frames', kind: 'SharedMemory', systemName: 'psm_4b1c02e7', bytes: 67_108_864, created: at(55), mappedBy: [main, ...workers] },
    { ...blank, key: 'm2', name: 'progress', kind: 'Value', systemName: null, type: 'c_double', bytes: 8, created: at(56), lock: 'l9' },
    { ...blank, key: 'm3', name: 'histogram', kind: 'Array', systemName: null, type: 'c_int[256]', bytes: 1_024, created: at(57), lock: null },
    { ...blank, key: 'm4', name: null, kind: 'SharedMemory', systemName: 'psm_91aa3f10', bytes: 4_194_304, created: { file: '/ada/photos/legacy.py', line: 24, function: 'load' }, leaked: true },
    { ...blank, key: 'm5', name: 'index', kind: 'ShareableList', systemName: 'wnsm_18f2', bytes: 4_096, created: at(71), unlinked: true },
  ];
}

export function shared(nowMs: number, { main, workers, manager }: Cast): readonly SharedRow[] {
  const blank = { createdBy: main, address: '/tmp/pymp-x1/listener-0', server: manager, failed: 0, waiters: [], users: [main, ...workers] } as const satisfies Partial<SharedRow>;
  return [
    { ...blank, key: 'o1', name: 'registry', typeId: 'dict', created: at(72), calls: 4_120 + Math.round(nowMs / 20), failed: 3, callMs: { p50: 0.21, p99: 1.9, max: 44 }, methods: [{ method: '__getitem__', calls: 3_302, ms: 690 }, { method: '__setitem__', calls: 804, ms: 190 }, { method: 'keys', calls: 14, ms: 9 }] },
    { ...blank, key: 'o2', name: 'log', typeId: 'list', created: at(73), calls: 128, callMs: { p50: 0.18, p99: 0.9, max: 1.2 }, methods: [{ method: 'append', calls: 128, ms: 24 }], waiters: [waiter(workers[0], 'call', nowMs - 140, 120)] },
  ];
}
