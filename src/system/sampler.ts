/**
 * Watches what the operating system says of a run's processes: states, parents, CPU, memory, ends, and descendants that keep no
 * journal. Call `sample()` about four times a second; it tells only what changed.
 */
import type { Observation, ProcessSample } from '../model/facts.js';
import { AsleepWatch } from './asleep.js';
import { FilesSampler } from './files.js';
import { isAlive, procIsHere, type ProcessIdentity } from './identity.js';
import { listElsewhere, type Listed } from './elsewhere.js';
import { hasVariable, listPids, readArgv, readExe, readStat, StatFile, whyNoJournal, type ProcStat } from './proc.js';
import { UsageSampler, type Usage } from './usage.js';

/** A Python takes a moment to open its journal; a descendant is called uninstrumented when it has none after so long. */
const GRACE_MS = 1500;
/** What is no Python will not open one. */
const GRACE_OTHERS_MS = 400;
const USAGE_EVERY_MS = 1000;
/** Listing costs two programs there. */
const ELSEWHERE_EVERY_MS = 2000;

/** Processes whose stat file stays open; the others' is opened for each look. */
const MOST_OPEN = 128;

/** CPU has to move by so many percent of a core, memory by this part, to be worth a line in the journal. */
const CPU_STEP = 1;
const RSS_STEP = 0.01;

export interface SystemWatcherOptions {
  /** The script's own process; null until it is known. */
  readonly root: () => ProcessIdentity | null;
  /** Processes that keep a journal, whoever their parent is by now; those that ended may stay in the list. */
  readonly knownPids: () => readonly ProcessIdentity[];
  /** Whether something that was recorded says what its main thread waits in: then the system is not asked what it sleeps in. */
  readonly isAccounted?: (process: ProcessIdentity) => boolean;
  /** The run's clock, ms. */
  readonly nowMs: () => number;
  /** False: do without /proc, as on other systems; default: as this machine has it. */
  readonly useProc?: boolean;
}

interface Watched {
  readonly pid: number;
  readonly start: number;
  readonly seenMs: number;
  readonly file: StatFile;
  /** As last told; null before. */
  told: ProcessSample | null;
  usage: Usage | null;
  stat: ProcStat | null;
  /** When to ask next whether it keeps a journal; Infinity: answered. */
  askMs: number;
}

const keyOf = (pid: number, start: number): string => `${pid}-${start}`;

export class SystemWatcher {
  readonly #options: SystemWatcherOptions;
  readonly #useProc: boolean;
  readonly #usage = new UsageSampler();
  readonly #asleep = new AsleepWatch();
  readonly #files = new FilesSampler();
  /** The run's processes by pid: two owners of one pid follow each other, and the second replaces the first. */
  readonly #watched = new Map<number, Watched>();
  /** Pids that were looked at and are not the run's, by start time. */
  #strangers = new Map<number, number>();
  /** Identities that were seen gone. */
  readonly #ended = new Set<string>();
  #usageAtMs = Number.NEGATIVE_INFINITY;
  #elsewhereAtMs = Number.NEGATIVE_INFINITY;
  #openFiles = 0;
  #busy = false;
  #closed = false;

  constructor(options: SystemWatcherOptions) {
    this.#options = options;
    this.#useProc = options.useProc ?? procIsHere();
  }

  /** What changed since the last call. Empty while a call before is still under way. */
  async sample(): Promise<Observation[]> {
    if (this.#busy || this.#closed) return [];
    this.#busy = true;
    try {
      return this.#useProc ? await this.#sampleProc() : await this.#sampleElsewhere();
    } finally {
      this.#busy = false;
    }
  }

  /** Lets go of descriptors; there is nothing to sample afterwards. */
  close(): void {
    this.#closed = true;
    for (const { file } of this.#watched.values()) file.close();
  }

  async #sampleElsewhere(): Promise<Observation[]> {
    const t = this.#options.nowMs();
    if (t - this.#elsewhereAtMs < ELSEWHERE_EVERY_MS) return [];
    this.#elsewhereAtMs = t;
    const listed = await listElsewhere();
    const out: Observation[] = [];
    this.#noteListed(listed, t, out);
    await this.#measure(t);
    this.#tellChanges(t, out);
    const known = new Set(this.#options.knownPids().map(({ pid }) => pid));
    for (const { pid, argv, ppid } of listed ?? []) {
      const watched = this.#watched.get(pid);
      if (watched === undefined || t < watched.askMs) continue;
      const { python, reason } = whyNoJournal(null, argv, null);
      if (!known.has(pid) && reason !== 'not-python' && t - watched.seenMs < GRACE_MS) continue;
      watched.askMs = Number.POSITIVE_INFINITY;
      if (!known.has(pid)) out.push({ k: 'found', t, pid, start: 0, ppid, argv, python, reason });
    }
    return out;
  }

  /** Brings the watched processes up to date with a listing; without one, by asking for each whether it is there. */
  #noteListed(listed: readonly Listed[] | null, t: number, out: Observation[]): void {
    const root = this.#options.root();
    for (const { pid } of [...(root === null ? [] : [root]), ...this.#options.knownPids()]) {
      if (!this.#watched.has(pid) && !this.#ended.has(keyOf(pid, 0))) this.#watch(pid, 0, t);
    }
    const byPid = new Map((listed ?? []).map((process) => [process.pid, process]));
    for (let joined = true; joined;) {
      joined = false;
      for (const { pid, ppid } of byPid.values()) {
        if (this.#watched.has(pid) || !this.#watched.has(ppid)) continue;
        this.#watch(pid, 0, t);
        joined = true;
      }
    }
    for (const watched of this.#watched.values()) {
      const now = byPid.get(watched.pid);
      if (now === undefined && (listed !== null || !isAlive({ pid: watched.pid, start: 0 }))) {
        this.#watched.delete(watched.pid);
        this.#gone(watched.pid, 0, t, out);
      } else {
        watched.stat = { pid: watched.pid, state: now?.state ?? '?', ppid: now?.ppid ?? 0, pgrp: 0, session: 0, start: 0, ticks: null, threads: null, pages: null, caught: null };
      }
    }
  }

  async #sampleProc(): Promise<Observation[]> {
    const t = this.#options.nowMs();
    const out: Observation[] = [];
    this.#readStats(t, out);
    this.#noteKnown(t, out);
    if (this.#watched.size > 0) this.#findDescendants(t);
    const due = t - this.#usageAtMs >= USAGE_EVERY_MS;
    // At once, while the pids are sure to be those whose stat line was read.
    const files = this.#files.sample([...this.#watched.values()].filter(({ stat }) => stat !== null && stat.state !== 'Z'), t);
    await this.#measure(t);
    this.#tellChanges(t, out);
    if (due) this.#tellAsleep(t, out);
    out.push(...files);
    this.#findUninstrumented(t, out);
    return out;
  }

  #watch(pid: number, start: number, t: number): Watched {
    const watched: Watched = { pid, start, seenMs: t, file: new StatFile(pid), told: null, usage: null, stat: null, askMs: t + GRACE_OTHERS_MS };
    this.#watched.set(pid, watched);
    this.#strangers.delete(pid);
    return watched;
  }

  #tellAsleep(t: number, out: Observation[]): void {
    const { isAccounted } = this.#options;
    if (isAccounted === undefined) return;
    const asleep = [...this.#watched.values()].filter((watched) => watched.stat?.state === 'S' && !isAccounted(watched));
    const facts = this.#asleep.look(asleep, t);
    if (facts.length > 0) out.push({ k: 'asleep', t, p: facts });
  }

  #tellChanges(t: number, out: Observation[]): void {
    const changed: ProcessSample[] = [];
    for (const watched of this.#watched.values()) {
      const now = sampleOf(watched);
      if (now === null || !isNews(watched.told, now)) continue;
      watched.told = now;
      changed.push(now);
    }
    if (changed.length > 0) out.push({ k: 'sample', t, p: changed });
  }

  /** Takes in the root and those that keep a journal, however they got where they are. */
  #noteKnown(t: number, out: Observation[]): void {
    const root = this.#options.root();
    const known = this.#options.knownPids();
    for (const identity of root === null ? known : [root, ...known]) {
      const { pid, start } = identity;
      const there = this.#watched.get(pid);
      if (there !== undefined && (there.start === start || there.start === 0 || start === 0)) continue;
      if (this.#ended.has(keyOf(pid, start))) continue;
      if (there !== undefined) {
        // Whoever is there was just looked at, so this one had the pid before it.
        this.#gone(pid, start, t, out);
        continue;
      }
      this.#read(this.#watch(pid, start, t), t, out);
      // It was not found by descent, so its children may have been taken for strangers.
      this.#strangers.clear();
    }
  }

  #readStats(t: number, out: Observation[]): void {
    for (const watched of this.#watched.values()) this.#read(watched, t, out);
  }

  /** A process that is not there, or whose pid has another owner, is gone. */
  #read(watched: Watched, t: number, out: Observation[]): void {
    const { file } = watched;
    const wasOpen = file.isOpen;
    const stat = file.read(this.#openFiles < MOST_OPEN);
    this.#openFiles += Number(file.isOpen) - Number(wasOpen);
    if (stat !== null && (watched.start === 0 || stat.start === watched.start)) {
      watched.stat = stat;
      return;
    }
    if (file.isOpen) this.#openFiles -= 1;
    file.close();
    this.#watched.delete(watched.pid);
    this.#gone(watched.pid, watched.start, t, out);
  }

  #gone(pid: number, start: number, t: number, out: Observation[]): void {
    out.push({ k: 'gone', t, pid, start });
    this.#ended.add(keyOf(pid, start));
  }

  /** Looks at pids that were not there before: whose children, or whose group, are they? */
  #findDescendants(t: number): void {
    const strangers = new Map<number, number>();
    const fresh: ProcStat[] = [];
    for (const pid of listPids()) {
      if (this.#watched.has(pid)) continue;
      const start = this.#strangers.get(pid);
      if (start !== undefined) {
        strangers.set(pid, start);
        continue;
      }
      const stat = readStat(pid);
      if (stat !== null) fresh.push(stat);
    }
    this.#strangers = strangers;
    // A parent may stand behind its child in the list: go round until nobody joins.
    let rest = fresh;
    for (let joined = true; joined && rest.length > 0;) {
      joined = false;
      const left: ProcStat[] = [];
      for (const stat of rest) {
        if (this.#isOurs(stat)) {
          this.#watch(stat.pid, stat.start, t).stat = stat;
          joined = true;
        } else {
          left.push(stat);
        }
      }
      rest = left;
    }
    for (const stat of rest) strangers.set(stat.pid, stat.start);
  }

  /**
   * A child of one of the run's processes; or in the group or session that one of them leads, which is how a grandchild is
   * known whose parent came and went between two samples.
   */
  #isOurs({ ppid, pgrp, session, start }: ProcStat): boolean {
    return [ppid, pgrp, session].some((pid) => {
      const watched = this.#watched.get(pid);
      return watched !== undefined && watched.start <= start;
    });
  }

  async #measure(t: number): Promise<void> {
    if (t - this.#usageAtMs < USAGE_EVERY_MS) return;
    this.#usageAtMs = t;
    const alive = [...this.#watched.values()].filter(({ stat }) => stat?.state !== 'Z');
    const usage = await this.#usage.sample(alive);
    for (const watched of alive) watched.usage = usage.get(watched.pid) ?? watched.usage;
  }

  #findUninstrumented(t: number, out: Observation[]): void {
    let known: Set<string> | null = null;
    for (const watched of this.#watched.values()) {
      if (watched.stat === null || t < watched.askMs) continue;
      known ??= new Set(this.#options.knownPids().map(({ pid, start }) => keyOf(pid, start)));
      if (known.has(keyOf(watched.pid, watched.start))) {
        watched.askMs = Number.POSITIVE_INFINITY;
        continue;
      }
      const found = this.#explain(watched, t);
      watched.askMs = found === null ? t + GRACE_MS : Number.POSITIVE_INFINITY;
      if (found !== null) out.push(found);
    }
  }

  /** Null while it may still open a journal. */
  #explain({ pid, start, stat, seenMs }: Watched, t: number): Observation | null {
    const argv = readArgv(pid) ?? [];
    const exe = readExe(pid);
    const hasRun = hasVariable(pid, 'PROCESSION_RUN');
    const { python, reason } = whyNoJournal(exe, argv, hasRun);
    if (reason !== 'not-python' && t - seenMs < GRACE_MS) return null;
    if (reason === 'unknown' && hasRun === true && this.#isSilentFork(stat, argv)) return null;
    return { k: 'found', t, pid, start, ppid: stat?.ppid ?? 0, argv, python, reason };
  }

  /** A forked child makes its file with its first record: one that has had nothing to say carries the runtime all the same. */
  #isSilentFork(stat: ProcStat | null, argv: readonly string[]): boolean {
    const parent = stat === null ? null : readArgv(stat.ppid);
    return stat !== null && this.#watched.has(stat.ppid) && parent !== null && parent.join('\0') === argv.join('\0');
  }
}

function sampleOf({ stat, usage }: Watched): ProcessSample | null {
  if (stat === null) return null;
  const { pid, start, state, ppid, pgrp, session, threads, caught } = stat;
  const cpu = Math.round((usage?.cpu ?? 0) * 10) / 10;
  const rss = usage?.rssKiB ?? 0;
  return threads === null ? [pid, start, state, ppid, cpu, rss, pgrp, session] : [pid, start, state, ppid, cpu, rss, pgrp, session, threads, caught ?? 0];
}

/** Whether `now` differs from what was told by more than noise. */
function isNews(told: ProcessSample | null, now: ProcessSample): boolean {
  if (told === null) return true;
  const [, , state, ppid, cpu, rss, pgrp, session] = told;
  return state !== now[2] || ppid !== now[3] || pgrp !== now[6] || session !== now[7] || told[8] !== now[8] || told[9] !== now[9]
    || Math.abs(cpu - now[4]) >= CPU_STEP || (now[4] === 0 && cpu !== 0)
    || Math.abs(rss - now[5]) > rss * RSS_STEP;
}
