/**
 * All that was told of a run, filed so that the order in which it was told leaves no trace: records by image, pids by
 * time, messages in logs that are sorted when they are read. What follows from it is worked out elsewhere.
 */
import { channelKind, type Channel } from './channel.js';
import { ChannelTable } from './channel-table.js';
import { derive, type Derived, type RootExit, type Surroundings } from './derive.js';
import type { CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, ProcessSample, RecordFact, RunInfo, SlotFact } from './facts.js';
import { Image } from './image.js';
import { NO_PLACE } from './logs.js';
import { ProcessTable, type PidFact, type Proc } from './process.js';
import { CloseFlag, RecordType, ReceiveFlag, SendFlag } from './record-types.js';
import { SHORTEST_WAIT, type SPAN_KINDS } from './spans.js';

/** A row of the counters table that takes what found no row of its own. */
const NO_ROW_OF_ITS_OWN = 2 ** 53 - 1;

/** A feeder that takes longer for one message waits for room in the pipe. Milliseconds. */
const LONG_FEED = 500;

export class World implements FactSink, Surroundings {
  readonly images: (Image | undefined)[] = [];
  readonly table = new ProcessTable();
  readonly channelTable = new ChannelTable((a, b) => this.compareImages(a, b));
  readonly imagesWithHoles = new Set<Image>();
  /** Busy slots by the object they are on. */
  readonly slotsOn = new Map<number, Set<Image>>();
  readonly groupSignals: PidFact[] = [];
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

  constructor(readonly info: RunInfo) {}

  get platform(): string | null {
    return this.info.platform;
  }

  // ---- what is told

  image(id: ImageId, info: ImageInfo): void {
    if (this.images[id] !== undefined) return;
    const proc = this.identify(info.pid, info.start, info.openedMs);
    const image = new Image(id, info, proc);
    this.images[id] = image;
    proc.images.push(image);
    this.saw(info.openedMs);
    this.touch(proc);
    this.endsVersion++;
  }

  string(id: ImageId, number: number, text: string): void {
    this.imageOf(id).strings[number] = text;
  }

  put(id: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, _thread: number, site: number): void {
    const image = this.hot(id, t1);
    const channel = this.channelTable.of(obj, t0);
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, 'blocked-queue', obj);
    const went = this.channelTable.stream(obj).puts.add(id, t0, t1, seq, flags, site, (earliest) => {
      for (const direction of channel.directions) if (direction.from.obj === obj) direction.pairing.putsWillChange(earliest);
    });
    if (went) this.channelTable.touch(channel);
  }

  send(id: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.hot(id, t1);
    const stream = this.channelTable.stream(obj);
    const channel = this.channelTable.of(obj, t0);
    const failed = (flags & SendFlag.FAILED) !== 0;
    const byFeeder = (flags & SendFlag.FEEDER) !== 0;
    const place = byFeeder ? stream.puts.feeder(id).take(failed) : NO_PLACE;
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, byFeeder ? 'blocked-queue' : 'blocked-pipe', obj);
    if (byFeeder && t1 - t0 > LONG_FEED) image.longFeeds.push({ obj, from: t0, to: t1 });
    this.channelTable.touch(channel);
    if (failed) {
      stream.sends.failed++;
      return;
    }
    stream.sends.add(id, index, t0, t1, bytes, crc, flags, thread, site, place);
    image.countSend(t1, bytes);
    this.touchRow(image.proc);
  }

  receive(id: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.hot(id, t1);
    const stream = this.channelTable.stream(obj);
    const channel = this.channelTable.of(obj, t0);
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, flags & ReceiveFlag.GET ? 'blocked-queue' : 'blocked-pipe', obj);
    this.channelTable.touch(channel);
    if (flags & ReceiveFlag.FAILED) {
      stream.receives.failed++;
      return;
    }
    stream.receives.add(id, t0, t1, bytes, crc, flags, thread, site);
    image.countReceive(t1, bytes);
    this.touchRow(image.proc);
  }

  preview(id: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    this.imageOf(id).addPreview(sendIndex, total, part, bytes);
  }

  record(id: ImageId, fact: RecordFact): void {
    const image = this.hot(id, fact.t1);
    this.touch(image.proc);
    switch (fact.type) {
      case RecordType.BOOT:
        image.boots.push(fact);
        return;
      case RecordType.START:
        this.span(image, fact, 'blocked-other', 0);
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
        this.span(image, fact, 'blocked-join', -fact.a);
        image.joins.push(fact);
        return;
      case RecordType.SIGNAL:
        this.signalled(image, fact);
        return;
      case RecordType.THREAD:
        image.threads.set(fact.thread, { native: fact.a, name: fact.s1 });
        return;
      default:
        this.channelRecord(image, fact);
    }
  }

  slots(id: ImageId, busy: readonly SlotFact[]): void {
    const image = this.imageOf(id);
    for (const slot of image.slots) this.slotsOn.get(slot.obj)?.delete(image);
    for (const slot of [...image.slots, ...busy]) {
      const channel = this.channelTable.at(slot.obj);
      if (channel !== null) this.channelTable.touch(channel);
    }
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
    image.held = held;
    this.touchRow(image.proc);
  }

  counters(id: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    const image = this.imageOf(id);
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
        return;
      case 'quiet':
        this.table.quiet(seen.pid, seen);
        this.touchPid(seen.pid);
        this.endsVersion++;
        return;
      case 'lost':
        this.observerLost += seen.n;
        return;
      case 'end':
        this.observerEnded = true;
        for (const proc of this.table.all) this.touch(proc);
        for (const channel of this.channels) this.channelTable.touch(channel);
    }
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

  private channelRecord(image: Image, fact: RecordFact): void {
    const { obj, t0 } = fact;
    if (!(fact.type in CHANNEL_RECORDS) || obj === 0) return;
    const channel = this.channelTable.of(obj, t0);
    this.channelTable.touch(channel);
    switch (fact.type) {
      case RecordType.CHANNEL_NEW:
        this.channelTable.created(image, fact, channel);
        this.endsVersion++;
        return;
      case RecordType.CHANNEL_HELD:
        image.noteEnd(obj, t0, fact.flags, 1);
        channel.held(channelKind(fact.s1));
        this.endsVersion++;
        return;
      case RecordType.CHANNEL_CLOSED:
        image.noteEnd(obj, t0, fact.flags, -1);
        this.endsVersion++;
        return;
      case RecordType.GET_EMPTY:
        this.span(image, fact, 'blocked-queue', obj);
        return;
      case RecordType.POLL:
        this.span(image, fact, 'blocked-pipe', obj);
        return;
      case RecordType.QUEUE_JOIN:
        this.span(image, fact, 'blocked-queue', obj);
        return;
      case RecordType.QUEUE_CLOSE:
        if (fact.flags === CloseFlag.JOIN_THREAD) this.span(image, fact, 'blocked-queue', obj);
        return;
      case RecordType.FEEDER_ERROR: {
        image.feederErrors.push(fact);
        const stream = this.channelTable.stream(obj);
        stream.puts.feeder(image.id).drop();
        for (const direction of channel.directions) if (direction.from === stream) direction.dropped(t0);
        return;
      }
      case RecordType.TASK_DONE:
        channel.taskDone++;
        return;
      case RecordType.COUNTING: {
        const stream = this.channelTable.stream(obj);
        stream.countingFrom = Math.min(stream.countingFrom, t0);
      }
    }
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
    const state = sample[2];
    if (state === 'Z' || state === 'X') {
      if (proc.zombieMs === null) this.endsVersion++;
      proc.zombieMs ??= t;
      this.touch(proc);
      return;
    }
    const first = proc.lastAliveMs === null;
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

  private span(image: Image, fact: RecordFact, kind: (typeof SPAN_KINDS)[number], about: number): void {
    if (fact.t1 - fact.t0 > SHORTEST_WAIT) image.spans.add(fact.t0, fact.t1, kind, about);
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

  /** Forgets what followed from the facts about a process: it was touched. */
  forget(proc: Proc): Derived | null {
    const old = this.known.get(proc) ?? null;
    this.known.delete(proc);
    return old;
  }
}

const CHANNEL_RECORDS: Readonly<Record<number, true>> = {
  [RecordType.CHANNEL_NEW]: true,
  [RecordType.CHANNEL_HELD]: true,
  [RecordType.CHANNEL_CLOSED]: true,
  [RecordType.GET_EMPTY]: true,
  [RecordType.FEEDER_ERROR]: true,
  [RecordType.POLL]: true,
  [RecordType.TASK_DONE]: true,
  [RecordType.QUEUE_JOIN]: true,
  [RecordType.QUEUE_CLOSE]: true,
  [RecordType.COUNTING]: true,
};

const NOT_YET: Derived = {
  parent: null, name: '', kind: 'process', startMethod: null, daemon: null, target: null, created: null, startedMs: 0, end: null,
  endedBy: null, reapedMs: null, livedUntilMs: null, exception: null, begun: false, argv: null, python: null, reason: null,
};
