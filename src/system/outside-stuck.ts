/**
 * Who waits in vain, as far as that shows from outside. A wait is closed when all who could end it are known: the holders of a
 * pipe's other end, the child that is waited for, whoever maps a semaphore, the other threads of the process. Threads whose closed
 * waits end only by one another are stuck; whatever is not known counts as able to act. Pure.
 */
import { socketKey, type SeenProcess, type Stranger, type TwoLooks } from './outside-facts.js';
import { kindOf } from './outside-words.js';
import { keyOf, waitersOf, type Wait, type Waiter } from './outside-waits.js';

/** Who has a pipe or a socket open. */
export interface Holding {
  readonly pid: number;
  readonly fds: readonly number[];
}

export interface Ends {
  readonly key: string;
  readonly inode: number;
  readonly kind: 'pipe' | 'socket';
  readonly readers: readonly Holding[];
  readonly writers: readonly Holding[];
}

/** A set of threads none of which goes on before another of them does. */
export interface Core {
  readonly waiters: readonly Waiter[];
  readonly pids: readonly number[];
}

export class Analysis {
  readonly waiters: readonly Waiter[];
  /** Pipes and sockets of the tree by key, with all who hold them, strangers too. */
  readonly ends: ReadonlyMap<string, Ends>;
  readonly #looks: TwoLooks;
  readonly #byPid: ReadonlyMap<number, SeenProcess>;
  readonly #ofPid = new Map<number, Waiter[]>();

  constructor(looks: TwoLooks) {
    this.#looks = looks;
    this.waiters = waitersOf(looks);
    this.#byPid = new Map(looks.processes.map((process) => [process.pid, process]));
    for (const waiter of this.waiters) {
      const list = this.#ofPid.get(waiter.process.pid);
      if (list === undefined) this.#ofPid.set(waiter.process.pid, [waiter]);
      else list.push(waiter);
    }
    this.ends = endsOf([...looks.processes, ...looks.strangers]);
  }

  process(pid: number): SeenProcess | null {
    return this.#byPid.get(pid) ?? null;
  }

  threadsOf(pid: number): readonly Waiter[] {
    return this.#ofPid.get(pid) ?? [];
  }

  /** Processes that map this shared memory, strangers too. */
  mapping(key: string): number[] {
    const inside = this.#looks.processes.filter(({ mappings }) => mappings?.some((mapping) => mapping.key === key) === true);
    const beyond = this.#looks.strangers.filter(({ mappings }) => mappings.includes(key));
    return [...inside, ...beyond].map(({ pid }) => pid);
  }

  /** Pids of all who could end this wait; null: that is not known, or it ends by itself. */
  enders({ process, wait }: Waiter): readonly number[] | null {
    switch (wait.kind) {
      case 'read': return this.#others(wait.end.key, 'read');
      case 'write': return this.#others(wait.end.key, 'write');
      case 'several': return this.#anyOf(wait);
      case 'lock':
        if (wait.timed) return null;
        if (wait.own) return [process.pid];
        return wait.mapping === null ? null : this.mapping(wait.mapping.key);
      case 'child': {
        const children = this.#looks.processes.filter((other) => other.ppid === process.pid && (wait.pid === null || wait.pid === other.pid));
        // One that has ended ends the wait at once; one that is not in sight may do anything.
        return children.length === 0 || children.some(({ state }) => state === 'Z' || state === 'X') ? null : children.map(({ pid }) => pid);
      }
      default: return null;
    }
  }

  #anyOf(wait: Extract<Wait, { kind: 'several' }>): readonly number[] | null {
    if (wait.timed || wait.ends === null || wait.ends.length === 0) return null;
    const everybody = new Set<number>();
    for (const { end, read, write } of wait.ends) {
      for (const way of ['read', 'write'] as const) {
        if (way === 'read' ? !read : !write) continue;
        const pids = this.#others(end.key, way);
        if (pids === null) return null;
        for (const pid of pids) everybody.add(pid);
      }
    }
    return [...everybody];
  }

  /** Holders of what this end reads from or writes to; null: not known. */
  #others(key: string | null, way: 'read' | 'write'): number[] | null {
    const ends = key === null ? undefined : this.ends.get(key);
    if (ends === undefined) return null;
    let holders = way === 'read' ? ends.writers : ends.readers;
    const ended = way === 'read' ? this.#toldByForkserver(holders) : null;
    if (ended !== null) return ended;
    if (ends.kind === 'socket') {
      const peer = this.#looks.sockets.get(ends.inode)?.peer ?? null;
      const other = peer === null ? undefined : this.ends.get(socketKey(peer));
      if (other === undefined) return null;
      holders = other.readers;
    }
    // Nobody there: the call would have returned, so that we have missed someone.
    return holders.length === 0 ? null : holders.map(({ pid }) => pid);
  }

  /**
   * A pipe that a forkserver alone writes to tells of the end of one of its children (multiprocessing/forkserver.py, main), and of
   * which one cannot be known: of any. Null: another pipe.
   */
  #toldByForkserver(writers: readonly Holding[]): number[] | null {
    const [writer] = writers;
    const process = writers.length === 1 && writer !== undefined ? this.process(writer.pid) : null;
    if (process === null || kindOf(process, this.process(process.ppid)) !== 'forkserver') return null;
    const children = this.#looks.processes.filter(({ ppid, state }) => ppid === process.pid && state !== 'Z' && state !== 'X');
    return children.length === 0 ? null : children.map(({ pid }) => pid);
  }

  /** Pids of the processes for whose end this thread waits; empty: it waits for something else. */
  awaitedChildren({ process, wait }: Waiter): readonly number[] {
    if (wait.kind === 'child') return this.#looks.processes.filter(({ ppid, pid }) => ppid === process.pid && (wait.pid === null || wait.pid === pid)).map(({ pid }) => pid);
    const ends = wait.kind === 'several' ? (wait.ends ?? []).map(({ end }) => end) : wait.kind === 'read' ? [wait.end] : [];
    return ends.flatMap(({ key }) => (key === null ? [] : (this.#toldByForkserver(this.ends.get(key)?.writers ?? []) ?? [])));
  }

  /** All who are stuck, and the innermost sets of them: threads that wait for one another and for nobody else. */
  stuck(): { readonly all: ReadonlySet<Waiter>; readonly cores: readonly Core[] } {
    const closed = new Map<Waiter, readonly number[]>();
    for (const waiter of this.waiters) {
      const enders = this.enders(waiter);
      if (enders !== null) closed.set(waiter, enders);
    }
    for (let shrunk = true; shrunk;) {
      shrunk = false;
      // A process may act as long as one of its threads may; and a stranger always.
      const stuck = new Set([...this.#ofPid].filter(([, threads]) => threads.every((thread) => closed.has(thread))).map(([pid]) => pid));
      for (const [waiter, pids] of closed) {
        if (pids.every((pid) => stuck.has(pid))) continue;
        closed.delete(waiter);
        shrunk = true;
      }
    }
    // Processes stand between threads, so that a hundred of them at one pipe are not ten thousand arrows.
    const arrows = new Map<Waiter | number, readonly (Waiter | number)[]>();
    for (const [waiter, pids] of closed) {
      arrows.set(waiter, pids);
      for (const pid of pids) arrows.set(pid, this.threadsOf(pid));
    }
    const cores = lastComponents(arrows).flatMap((nodes) => {
      const waiters = this.waiters.filter((waiter) => nodes.has(waiter));
      return waiters.length === 0 ? [] : [{ waiters, pids: [...new Set(waiters.map(({ process }) => process.pid))] }];
    });
    return { all: new Set(closed.keys()), cores };
  }
}

function endsOf(holders: readonly (SeenProcess | Stranger)[]): Map<string, Ends> {
  const all = new Map<string, { key: string; inode: number; kind: 'pipe' | 'socket'; readers: Map<number, number[]>; writers: Map<number, number[]> }>();
  for (const { pid, descriptors } of holders) {
    for (const descriptor of descriptors ?? []) {
      const key = keyOf(descriptor);
      if (key === null || descriptor.inode === null) continue;
      const ends = all.get(key) ?? { key, inode: descriptor.inode, kind: descriptor.kind === 'pipe' ? 'pipe' : 'socket', readers: new Map<number, number[]>(), writers: new Map<number, number[]>() };
      all.set(key, ends);
      for (const [held, is] of [[ends.readers, descriptor.readable], [ends.writers, descriptor.writable]] as const) {
        if (is) held.set(pid, [...(held.get(pid) ?? []), descriptor.fd]);
      }
    }
  }
  const listed = (held: ReadonlyMap<number, readonly number[]>): Holding[] => [...held].map(([pid, fds]) => ({ pid, fds }));
  return new Map([...all].map(([key, ends]) => [key, { ...ends, readers: listed(ends.readers), writers: listed(ends.writers) }]));
}

/** Strongly connected components that no arrow leaves (Tarjan 1972), without recursion: chains can be long. */
export function lastComponents<T>(arrows: ReadonlyMap<T, readonly T[]>): Set<T>[] {
  const index = new Map<T, number>();
  const low = new Map<T, number>();
  const stack: T[] = [];
  const component = new Map<T, number>();
  const found: Set<T>[] = [];
  for (const root of arrows.keys()) {
    if (index.has(root)) continue;
    const work: { readonly node: T; next: number }[] = [];
    const enter = (node: T): void => {
      low.set(node, index.size);
      index.set(node, index.size);
      stack.push(node);
      work.push({ node, next: 0 });
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { node } = top;
      const to = arrows.get(node)?.[top.next++];
      if (to !== undefined) {
        const seen = index.get(to);
        if (seen === undefined) enter(to);
        else if (!component.has(to)) low.set(node, Math.min(low.get(node) ?? 0, seen));
        continue;
      }
      work.pop();
      const parent = work.at(-1)?.node;
      const lowest = low.get(node) ?? 0;
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent) ?? 0, lowest));
      if (lowest !== index.get(node)) continue;
      const members = new Set<T>();
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        members.add(member);
        component.set(member, found.length);
        if (member === node) break;
      }
      found.push(members);
    }
  }
  return found.filter((members) => [...members].every((node) => (arrows.get(node) ?? []).every((to) => members.has(to))));
}
