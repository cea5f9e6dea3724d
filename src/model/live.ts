/** The view of a run as it grows: stable keys, rows made again only where something changed, and cursors over changes. */
import type { ChannelRow, Delta, FindingRow, ProcessRow, RunRow, Snapshot, Totals } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { holdersOf } from './ends.js';
import { glanceAt, type Glance } from './glance.js';
import { keep, rowsSince, type Kept } from './kept.js';
import { lockRow } from './lock-row.js';
import type { Made } from './made.js';
import { MadeRows } from './made-rows.js';
import { compareChannels, compareProcs } from './order.js';
import { noteEnded, poolRow } from './pool-row.js';
import type { Pool } from './pool-table.js';
import type { Proc } from './process.js';
import { channelRow, type HolderKeys } from './channel-row.js';
import { noteArrivals } from './channel-history.js';
import { processRow, runRow, totalsOf, type Keys } from './rows.js';
import { same } from './same.js';
import { segmentRow } from './segment-row.js';
import { sharedRow } from './shared-row.js';
import type { GivenKeys } from './given-keys.js';
import { isNews, Telling } from './telling.js';
import { byNumber, hasNewWaiter, hasYoungSlot } from './waiters.js';
import type { World } from './world.js';

/** A receive is paired once it is this old: by then its send was told, but for rare cases that are taken back. */
export const PAIR_LAG = 150;
/** How often what is dear and seldom changes is looked at: who holds which end, and what is wrong. */
const SLOW = 250;
/** A channel that nobody announced may be the second end of one that is about to be: not shown before it is this old. */
const ANNOUNCE_WAIT = 500;

export { compareProcs } from './order.js';

/** The changes of a run, to one who follows them. */
export interface Cursor {
  /**
   * What changed since the last call, at first everything; null when nothing did.
   * @param onScreen keys of the processes that are seen: of many that are not, figures may come half a second later; null: all are
   */
  take(onScreen?: ReadonlySet<string> | null): Delta | null;
}

export class Live implements Keys {
  private readonly processRows = new Map<Proc, Kept<ProcessRow>>();
  /** The version in which a process was last told to be another than before. */
  private readonly processNews = new Map<Proc, number>();
  private readonly channelRows = new Map<Channel, Kept<ChannelRow>>();
  /** Last words about channels that became part of another. */
  private readonly ghosts = new Map<Channel, Kept<ChannelRow>>();
  private readonly holders = new Map<Channel, HolderKeys>();
  private readonly children = new Map<Proc, Set<Proc>>();
  private readonly byKey = new Map<string, Proc>();
  private readonly channelByKey = new Map<string, Channel>();
  /** Those whose row changes with time alone. */
  private readonly restless = new Set<Proc>();
  private readonly restlessChannels = new Set<Channel>();
  private readonly hidden = new Set<Channel>();
  private readonly locks;
  private readonly pools;
  private readonly segments;
  private readonly shared;
  private processesNamed = 0;
  private channelsNamed = 0;
  private version = 0;
  private run: Kept<RunRow> | null = null;
  private totals: Kept<Totals> | null = null;
  private findingRows: Kept<readonly FindingRow[]> = { row: [], version: 0 };
  private endsSeen = -1;
  private slowAt = -Infinity;
  private findingsAt = -Infinity;
  private findingsOf = -1;
  private findingsStill = false;
  private readonly rate: { readonly t: number; readonly messages: number }[] = [];

  constructor(
    private readonly world: World,
    private readonly recording: boolean,
    private readonly findings: (now: number) => readonly FindingRow[],
    /** Keys that are given elsewhere to what is named here. */
    private readonly given: GivenKeys | null = null,
  ) {
    const { locks, pools, segments, shared } = world.objects;
    const waitedFor = (made: Made, now: number): boolean => hasNewWaiter(world, made.obj, now);
    const keyOf = given === null ? undefined : (made: Made, prefix: string): string => given.object(made, prefix);
    this.locks = new MadeRows(locks, 'l', (lock, now) => lockRow(world, lock, now, this), waitedFor, keyOf);
    this.pools = new MadeRows(pools, 'w', (pool, now) => poolRow(world, pool, now, !this.still, this), (pool, now) => noteEnded(pool, now) || waitedFor(pool, now), keyOf);
    this.segments = new MadeRows(segments, 'm', (segment) => segmentRow(world, segment, this), () => false, keyOf);
    this.shared = new MadeRows(shared, 'o', (one, now) => sharedRow(world, one, now, this), waitedFor, keyOf);
  }

  process(proc: Proc): string | null {
    return proc.key;
  }

  channel(channel: Channel): string | null {
    return channel.key;
  }

  object(made: Made): string | null {
    return made.key;
  }

  poolOf(key: string): Pool | null {
    return this.pools.at(key);
  }

  procOf(key: string): Proc | null {
    return this.byKey.get(key) ?? null;
  }

  channelOf(key: string): Channel | null {
    return this.channelByKey.get(key) ?? null;
  }

  shownProcesses(): Iterable<Proc> {
    return this.processRows.keys();
  }

  shownChannels(): Iterable<Channel> {
    return this.channelRows.keys();
  }

  /** As last worked out. */
  get findingsNow(): readonly FindingRow[] {
    return this.findingRows.row;
  }

  childrenOf(proc: Proc): Iterable<Proc> {
    return this.children.get(proc) ?? [];
  }

  /** The present: the run's clock while it is live, the last fact's time once nothing more can come. */
  get now(): number {
    const { world } = this;
    return this.still ? world.lastMs : Math.max(world.nowMs, world.lastMs);
  }

  private get still(): boolean {
    return this.recording || this.world.observerEnded;
  }

  snapshot(): Snapshot {
    this.refresh();
    return {
      run: this.run!.row,
      nowMs: this.now,
      totals: this.totals!.row,
      processes: rowsSince(this.processRows, -1),
      channels: rowsSince(this.channelRows, -1),
      ...this.objectsSince(-1),
      findings: this.findingRows.row,
    };
  }

  /** Rows as they were, as far as they can be looked up. @param atMs milliseconds from the run's start */
  glance(atMs: number): Glance {
    this.refresh();
    return glanceAt(this.world, { processes: this.processRows, channels: this.channelRows, totals: this.totals!.row, findings: this.findingRows.row }, atMs, this);
  }

  cursor(): Cursor {
    let seen = -1;
    const telling = new Telling(this.processRows, this.processNews);
    return {
      take: (onScreen = null) => {
        this.refresh();
        if (this.version <= seen && !telling.waiting) return null;
        const since = seen;
        const processes = telling.take(this.version, this.now, onScreen, this.still);
        if (this.version <= since && processes.length === 0) return null;
        seen = this.version;
        return {
          run: this.run!.version > since ? this.run!.row : null,
          nowMs: this.now,
          totals: this.totals!.row,
          processes,
          channels: [...rowsSince(this.channelRows, since), ...(since < 0 ? [] : rowsSince(this.ghosts, since))],
          ...this.objectsSince(since),
          findings: this.findingRows.version > since ? this.findingRows.row : null,
        };
      },
    };
  }

  /** Brings all rows up to now. Costs what changed, not what there is. */
  refresh(): void {
    const { now } = this;
    const next = this.version + 1;
    // Names first: rows of either kind speak of the other.
    this.world.objects.connections.settle();
    const channels = this.staleChannels(now, next);
    for (const rows of this.objectRows) rows.name(now, this.still, (made) => this.world.objects.named(made.obj));
    this.world.objects.touchAwaiting();
    let changed = this.refreshProcesses(now, next);
    changed = this.refreshChannels(channels, now, next) || changed;
    for (const rows of this.objectRows) changed = rows.refresh(now, this.still, next) || changed;
    changed = this.refreshRun(now, next) || changed;
    if (changed) this.version = next;
    if (this.refreshFindings(now, this.version + 1)) this.version++;
  }

  private get objectRows(): readonly Pick<MadeRows<Made, unknown>, 'name' | 'refresh'>[] {
    return [this.locks, this.pools, this.segments, this.shared];
  }

  private objectsSince(version: number): Pick<Snapshot, 'locks' | 'pools' | 'segments' | 'shared'> {
    return { locks: this.locks.since(version), pools: this.pools.since(version), segments: this.segments.since(version), shared: this.shared.since(version) };
  }

  private refreshProcesses(now: number, version: number): boolean {
    const { world } = this;
    const stale = new Set(world.dirtyProcs);
    const before = new Map([...stale].map((proc) => [proc, world.forget(proc)]));
    const queue = [...stale];
    // A circle of parents, which only broken facts make, must not keep this going.
    const most = queue.length + 4 * world.table.all.length;
    for (let i = 0; i < queue.length && i < most; i++) {
      const proc = queue[i]!;
      const old = before.get(proc) ?? null;
      const facts = world.derived(proc);
      before.set(proc, facts);
      proc.dirty = false;
      this.place(proc, old?.parent ?? null, facts.parent);
      if (!same(old?.end ?? null, facts.end)) world.touchUsedBy(proc);
      // What such a process may have done is a word about any channel.
      if ((old ?? facts).reason !== facts.reason || (facts.reason !== null && (old?.kind !== facts.kind || !same(old.end, facts.end)))) {
        for (const channel of world.channels) world.channelTable.touch(channel);
      }
      // A child's name, command line and interpreter may come from its parent's, and its being an orphan from the parent's end.
      if (old !== null && old.name === facts.name && old.python === facts.python && same(old.argv, facts.argv) && same(old.end, facts.end)) continue;
      for (const child of this.children.get(proc) ?? []) {
        stale.add(child);
        if (!before.has(child)) before.set(child, world.derived(child));
        world.forget(child);
        queue.push(child);
      }
    }
    world.dirtyProcs.clear();
    const fresh = this.nameProcesses(stale);
    for (const proc of world.dirtyRows) {
      proc.rowDirty = false;
      stale.add(proc);
    }
    world.dirtyRows.clear();
    for (const proc of this.restless) stale.add(proc);
    let changed = false;
    // New rows in the order of their keys: that is the order of all rows.
    for (const proc of new Set([...fresh, ...stale])) {
      if (proc.key === null) continue;
      const row = processRow(world, proc, now, this);
      const before = this.processRows.get(proc)?.row;
      if (keep(this.processRows, proc, row, version)) {
        changed = true;
        if (isNews(before, row)) this.processNews.set(proc, version);
      }
      if (!this.still && this.changesByItself(proc, row, now)) this.restless.add(proc);
      else this.restless.delete(proc);
    }
    return changed;
  }

  private place(proc: Proc, oldParent: Proc | null, parent: Proc | null): void {
    if (oldParent !== null && oldParent !== parent) this.children.get(oldParent)?.delete(proc);
    if (parent === null) return;
    const siblings = this.children.get(parent);
    if (siblings === undefined) this.children.set(parent, new Set([proc]));
    else siblings.add(proc);
  }

  private changesByItself(proc: Proc, row: ProcessRow, now: number): boolean {
    if (row.state === 'zombie' || row.state === 'orphan') return true;
    const { end, parent, reapedMs } = this.world.derived(proc);
    if (end !== null) return proc.zombieMs !== null && reapedMs === null;
    // Whom it joins may be told of later, as a process with a journal of its own.
    if (row.blocked.some(({ op, process }) => process === null && (op === 'join' || op === 'wait'))) return true;
    return hasYoungSlot(proc.latestImage()?.slots, now) || (parent !== null && this.world.derived(parent).end !== null);
  }

  private nameProcesses(candidates: Iterable<Proc>): Proc[] {
    const fresh = [...candidates].filter((proc) => proc.key === null && proc.known);
    fresh.sort((a, b) => compareProcs(this.world, a, b));
    for (const proc of fresh) {
      proc.key = this.given?.process(proc) ?? `p${++this.processesNamed}`;
      this.byKey.set(proc.key, proc);
      // Rows that were made before it had a name may speak of it.
      for (const child of this.children.get(proc) ?? []) if (child.key !== null) this.restless.add(child);
    }
    return this.given === null ? fresh : fresh.sort((a, b) => byNumber(a.key ?? '', b.key ?? ''));
  }

  /** Channels whose rows are to be made, all of them with keys: new ones first, in the order of their keys. */
  private staleChannels(now: number, version: number): Set<Channel> {
    const { dirty } = this.world.channelTable;
    const stale = new Set(dirty);
    dirty.clear();
    this.takeAwayMerged(now, version);
    for (const channel of stale) channel.dirty = false;
    for (const channel of this.hidden) stale.add(channel);
    for (const channel of this.restlessChannels) stale.add(channel);
    return new Set([...this.nameChannels(stale, now), ...stale]);
  }

  private refreshChannels(stale: Set<Channel>, now: number, version: number): boolean {
    const { world } = this;
    this.refreshHolders(now, stale);
    // Those on which a process was that has ended now.
    for (const channel of world.channelTable.dirty) {
      if (channel.key === null) continue;
      channel.dirty = false;
      world.channelTable.dirty.delete(channel);
      stale.add(channel);
    }
    let changed = false;
    for (const channel of stale) {
      if (channel.key === null || channel.mergedInto !== null) {
        this.restlessChannels.delete(channel);
        continue;
      }
      const until = this.still ? Infinity : now - PAIR_LAG;
      channel.settle(until);
      if (!this.still && (noteArrivals(channel, now) || channel.latestMs > until || this.hasNewWaiter(channel, now))) this.restlessChannels.add(channel);
      else this.restlessChannels.delete(channel);
      const row = channelRow(world, channel, now, !this.still, this.holdersOf(channel), this);
      changed = keep(this.channelRows, channel, row, version) || changed;
    }
    return changed;
  }

  /** What was shown as a channel of its own is the second end of another: its row goes, its key where it can. */
  private takeAwayMerged(now: number, version: number): void {
    for (const channel of this.world.channelTable.merged.splice(0)) {
      this.hidden.delete(channel);
      this.channelRows.delete(channel);
      if (channel.key === null || channel.mergedInto === null) continue;
      this.channelByKey.set(channel.key, channel.mergedInto);
      if (channel.mergedInto.key === channel.key) continue;
      // Rows are not taken back by a delta: those who have it hear that it is of no interest.
      const row = channelRow(this.world, channel, now, false, { readers: [], writers: [] }, this);
      this.ghosts.set(channel, { row: { ...row, internal: true }, version });
    }
  }

  private hasNewWaiter(channel: Channel, now: number): boolean {
    return channel.streams.some((stream) => hasNewWaiter(this.world, stream.obj, now));
  }

  private nameChannels(candidates: Set<Channel>, now: number): Channel[] {
    const fresh: Channel[] = [];
    for (const channel of candidates) {
      if (channel.key !== null || channel.mergedInto !== null || this.world.objects.connections.isRefused(channel)) this.hidden.delete(channel);
      else if (channel.announced !== null || this.still || now - channel.firstMs > ANNOUNCE_WAIT) fresh.push(channel);
      else this.hidden.add(channel);
    }
    fresh.sort(compareChannels);
    for (const channel of fresh) {
      channel.key = this.given?.channel(channel) ?? `c${++this.channelsNamed}`;
      this.channelByKey.set(channel.key, channel);
      this.hidden.delete(channel);
      // Rows that speak of it, as those of processes that wait on it, said nothing of it before it had a name.
      for (const { obj } of channel.streams) this.world.objects.named(obj);
    }
    return this.given === null ? fresh : fresh.sort((a, b) => byNumber(a.key ?? '', b.key ?? ''));
  }

  /** Who holds which end: asked again when a process came or went or an end was opened or closed, but not at every one. */
  private refreshHolders(now: number, stale: Set<Channel>): void {
    const { world } = this;
    if (this.endsSeen === world.endsVersion || (!this.still && now - this.slowAt < SLOW)) return;
    this.endsSeen = world.endsVersion;
    this.slowAt = now;
    for (const segment of world.objects.segments.all) if (segment.isNamed) segment.touch();
    for (const channel of world.channels) {
      if (channel.key === null) continue;
      const holders = this.askHolders(channel);
      const old = this.holders.get(channel);
      if (old !== undefined && same(old, holders)) continue;
      this.holders.set(channel, holders);
      stale.add(channel);
    }
  }

  private holdersOf(channel: Channel): HolderKeys {
    let holders = this.holders.get(channel);
    if (holders === undefined) {
      holders = this.askHolders(channel);
      this.holders.set(channel, holders);
    }
    return holders;
  }

  private askHolders(channel: Channel): HolderKeys {
    const { readers, writers } = holdersOf(this.world, channel, null);
    const keysOf = (procs: readonly Proc[]): string[] => procs.map((proc) => proc.key).filter((key) => key !== null).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    return { readers: keysOf(readers), writers: keysOf(writers) };
  }

  private refreshRun(now: number, version: number): boolean {
    const run = runRow(this.world, now, this.recording);
    let changed = false;
    if (this.run === null || !same(this.run.row, run)) {
      this.run = { row: run, version };
      changed = true;
    }
    const rows = [...this.processRows.values()].map((kept) => kept.row);
    const totals = totalsOf(this.world, rows, this.messageRate(now));
    if (this.totals === null || !same(this.totals.row, totals)) {
      this.totals = { row: totals, version };
      changed = true;
    }
    return changed;
  }

  /** So many messages had come by this time: what came since is of the rate. To be told before the first look. */
  sawMessages(t: number, messages: number): void {
    this.rate.push({ t, messages });
  }

  private messageRate(now: number): number {
    if (this.still) return 0;
    let messages = 0;
    for (const channel of this.world.channels) messages += Math.max(channel.sent, channel.received);
    const { rate } = this;
    const last = rate[rate.length - 1];
    if (last === undefined || now - last.t >= 50) rate.push({ t: now, messages });
    while (rate.length > 1 && rate[1]!.t <= now - 1000) rate.shift();
    const first = rate[0]!;
    return now <= first.t ? 0 : Math.round(((messages - first.messages) * 1000) / Math.max(now - first.t, 1000));
  }

  private refreshFindings(now: number, version: number): boolean {
    // The end alone, which changes no row, tells rules that nothing more will come.
    const due = this.still ? this.findingsOf !== this.version || !this.findingsStill : now - this.findingsAt >= SLOW;
    if (!due) return false;
    this.findingsAt = now;
    this.findingsStill = this.still;
    const rows = this.findings(now);
    this.findingsOf = this.version;
    if (same(rows, this.findingRows.row)) return false;
    this.findingRows = { row: rows, version };
    this.findingsOf = version;
    return true;
  }
}
