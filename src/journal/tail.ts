/**
 * Reads a run's folder as it grows and tells a FactSink. By polling: writes to a mapping raise no file events. Bounded: one call
 * takes a slice of time, so that an extension host stays responsive, and says whether there is more.
 */
import * as fs from 'node:fs';
import type { FactSink, ImageId, Observation } from '../model/facts.js';
import type { Blocks } from './blocks.js';
import { RunClock } from './clock.js';
import { failed, systemReason, type JournalError } from './errors.js';
import { Files } from './files.js';
import { parseSegmentName, type SegmentName } from './format.js';
import { ImageReader, newPages, type Passing, type Reading } from './image.js';
import { ObserverTail } from './observer.js';
import { QuietTail } from './quiet.js';

/** A folder's modification time has the grain of the kernel's tick; a listing made so soon after a change may lack the latest. */
const MTIME_GRAIN_MS = 60;
/** Records of one image told in one pass, so that a busy process does not starve the others. */
const QUOTA = 8192;
const DEFAULT_SLICE_MS = 12;
/** Slots and counters of an image without new records are read in every so many passes: to block is told a little later then. */
const QUIET_PAGE_EVERY = 3;

type Gone = Extract<Observation, { k: 'gone' }>;

export interface PollResult {
  /** There is more to read now: poll again soon. */
  readonly more: boolean;
  /** Records told in this call. */
  readonly records: number;
  /** What cannot be read, each told once. */
  readonly problems: readonly JournalError[];
}

export interface TailerOptions {
  /** Nobody writes this folder any more: a recording or a left-over. Holes are skipped at once and the clock is the last record's. */
  readonly ended?: boolean;
  /** How long one poll may take, about; ms. */
  readonly sliceMs?: number;
  /** Descriptors to keep open at most; else from the process's own limit. */
  readonly mostOpenFiles?: number;
  /** It was read before, and not all is to be told again. */
  readonly passing?: Passing;
}

export class FolderTailer {
  readonly #folder: string;
  readonly #sink: FactSink;
  readonly #clock: RunClock;
  readonly #files: Files;
  readonly #observer: ObserverTail;
  readonly #quiet: QuietTail;
  readonly #reading: Reading;
  readonly #sliceMs: number;
  readonly #byName = new Map<string, ImageReader>();
  /** Images that may still grow, in order of discovery. */
  #active: ImageReader[] = [];
  #problems: JournalError[] = [];
  #ended: boolean;
  #folderProblem = false;

  #listedAtMs = Number.NEGATIVE_INFINITY;
  #listedMtimeMs = -1;
  /** A pass visits every active image once; it may take several polls. */
  #cursor = -1;
  #pass = 0;
  #passStartMs = 0;
  #behindMs = Number.POSITIVE_INFINITY;
  #passBehind = false;

  #lastMs = 0;
  #advancedMs = Number.NEGATIVE_INFINITY;
  #finishedBytes = 0;
  #toldBytes = 0;

  /** @param run what run.json says of the clock's zero */
  constructor(folder: string, sink: FactSink, run: { readonly startedMono: bigint }, options: TailerOptions = {}) {
    this.#folder = folder;
    this.#sink = sink;
    this.#clock = new RunClock(run.startedMono);
    this.#files = new Files(options.mostOpenFiles);
    this.#observer = new ObserverTail(folder, this.#files);
    this.#quiet = new QuietTail(folder, this.#files, this.#clock);
    this.#reading = { folder, sink, clock: this.#clock, files: this.#files, first: newPages(), second: newPages(), passing: options.passing ?? null };
    this.#sliceMs = options.sliceMs ?? DEFAULT_SLICE_MS;
    this.#ended = options.ended ?? false;
  }

  /** The run's clock now, ms from its start; for whoever makes observations. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** From now on nothing writes the folder: the next polls read all that is left. */
  markEnded(): void {
    this.#ended = true;
    for (const image of this.#active) image.ended = true;
    this.#listedMtimeMs = -1;
    this.#cursor = -1;
  }

  /** Reads what is new, for about `sliceMs`. */
  poll(): PollResult {
    const deadline = performance.now() + this.#sliceMs;
    let records = 0;
    if (this.#cursor < 0) this.#beginPass();
    for (let image = this.#active[this.#cursor]; image !== undefined; image = this.#active[this.#cursor]) {
      const read = image.read(QUOTA, deadline);
      records += read.records;
      if (read.more) {
        this.#passBehind = true;
        this.#behindMs = Math.min(this.#behindMs, image.lastMs);
      }
      // A process that does nothing is looked at less often: hundreds of them must cost next to nothing.
      if (read.records > 0 || image.ended || (this.#pass + image.id) % QUIET_PAGE_EVERY === 0) image.readPage();
      if (image.problem !== null) this.#refuse(image.problem);
      this.#cursor += 1;
      if (performance.now() >= deadline && this.#cursor < this.#active.length) return this.#result(true, records);
    }
    return this.#result(this.#endPass(), records);
  }

  /** Polls until everything that is there was told, letting other work in between. */
  async drain(): Promise<PollResult> {
    let records = 0;
    const problems: JournalError[] = [];
    for (;;) {
      const result = this.poll();
      records += result.records;
      problems.push(...result.problems);
      if (!result.more) return { more: false, records, problems };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What is remembered of the records of each image, by the image's name. */
  *remembered(): Iterable<{ readonly name: string; readonly id: ImageId; readonly blocks: Blocks }> {
    for (const [name, { id, blocks }] of this.#byName) if (blocks !== null) yield { name, id, blocks };
  }

  close(): void {
    for (const image of this.#active) image.close();
    this.#active = [];
    this.#observer.close();
    this.#quiet.close();
  }

  #result(more: boolean, records: number): PollResult {
    const problems = this.#problems;
    this.#problems = [];
    return { more, records, problems };
  }

  #beginPass(): void {
    this.#pass += 1;
    this.#passStartMs = this.#clock.nowMs();
    this.#passBehind = false;
    this.#behindMs = Number.POSITIVE_INFINITY;
    this.#cursor = 0;
    // Observer, folder, records, in this order: all that a process wrote was there before it was seen gone, so an image that is
    // gone is in this listing and is read to its end in this pass.
    const gone = this.#readObserver();
    this.#list();
    this.#readQuiet();
    for (const observation of gone) this.#markGone(observation);
  }

  #readObserver(): Gone[] {
    const { observations, bad, more } = this.#observer.read();
    const gone: Gone[] = [];
    if (more) this.#passBehind = true;
    for (const observation of observations) {
      this.#lastMs = Math.max(this.#lastMs, observation.t);
      if (observation.k === 'gone') gone.push(observation);
      this.#sink.observe(observation);
    }
    if (bad > 0) this.#sink.observe({ k: 'lost', t: this.#lastMs, what: 'observations', n: bad });
    return gone;
  }

  /** At least one record cannot be read: how many more there are, nobody can say. */
  #refuse(problem: JournalError): void {
    this.#problems.push(problem);
    this.#sink.observe({ k: 'lost', t: Math.max(0, this.#lastMs), what: problem.message, n: 1 });
  }

  #readQuiet(): void {
    const { ends, bad, more } = this.#quiet.read();
    if (more) this.#passBehind = true;
    for (const end of ends) {
      this.#lastMs = Math.max(this.#lastMs, end.t);
      this.#sink.observe(end);
    }
    if (bad > 0) this.#sink.observe({ k: 'lost', t: this.#lastMs, what: 'ends of quiet children', n: bad });
  }

  #markGone(gone: Gone): void {
    for (const image of this.#active) {
      const sameStart = gone.start === 0 || image.name.start === 0 || gone.start === image.name.start;
      if (image.name.pid === gone.pid && sameStart && image.openedMs <= gone.t) image.ended = true;
    }
  }

  #list(): void {
    try {
      const { mtimeMs } = fs.statSync(this.#folder);
      const now = Date.now();
      const settled = this.#listedAtMs - this.#listedMtimeMs > MTIME_GRAIN_MS;
      if (mtimeMs === this.#listedMtimeMs && settled) return;
      this.#listedMtimeMs = mtimeMs;
      this.#listedAtMs = now;
      this.#discover(fs.readdirSync(this.#folder));
    } catch (error) {
      if (this.#folderProblem) return;
      this.#folderProblem = true;
      this.#problems.push(failed('cannot-read', "The run's folder {0} cannot be read: {1}.", this.#folder, systemReason(error)).error);
    }
  }

  #discover(names: readonly string[]): void {
    const fresh: SegmentName[] = [];
    for (const text of names) {
      const name = parseSegmentName(text);
      if (name === null) continue;
      const known = this.#byName.get(name.image);
      if (known === undefined) fresh.push(name);
      else known.hasSegment(name.segment);
    }
    // The order of discovery is the order of opening where both are new: a folder read at once gives the same numbers every time.
    fresh.sort((a, b) => (a.mono < b.mono ? -1 : a.mono > b.mono ? 1 : a.pid - b.pid));
    for (const name of fresh) {
      let image = this.#byName.get(name.image);
      if (image === undefined) {
        image = new ImageReader(this.#reading, this.#reading.passing?.idOf(name.image) ?? this.#byName.size, name);
        image.ended = this.#ended;
        this.#byName.set(name.image, image);
        this.#active.push(image);
      }
      image.hasSegment(name.segment);
    }
  }

  /** True where there is more to read. */
  #endPass(): boolean {
    this.#cursor = -1;
    if (!this.#passBehind) this.#retire();
    let bytes = this.#finishedBytes;
    for (const image of this.#active) {
      bytes += image.bytes;
      this.#lastMs = Math.max(this.#lastMs, image.lastMs);
    }
    if (bytes !== this.#toldBytes) {
      this.#toldBytes = bytes;
      this.#sink.size(bytes);
    }
    const live = this.#passBehind ? Math.min(this.#passStartMs, this.#behindMs) : this.#passStartMs;
    const now = this.#ended ? (this.#passBehind ? Math.min(this.#lastMs, this.#behindMs) : this.#lastMs) : live;
    if (now > this.#advancedMs) {
      this.#advancedMs = now;
      this.#sink.advance(now);
    }
    return this.#passBehind;
  }

  /** Lets go of images that were read to their end. */
  #retire(): void {
    const done = this.#active.filter((image) => image.ended || image.problem !== null);
    if (done.length === 0) return;
    for (const image of done) {
      this.#finishedBytes += image.bytes;
      this.#lastMs = Math.max(this.#lastMs, image.lastMs);
      image.close();
    }
    this.#active = this.#active.filter((image) => !image.ended && image.problem === null);
  }
}
