/**
 * All that was told of a run, filed so that the order in which it was told leaves no trace: records by image, pids by
 * time, messages in logs that are sorted when they are read. What follows from it is worked out elsewhere.
 */
import type { Channel } from './channel.js';
import { ChannelTable } from './channel-table.js';
import { derive, type Derived, type RootExit, type Surroundings } from './derive.js';
import type { AsleepFact, CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, ProcessSample, RecordFact, RunInfo, SlotFact, StuckFact } from './facts.js';
import { Image } from './image.js';
import { Objects } from './objects.js';
import { OpenFiles } from './open-files.js';
import { callOf } from './places.js';
import { ProcessTable, type PidFact, type Proc } from './process.js';
import { RecordType } from './record-types.js';
import type { MessagesThen } from './messages-then.js';
import { SHORTEST_WAIT } from './spans.js';
import { Traffic } from './traffic.js';

/** A row of the counters table that takes what found no row of its own. */
const NO_ROW_OF_ITS_OWN = 2 ** 53 - 1;

export class World implements FactSink, Surroundings {
  readonly images: (Image | undefined)[] = [];
  readonly table = new ProcessTable();
  readonly channelTable: ChannelTable;
  private readonly traffic: Traffic;
  /** Locks, pools, shared objects, connections, segments. */
  readonly objects: Objects;
  readonly imagesWithHoles = new Set<Image>();
  /** Busy slots by the object they are on. */
  readonly slotsOn = new Map<number, Set<Image>>();
  readonly groupSignals: PidFact[] = [];
  /** What was seen to wait in vain, in the order of time: each a set of processes. */
  readonly stuck: { readonly t: number; readonly p: readonly StuckFact[] }[] = [];
  /** Variable names by `file \n line`. */
  private readonly names = new Map<string, { readonly t: number; readonly name: string }>();

  observerEnded = false;
  rootExit: RootExit | null = null;
  root: Proc | null = null;
  records = 0;
  observerLost = 0;
  journalBytes = 0;
  /** The run's clock, as the decoder says it. */
  nowMs = 0;
  /** Latest time in any fact. */
  lastMs = 0;

  /** Rises when who holds which end may have changed. */
  endsVersion = 0;
  readonly dirtyProcs = new Set<Proc>();
  readonly dirtyRows = new Set<Proc>();
  private readonly known = new Map<Proc, Derived>();
  private readonly deriving = new Set<Proc>();

  /** @param then of a moment in the past: its messages, which are not told */
  constructor(
    readonly info: RunInfo,
    private readonly then: MessagesThen | null = null,
  ) {
    this.channelTable = new ChannelTable((a, b) => this.compareImages(a, b), (obj) => then?.streamOf(obj) ?? null);
    this.traffic = new Traffic(this.channelTable, () => this.endsVersion++);
    this.objects = new Objects(this.compareImages, this.channelTable, () => this.endsVersion++, this.slotsOn, (proc) => this.touchRow(proc));
  }

  get platform(): string | null {
    return this.info.platform;
  }

  // ---- what is told

  image(id: ImageId, info: ImageInfo): void {
    if (this.images[id] !== undefined) return;
    const proc = this.identify(info.pid, info.start, info.openedMs);
    const image = new Image(id, info, proc, this.then?.spansOf(id));
    this.images[id] = image;
    this.touchUsedBy(proc);
    proc.images.push(image);
    this.saw(info.openedMs);
    this.touch(proc);
    this.endsVersion++;
  }

  string(id: ImageId, number: number, text: string): void {
    this.imageOf(id).strings[number] = text;
  }

  put(id: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    const image = this.hot(id, t1);
    this.traffic.put(image, t0, t1, obj, seq, flags, thread, site);
    // Of a put the row shows only how long it had to wait.
    if (t1 - t0 > SHORTEST_WAIT) this.touchRow(image.proc);
  }

  send(id: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.hot(id, t1);
    this.traffic.send(image, index, t0, t1, obj, bytes, crc, flags, thread, site);
    this.touchRow(image.proc);
  }

  receive(id: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.hot(id, t1);
    this.traffic.receive(image, t0, t1, obj, bytes, crc, flags, thread, site);
    this.touchRow(image.proc);
  }

  preview(id: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    this.imageOf(id).addPreview(sendIndex, total, part, bytes);
  }

  record(id: ImageId, fact: RecordFact): void {
    const image = this.hot(id, fact.t1);
    if (fact.type >= RecordType.LOCK_NEW) {
      // Of a process nothing follows from these, and tasks come often.
      this.touchRow(image.proc);
      this.objects.record(image, fact);
      return;
    }
    this.touch(image.proc);
    switch (fact.type) {
      case RecordType.BOOT:
        image.boots.push(fact);
        return;
      case RecordType.START:
        image.waited(fact, 'blocked-other', 0);
        this.born(image, fact);
        return;
      case RecordType.FORK:
      case RecordType.SPAWNED:
      case RecordType.SUBPROCESS:
        this.born(image, fact);
        return;
      case RecordType.START_FAILED:
        image.startFailures.push(fact);
        return;
      case RecordType.BOOTSTRAP:
        image.bootstraps.push(fact);
        return;
      case RecordType.BOOTSTRAP_END:
        image.bootstrapEnds.push(fact);
        this.endsVersion++;
        return;
      case RecordType.EXCEPTION:
        image.exceptions.push({ t: fact.t0, s1: fact.s1 ?? '', traceback: fact.s2 ?? '', site: fact.site, flags: fact.flags });
        return;
      case RecordType.EXIT:
        image.exits.push(fact);
        this.endsVersion++;
        return;
      case RecordType.EXEC:
        image.execs.push(fact);
        return;
      case RecordType.NOTE:
        image.notes.push(fact);
        return;
      case RecordType.REAPED:
        this.table.mention(fact.a).reaps.push({ image, fact });
        this.touchPid(fact.a);
        this.endsVersion++;
        return;
      case RecordType.JOIN:
        image.waited(fact, 'blocked-join', -fact.a);
        image.joins.push(fact);
        return;
      case RecordType.SIGNAL:
        this.signalled(image, fact);
        return;
      case RecordType.THREAD:
        image.threads.set(fact.thread, { native: fact.a, name: fact.s1 });
        return;
      default:
        this.traffic.record(image, fact);
    }
  }

  slots(id: ImageId, busy: readonly SlotFact[]): void {
    const image = this.imageOf(id);
    for (const slot of image.slots) this.slotsOn.get(slot.obj)?.delete(image);
    for (const slot of [...image.slots, ...busy]) this.touchChannel(slot.obj);
    this.objects.slots(image.slots, busy);
    image.slots = busy;
    for (const slot of busy) {
      if (slot.obj === 0) continue;
      const on = this.slotsOn.get(slot.obj);
      if (on === undefined) this.slotsOn.set(slot.obj, new Set([image]));
      else on.add(image);
    }
    this.touchRow(image.proc);
  }

  held(id: ImageId, held: HeldFact): void {
    const image = this.imageOf(id);
    const before = image.held;
    image.held = held;
    this.objects.held(image, before, held);
    this.touchRow(image.proc);
  }

  counters(id: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    const image = this.imageOf(id);
    if (image.dropped === 0 && dropped > 0) this.objects.lossy(image);
    image.dropped = dropped;
    image.counters = rows;
    for (const row of rows) {
      if (row.obj === NO_ROW_OF_ITS_OWN) continue;
      this.channelTable.stream(row.obj).counted.set(id, row);
      this.channelTable.touch(this.channelTable.of(row.obj, image.info.openedMs));
    }
    if (rows.length > 0) this.touchRow(image.proc);
  }

  skipped(id: ImageId, holes: number, unknown: number): void {
    const image = this.imageOf(id);
    image.holes += holes;
    if (image.holes > 0) this.imagesWithHoles.add(image);
    image.unknown += unknown;
  }

  observe(seen: Observation): void {
    this.saw(seen.t);
    switch (seen.k) {
      case 'sample':
        for (const sample of seen.p) this.sampled(seen.t, sample);
        return;
      case 'gone':
        this.atProc(seen, (proc) => {
          proc.goneMs ??= seen.t;
          this.endsVersion++;
        });
        return;
      case 'found':
        this.atProc(seen, (proc) => {
          proc.found ??= { t: seen.t, ppid: seen.ppid, argv: seen.argv, python: seen.python, reason: seen.reason };
          this.endsVersion++;
        });
        return;
      case 'root':
        this.atProc(seen, (proc) => {
          proc.root = true;
          this.root = proc;
        });
        return;
      case 'exit':
        this.rootExit ??= { t: seen.t, pid: seen.pid, code: seen.code, signal: seen.signal };
        for (const proc of this.table.all) if (proc.root || proc.pid === seen.pid) this.touch(proc);
        this.endsVersion++;
        return;
      case 'signal':
        this.atProc(seen, (proc) => proc.userSignals.push({ t: seen.t, signal: seen.signal }));
        return;
      case 'name':
        this.names.set(`${seen.file}\n${seen.line}`, { t: seen.t, name: seen.name });
        for (const channel of this.channels) this.channelTable.touch(channel);
        this.objects.touchAll();
        return;
      case 'quiet':
        this.table.quiet(seen.pid, seen);
        this.touchPid(seen.pid);
        this.endsVersion++;
        return;
      case 'asleep':
        for (const fact of seen.p) this.sleeps(seen.t, fact);
        return;
      case 'idle':
        for (const [pid, start, idle] of seen.p) this.table.identify(pid, start, seen.t).idle = { t: seen.t, threads: idle };
        return;
      case 'stuck':
        this.stuck.push({ t: seen.t, p: seen.p });
        return;
      case 'files':
        for (const [pid, start, count, limit] of seen.p) (this.identify(pid, start, seen.t).files ??= new OpenFiles()).add({ t: seen.t, count, limit });
        return;
      case 'lost':
        this.observerLost += seen.n;
        return;
      case 'end':
        this.observerEnded = true;
        for (const proc of this.table.all) this.touch(proc);
        for (const channel of this.channels) this.channelTable.touch(channel);
        this.objects.touchAll();
    }
  }

  private sleeps(t: number, [pid, start, sinceMs, place, woken]: AsleepFact): void {
    const proc = this.table.identify(pid, start, t);
    const { asleep } = proc;
    if (asleep !== null && callOf(asleep.place) === 'lock') proc.lockSleep = { sleep: asleep, toMs: t };
    const threads = proc.lastSample?.sample[8];
    proc.asleep = place === '' ? null : { sinceMs, place, mayBeWoken: woken === true, alone: threads === undefined ? null : threads === 1 };
    this.touchRow(proc);
  }

  size(bytes: number): void {
    this.journalBytes = bytes;
  }

  advance(nowMs: number): void {
    if (nowMs > this.nowMs) this.nowMs = nowMs;
  }

  // ---- what is asked

  /** Works everything out again: what one process is may hang on what was told of another. */
  forgetAll(): void {
    this.known.clear();
  }

  /** What follows from the facts about a process; kept until another fact touches it. */
  derived(proc: Proc): Derived {
    const known = this.known.get(proc);
    if (known !== undefined) return known;
    if (this.deriving.has(proc)) return NOT_YET; // a circle of parents: only broken facts make one
    this.deriving.add(proc);
    const derived = derive(proc, this);
    this.deriving.delete(proc);
    this.known.set(proc, derived);
    return derived;
  }

  /** How the script ended, where this process is the script's. */
  rootExitOf(proc: Proc): RootExit | null {
    const exit = this.rootExit;
    if (exit === null || proc.root) return proc.root ? exit : null;
    return this.root === null && this.table.at(exit.pid, exit.t) === proc ? exit : null;
  }

  get channels(): readonly Channel[] {
    return this.channelTable.all;
  }

  channelAt(obj: number): Channel | null {
    return this.channelTable.at(obj);
  }

  nameAt(file: string, line: number): string | null {
    return this.names.get(`${file}\n${line}`)?.name ?? null;
  }

  /** Whole run: records that were lost or could not be read. */
  get dropped(): number {
    let total = this.observerLost;
    for (const image of this.images) if (image !== undefined) total += image.dropped + image.holes + image.unknown;
    return total;
  }

  /** Messages counted in tables that were full: of no channel in particular. */
  get countedElsewhere(): number {
    let total = 0;
    for (const image of this.images) for (const row of image?.counters ?? []) if (row.obj === NO_ROW_OF_ITS_OWN) total += Math.max(row.sent, row.received);
    return total;
  }

  /** Order of two images by what they are. */
  readonly compareImages = (a: number, b: number): number => {
    if (a === b) return 0;
    const { info: first } = this.imageOf(a);
    const { info: second } = this.imageOf(b);
    return first.openedMs - second.openedMs || first.pid - second.pid || first.start - second.start || a - b;
  };

  imageOf(id: number): Image {
    const image = this.images[id];
    if (image === undefined) throw new Error(`image ${id} was not announced`);
    return image;
  }

  // ---- filing

  private identify(pid: number, start: number, t: number): Proc {
    const before = this.table.all.length;
    const proc = this.table.identify(pid, start, t);
    proc.seen(t);
    // Whoever named this pid as its parent before anything was told of it can be placed now.
    if (this.table.all.length > before) for (const [other, { parent }] of this.known) if (parent === null) this.touch(other);
    return proc;
  }

  /** So many records of an image were told elsewhere, the last of them with this end. */
  counted(image: Image, records: number, lastMs: number): void {
    image.records += records;
    this.records += records;
    if (lastMs > image.lastMs) image.lastMs = lastMs;
    this.saw(lastMs);
  }

  private hot(id: ImageId, t: number): Image {
    const image = this.imageOf(id);
    image.records++;
    this.records++;
    if (t > image.lastMs) image.lastMs = t;
    if (t > this.lastMs) this.lastMs = t;
    return image;
  }

  private saw(t: number): void {
    if (t > this.lastMs) this.lastMs = t;
  }

  private born(image: Image, fact: RecordFact): void {
    if (fact.a <= 0) return;
    this.table.born(fact.a, { type: fact.type, image, fact });
    this.touchPid(fact.a);
    this.endsVersion++;
  }

  private signalled(image: Image, fact: RecordFact): void {
    if (fact.a > 0) {
      this.table.entry(fact.a).signals.push({ image, fact });
      this.touchPid(fact.a);
    } else {
      this.groupSignals.push({ image, fact });
      for (const proc of this.table.all) this.touch(proc);
    }
  }

  private sampled(t: number, sample: ProcessSample): void {
    const proc = this.identify(sample[0], sample[1], t);
    if (proc.lastSample === null || t >= proc.lastSample.t) proc.lastSample = { t, sample };
    proc.samples.add(t, sample);
    const state = sample[2];
    if (state === 'Z' || state === 'X') {
      if (proc.zombieMs === null) this.endsVersion++;
      proc.zombieMs ??= t;
      this.touch(proc);
      return;
    }
    const first = proc.lastAliveMs === null;
    // What a process had when it died is gone from the samples of the zombie.
    if (sample[5] > 0) proc.peakRssKiB = Math.max(proc.peakRssKiB ?? 0, sample[5]);
    proc.lastAliveMs = Math.max(proc.lastAliveMs ?? t, t);
    // Of one that lives nothing follows from another sample, but its row shows it.
    if (first || this.known.get(proc)?.end !== null) this.touch(proc);
    else this.touchRow(proc);
  }

  private atProc(seen: { readonly pid: number; readonly start: number; readonly t: number }, then: (proc: Proc) => void): void {
    const proc = this.identify(seen.pid, seen.start, seen.t);
    then(proc);
    this.touch(proc);
  }

  private touchPid(pid: number): void {
    for (const proc of this.table.entry(pid).procs) this.touch(proc);
  }

  /** Something was told from which more may follow. */
  private touch(proc: Proc): void {
    if (proc.dirty) return;
    proc.dirty = true;
    this.dirtyProcs.add(proc);
  }

  /** Something was told that its row shows, and from which nothing else follows. */
  private touchRow(proc: Proc): void {
    if (proc.dirty || proc.rowDirty) return;
    proc.rowDirty = true;
    this.dirtyRows.add(proc);
  }

  /** A process came to its end, or became another by exec: rows of what it was on, held or served say so. */
  touchUsedBy(proc: Proc): void {
    for (const image of proc.images) for (const slot of image.slots) this.touchChannel(slot.obj);
    this.objects.touchOf(proc);
  }

  private touchChannel(obj: number): void {
    const channel = this.channelTable.at(obj);
    if (channel !== null) this.channelTable.touch(channel);
  }

  /** Forgets what followed from the facts about a process: it was touched. */
  forget(proc: Proc): Derived | null {
    const old = this.known.get(proc) ?? null;
    this.known.delete(proc);
    return old;
  }
}

const NOT_YET: Derived = {
  parent: null, name: '', kind: 'process', startMethod: null, daemon: null, target: null, created: null, startedMs: 0, end: null,
  endedBy: null, reapedMs: null, livedUntilMs: null, exception: null, begun: false, argv: null, python: null, reason: null,
};
