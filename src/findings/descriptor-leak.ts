/**
 * A process runs out of descriptors, or will: pipes, queues and Process objects that nobody closes. Certain where it could open no more;
 * likely where what it has open grew for long, most of it from such objects that nobody else has.
 */
import type { Channel } from '../model/channel.js';
import { endsOf } from '../model/ends.js';
import { left, type FilesPoint } from '../model/open-files.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, SourceRef, Text } from '../protocol/view.js';
import { oneLine } from './daemon-with-children.js';
import { baseName, type Scene } from './scene.js';

/** EMFILE as Python says it; its number is the same on Linux and macOS. */
const REFUSED = /^OSError[:\n].*\[Errno 24\]/s;
/** At the limit: the look itself, and what comes and goes, may take so many. */
const FEW = 2;
/** A limit below is one that a script sets to be able to open nothing. */
const LEAST = 64;
/** It opened so many itself, and did not merely begin with them. */
const OWN = 16;
/** Growth is a leak from so many files on, over so many milliseconds, ... */
const GROWN = 200;
const LONG = 20_000;
/** ... in each third of that time by this part of it at least, and never back by more than that. */
const SHARE = 1 / 6;
const BACK = 0.1;
/** This part of it must be known to come from objects of multiprocessing. */
const EXPLAINED = 0.5;
/** A Process object has two descriptors: the sentinel, and the way to the child's. */
const OF_A_PROCESS = 2;
/** Of more pipes than this a part is looked at. */
const LOOKED_AT = 256;

interface Refusal {
  readonly t: number;
  readonly where: SourceRef | null;
  readonly text: string;
}

export function descriptorLeak(scene: Scene): FindingRow[] {
  return scene.procs.flatMap((proc) => {
    const refusal = refusalOf(proc);
    const full = refusal === null ? fullAt(proc) : null;
    if (refusal !== null || full !== null) return [ranOut(scene, proc, refusal, full)];
    const growth = growthOf(scene, proc);
    const made = growth === null ? null : madeIn(scene, proc, { from: growth.from, to: growth.last.t });
    return growth === null || made === null || made.files < growth.files * EXPLAINED ? [] : [grows(scene, proc, growth, made)];
  });
}

// ---- certain

/** The first call that was refused a descriptor, as far as that was recorded. */
function refusalOf(proc: Proc): Refusal | null {
  const all = proc.images.flatMap((image): Refusal[] => [
    ...image.exceptions.filter(({ s1 }) => REFUSED.test(s1)).map(({ t, s1, site }) => ({ t, where: image.site(site), text: s1.replace('\n', ': ') })),
    ...image.startFailures.filter(({ s2 }) => REFUSED.test(s2 ?? '')).map(({ t0, s2, site }) => ({ t: t0, where: image.site(site), text: s2 ?? '' })),
  ]);
  return all.sort((a, b) => a.t - b.t)[0] ?? null;
}

/** When it had opened all that it may. */
function fullAt({ files }: Proc): FilesPoint | null {
  const nearest = files?.nearest ?? null;
  if (files === null || nearest === null || left(nearest) > FEW || nearest.count < LEAST) return null;
  return files.points.some(({ t, count }) => t < nearest.t && count <= nearest.count - OWN) ? nearest : null;
}

function ranOut(scene: Scene, proc: Proc, refusal: Refusal | null, full: FilesPoint | null): FindingRow {
  const most = full ?? proc.files?.nearest ?? null;
  const made = madeIn(scene, proc, { from: scene.facts(proc).startedMs, to: refusal?.t ?? most?.t ?? scene.now });
  return {
    ...common(proc),
    severity: 'error',
    certain: true,
    // What is refused stands in the library; what fills the table, in the script.
    where: made.where ?? refusal?.where ?? null,
    sinceMs: refusal?.t ?? most?.t ?? null,
    message: { template: '{0} (PID {1}) had as many files, pipes and sockets open as it may, and could open no more.', args: scene.named(proc) },
    evidence: [
      ...(refusal === null ? [] : [{ template: 'It raised {0}.', args: [oneLine(refusal.text)] }]),
      ...(most === null || most.limit === null ? [] : [{ template: 'It had {0} descriptors open at {1} s; its limit was {2}.', args: [most.count, seconds(most.t), most.limit] }]),
      ...made.texts,
    ],
  };
}

// ---- likely

interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Growth extends Stretch {
  readonly files: number;
  readonly first: FilesPoint;
  readonly last: FilesPoint;
}

/** The longest time up to now (or to its end) in which it grew steadily. */
function growthOf(scene: Scene, proc: Proc): Growth | null {
  const { files } = proc;
  const last = files?.last ?? null;
  if (files === null || last === null) return null;
  const to = scene.facts(proc).end?.ms ?? scene.now;
  for (const [i, first] of files.points.entries()) {
    if (to - first.t < LONG) return null;
    const grown = last.count - first.count;
    if (grown >= GROWN && isSteady(files.points.slice(i), grown, first.t, to)) return { from: first.t, to, files: grown, first, last };
  }
  return null;
}

function isSteady(points: readonly FilesPoint[], grown: number, from: number, to: number): boolean {
  let highest = 0;
  for (const { count } of points) {
    highest = Math.max(highest, count);
    if (highest - count > grown * BACK) return false;
  }
  const at = (t: number): number => points.findLast((point) => point.t <= t)?.count ?? 0;
  const third = (to - from) / 3;
  return [0, 1, 2].every((n) => at(from + (n + 1) * third) - at(from + n * third) >= grown * SHARE);
}

function grows(scene: Scene, proc: Proc, { first, last, from, files }: Growth, made: Made): FindingRow {
  return {
    ...common(proc),
    severity: 'warning',
    certain: false,
    where: made.where,
    sinceMs: from,
    message: { template: '{0} (PID {1}) opens more and more pipes and closes none: {2} descriptors more by now.', args: [...scene.named(proc), files] },
    evidence: [
      last.limit === null
        ? { template: 'It had {0} descriptors open at {1} s, and {2} at {3} s.', args: [first.count, seconds(first.t), last.count, seconds(last.t)] }
        : { template: 'It had {0} descriptors open at {1} s, and {2} at {3} s; its limit is {4}.', args: [first.count, seconds(first.t), last.count, seconds(last.t), last.limit] },
      ...made.texts,
    ],
  };
}

// ---- what they are

interface Made {
  /** Descriptors that are known to come from these. */
  readonly files: number;
  /** The line that made most of them. */
  readonly where: SourceRef | null;
  readonly texts: readonly Text[];
}

/** Pipes and queues that the process made in this time and holds alone, and Process objects of children that have ended. */
function madeIn(scene: Scene, proc: Proc, { from, to }: Stretch): Made {
  const { world } = scene;
  const channels = world.channels
    .filter(({ announced }) => announced !== null && announced.t >= from && announced.t <= to && world.imageOf(announced.image).proc === proc)
    .sort((a, b) => (a.announced?.t ?? 0) - (b.announced?.t ?? 0) || a.firstMs - b.firstMs);
  const others = scene.procs.filter((other) => other !== proc && scene.facts(other).end === null);
  const step = Math.max(1, Math.ceil(channels.length / LOOKED_AT));
  const looked = channels.filter((_, i) => i % step === 0);
  const alone = looked.map((channel) => ({ channel, ends: endsHeld(scene, proc, channel, to) })).filter(({ channel, ends }) => ends > 0 && !others.some((other) => endsHeld(scene, other, channel, to) > 0));
  const ended = scene.procs.filter((child) => {
    const { parent, startedMs, end } = scene.facts(child);
    return parent === proc && startedMs >= from && startedMs <= to && end !== null && end.ms <= to;
  });
  const ends = alone.reduce((total, one) => total + one.ends, 0) * step;
  const lines = new Lines();
  for (const { channel } of alone) lines.add(scene.madeAt(channel), step);
  for (const child of ended) lines.add(scene.facts(child).created, 1);
  const where = lines.most;
  const texts: Text[] = [];
  if (ends > 0) texts.push({ template: 'Ends of pipes and queues that it made, did not close, and that no other process has: some {0}.', args: [ends] });
  if (ended.length > 0) texts.push({ template: 'Children that it started and that have ended: {0}. Each Process object that is kept has two descriptors.', args: [ended.length] });
  if (where !== null && ends + ended.length > 0) texts.push({ template: 'Most of these were made at {0}.', args: [`${baseName(where.file)}:${where.line}`] });
  return { files: ends + ended.length * OF_A_PROCESS, where, texts };
}

function endsHeld({ world }: Scene, proc: Proc, channel: Channel, time: number): number {
  let ends = 0;
  for (const { obj } of channel.streams) {
    const { read, write } = endsOf(world, proc, obj, time);
    // An end of a duplex pipe is read from and written to by one descriptor.
    ends += channel.streams.length > 1 ? Math.max(read, write) : read + write;
  }
  return ends;
}

/** Counts lines of the source. */
class Lines {
  readonly #counts = new Map<string, { readonly where: SourceRef; count: number }>();

  add(where: SourceRef | null, count: number): void {
    if (where === null) return;
    const key = `${where.file}\n${where.line}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { where, count });
    else known.count += count;
  }

  get most(): SourceRef | null {
    return [...this.#counts].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))[0]?.[1].where ?? null;
  }
}

function common(proc: Proc): Pick<FindingRow, 'key' | 'rule' | 'process' | 'object' | 'fix'> {
  return {
    key: `descriptor-leak:${proc.key}`,
    rule: 'descriptor-leak',
    process: proc.key,
    object: null,
    fix: { template: 'Close what is no longer needed: both ends of each Pipe, each Queue, and each Process object after its join(), by close(). Make pipes once and use them again.', args: [] },
  };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
