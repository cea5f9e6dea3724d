/** What was told of processes: facts only, filed by pid; what follows from them is worked out in derive.ts. */
import type { ProcessSample, RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { OpenFiles } from './open-files.js';
import { RecordType, StartFlag } from './record-types.js';
import { SampleLog } from './samples.js';

/** A parent's record of a process it made. */
export interface Birth {
  readonly type: number;
  readonly image: Image;
  readonly fact: RecordFact;
}

/** A record about a pid: reaped, signalled. */
export interface PidFact {
  readonly image: Image;
  readonly fact: RecordFact;
}

/** What a forked child said of itself that had nothing to tell but its end. Times in ms from the run's start. */
export interface QuietEnd {
  readonly from: number;
  readonly t: number;
  readonly parent: number;
  readonly code: number;
}

export interface Found {
  readonly t: number;
  readonly ppid: number;
  readonly argv: readonly string[];
  readonly python: boolean;
  readonly reason: string;
}

/** A fork child opens its journal when it first has something to tell: without one it is still Python of this run. */
export function isForkBirth(birth: Birth): boolean {
  return birth.type === RecordType.FORK || (birth.type === RecordType.START && (birth.fact.flags & StartFlag.METHOD) === 1);
}

function compareBirths(a: Birth, b: Birth): number {
  const [one, other] = [a.image.info, b.image.info];
  return a.fact.t0 - b.fact.t0 || a.type - b.type || one.openedMs - other.openedMs || one.pid - other.pid;
}

/** Dead at once after fork, a child may be opened a little before its parent's record says that it was made. */
const BIRTH_SLACK_MS = 1000;

/** Whose memory a fork child got, and when. */
export interface ForkOrigin {
  readonly parent: Proc;
  readonly time: number;
}

export interface Sleep {
  readonly sinceMs: number;
  readonly place: string;
  /** On a lock: by a signal, a timeout, or another process. */
  readonly mayBeWoken: boolean;
  /** It had no other thread; null: not known. */
  readonly alone: boolean | null;
}

export class Proc {
  key: string | null = null;
  readonly images: Image[] = [];
  found: Found | null = null;
  root = false;
  /** What follows from its facts is to be worked out again; or only its row made again. */
  dirty = false;
  rowDirty = false;
  /** Kept by ends.ts, for one state of the facts. */
  origin: { readonly version: number; readonly from: ForkOrigin | null } | null = null;
  goneMs: number | null = null;
  lastSample: { readonly t: number; readonly sample: ProcessSample } | null = null;
  /** All of them, of what is told of the past. */
  readonly samples = new SampleLog();
  /** First sample that showed it dead and not reaped. */
  zombieMs: number | null = null;
  /** What its main thread was last seen to sleep in, and since when; null: it was seen awake, or not asked for. */
  asleep: Sleep | null = null;
  /** The last sleep on a lock that was seen to be over, as it is of one that was killed; and when. */
  lockSleep: { readonly sleep: Sleep; readonly toMs: number } | null = null;
  /** Threads, without the main one, that sleep until another of its threads wakes them, as last seen. */
  idle: { readonly t: number; readonly threads: number } | null = null;
  /** Last sample that showed it alive. */
  lastAliveMs: number | null = null;
  /** The most memory that a sample showed; null: none showed any. */
  peakRssKiB: number | null = null;
  /** How many files it had open; null: never many, or nobody could see. */
  files: OpenFiles | null = null;
  /** First fact about it. */
  firstSeenMs = Infinity;
  /** Signals sent from Procession. */
  readonly userSignals: { readonly t: number; readonly signal: string }[] = [];

  constructor(
    readonly entry: PidEntry,
    /** Start time in clock ticks; 0 until it is known. */
    public start: number,
  ) {}

  get pid(): number {
    return this.entry.pid;
  }

  seen(t: number): void {
    if (t < this.firstSeenMs) this.firstSeenMs = t;
  }

  births(): Birth[] {
    return this.entry.births.filter((birth) => this.entry.ownerOfBirth(birth) === this);
  }

  /** Its own word of its end, where that was all it had to tell. */
  quietEnd(): QuietEnd | null {
    let first: QuietEnd | null = null;
    for (const end of this.entry.quietEnds) {
      if (this.entry.ownerAt(end.from) === this && (first === null || end.from < first.from)) first = end;
    }
    return first;
  }

  reaps(): PidFact[] {
    return this.entry.reaps.filter((reap) => this.entry.ownerAt(reap.fact.t0) === this);
  }

  signals(): PidFact[] {
    return this.entry.signals.filter((signal) => this.entry.ownerAt(signal.fact.t0) === this);
  }

  /** Its images in the order of time: an exec makes another. */
  latestImage(): Image | null {
    let latest: Image | null = null;
    for (const image of this.images) if (latest === null || image.info.openedMs >= latest.info.openedMs) latest = image;
    return latest;
  }

  /** The one that it was at a time. */
  imageAt(t: number): Image | null {
    let latest: Image | null = null;
    for (const image of this.images) if (image.info.openedMs <= t && (latest === null || image.info.openedMs >= latest.info.openedMs)) latest = image;
    return latest;
  }

  firstImage(): Image | null {
    let first: Image | null = null;
    for (const image of this.images) if (first === null || image.info.openedMs < first.info.openedMs) first = image;
    return first;
  }

  /** A sample alone does not make it part of the run: whoever samples asks of more than it knows. */
  get known(): boolean {
    return this.images.length > 0 || this.found !== null || this.root || this.births().length > 0 || this.quietEnd() !== null;
  }
}

/** All processes that had this pid in the run: one, but where the system used it again. */
export class PidEntry {
  readonly procs: Proc[] = [];
  readonly births: Birth[] = [];
  readonly reaps: PidFact[] = [];
  readonly signals: PidFact[] = [];
  readonly quietEnds: QuietEnd[] = [];

  constructor(readonly pid: number) {}

  /** The process that had the pid at this time. */
  ownerAt(t: number): Proc | null {
    if (this.procs.length <= 1) return this.procs[0] ?? null;
    let owner: Proc | null = null;
    for (const proc of this.bySight()) {
      if (owner === null || proc.firstSeenMs <= t) owner = proc;
    }
    return owner;
  }

  /** The process that was made by it: seen for the first time after it. */
  ownerOfBirth({ fact }: Birth): Proc | null {
    if (this.procs.length <= 1) return this.procs[0] ?? null;
    const bySight = this.bySight();
    return bySight.find((proc) => proc.firstSeenMs >= fact.t0 - BIRTH_SLACK_MS) ?? bySight[bySight.length - 1] ?? null;
  }

  /** Of those without a start time the one that may have been here at this time. */
  nameless(t: number): Proc | null {
    let latest: Proc | null = null;
    for (const proc of this.bySight()) {
      if (proc.start === 0 && (latest === null || proc.firstSeenMs <= t + BIRTH_SLACK_MS)) latest = proc;
    }
    return latest === null || (latest.firstSeenMs !== Infinity && latest.firstSeenMs > t + BIRTH_SLACK_MS) ? null : latest;
  }

  private bySight(): Proc[] {
    return [...this.procs].sort((a, b) => a.firstSeenMs - b.firstSeenMs || a.start - b.start);
  }
}

export class ProcessTable {
  private readonly entries = new Map<number, PidEntry>();
  readonly all: Proc[] = [];
  /** Of what parents told of starting a process, the earliest. */
  firstStart: Birth | null = null;

  entry(pid: number): PidEntry {
    let entry = this.entries.get(pid);
    if (entry === undefined) {
      entry = new PidEntry(pid);
      this.entries.set(pid, entry);
    }
    return entry;
  }

  /** The process with this identity, met at this time; made if it is new. A start time of 0 is unknown. */
  identify(pid: number, start: number, t: number): Proc {
    const entry = this.entry(pid);
    const same = entry.procs.find((proc) => proc.start === start);
    if (same !== undefined) return same;
    if (start === 0 && entry.procs.length > 0) return entry.procs[entry.procs.length - 1]!;
    const nameless = entry.nameless(t);
    if (nameless !== null) {
      nameless.start = start;
      return nameless;
    }
    return this.make(entry, start);
  }

  /**
   * A process that its parent made. A forked child may never be seen under its start time: then only the next child of that
   * pid tells that the system used it again.
   */
  born(pid: number, birth: Birth): void {
    if (birth.type === RecordType.START && (this.firstStart === null || compareBirths(this.firstStart, birth) > 0)) this.firstStart = birth;
    const entry = this.mention(pid);
    // In an order that does not depend on who was told of first.
    let at = entry.births.length;
    while (at > 0 && compareBirths(entry.births[at - 1]!, birth) > 0) at--;
    entry.births.splice(at, 0, birth);
    if (!isForkBirth(birth)) return;
    let owner = entry.ownerOfBirth(birth);
    const taken = entry.births.some((other) => isForkBirth(other) && Math.abs(other.fact.t0 - birth.fact.t0) > BIRTH_SLACK_MS && entry.ownerOfBirth(other) === owner);
    if (owner === null || taken) owner = this.make(entry, 0);
    if (owner.start === 0) owner.seen(birth.fact.t0);
  }

  /** The end of one that had nothing else to tell. */
  quiet(pid: number, end: QuietEnd): void {
    const entry = this.mention(pid);
    entry.quietEnds.push(end);
    entry.ownerAt(end.from)?.seen(end.from);
  }

  /** A process that is known by a parent's word only, until more is told. */
  mention(pid: number): PidEntry {
    const entry = this.entry(pid);
    if (entry.procs.length === 0) this.make(entry, 0);
    return entry;
  }

  /** The process that had this pid at this time, if any is known. */
  at(pid: number, t: number): Proc | null {
    return this.entries.get(pid)?.ownerAt(t) ?? null;
  }

  private make(entry: PidEntry, start: number): Proc {
    const proc = new Proc(entry, start);
    entry.procs.push(proc);
    this.all.push(proc);
    return proc;
  }
}
