/**
 * What the model is told: by the journal's decoder (records and slots) and by the observer (the operating system and the
 * user's hand). This is the only way in. Times are milliseconds from the run's start, as doubles with nanosecond grain;
 * the decoder converts. Calls about one image come in the order of its records; calls about different images may
 * come in any order and interleaving, and the model's outcome must not depend on it.
 */

/** Number that the decoder gave to an image (one journal), stable while the folder is open. */
export type ImageId = number;

/** String id 0 and ids not seen yet read as null. */
export interface ImageInfo {
  readonly pid: number;
  /** Start time of the process in clock ticks; 0 unknown. */
  readonly start: number;
  readonly ppid: number;
  readonly openedMs: number;
  readonly madeByFork: boolean;
  readonly byLauncher: boolean;
  /** Start time of the forking parent, when made by fork; else 0. */
  readonly parentStart: number;
}

/** A record that is not one of the hot four. Field names as in docs/journal-format.md. */
export interface RecordFact {
  readonly type: number;
  readonly flags: number;
  readonly t0: number;
  readonly t1: number;
  readonly obj: number;
  /** Signed. */
  readonly a: number;
  /** Signed; `2^64-1` arrives as -1. */
  readonly b: number;
  readonly thread: number;
  readonly site: number;
  readonly s1: string | null;
  readonly s2: string | null;
}

export interface SlotFact {
  readonly slot: number;
  readonly sinceMs: number;
  readonly obj: number;
  readonly operand: number;
  readonly deadlineMs: number | null;
  readonly site: number;
  readonly op: number;
  readonly flags: number;
  readonly nativeThread: number;
}

/** What an image's held words say. */
export interface HeldFact {
  /** Object ids of the locks and semaphores that it holds. */
  readonly locks: readonly number[];
  /** It uses more locks than there are words: of some it is not known whether it holds them. */
  readonly unseen: boolean;
  /** Of a moment in the past: it is not known what its words said, but for these locks. */
  readonly unknown?: true;
}

export interface CounterFact {
  readonly obj: number;
  readonly puts: number;
  readonly gets: number;
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export type Observation =
  | { readonly k: 'sample'; readonly t: number; readonly p: readonly ProcessSample[] }
  | { readonly k: 'gone'; readonly t: number; readonly pid: number; readonly start: number }
  | { readonly k: 'found'; readonly t: number; readonly pid: number; readonly start: number; readonly ppid: number; readonly argv: readonly string[]; readonly python: boolean; readonly reason: string }
  | { readonly k: 'root'; readonly t: number; readonly pid: number; readonly start: number }
  | { readonly k: 'exit'; readonly t: number; readonly pid: number; readonly code: number | null; readonly signal: string | null }
  | { readonly k: 'signal'; readonly t: number; readonly pid: number; readonly start: number; readonly signal: string }
  | { readonly k: 'name'; readonly t: number; readonly file: string; readonly line: number; readonly name: string }
  /** The end of a forked child that had nothing else to tell; not in observer.jsonl but in the file of these. `t`: its end. */
  | { readonly k: 'quiet'; readonly t: number; readonly from: number; readonly pid: number; readonly parent: number; readonly code: number }
  /** What the main threads of these processes sleep in; see AsleepFact. */
  | { readonly k: 'asleep'; readonly t: number; readonly p: readonly AsleepFact[] }
  /** How many threads of these processes do nothing by themselves; see IdleFact. */
  | { readonly k: 'idle'; readonly t: number; readonly p: readonly IdleFact[] }
  /** These processes wait in vain, all of them at once: seen from outside, while they did. */
  | { readonly k: 'stuck'; readonly t: number; readonly p: readonly StuckFact[] }
  /** How many files processes have open, of those that have many: when that changed. */
  | { readonly k: 'files'; readonly t: number; readonly p: readonly FilesSample[] }
  | { readonly k: 'lost'; readonly t: number; readonly what: string; readonly n: number }
  | { readonly k: 'end'; readonly t: number };

/** [pid, start, state letter, ppid, cpu percent, rss KiB, pgrp, session, threads, signals with a handler as bits (both not told everywhere)] */
export type ProcessSample = readonly [number, number, string, number, number, number, number, number, number?, number?];

/**
 * [pid, start, since, the kernel's name of the place where its main thread sleeps]: since then it did not run for a moment (its count of
 * voluntary switches stood still, proc_pid_status(5)). An empty name: it is awake again. The last, of one that sleeps on a lock: a signal that it
 * handles, a timeout or another process may wake it (absent: nobody can but its own threads, as far as the system tells).
 */
export type AsleepFact = readonly [number, number, number, string, true?];

/** [pid, start, threads besides the main one that sleep until another thread of the process wakes them] */
export type IdleFact = readonly [number, number, number];

/** One process that waits in vain: [pid, start, what its main thread is in: since, operation, flags, object, operand, site; pids of those who could end that wait; whether the system says so too (absent: it was not asked)] */
export type StuckFact = readonly [number, number, number, number, number, number, number, number, readonly number[], boolean?];

/** [pid, start, open files, soft limit of them (null: none, or not known)] */
export type FilesSample = readonly [number, number, number, number | null];

/** What run.json says, checked. */
export interface RunInfo {
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly python: string | null;
  readonly pythonVersion: string | null;
  readonly implementation: string | null;
  readonly platform: string | null;
  readonly startedAt: string;
  readonly scriptName: string;
  readonly budgetBytes: number | null;
}

/** What is known of records of one image that follow one another, without them. Times in ms from the run's start. */
export interface RecordBlock {
  /** Index of the first; and behind the last. */
  readonly from: number;
  readonly to: number;
  /** Earliest begin, latest end; the latest end of those of the main thread. -Infinity: there is none. */
  readonly beginMs: number;
  readonly endMs: number;
  readonly mainEndMs: number;
  /** Nothing else is among them than puts, sends, receives and previews. */
  readonly onlyMessages: boolean;
  /** No strings are among them, no names of threads, and nothing that cannot be read: only what has a time, and previews. */
  readonly onlyTimed: boolean;
  /** One of them is of those that come as often as messages (`isOften`). */
  readonly often: boolean;
  /** Index of the first SEND; -1: none. */
  readonly firstSend: number;
  /** How many previews begin here, and the lowest (low 32 bits of an) index of the sends that previews here belong to. */
  readonly previews: number;
  readonly previewsFrom: number;
}

/** The model's way in. */
export interface FactSink {
  image(image: ImageId, info: ImageInfo): void;
  /** A string of this image is complete; sites are strings of the form `file \n line \n function`. */
  string(image: ImageId, id: number, text: string): void;
  /** PUT (40). Hot. */
  put(image: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void;
  /** SEND (41). Hot. `index` is the record's index in its image. */
  send(image: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void;
  /** RECV (42). Hot. */
  receive(image: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void;
  /** A preview chunk of the message whose SEND record has (the low 32 bits of) this index. */
  preview(image: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void;
  record(image: ImageId, fact: RecordFact): void;
  /** All busy slots of an image as they are now: replaces what was said before. */
  slots(image: ImageId, busy: readonly SlotFact[]): void;
  /** The locks an image holds as it is now: replaces what was said before. Not told while it has never held any. */
  held(image: ImageId, held: HeldFact): void;
  /** Counters of an image as they are now: replaces what was said before. */
  counters(image: ImageId, dropped: number, rows: readonly CounterFact[]): void;
  /** Records that were skipped because they are holes or of a type nobody knows: so many more. */
  skipped(image: ImageId, holes: number, unknown: number): void;
  observe(observation: Observation): void;
  /** Journal bytes on disk, so far. */
  size(bytes: number): void;
  /** The run's clock now. Everything committed before was delivered. */
  advance(nowMs: number): void;
}
