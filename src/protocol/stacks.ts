/** Where the threads of a process stand at one moment. Absent facts are null, never guessed. */
import type { Blocked, SourceRef, Text } from './view.js';

export interface StackFrame {
  readonly where: SourceRef;
  /** Of the script: not of Python's library, of an installed package, or of Procession. */
  readonly own: boolean;
}

export interface ThreadStack {
  /** Python's name of the thread; null where it is not known. */
  readonly name: string | null;
  readonly main: boolean;
  /** It was on the processor, or ready for it; null: not known. */
  readonly active: boolean | null;
  /** It held the interpreter's lock; null: not known. */
  readonly holdsGil: boolean | null;
  /** The innermost first. Empty: nothing is known of where it stands. */
  readonly frames: readonly StackFrame[];
  /** The operation that it is in, where the records are what is known. */
  readonly blocked: Blocked | null;
}

export interface Stacks {
  /** Process key. */
  readonly process: string;
  /** `py-spy`: all frames of all threads, read from outside. `slots`: the operations that the runtime noted, one place each. */
  readonly by: 'py-spy' | 'slots';
  /** When, milliseconds from the run's start. */
  readonly atMs: number;
  /** The process was paused while it was read. */
  readonly paused: boolean;
  /** The main thread first, where it is known. */
  readonly threads: readonly ThreadStack[];
  /** Threads that are there, and of which nothing else is known; null: not even their number is. */
  readonly unknownThreads: number | null;
  /** Why py-spy did not answer, and what to do; null where it did. */
  readonly why: Text | null;
}
