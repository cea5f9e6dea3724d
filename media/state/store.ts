/**
 * What the page knows: a signal a row, so that a delta redraws the rows it names and no others. Rows come by key, of those that the page
 * has what differs; nothing is ever removed but findings, and what did not exist at a moment of the past.
 */
import { batch, computed, signal, type Signal } from '@preact/signals';
import { namesApart } from '../../src/model/alike.js';
import type { Past } from '../../src/protocol/moment.js';
import type { FlowReply, MessageReply } from '../../src/protocol/message-query.js';
import type { Stacks } from '../../src/protocol/stacks.js';
import type { Patch, RowsOf, ToldDelta } from '../../src/protocol/patch.js';
import type {
  Chain, ChannelRow, FindingRow, LaneReply, LockRow, PoolRow, ProcessRow, RunRow, SegmentRow, SharedRow, Snapshot, TaskRow, Totals,
} from '../../src/protocol/view.js';

export type Tasks = { readonly pool: string; readonly total: number; readonly rows: readonly TaskRow[] };

const NO_TOTALS: Totals = {
  processes: 0, alive: 0, zombies: 0, orphans: 0, messages: 0, messagesPerSecond: 0, records: 0, dropped: 0,
  countedOnly: 0, uninstrumented: 0, journalBytes: 0, budgetBytes: null,
};

/** The rows of one kind by key, each a signal, and their keys in order of creation. */
export class Rows<Row extends { readonly key: string }> {
  readonly #rows = new Map<string, Signal<Row>>();
  /** Of rows that did not exist at the moment shown: they come back with the signal that what is drawn of them hangs on. */
  readonly #away = new Map<string, Signal<Row>>();
  readonly keys = signal<readonly string[]>([]);

  get(key: string): Signal<Row> | undefined {
    return this.#rows.get(key);
  }

  /** In order of creation, subscribing to each. */
  *all(): Iterable<Row> {
    for (const key of this.keys.value) {
      const row = this.#rows.get(key)?.value;
      if (row !== undefined) yield row;
    }
  }

  /** As they are now, in order of creation, without subscribing to any. */
  *peekAll(): Iterable<Row> {
    for (const key of this.keys.peek()) {
      const row = this.#rows.get(key)?.peek();
      if (row !== undefined) yield row;
    }
  }

  take(rows: readonly Patch<Row>[]): void {
    let more = false;
    for (const patch of rows) {
      const known = this.#rows.get(patch.key);
      if (known === undefined) {
        this.#rows.set(patch.key, comeBack(this.#away, whole(patch)));
        more = true;
      } else known.value = { ...known.peek(), ...patch };
    }
    if (more) this.keys.value = [...this.#rows.keys()].sort(byKey);
  }

  /** They did not exist at the moment that is shown. */
  remove(keys: readonly string[]): void {
    const before = this.#rows.size;
    for (const key of keys) {
      const row = this.#rows.get(key);
      if (row !== undefined) this.#away.set(key, row);
      this.#rows.delete(key);
    }
    if (this.#rows.size !== before) this.keys.value = [...this.#rows.keys()].sort(byKey);
  }

  /** There are no others. */
  keep(rows: readonly Row[]): void {
    const there = new Set(rows.map(({ key }) => key));
    this.remove([...this.#rows.keys()].filter((key) => !there.has(key)));
  }

  clear(): void {
    this.#away.clear();
    this.#rows.clear();
    this.keys.value = [];
  }
}

export class Store {
  readonly processes = new Map<string, Signal<ProcessRow>>();
  readonly #away = new Map<string, Signal<ProcessRow>>();
  readonly channels = new Rows<ChannelRow>();
  readonly locks = new Rows<LockRow>();
  readonly pools = new Rows<PoolRow>();
  readonly segments = new Rows<SegmentRow>();
  readonly shared = new Rows<SharedRow>();
  readonly run = signal<RunRow | null>(null);
  readonly totals = signal<Totals>(NO_TOTALS);
  readonly findings = signal<readonly FindingRow[]>([]);
  /** Changes when a row comes, or a row's place in the tree or its name changes: what the order of rows depends on. */
  readonly shape = signal(0);
  /** No process is known, or had begun at the moment shown. */
  readonly empty = computed(() => {
    void this.shape.value;
    return this.processes.size === 0;
  });
  /** Changes with every delta: for what depends on all rows (filters, sums). */
  readonly version = signal(0);
  readonly lanes = signal<LaneReply | null>(null);
  readonly messages = signal<MessageReply | null>(null);
  readonly flow = signal<FlowReply | null>(null);
  readonly tasks = signal<Tasks | null>(null);
  /** Of the process that it was asked for last. */
  readonly chain = signal<Chain | null>(null);
  /** The stacks that were asked for last, by process. */
  readonly stacks = signal<ReadonlyMap<string, Stacks>>(new Map());
  /** The rows and findings are those of a moment in the past. */
  readonly ofMoment = signal(false);
  readonly live = signal(false);
  readonly failed = signal<string | null>(null);

  /** Worst finding of each process. */
  readonly findingOf = computed(() => {
    const worst = new Map<string, FindingRow>();
    for (const finding of sortFindings(this.findings.value)) {
      for (const key of [finding.process, ...(finding.others ?? [])]) if (key !== null && !worst.has(key)) worst.set(key, finding);
    }
    return worst;
  });

  #workers: ReadonlyMap<string, string> = new Map();

  /** Which pool a process serves. The same map until a pool gets a worker: the tree hangs on it, and a pool's figures change all the time. */
  readonly poolOfWorker = computed(() => {
    const workers = new Map<string, string>();
    for (const key of this.pools.keys.value) {
      for (const worker of this.pools.get(key)?.value.workers ?? []) workers.set(worker, key);
    }
    const known = this.#workers;
    if (workers.size !== known.size || [...workers].some(([worker, pool]) => known.get(worker) !== pool)) this.#workers = workers;
    return this.#workers;
  });

  #apart: ReadonlyMap<string, string> = new Map();

  /** Names of objects that share theirs with others. The same map until one comes: all that is drawn hangs on it. */
  readonly namesApart = computed(() => {
    const tables = [this.locks, this.pools, this.segments, this.shared];
    const apart = new Map(tables.flatMap((rows) => [...namesApart(rows.all())]));
    const known = this.#apart;
    if (apart.size !== known.size || [...apart].some(([key, name]) => known.get(key) !== name)) this.#apart = apart;
    return this.#apart;
  });

  /** The channels that pools made for their tasks and results, by key. */
  readonly poolOfChannel = computed(() => {
    const pools = new Map<string, { readonly pool: string; readonly way: 'tasks' | 'results' }>();
    for (const key of this.pools.keys.value) {
      const row = this.pools.get(key)?.value;
      if (row?.channel != null) pools.set(row.channel, { pool: key, way: 'tasks' });
      if (row?.results != null) pools.set(row.results, { pool: key, way: 'results' });
    }
    return pools;
  });

  /** Worst finding of each channel, lock, pool, segment or shared object. */
  readonly findingOfObject = computed(() => {
    const worst = new Map<string, FindingRow>();
    for (const finding of sortFindings(this.findings.value)) {
      if (finding.object !== null && !worst.has(finding.object)) worst.set(finding.object, finding);
    }
    return worst;
  });

  snapshot(snapshot: Snapshot): void {
    batch(() => {
      // The page may outlive a run (run again in the same panel): rows of another run must not stay.
      if (this.run.peek()?.id !== snapshot.run.id) {
        this.processes.clear();
        this.#away.clear();
        for (const rows of [this.channels, this.locks, this.pools, this.segments, this.shared]) rows.clear();
        this.lanes.value = null;
        this.messages.value = null;
        this.flow.value = null;
        this.tasks.value = null;
        this.chain.value = null;
        this.stacks.value = new Map();
      }
      // A moment may have had rows that by now are known to be parts of others.
      this.#keepOnly(snapshot);
      this.run.value = snapshot.run;
      this.failed.value = null;
      this.ofMoment.value = false;
      this.#apply(snapshot);
      this.findings.value = snapshot.findings;
      this.shape.value++;
    });
  }

  delta(delta: ToldDelta): void {
    batch(() => {
      if (delta.run !== null) this.run.value = delta.run;
      this.#apply(delta);
      if (delta.findings !== null) this.findings.value = delta.findings;
    });
  }

  /** Processes as they were at a moment, and the sums: what differs from what was told before. */
  pastProcesses(past: Past): void {
    batch(() => {
      this.ofMoment.value = true;
      const before = this.processes.size;
      for (const key of past.gone) this.#leave(key);
      const fewer = this.processes.size < before;
      this.totals.value = past.totals;
      const moved = this.#take(past.processes);
      if (past.findings !== null) this.findings.value = past.findings;
      if (fewer || moved) this.shape.value++;
      this.version.value++;
    });
  }

  /** Channels, locks and all else as they were at that moment. */
  pastObjects(past: Past): void {
    batch(() => {
      for (const rows of [this.channels, this.locks, this.pools, this.segments, this.shared]) rows.remove(past.gone);
      this.#takeObjects({ channels: past.channels, locks: past.locks ?? [], pools: past.pools ?? [], segments: past.segments ?? [], shared: past.shared ?? [] });
      this.version.value++;
    });
  }

  #keepOnly({ processes, channels, locks, pools, segments, shared }: Snapshot): void {
    const there = new Set(processes.map(({ key }) => key));
    for (const key of this.processes.keys()) if (!there.has(key)) this.#leave(key);
    this.channels.keep(channels);
    this.locks.keep(locks);
    this.pools.keep(pools);
    this.segments.keep(segments);
    this.shared.keep(shared);
  }

  #leave(key: string): void {
    const row = this.processes.get(key);
    if (row !== undefined) this.#away.set(key, row);
    this.processes.delete(key);
  }

  #apply(told: Pick<ToldDelta, 'totals' | keyof RowsOf>): void {
    this.totals.value = told.totals;
    if (this.#take(told.processes)) this.shape.value++;
    this.#takeObjects(told);
    this.version.value++;
  }

  /** @returns whether the tree has another shape */
  #take(processes: readonly Patch<ProcessRow>[]): boolean {
    let moved = false;
    for (const patch of processes) {
      const known = this.processes.get(patch.key);
      if (known === undefined) {
        this.processes.set(patch.key, comeBack(this.#away, whole(patch)));
        moved = true;
      } else {
        const before = known.peek();
        const row = { ...before, ...patch };
        moved ||= before.parent !== row.parent || before.kind !== row.kind || before.name !== row.name || before.startedMs !== row.startedMs;
        known.value = row;
      }
    }
    return moved;
  }

  #takeObjects({ channels, locks, pools, segments, shared }: Pick<ToldDelta, Exclude<keyof RowsOf, 'processes'>>): void {
    this.channels.take(channels);
    this.locks.take(locks);
    this.pools.take(pools);
    this.segments.take(segments);
    this.shared.take(shared);
  }
}

/** What is told of a row that the page has not is all of it. */
function whole<Row extends { readonly key: string }>(patch: Patch<Row>): Row {
  return patch as Row;
}

/** A row that did not exist at the moment shown comes with the signal that what is drawn of it hangs on. */
function comeBack<Row extends { readonly key: string }>(away: Map<string, Signal<Row>>, row: Row): Signal<Row> {
  const back = away.get(row.key);
  if (back === undefined) return signal(row);
  away.delete(row.key);
  back.value = row;
  return back;
}

/** `p2` before `p10`. */
export function byKey(a: string, b: string): number {
  return Number(a.slice(1)) - Number(b.slice(1)) || (a < b ? -1 : a > b ? 1 : 0);
}

const WORST: Readonly<Record<FindingRow['severity'], number>> = { error: 0, warning: 1, info: 2 };

/** Worst first: severity, then certain before likely, then the older. */
export function sortFindings(rows: readonly FindingRow[]): readonly FindingRow[] {
  return [...rows].sort(
    (a, b) =>
      WORST[a.severity] - WORST[b.severity] ||
      Number(b.certain) - Number(a.certain) ||
      (a.sinceMs ?? Infinity) - (b.sinceMs ?? Infinity) ||
      (a.key < b.key ? -1 : 1),
  );
}

export const store = new Store();
