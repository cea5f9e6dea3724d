/** What a look at a tree of processes from outside finds: facts alone, which `outside.ts` reads and the analysis judges. */
import type { Awaiting } from './awaited.js';
import type { Descriptor, Mapping, Thread } from './witness.js';

export interface SeenThread extends Thread {
  readonly awaiting: Awaiting | null;
  /** Milliseconds since it last had a processor; null where the kernel does not tell. */
  readonly sleptMs: number | null;
}

export interface SeenProcess {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly start: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** As `ProcStat.state`, and `Z` only where no thread of it is left. */
  readonly state: string;
  /** `asked`: the one that was named; `orphan`: its parent is gone, and it likely was one of this tree. */
  readonly relation: 'asked' | 'descendant' | 'orphan';
  /** Whoever started it is gone: it was given to the first process or to a subreaper, and leads neither a session nor a group. */
  readonly adopted: boolean;
  /** The user it runs as; null unknown. */
  readonly uid: number | null;
  /** The kernel's name for it, at most 15 characters. */
  readonly comm: string;
  /** Empty for a zombie. */
  readonly argv: readonly string[];
  readonly exe: string | null;
  readonly ageMs: number;
  /** What a zombie ended with, as wait(2) will tell it; null: not ended, or not ours to know. */
  readonly waitStatus: number | null;
  /** Numbers of the signals that it has handlers for; null unknown. */
  readonly catches: readonly number[] | null;
  readonly threads: readonly SeenThread[];
  /** Null: not ours to look into. */
  readonly descriptors: readonly Descriptor[] | null;
  readonly mappings: readonly Mapping[] | null;
}

/** A process beyond the tree, as far as it shares something with it. */
export interface Stranger {
  readonly pid: number;
  readonly comm: string;
  readonly descriptors: readonly Descriptor[];
  /** Keys of shared memory. */
  readonly mappings: readonly string[];
}

export interface SocketFact {
  /** Inode at the other end; null: none, or not told. */
  readonly peer: number | null;
  /** Where it listens or what it is bound to. */
  readonly path: string | null;
}

export interface Look {
  /** Parents before their children. */
  readonly processes: readonly SeenProcess[];
  readonly strangers: readonly Stranger[];
  /** Processes beyond the tree whose descriptors are not ours to read: one of them may hold an end of a pipe. */
  readonly unread: number;
  /** /proc hides other users' processes (hidepid). */
  readonly hidden: boolean;
  /** A container's: processes beyond its PID namespace exist and cannot be seen. */
  readonly nested: boolean;
  /** By inode. */
  readonly sockets: ReadonlyMap<number, SocketFact>;
  /** Whether the ends of socket pairs were joined, which `ss` tells and /proc does not. */
  readonly peersKnown: boolean;
}

/** The name of a thing that several processes can hold. */
export const pipeKey = (inode: number): string => `pipe:${inode}`;
export const socketKey = (inode: number): string => `socket:${inode}`;

/** Two looks, as far as they agree. */
export interface TwoLooks extends Look {
  /** `TID` of the threads that slept through both looks in the same call. */
  readonly still: ReadonlySet<number>;
  readonly betweenMs: number;
}

function sameCall(a: SeenThread, b: SeenThread): boolean {
  const [one, two] = [a.syscall, b.syscall];
  if (one === null || two === null) return one === two;
  return one.number === two.number && one.args.every((arg, i) => arg === two.args[i]);
}

/** A thread that ran between the looks, however shortly, is not blocked. */
function stillAsleep(a: SeenThread, b: SeenThread): boolean {
  if (a.start !== b.start || a.state !== 'S' || b.state !== 'S' || a.wchan !== b.wchan || !sameCall(a, b)) return false;
  return a.switches === b.switches;
}

/**
 * What both looks say. Processes are those of the second look that the first one saw as well (by pid and start time): who came
 * between is too young to say anything about, and who went is gone. Zombies count as such where both looks saw them so.
 */
export function agree(first: Look, second: Look, betweenMs: number): TwoLooks {
  const before = new Map(first.processes.map((process) => [process.pid, process]));
  const still = new Set<number>();
  const processes: SeenProcess[] = [];
  for (const process of second.processes) {
    const old = before.get(process.pid);
    if (old?.start !== process.start) {
      processes.push(process.state === 'Z' ? { ...process, state: 'X' } : process);
      continue;
    }
    processes.push(process.state === 'Z' && old.state !== 'Z' ? { ...process, state: 'X' } : process);
    const threads = new Map(old.threads.map((thread) => [thread.tid, thread]));
    for (const thread of process.threads) {
      const was = threads.get(thread.tid);
      if (was !== undefined && stillAsleep(was, thread)) still.add(thread.tid);
    }
  }
  return { ...second, processes, still, betweenMs };
}
