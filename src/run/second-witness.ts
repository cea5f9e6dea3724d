/**
 * The records say that processes wait in vain; the operating system is asked before it is told. It knows better who is asleep, and
 * who else has an end of a pipe open: a program that was started with it, an extension that writes without Python's knowledge.
 */
import type { Stuck } from '../model/wait-for.js';
import { waitedEnd } from '../model/unblockers.js';
import type { World } from '../model/world.js';
import { descriptorsOf, listPids, threadsOf, type Descriptor } from '../system/index.js';

export interface Testimony {
  /** Those of whom the system says otherwise: awake, or somebody else could end the wait. */
  readonly refuted: readonly Stuck[];
  /** Those of whom it says the same, as far as it tells. */
  readonly agreed: ReadonlySet<Stuck>;
}

/** Linux only; elsewhere nobody is refuted, and nobody agreed with. */
export function hearSystem(world: World, stuck: readonly Stuck[]): Testimony {
  const refuted: Stuck[] = [];
  const agreed = new Set<Stuck>();
  let holders: ReadonlyMap<number, readonly Holder[]> | null = null;
  for (const one of stuck) {
    const [main] = threadsOf(one.proc.pid) ?? [];
    if (main === undefined || (one.proc.start !== 0 && main.start !== one.proc.start)) continue;
    if (main.state === 'R') {
      refuted.push(one);
      continue;
    }
    const end = waitedEnd(world, one.slot, one.op);
    if (end !== null) {
      holders ??= holdersByInode();
      const known = new Set([one.proc, ...one.by].map(({ pid }) => pid));
      const others = (holders.get(end.inode) ?? []).filter(({ pid, readable, writable }) => !known.has(pid) && (end.way === 'write' ? writable : readable));
      if (others.some(({ pid }) => !isHelper(world, pid))) {
        refuted.push(one);
        continue;
      }
    }
    agreed.add(one);
  }
  return { refuted, agreed };
}

interface Holder extends Pick<Descriptor, 'readable' | 'writable'> {
  readonly pid: number;
}

/** Who has which pipe or socket open, of all processes that we may look into. */
function holdersByInode(): ReadonlyMap<number, readonly Holder[]> {
  const found = new Map<number, Holder[]>();
  for (const pid of listPids()) {
    for (const { inode, readable, writable } of descriptorsOf(pid) ?? []) {
      if (inode === null) continue;
      const holders = found.get(inode);
      if (holders === undefined) found.set(inode, [{ pid, readable, writable }]);
      else holders.push({ pid, readable, writable });
    }
  }
  return found;
}

/** The fork server and the resource tracker have what they were born with, and write to nothing of the script's. */
function isHelper(world: World, pid: number): boolean {
  const proc = world.table.at(pid, world.nowMs);
  const kind = proc === null ? null : world.derived(proc).kind;
  return kind === 'forkserver' || kind === 'resource-tracker';
}
