/** Who could end a process's wait, followed to its end: asked for one process at a time. */
import type { Blocked } from './view.js';

/**
 * What the operating system says that a thread sleeps in, by the kernel's own name of the place (/proc/PID/wchan, proc_pid_wchan(5)).
 * `other`: asleep in something that has no word here.
 */
export type SystemCall = 'sleep' | 'lock' | 'pipe-read' | 'pipe-write' | 'socket' | 'accept' | 'poll' | 'child' | 'terminal' | 'file' | 'signal' | 'other';

/** A main thread that waits in nothing that was recorded, and has slept in one and the same call for more than a moment. */
export interface Asleep {
  readonly call: SystemCall;
  /** The kernel's name of the place. */
  readonly place: string;
  /** Since when at the latest, milliseconds from the run's start. */
  readonly sinceMs: number;
}

/**
 * Why a chain is not followed any further at a step.
 * `runs`: it does something, and may come to what is waited for. `asleep`: it sleeps in a call that is none of multiprocessing's.
 * `starting`: it was made, and has not begun. `ended`: it will do nothing any more. `nobody`: nobody is left who could end its wait.
 * `anybody`: whoever has the object could. `timeout`: it gives up by itself. `unknown`: it is not known who could. `circle`: it waits
 * for a process that waits for it. `above`: what it waits for is told above. `stopped`: by a signal, until another one continues it.
 */
export type ChainEnd = 'runs' | 'asleep' | 'starting' | 'stopped' | 'ended' | 'nobody' | 'anybody' | 'timeout' | 'unknown' | 'circle' | 'above';

export interface ChainStep {
  readonly process: string;
  /** 0 for the process that was asked about; each step follows the one that waits for it. */
  readonly depth: number;
  /** What its main thread waits in, or its feeder, where that keeps it; null: nothing that was recorded. */
  readonly wait: Blocked | null;
  readonly asleep: Asleep | null;
  /** Why it goes no further here; null: those who could end its wait follow, one deeper. */
  readonly end: ChainEnd | null;
  /** So many more could end its wait, and are left out. */
  readonly more: number;
}

export interface Chain {
  readonly process: string;
  /** The moment that it tells of, milliseconds from the run's start, where that is past; null: the present. */
  readonly atMs: number | null;
  /** None of those in it can ever go on: a verdict, seen by the records and by the system. */
  readonly stuck: boolean;
  /** In the order in which they are to be read. */
  readonly steps: readonly ChainStep[];
}
