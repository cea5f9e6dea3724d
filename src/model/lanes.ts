/** Lanes: what a stretch of time looks like at a given width. The work grows with pixels and rows, not with events. */
import type { Lane, LaneMark, LaneQuery, LaneReply, LaneSpan, LaneTask } from '../protocol/view.js';
import { innermostFrame } from './frames.js';
import type { Image } from './image.js';
import { arrowsOf, type Shown } from './lane-arrows.js';
import { columnsOf, rounded } from './lane-columns.js';
import { LaneSites, siteField } from './lane-sites.js';
import { SEVERAL, type TaskPiece } from './lane-tasks.js';
import { orphanStretch, operationOf, zombieStretch, joinedProcess } from './present.js';
import type { Proc } from './process.js';
import { channelKey, type Keys } from './rows.js';
import { signalName } from './signals.js';
import { SHORTEST_WAIT, SPAN_KINDS, type SpanPiece } from './spans.js';
import { spanKindOf } from './wait-kinds.js';
import type { World } from './world.js';

/** A wait before it is told, with the image whose strings its `site` is of. */
interface LanePiece extends SpanPiece {
  image: Image;
  longestMs: number;
}

export function lanesOf(world: World, query: LaneQuery, now: number, shown: Shown, keys: Keys): LaneReply {
  const pixels = Math.max(1, Math.min(16384, Math.floor(query.pixels)));
  const width = Math.max(query.toMs - query.fromMs, 1e-6);
  const grain = width / pixels;
  const lanes: Lane[] = [];
  const sites = new LaneSites();
  for (const key of query.rows) {
    const proc = shown.proc(key);
    if (proc !== null) lanes.push(laneOf(world, proc, key, query, pixels, grain, now, keys, sites));
  }
  return { query, lanes, sites: sites.list, arrows: query.arrowsFor === null ? [] : arrowsOf(world, query, pixels, shown, keys) };
}

function laneOf(world: World, proc: Proc, key: string, query: LaneQuery, pixels: number, grain: number, now: number, keys: Keys, sites: LaneSites): Lane {
  const sends = columnsOf(proc.images.map((image) => ({ image, times: image.sendTimes, lines: image.sendLines })), query, pixels, grain, sites);
  const receives = columnsOf(proc.images.map((image) => ({ image, times: image.receiveTimes, lines: image.receiveLines })), query, pixels, grain, sites);
  return {
    process: key,
    spans: [...lifeOf(world, proc, query, now), ...waitsOf(world, proc, query, grain, now, keys, sites)],
    tasks: tasksOf(world, proc, query, grain, now, keys, sites),
    sends: sends.counts,
    receives: receives.counts,
    sendSites: sends.sites,
    receiveSites: receives.sites,
    marks: marksOf(world, proc, query, grain, sites),
  };
}

function lifeOf(world: World, proc: Proc, query: LaneQuery, now: number): LaneSpan[] {
  const { startedMs, end } = world.derived(proc);
  const spans: LaneSpan[] = [];
  const add = (kind: LaneSpan['kind'], fromMs: number, toMs: number): void => {
    if (fromMs <= query.toMs && toMs >= query.fromMs) spans.push({ kind, fromMs, toMs, about: null });
  };
  add('life', startedMs, end?.ms ?? now);
  const zombie = zombieStretch(world, proc, now);
  if (zombie !== null) add('zombie', zombie.from, Math.min(zombie.to, now));
  const orphan = orphanStretch(world, proc, now);
  if (orphan !== null) add('orphan', orphan.from, Math.min(orphan.to, now));
  return spans;
}

/** What its threads waited in and wait in now; what falls into one pixel is one span of the most telling kind. */
function waitsOf(world: World, proc: Proc, query: LaneQuery, grain: number, now: number, keys: Keys, sites: LaneSites): LaneSpan[] {
  const pieces: LanePiece[] = [];
  const end = world.derived(proc).end?.ms ?? now;
  for (const image of proc.images) {
    const own = waysOfItsPools(world, image);
    const take = (piece: SpanPiece): void => {
      if (own.has(piece.about) && SPAN_KINDS[piece.kind] !== 'blocked-result') return;
      const { fromMs, toMs, kind, about, site, several = false, longestMs = toMs - fromMs } = piece;
      // By name: a spread of thousands of them takes four times as long as all else.
      pieces.push({ fromMs, toMs, kind, about, site, several, longestMs, image });
    };
    image.spans.visit(query.fromMs, query.toMs, grain, take);
    for (const slot of image.slots) {
      const op = operationOf(world, slot);
      if (op === null || end - slot.sinceMs <= SHORTEST_WAIT || slot.sinceMs > query.toMs || end < query.fromMs) continue;
      const joined = joinedProcess(world, slot);
      take({ fromMs: slot.sinceMs, toMs: end, kind: SPAN_KINDS.indexOf(spanKindOf(op)), about: joined === null ? slot.obj : -joined.pid, site: slot.site });
    }
  }
  return mergePieces(pieces, grain).map((piece) => ({
    kind: SPAN_KINDS[piece.kind] ?? 'blocked-other',
    fromMs: rounded(piece.fromMs, grain),
    toMs: rounded(piece.toMs, grain),
    about: aboutKey(world, piece, keys),
    ...(piece.several === true ? { several: true } : {}),
    ...siteField(sites.of(piece.image, piece.site)),
  }));
}

/** The ways to and from the workers of an image's own pools: only threads of the library's wait there, and they do so all the time. */
export function waysOfItsPools(world: World, image: Image): ReadonlySet<number> {
  const ways = new Set<number>();
  for (const pool of world.objects.pools.all) {
    if (pool.origin?.image !== image) continue;
    ways.add(pool.obj);
    if (pool.made !== null && pool.made.results !== 0) ways.add(pool.made.results);
  }
  return ways;
}

function mergePieces(pieces: LanePiece[], grain: number): LanePiece[] {
  pieces.sort((a, b) => a.fromMs - b.fromMs);
  const merged: LanePiece[] = [];
  for (const piece of pieces) {
    const last = merged[merged.length - 1];
    const small = piece.toMs - piece.fromMs < grain;
    // Two pieces share a pixel only where both are small, or the new one lies within the end of the last.
    if (last !== undefined && small && piece.fromMs - last.fromMs < grain && last.toMs - last.fromMs < grain) {
      last.toMs = Math.max(last.toMs, piece.toMs);
      if (piece.about !== last.about) last.about = 0;
      // The line is that of the longest wait of the kind that is shown.
      if (piece.kind > last.kind || (piece.kind === last.kind && piece.longestMs > last.longestMs)) {
        last.image = piece.image;
        last.site = piece.site;
        last.longestMs = piece.longestMs;
      }
      last.kind = Math.max(last.kind, piece.kind);
      last.several = true;
    } else merged.push(piece);
  }
  return merged;
}

/** Key of what a wait is about: a channel, lock, pool, shared object, or the process that is joined; null: nothing that is known, or several. */
export function aboutKey(world: World, piece: SpanPiece, keys: Keys): string | null {
  const { about } = piece;
  if (about === 0) return null;
  if (about < 0) {
    const joined = world.table.at(-about, piece.toMs);
    return joined === null ? null : keys.process(joined);
  }
  const { locks, pools, shared } = world.objects;
  // A pool has the id of the channel that carries its tasks: the kind says which is meant.
  const object = SPAN_KINDS[piece.kind] === 'blocked-result' ? pools.at(about) : (locks.at(about) ?? shared.at(about));
  return object === null ? channelKey(world, keys, about) : keys.object(object);
}

/** The tasks it ran; what falls into one pixel is one. */
function tasksOf(world: World, proc: Proc, query: LaneQuery, grain: number, now: number, keys: Keys, sites: LaneSites): LaneTask[] {
  const { end } = world.derived(proc);
  const tasks: LaneTask[] = [];
  for (const image of proc.images) {
    const pieces: TaskPiece[] = [];
    image.tasks.visit(query.fromMs, query.toMs, grain, end?.ms ?? now, end !== null, (piece) => {
      pieces.push(piece);
    });
    for (const piece of mergeTasks(pieces, grain)) {
      const pool = image.tasks.poolAt(piece.pool);
      tasks.push({
        fromMs: rounded(piece.fromMs, grain),
        toMs: rounded(piece.toMs, grain),
        pool: pool === null ? null : keys.object(pool),
        function: piece.function === SEVERAL ? null : world.objects.pools.words.at(piece.function),
        count: piece.count,
        failed: piece.failed,
        ...siteField(submittedAt(world, image, piece, sites)),
      });
    }
  }
  return tasks;
}

/** Where the task that stands for a piece was submitted, by another process. */
function submittedAt(world: World, image: Image, { longest }: TaskPiece, sites: LaneSites): number {
  const tasks = image.tasks.poolAt(longest.pool)?.tasks;
  if (tasks === undefined) return -1;
  const job = tasks.job.at(longest.run);
  const submitter = tasks.jobs.submitter.at(job);
  return submitter < 0 ? -1 : sites.of(world.imageOf(submitter), tasks.jobs.site.at(job));
}

function mergeTasks(pieces: TaskPiece[], grain: number): TaskPiece[] {
  pieces.sort((a, b) => a.fromMs - b.fromMs);
  const merged: TaskPiece[] = [];
  for (const piece of pieces) {
    const last = merged[merged.length - 1];
    const small = piece.toMs - piece.fromMs < grain;
    if (last !== undefined && small && piece.fromMs - last.fromMs < grain && last.toMs - last.fromMs < grain) {
      last.toMs = Math.max(last.toMs, piece.toMs);
      last.count += piece.count;
      last.failed ||= piece.failed;
      if (piece.pool !== last.pool) last.pool = 0;
      if (piece.function !== last.function) last.function = SEVERAL;
      if (piece.longest.ms > last.longest.ms) last.longest = piece.longest;
    } else merged.push({ ...piece });
  }
  return merged;
}

/** A mark before it is told: where it stands for is looked up for those alone that are. */
interface Moment extends LaneMark {
  readonly where?: (sites: LaneSites) => number;
}

/** Of one kind at most one a pixel, with their number: a process may be sent signals in a loop. */
function marksOf(world: World, proc: Proc, query: LaneQuery, grain: number, sites: LaneSites): LaneMark[] {
  const facts = world.derived(proc);
  const marks: Moment[] = [{ atMs: facts.startedMs, kind: 'start', text: facts.name }];
  if (facts.end !== null) marks.push({ atMs: facts.end.ms, kind: 'exit', text: exitText(facts.end.code, facts.end.signal) });
  for (const { image, fact } of proc.signals()) marks.push({ atMs: fact.t0, kind: 'signal', text: signalName(fact.b, world.platform), where: (known) => known.of(image, fact.site) });
  for (const { t, signal } of proc.userSignals) marks.push({ atMs: t, kind: 'signal', text: signal });
  for (const image of proc.images) {
    for (const { t, s1, traceback } of image.exceptions) marks.push({ atMs: t, kind: 'exception', text: s1.split('\n')[0] ?? '', where: (known) => known.add(innermostFrame(traceback)) });
  }
  const seen = marks.filter((mark) => mark.atMs >= query.fromMs && mark.atMs <= query.toMs).sort((a, b) => a.atMs - b.atMs);
  return thinned(seen, grain).map(({ where, ...mark }) => (where === undefined ? mark : { ...mark, ...siteField(where(sites)) }));
}

/** By kind and text: another signal, another exception is another thing to know. */
function thinned(marks: readonly Moment[], grain: number): Moment[] {
  const kept: Moment[] = [];
  const latest = new Map<string, number>();
  for (const mark of marks) {
    const of = `${mark.kind} ${mark.text}`;
    const at = latest.get(of);
    const before = at === undefined ? undefined : kept[at];
    if (at !== undefined && before !== undefined && mark.atMs - before.atMs < grain) kept[at] = { ...before, count: (before.count ?? 1) + 1 };
    else latest.set(of, kept.push(mark) - 1);
  }
  return kept;
}

function exitText(code: number | null, signal: string | null): string {
  if (signal !== null) return signal;
  return code === null ? '' : String(code);
}
