/** Lanes: what a stretch of time looks like at a given width. The work grows with pixels and rows, not with events. */
import type { Arrow, Lane, LaneQuery, LaneReply, LaneSpan, LaneTask } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Times } from './columns.js';
import type { Direction } from './direction.js';
import type { Image } from './image.js';
import { SEVERAL, type TaskPiece } from './lane-tasks.js';
import { orphanStretch, operationOf, zombieStretch, joinedProcess } from './present.js';
import type { Pool } from './pool-table.js';
import type { Proc } from './process.js';
import { channelKey, type Keys } from './rows.js';
import { signalName } from './signals.js';
import { SHORTEST_WAIT, SPAN_KINDS, type SpanPiece } from './spans.js';
import { spanKindOf } from './wait-kinds.js';
import type { World } from './world.js';

type Mark = Lane['marks'][number];

export interface Shown {
  proc(key: string): Proc | null;
  channel(key: string): Channel | null;
  channels(): Iterable<Channel>;
  pool(key: string): Pool | null;
}

export function lanesOf(world: World, query: LaneQuery, now: number, shown: Shown, keys: Keys): LaneReply {
  const pixels = Math.max(1, Math.min(16384, Math.floor(query.pixels)));
  const width = Math.max(query.toMs - query.fromMs, 1e-6);
  const grain = width / pixels;
  const lanes: Lane[] = [];
  for (const key of query.rows) {
    const proc = shown.proc(key);
    if (proc !== null) lanes.push(laneOf(world, proc, key, query, pixels, grain, now, keys));
  }
  return { query, lanes, arrows: query.arrowsFor === null ? [] : arrowsOf(world, query, pixels, shown, keys) };
}

function laneOf(world: World, proc: Proc, key: string, query: LaneQuery, pixels: number, grain: number, now: number, keys: Keys): Lane {
  return {
    process: key,
    spans: [...lifeOf(world, proc, query, now), ...waitsOf(world, proc, query, grain, now, keys)],
    tasks: tasksOf(world, proc, query, grain, now, keys),
    sends: countColumns(proc.images.map((image) => image.sendTimes), query, pixels, grain),
    receives: countColumns(proc.images.map((image) => image.receiveTimes), query, pixels, grain),
    marks: marksOf(world, proc, query, grain),
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
function waitsOf(world: World, proc: Proc, query: LaneQuery, grain: number, now: number, keys: Keys): LaneSpan[] {
  const pieces: SpanPiece[] = [];
  const end = world.derived(proc).end?.ms ?? now;
  for (const image of proc.images) {
    const own = waysOfItsPools(world, image);
    const take = (piece: SpanPiece): void => {
      if (!own.has(piece.about) || SPAN_KINDS[piece.kind] === 'blocked-result') pieces.push(piece);
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
  }));
}

/** To the microsecond where a pixel is much longer: fifteen digits of a time that nobody can see are most of what a page is sent. */
function rounded(ms: number, grain: number): number {
  return grain > 0.02 ? Math.round(ms * 1000) / 1000 : ms;
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

function mergePieces(pieces: SpanPiece[], grain: number): SpanPiece[] {
  pieces.sort((a, b) => a.fromMs - b.fromMs);
  const merged: SpanPiece[] = [];
  for (const piece of pieces) {
    const last = merged[merged.length - 1];
    const small = piece.toMs - piece.fromMs < grain;
    // Two pieces share a pixel only where both are small, or the new one lies within the end of the last.
    if (last !== undefined && small && piece.fromMs - last.fromMs < grain && last.toMs - last.fromMs < grain) {
      last.toMs = Math.max(last.toMs, piece.toMs);
      if (piece.about !== last.about) last.about = 0;
      last.site = 0;
      last.kind = Math.max(last.kind, piece.kind);
      last.several = true;
    } else merged.push({ ...piece });
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
function tasksOf(world: World, proc: Proc, query: LaneQuery, grain: number, now: number, keys: Keys): LaneTask[] {
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
      });
    }
  }
  return tasks;
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
    } else merged.push({ ...piece });
  }
  return merged;
}

/** Events by pixel column: `[column, count, ...]`, counts up to 255. */
function countColumns(columns: readonly Times[], query: LaneQuery, pixels: number, grain: number): number[] {
  const counts = new Uint32Array(pixels);
  for (const column of columns) {
    const from = column.lowerBound(query.fromMs);
    const to = column.upperBound(query.toMs, from);
    if (to - from < 8 * pixels) {
      for (let i = from; i < to; i++) {
        const at = Math.min(pixels - 1, Math.floor((column.at(i) - query.fromMs) / grain));
        counts[at] = counts[at]! + 1;
      }
      continue;
    }
    let low = from;
    for (let at = 0; at < pixels && low < to; at++) {
      const high = at === pixels - 1 ? to : column.lowerBound(query.fromMs + (at + 1) * grain, low, to);
      counts[at] = counts[at]! + high - low;
      low = high;
    }
  }
  const sparse: number[] = [];
  for (let at = 0; at < pixels; at++) if (counts[at]! > 0) sparse.push(at, Math.min(255, counts[at]!));
  return sparse;
}

/** Of one kind at most one a pixel, with their number: a process may be sent signals in a loop. */
function marksOf(world: World, proc: Proc, query: LaneQuery, grain: number): Mark[] {
  const facts = world.derived(proc);
  const marks: Mark[] = [{ atMs: facts.startedMs, kind: 'start', text: facts.name }];
  if (facts.end !== null) marks.push({ atMs: facts.end.ms, kind: 'exit', text: exitText(facts.end.code, facts.end.signal) });
  for (const { fact } of proc.signals()) marks.push({ atMs: fact.t0, kind: 'signal', text: signalName(fact.b, world.platform) });
  for (const { t, signal } of proc.userSignals) marks.push({ atMs: t, kind: 'signal', text: signal });
  for (const image of proc.images) {
    for (const { t, s1 } of image.exceptions) marks.push({ atMs: t, kind: 'exception', text: s1.split('\n')[0] ?? '' });
  }
  const seen = marks.filter((mark) => mark.atMs >= query.fromMs && mark.atMs <= query.toMs).sort((a, b) => a.atMs - b.atMs);
  return thinned(seen, grain);
}

/** By kind and text: another signal, another exception is another thing to know. */
function thinned(marks: readonly Mark[], grain: number): Mark[] {
  const kept: Mark[] = [];
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

/** At most one arrow a column and direction for each channel concerned. */
function arrowsOf(world: World, query: LaneQuery, pixels: number, shown: Shown, keys: Keys): Arrow[] {
  const channel = query.arrowsFor === null ? null : shown.channel(query.arrowsFor);
  const proc = query.arrowsFor === null ? null : shown.proc(query.arrowsFor);
  const pool = query.arrowsFor === null ? null : shown.pool(query.arrowsFor);
  const arrows: Arrow[] = [];
  const channels = pool !== null ? channelsOf(world, pool) : channel !== null ? [channel] : proc !== null ? [...shown.channels()].filter((one) => one.directions.some((d) => proc.images.some((image) => d.pairing.touches(image.id)))) : [];
  // Arrows nearer than some pixels are a wall: few columns, and fewer yet where many channels share them.
  const columns = Math.max(16, Math.floor(pixels / 4 / Math.max(1, channels.length / 4)));
  for (const one of channels) {
    const key = keys.channel(one);
    if (key === null) continue;
    for (const direction of one.directions) directionArrows(world, direction, key, query, columns, (query.toMs - query.fromMs) / columns, proc, keys, arrows);
  }
  return arrows;
}

/** The ways of a pool's tasks and of their results. */
function channelsOf(world: World, pool: Pool): Channel[] {
  const found = [world.channelAt(pool.obj), pool.made === null ? null : world.channelAt(pool.made.results)];
  return [...new Set(found.filter((channel) => channel !== null))];
}

function directionArrows(world: World, direction: Direction, channel: string, query: LaneQuery, pixels: number, grain: number, proc: Proc | null, keys: Keys, arrows: Arrow[]): void {
  const { order, image: images } = direction.from.sends;
  const { receives } = direction.to;
  let at = order.countBefore(query.fromMs);
  for (let column = 0; column < pixels && at < order.length; column++) {
    const border = query.fromMs + (column + 1) * grain;
    // A few are looked at for one of this process; the rest of the column would fall on the same pixel.
    for (let tries = 0; tries < 16 && at < order.length && order.keyAt(at) < border; tries++, at++) {
      const send = order.row(at);
      const receive = direction.pairing.receiveOf(at);
      if (receive < 0) continue;
      const from = world.imageOf(images.at(send)).proc;
      const to = world.imageOf(receives.image.at(receive)).proc;
      if (proc !== null && from !== proc && to !== proc) continue;
      const fromKey = keys.process(from);
      const toKey = keys.process(to);
      if (fromKey === null || toKey === null) continue;
      arrows.push({ from: fromKey, to: toKey, sentMs: rounded(direction.from.sends.t0.at(send), grain), receivedMs: rounded(receives.t1.at(receive), grain), channel });
      break;
    }
    if (at >= order.length || order.keyAt(at) >= border) continue;
    at = order.countBefore(border);
  }
}

