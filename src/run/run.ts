/**
 * One run: its folder, the model that its journal is folded into, and the observer that adds what the operating system and the
 * user's hand did. What is observed goes to the folder first and comes back the way the journal comes, so that what is seen live
 * is what a recording shows.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DONE_FILE, FolderTailer, ObserverLog, packRecording, readRunFile, type JournalError, type PollResult, type RunFile } from '../journal/index.js';
import type { Model } from '../model/index.js';
import type { Observation, RunInfo } from '../model/facts.js';
import { said, type Said } from '../protocol/text.js';
import { idleThreads, isAlive, processIdentity, sendSignal, SystemWatcher, type ProcessIdentity, type SignalName } from '../system/index.js';
import { Acting } from './acting.js';
import { aliveProcesses } from './alive.js';
import { reasonOf } from './errors.js';
import { HangWatch } from './hang-watch.js';
import { IdleWatch } from './idle-watch.js';
import { SourceNames } from './names.js';
import { CannotOpen, openForReading, type Opened } from './opened.js';
import { aliveIn, claim, isDone, isSelf, observerOf } from './observer.js';
import { readPast, type Past } from './past.js';
import { hearSystem } from './second-witness.js';
import { noteBeforeRemoval } from './remains.js';
import { WatchedModel } from './watched-model.js';
import { firstWritten, movedZero, moveZero } from './zero.js';

/** Between two looks at the journal, ms: while something happens and someone looks; while nothing happens; while nobody looks. */
const POLL_BUSY_MS = 33;
const POLL_CALM_MS = 100;
const POLL_UNSEEN_MS = 250;
/** For so long after the last change the journal counts as busy. */
const BUSY_FOR_MS = 1500;
/** Between two looks at the operating system, ms: while something happens, and while nothing does. */
const SAMPLE_MS = 250;
const SAMPLE_CALM_MS = 500;
/** A script that has ended gives its processes so long to end too, before those that are left are called left. */
const SETTLE_MS = 300;
/** Without word from the launcher a script has ended when all of its processes are gone for so long. */
const UNTOLD_END_MS = 1500;
/** A script whose process is known for so long, and has written nothing, carries no instrumentation. */
const UNWRITTEN_MS = 2000;
/** Listeners hear at least so often while the run is live: waiting times grow though nothing happens. */
const HEARTBEAT_MS = 1000;

/** What acts on a run that was found again waits so long, at most, for its journal to be read. */
const CATCH_UP_MS = 5000;

/** After so many mistakes of our own we still read, but no longer in haste. */
const MOST_FAILURES = 20;

export type Outcome = Said;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Role =
  /** We observe: sample, and write the log. */
  | 'observer'
  /** Someone else does: we only read, and take over should they go. */
  | 'follower'
  /** Nobody does any more: it was read to its end. */
  | 'reader';

export class Run {
  readonly #model: WatchedModel;
  readonly #folder: string;
  #file: RunFile;
  /** What the model holds on to: `startedAt` moves once, before anything is read. */
  readonly #info: { -readonly [Key in keyof RunInfo]: RunInfo[Key] };
  #tailer: FolderTailer;
  readonly #log: ObserverLog;
  readonly #system: SystemWatcher;
  readonly #idle = new IdleWatch(idleThreads);
  readonly #hangs = new HangWatch(hearSystem);
  readonly #names = new SourceNames();
  readonly #named = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #dispose: () => void;
  readonly #whenEnded: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  readonly #acting: Acting;
  #role: Role;
  /** Somebody else launched it, and is gone: nobody will say how the script ended. */
  #adopted: boolean;
  #live = true;
  #pollTimer: NodeJS.Timeout | null = null;
  #sampleTimer: NodeJS.Timeout | null = null;
  #changedAtMs = 0;
  #toldAtMs = 0;
  #quietSinceMs: number | null = null;
  /** No process of the script has written yet: time has not begun, and nothing is read or observed. */
  #unbegun = false;
  #root: { readonly pid: number; readonly start: number; readonly atMs: number } | null = null;
  #finishing: Promise<void> | null = null;
  #failure: string | null = null;
  readonly #problems: JournalError[] = [];
  #failures = 0;
  /** All that was there when we came was read once. */
  #caughtUp = false;

  private constructor(opened: Opened, role: Role, recording: boolean) {
    this.#folder = opened.folder;
    this.#file = opened.run;
    this.#dispose = opened.dispose;
    this.#role = role;
    this.#adopted = role === 'observer' && !isSelf(opened.run.launcher);
    this.#info = { ...opened.run.info };
    this.#unbegun = role !== 'reader' && !this.#adopted && firstWritten(opened.folder) === null;
    this.#model = new WatchedModel(this.#info, recording);
    this.#tailer = new FolderTailer(opened.folder, this.#model, opened.run, { ended: role === 'reader' });
    this.#log = new ObserverLog(opened.folder);
    this.#system = new SystemWatcher({
      root: () => this.#model.root,
      knownPids: () => this.#model.journals,
      isAccounted: (process) => this.#model.isAccounted(process),
      nowMs: () => this.#tailer.nowMs(),
    });
    this.#acting = new Acting({
      model: this.#model,
      live: () => this.#live,
      send: (target, signal) => this.#send(target, signal),
      caughtUp: () => this.#untilCaughtUp(),
      look: () => {
        this.#pollSoon(0);
        this.#sampleSoon(20);
      },
    });
    this.#whenEnded = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /**
   * Follows a run's folder as it is written. A folder that a launcher left while its script runs on is observed from here on; one
   * whose script has ended is read to its end.
   * @throws CannotOpen
   */
  static async watch(folder: string): Promise<Run> {
    const read = readRunFile(folder);
    if (!read.ok) throw new CannotOpen(read.error);
    const opened = { folder, run: read.value, dispose: () => undefined };
    const observer = observerOf(folder, read.value);
    let role: Role = 'observer';
    if (isDone(folder)) role = 'reader';
    else if (!isSelf(observer)) {
      if (observer.pid > 0 && isAlive(observer)) role = 'follower';
      else if (aliveIn(folder).length === 0) role = 'reader';
      else claim(folder);
    }
    // Seen to its end it is the ended run that it was, to be saved and run again. Else nobody knows more than a recording would.
    const run = new Run(opened, role, role === 'reader' && !isDone(folder));
    if (role === 'reader') await run.#readToEnd();
    else run.#begin();
    return run;
  }

  /**
   * Opens a recording, or a run's folder as it is now. Nothing is written and nothing is observed.
   * @throws CannotOpen
   */
  static async open(recordingOrFolder: string): Promise<Run> {
    const opened = await openForReading(recordingOrFolder);
    const run = new Run(opened, 'reader', true);
    await run.#readToEnd();
    return run;
  }

  get model(): Model {
    return this.#model;
  }

  get info(): RunInfo {
    return this.#file.info;
  }

  get folder(): string {
    return this.#folder;
  }

  /** False for recordings, and when the run has ended and all it wrote was read. */
  get live(): boolean {
    return this.#live;
  }

  /** Nothing of the script runs any more, as its processes said themselves: `live` ends in moments, once that is confirmed and all is read. */
  get over(): boolean {
    return !this.#live || (this.#model.root !== null && this.#model.snapshot().processes.length > 0 && aliveProcesses(this.#model, false).length === 0);
  }

  /** What went wrong inside of us while reading the run, the first time; null: nothing did. For the log: it is no fault of the script's. */
  get failure(): string | null {
    return this.#failure;
  }

  /** What of the run cannot be read, and is missing from what is shown: for people. */
  get problems(): readonly JournalError[] {
    return this.#problems;
  }

  /** Resolves when `live` has become false. */
  get whenEnded(): Promise<void> {
    return this.#whenEnded;
  }

  /** Calls after each change, and once a second while the run is live. @returns stops it */
  onChange(listener: () => void): () => void {
    // A function that registers twice is told twice, and each undo undoes its own.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#pollSoon(0);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** The launcher says which process is the script's own. */
  noteRoot(pid: number): void {
    this.#root = { pid, start: processIdentity(pid)?.start ?? 0, atMs: performance.now() };
    if (!this.#unbegun) this.#observeRoot();
    this.#pollSoon(0);
    this.#sampleSoon(0);
  }

  /**
   * The launcher says how the script ended. The run stays live for as long as processes of it do. Both null: a signal ended it and
   * the launcher does not know which, as with VS Code's terminals; then it is the last that was seen on its way.
   */
  noteExit(code: number | null, signal: string | null): void {
    if (this.#model.exitSeen || !this.#live) return;
    this.#beginTime(true);
    const ended = signal ?? (code === null ? this.#model.rootSignal : null);
    this.#observe({ k: 'exit', t: this.#tailer.nowMs(), pid: this.#model.root?.pid ?? 0, code, signal: ended });
    this.#pollSoon(0);
    this.#sampleSoon(0);
  }

  /**
   * Sends a signal, each time only to the very process that is meant.
   * @param processKey null: the whole run
   * @param tree the process and all that descend from it, children before parents; see Acting
   */
  signal(processKey: string | null, tree: boolean, signal: SignalName): Promise<Outcome> {
    return this.#acting.signal(processKey, tree, signal);
  }

  /** Interrupts, then terminates, then kills what is left; resolves when all have ended, or after some seconds with who is left. */
  stop(): Promise<Outcome> {
    return this.#acting.stop();
  }

  /** Ends every living process whose parent has ended, and all that descend from it. */
  endOrphans(): Promise<Outcome> {
    return this.#acting.endOrphans();
  }

  /** The run as it was at a moment, in ms from its start: see readPast. */
  readonly past = (atMs: number, signal: AbortSignal): Promise<Past> => readPast({ folder: this.#folder, run: this.#file, ended: !this.#live, remembered: this.#live ? null : this.#tailer.remembered() }, this.#model, atMs, signal);

  /** Packs the run as it is now into one file. */
  async save(file: string): Promise<Outcome> {
    const packed = await packRecording(this.#folder, file);
    return packed.ok ? said(true, '{0} was written.', file) : { ok: false, message: packed.error.message, text: packed.error.text };
  }

  /**
   * The launcher's last word: gives what is left of the script a moment to end, observes who is left, and reads everything.
   * A run of the host's comes here by itself, when all of its processes have ended.
   */
  finish(): Promise<void> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  /** Lets go of everything. @param o.keep false: the run is no longer wanted, and its folder goes */
  async close(o: { readonly keep: boolean }): Promise<void> {
    this.#stopTimers();
    this.#listeners.clear();
    if (this.#finishing !== null) await this.#finishing;
    this.#end();
    if (!o.keep) noteBeforeRemoval(this.#folder, this.#file, this.#model);
    if (!o.keep) fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#dispose();
  }

  async #readToEnd(): Promise<void> {
    await this.#drain();
    this.#end();
  }

  #begin(): void {
    this.#pollSoon(0);
    this.#sampleSoon(0);
  }

  #stopTimers(): void {
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer);
    if (this.#sampleTimer !== null) clearTimeout(this.#sampleTimer);
    this.#pollTimer = null;
    this.#sampleTimer = null;
  }

  /** Nothing moves any more. */
  #end(): void {
    this.#stopTimers();
    this.#tailer.close();
    this.#system.close();
    this.#log.close();
    this.#live = false;
    this.#resolveEnded();
  }

  /** To the log, from where the tailer brings it to the model; straight to the model where the log cannot be written. */
  #observe(observation: Observation): void {
    if (this.#role !== 'observer') return;
    if (!this.#log.append(observation).ok) this.#model.observe(observation);
  }

  #pollSoon(ms: number): void {
    if (!this.#live || this.#finishing !== null) return;
    if (this.#pollTimer !== null) clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => this.#poll(), ms);
  }

  #observeRoot(): void {
    if (this.#root !== null) this.#observe({ k: 'root', t: this.#tailer.nowMs(), pid: this.#root.pid, start: this.#root.start });
  }

  /** @param evenSo whether or not a process has written @returns whether the run's time has begun */
  #beginTime(evenSo: boolean): boolean {
    if (!this.#unbegun) return true;
    const zero = firstWritten(this.#folder);
    if (zero === null && !evenSo && (this.#root === null || performance.now() - this.#root.atMs < UNWRITTEN_MS)) return false;
    if (zero !== null) {
      const moved = this.#role === 'observer' ? moveZero(this.#folder, this.#file, zero) : movedZero(this.#folder, zero, evenSo);
      if (moved === null) return false;
      this.#file = moved;
      this.#info.startedAt = this.#file.info.startedAt;
      this.#tailer.close();
      this.#tailer = new FolderTailer(this.#folder, this.#model, this.#file);
    }
    this.#unbegun = false;
    this.#observeRoot();
    return true;
  }

  #poll(): void {
    if (!this.#beginTime(false)) {
      this.#caughtUp = true;
      this.#pollSoon(POLL_BUSY_MS);
      return;
    }
    let read: PollResult = { more: false, records: 0, problems: [] };
    try {
      read = this.#tailer.poll();
    } catch (error) {
      this.#failed(error);
    }
    this.#problems.push(...read.problems);
    this.#caughtUp ||= !read.more;
    const now = performance.now();
    if (read.records > 0 || this.#model.changed) {
      this.#model.changed = false;
      this.#changedAtMs = now;
      if (this.#model.newNames) this.#readNames();
      this.#tell();
    } else if (now - this.#toldAtMs >= HEARTBEAT_MS) {
      this.#tell();
    }
    const pause = this.#listeners.size === 0 || this.#failures > MOST_FAILURES ? POLL_UNSEEN_MS : now - this.#changedAtMs < BUSY_FOR_MS ? POLL_BUSY_MS : POLL_CALM_MS;
    this.#pollSoon(read.more ? 0 : pause);
  }

  /** A mistake of our own in reading: the script has nothing to do with it, and what is read next may be right again. */
  #failed(error: unknown): void {
    this.#failures += 1;
    this.#failure ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
  }

  #tell(): void {
    this.#toldAtMs = performance.now();
    for (const listener of [...this.#listeners]) listener();
  }

  #readNames(): void {
    this.#model.newNames = false;
    const { channels, locks, pools, segments, shared } = this.#model.snapshot();
    for (const { created, name } of [...channels, ...locks, ...pools, ...segments, ...shared]) {
      if (created === null || name !== null) continue;
      const key = `${created.file}\n${created.line}`;
      if (this.#named.has(key)) continue;
      this.#named.add(key);
      const found = this.#names.nameAt(created.file, created.line);
      if (found !== null) this.#observe({ k: 'name', t: this.#tailer.nowMs(), file: created.file, line: created.line, name: found });
    }
  }

  #sampleSoon(ms: number): void {
    if (!this.#live || this.#finishing !== null) return;
    if (this.#sampleTimer !== null) clearTimeout(this.#sampleTimer);
    this.#sampleTimer = setTimeout(() => void this.#sampleAndGoOn(), ms);
  }

  async #sampleAndGoOn(): Promise<void> {
    if (this.#role === 'follower') this.#followOn();
    if (this.#role === 'observer' && !this.#unbegun) {
      await this.#sample();
      if (this.#hasEnded()) {
        void this.finish();
        return;
      }
    }
    this.#sampleSoon(performance.now() - this.#changedAtMs < 2 * BUSY_FOR_MS ? SAMPLE_MS : SAMPLE_CALM_MS);
  }

  async #sample(): Promise<void> {
    try {
      for (const observation of await this.#system.sample()) this.#observe(observation);
      for (const watch of [this.#idle, this.#hangs]) {
        const seen = watch.look(this.#model.world);
        if (seen !== null) this.#observe(seen);
      }
    } catch (error) {
      // What the system says is one source of several: the run goes on without this sample, and says so.
      this.#observe({ k: 'lost', t: this.#tailer.nowMs(), what: `a sample of the operating system (${reasonOf(error)})`, n: 1 });
    }
  }

  /** The observer may be done, or gone. */
  #followOn(): void {
    if (isDone(this.#folder)) {
      void this.finish();
      return;
    }
    const observer = observerOf(this.#folder, this.#file);
    if (observer.pid > 0 && isAlive(observer)) return;
    claim(this.#folder);
    this.#role = 'observer';
    this.#adopted = true;
  }

  /** The script has ended, and so have all that it made, for long enough that none was merely overlooked. */
  #hasEnded(): boolean {
    const { exitSeen, rootGone, anyAlive } = this.#model;
    if (anyAlive || !(exitSeen || rootGone || this.#adopted)) {
      this.#quietSinceMs = null;
      return false;
    }
    const now = performance.now();
    this.#quietSinceMs ??= now;
    return now - this.#quietSinceMs >= (exitSeen ? SETTLE_MS : UNTOLD_END_MS);
  }

  async #drain(): Promise<void> {
    // Each failure is at a place of its own, since what failed is behind the reader: go on while it gets on.
    for (let tries = 0; tries < MOST_FAILURES; tries++) {
      try {
        this.#problems.push(...(await this.#tailer.drain()).problems);
        return;
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  async #finish(): Promise<void> {
    this.#beginTime(true);
    this.#stopTimers();
    const deadline = performance.now() + SETTLE_MS;
    if (this.#role === 'observer') {
      for (;;) {
        await this.#drain();
        await this.#sample();
        await this.#drain();
        if (!this.#model.anyAlive || performance.now() >= deadline) break;
        await sleep(30);
      }
      this.#readNames();
      this.#observe({ k: 'end', t: this.#tailer.nowMs() });
      try {
        fs.writeFileSync(path.join(this.#folder, DONE_FILE), '', { mode: 0o600 });
      } catch (error) {
        this.#model.observe({ k: 'lost', t: this.#tailer.nowMs(), what: `the mark that the run is done (${reasonOf(error)})`, n: 1 });
      }
    }
    this.#tailer.markEnded();
    await this.#drain();
    this.#end();
    this.#tell();
  }

  async #untilCaughtUp(): Promise<void> {
    for (const deadline = performance.now() + CATCH_UP_MS; !this.#caughtUp && this.#live && performance.now() < deadline; ) await sleep(20);
  }

  #send(target: ProcessIdentity, signal: SignalName): Outcome {
    const t = this.#tailer.nowMs();
    const result = sendSignal(target, signal);
    if (result.ok) this.#observe({ k: 'signal', t, pid: target.pid, start: target.start, signal });
    return result;
  }
}
