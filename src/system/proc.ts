/** What Linux's /proc says of one process. Every read can lose a race with the process's end: then it answers null. */
import * as fs from 'node:fs';

export interface ProcStat {
  readonly pid: number;
  /** The letter of /proc/PID/stat: R running, S sleeping, D in the kernel, T stopped, t traced, Z zombie, X dead, I idle. */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Field 22: clock ticks since boot. With the pid this is a process's identity. */
  readonly start: number;
  /** Fields 14 and 15, user and system time, in clock ticks; null where they are not known. */
  readonly ticks: number | null;
  /** Field 20: threads; null where it is not known. */
  readonly threads: number | null;
  /** Field 34: signals 1 to 31 that have a handler, bit n - 1 for signal n; null where they are not known. */
  readonly caught: number | null;
  /** Field 24: resident pages; null where they are not known. */
  readonly pages: number | null;
}

/** Null where the text is no stat line. The command name may itself hold spaces and brackets: fields count from the last `)`. */
export function parseStat(text: string): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return null;
  const pid = Number(text.slice(0, open));
  const fields = text.slice(close + 2).split(' ', 32);
  const numberAt = (field: number): number => Number(fields[field - 3]);
  const state = fields[0] ?? '';
  const stat = {
    pid, state, ppid: numberAt(4), pgrp: numberAt(5), session: numberAt(6), start: numberAt(22),
    ticks: numberAt(14) + numberAt(15), threads: numberAt(20), pages: numberAt(24), caught: numberAt(34),
  };
  const numbers = [stat.pid, stat.ppid, stat.pgrp, stat.session, stat.start, stat.ticks, stat.threads, stat.pages, stat.caught];
  return state.length === 1 && numbers.every(Number.isFinite) ? stat : null;
}

// One stat line is under 400 bytes; a shared buffer spares an allocation for each of many reads.
const buffer = Buffer.allocUnsafe(4096);

/** Reads a small file of /proc at once; null where it is gone or not ours to read. */
export function readSmall(file: string): string | null {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch {
    return null;
  }
  try {
    return buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return null;
  } finally {
    fs.closeSync(fd);
  }
}

/** Null where there is no such process. */
export function readStat(pid: number): ProcStat | null {
  const text = readSmall(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** How many threads a process has; null where there is no /proc, or no such process. */
export function threadCount(pid: number): number | null {
  return process.platform === 'linux' ? (readStat(pid)?.threads ?? null) : null;
}

/** A process's stat file, kept open: a descriptor stays with its process, whoever gets the pid next, and spares two calls a look. */
export class StatFile {
  readonly #pid: number;
  #fd: number | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Null where the process is gone. */
  read(mayKeep: boolean): ProcStat | null {
    if (this.#fd === null) {
      if (!mayKeep) return readStat(this.#pid);
      try {
        this.#fd = fs.openSync(`/proc/${this.#pid}/stat`, 'r');
      } catch {
        // Gone; or out of descriptors, and then this way fails just as well.
        return readStat(this.#pid);
      }
    }
    try {
      return parseStat(buffer.toString('latin1', 0, fs.readSync(this.#fd, buffer, 0, buffer.length, 0)));
    } catch {
      this.close();
      return null;
    }
  }

  /** Whether it holds a descriptor now. */
  get isOpen(): boolean {
    return this.#fd !== null;
  }

  close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd);
    this.#fd = null;
  }
}

/** True where this machine's /proc can be read at all. */
export function hasProc(): boolean {
  return process.platform === 'linux' && readStat(process.pid) !== null;
}

/** Pids of all processes that /proc shows. */
export function listPids(): number[] {
  const pids: number[] = [];
  for (const name of fs.readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) pids.push(Number(name));
  }
  return pids;
}

/** A process's arguments; empty for a zombie or a kernel thread; null where it is gone. */
export function readArgv(pid: number): string[] | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return text === '' ? [] : text.replace(/\0$/, '').split('\0');
  } catch {
    return null;
  }
}

/** True where the environment that the process was started with sets this variable; null where it cannot be read. */
export function hasVariable(pid: number, name: string): boolean | null {
  try {
    return `\0${fs.readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${name}=`);
  } catch {
    return null;
  }
}

/** What the environment that the process was started with says of this variable; null where it does not, or cannot be read. */
export function readVariable(pid: number, name: string): string | null {
  try {
    const entry = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').find((line) => line.startsWith(`${name}=`));
    return entry?.slice(name.length + 1) ?? null;
  } catch {
    return null;
  }
}

/** Path of the program that the process runs; null where it is gone or not ours to read. */
export function readExe(pid: number): string | null {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
}

export interface Program {
  readonly python: boolean;
  /** Version as the program's name tells it, `3.6`; null where it does not. */
  readonly version: readonly [number, number] | null;
}

/** Tells a Python by the name of its program, or of what the command line calls where that cannot be read. */
export function whatProgram(exe: string | null, argv: readonly string[]): Program {
  const name = (exe ?? argv[0] ?? '').replace(/^.*[\\/]/s, '').replace(/\.exe$/i, '');
  const match = /^(?:python|pypy)w?(?:(\d)(?:\.?(\d{1,2}))?)?(?:[dtm]|-dbg|-intel64)*$/i.exec(name);
  if (match === null) return { python: false, version: null };
  const [, major, minor] = match;
  return { python: true, version: major !== undefined && minor !== undefined && !/^pypy/i.test(name) ? [Number(major), Number(minor)] : null };
}

/** The first of Python's own options -E, -I and -S in a command line (`-Es` too), which keep sitecustomize out; null none. */
export function isolatingOption(argv: readonly string[]): '-E' | '-I' | '-S' | null {
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('-') || word === '-') return null;
    if (word.startsWith('--')) {
      if (word === '--check-hash-based-pycs') i += 1;
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at);
      if (letter === 'c' || letter === 'm') return null;
      if (letter === 'E' || letter === 'I' || letter === 'S') return `-${letter}`;
      if (letter === 'W' || letter === 'X') {
        if (at === word.length - 1) i += 1;
        break;
      }
    }
  }
  return null;
}

/** The oldest Python that the runtime records. */
const OLDEST: readonly [number, number] = [3, 8];

export type FoundReason = 'no-env' | '-E' | '-I' | '-S' | 'not-python' | 'too-old' | 'unknown';

/**
 * Why a process keeps no journal, as far as /proc tells; `unknown` where nothing explains it.
 * @param hasRun whether its environment names a run; null unknown
 */
export function whyNoJournal(exe: string | null, argv: readonly string[], hasRun: boolean | null): { readonly python: boolean; readonly reason: FoundReason } {
  // A zombie shows neither.
  if (exe === null && argv.length === 0) return { python: false, reason: 'unknown' };
  const { python, version } = whatProgram(exe, argv);
  if (!python) return { python: false, reason: 'not-python' };
  if (version !== null && (version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1]))) return { python: true, reason: 'too-old' };
  const option = isolatingOption(argv);
  if (option !== null) return { python: true, reason: option };
  return { python: true, reason: hasRun === false ? 'no-env' : 'unknown' };
}
