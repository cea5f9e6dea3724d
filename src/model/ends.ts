/** Which live processes hold which end of a channel. */
import type { Channel } from './channel.js';
import type { Image } from './image.js';
import type { ForkOrigin, Proc } from './process.js';
import { RecordType } from './record-types.js';
import type { World } from './world.js';

export interface Ends {
  readonly read: number;
  readonly write: number;
}

const NONE: Ends = { read: 0, write: 0 };
/** Forks of forks of forks: deeper than this, facts are broken and go in a circle. */
const DEEPEST = 64;

/** Ends of an object that a process holds at a time. A fork child begins with what its parent held then. */
export function endsOf(world: World, proc: Proc, obj: number, time: number, depth = 0): Ends {
  const image = proc.latestImage();
  const inherited = depth < DEEPEST ? inheritedEnds(world, proc, image, obj, depth) : NONE;
  return image === null ? inherited : image.endsAt(obj, time, inherited);
}

function inheritedEnds(world: World, proc: Proc, image: Image | null, obj: number, depth: number): Ends {
  if (image !== null && !image.info.madeByFork) return NONE;
  const origin = originOf(world, proc, image);
  return origin === null ? NONE : endsOf(world, origin.parent, obj, origin.time, depth + 1);
}

/** Asked for every channel, and the same for all of them until something about processes is told. */
function originOf(world: World, proc: Proc, image: Image | null): ForkOrigin | null {
  if (proc.origin === null || proc.origin.version !== world.endsVersion) proc.origin = { version: world.endsVersion, from: forkOf(world, proc, image) };
  return proc.origin.from;
}

/** The process whose memory a fork child got, and when: under forkserver that is the server, not who asked it. */
function forkOf(world: World, proc: Proc, image: Image | null): ForkOrigin | null {
  const births = proc.births();
  if (image !== null) {
    const { ppid, parentStart, openedMs } = image.info;
    const candidate = world.table.entry(ppid).procs.find((other) => other.start === parentStart) ?? world.table.at(ppid, openedMs);
    if (candidate === null || candidate === proc) return null;
    const birth = births.find((one) => one.image.proc === candidate && isFork(one.type));
    return { parent: candidate, time: birth?.fact.t0 ?? openedMs };
  }
  const fork = births.find((birth) => birth.type === RecordType.FORK) ?? births.find((birth) => birth.type === RecordType.START && (birth.fact.flags & 3) === 1);
  return fork === undefined ? null : { parent: fork.image.proc, time: fork.fact.t0 };
}

const isFork = (type: number): boolean => type === RecordType.FORK || type === RecordType.START;

export interface Holders {
  readonly readers: readonly Proc[];
  readonly writers: readonly Proc[];
}

/**
 * Processes that can read from, write to one direction (or any, where none is given) of a channel: those that live, or
 * that lived at a time.
 */
export function holdersOf(world: World, channel: Channel, direction: number | null, time: number | null = null): Holders {
  const readers: Proc[] = [];
  const writers: Proc[] = [];
  for (const proc of world.table.all) {
    if (!proc.known || !livesAt(world, proc, time)) continue;
    let reads = false;
    let writes = false;
    channel.directions.forEach((one, index) => {
      if (direction !== null && index !== direction) return;
      // Both ends of a socket pair can be read and written; of this way, one is written and the other read.
      if (endsOf(world, proc, one.to.obj, time ?? Infinity).read > 0) reads = true;
      if (endsOf(world, proc, one.from.obj, time ?? Infinity).write > 0) writes = true;
    });
    if (reads) readers.push(proc);
    if (writes) writers.push(proc);
  }
  return { readers, writers };
}

/** Nobody gives them anything that a script made. */
const HELPERS: ReadonlySet<string> = new Set(['forkserver', 'resource-tracker']);

/**
 * Children that were made and have not begun, now or at a time: one that is spawned first imports the script, for as long as that
 * takes, and then gets what it was given. Until then it may hold an end of any channel, and nothing tells of it.
 */
export function comingAt(world: World, time: number | null = null): Proc[] {
  return world.table.all.filter((proc) => proc.known && livesAt(world, proc, time) && !HELPERS.has(world.derived(proc).kind) && !hasBegun(world, proc, time));
}

function hasBegun(world: World, proc: Proc, time: number | null): boolean {
  const { begun, startMethod } = world.derived(proc);
  if (!begun || time === null || startMethod === 'fork') return begun;
  const told = proc.images.flatMap((image) => image.bootstraps);
  return told.length === 0 || told.some(({ t0 }) => t0 <= time);
}

function livesAt(world: World, proc: Proc, time: number | null): boolean {
  const { startedMs, end } = world.derived(proc);
  if (time === null) return end === null;
  return startedMs <= time && (end === null || end.ms >= time);
}
