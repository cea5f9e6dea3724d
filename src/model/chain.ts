/** Who could end a process's wait, followed to its end: as it is now, or as it was seen when processes were stuck. */
import type { Blocked, Chain, ChainEnd, ChainStep } from '../protocol/view.js';
import type { StuckFact } from './facts.js';
import { compareProcs } from './order.js';
import { asleepOf, blockedRow, blockedThreads, operationOf, stateOf, type BlockedThread } from './present.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import { answersOf, noAnswers, type Answers } from './unblockers.js';
import type { World } from './world.js';

/** Further than this nobody reads. */
const MOST_STEPS = 60;
/** Of many who could end one wait, so many are followed. */
const MOST_BY = 8;

/** What a process waits in, and who could end it. */
export interface Wait {
  readonly blocked: Blocked;
  readonly answers: Answers;
}

type WaitOf = (proc: Proc) => Wait | null;

/** Null: the process is not known. */
export function chainOf(world: World, proc: Proc, now: number, keys: Keys): Chain | null {
  const process = keys.process(proc);
  if (process === null) return null;
  const seen = world.derived(proc).end === null ? null : lastSeenStuck(world, proc);
  if (seen !== null) return { process, atMs: seen.t, stuck: true, steps: follow(world, proc, seen.t, keys, (other) => waitSeen(world, seen.p, other, seen.t, keys), true) };
  const steps = follow(world, proc, now, keys, (other) => waitNow(world, other, now, keys), false);
  return { process, atMs: null, stuck: isStuck(world, proc), steps };
}

/** In the order of reading: whoever could end a wait stands under the one who waits, one deeper. */
function follow(world: World, first: Proc, now: number, keys: Keys, waitOf: WaitOf, past: boolean): ChainStep[] {
  const steps: ChainStep[] = [];
  const listed = new Set<Proc>();
  const path: Proc[] = [];
  const visit = (proc: Proc, depth: number): void => {
    const process = keys.process(proc);
    if (process === null || steps.length >= MOST_STEPS) return;
    if (listed.has(proc)) {
      steps.push({ process, depth, wait: null, asleep: null, end: path.includes(proc) ? 'circle' : 'above', more: 0 });
      return;
    }
    listed.add(proc);
    const wait = waitOf(proc);
    const next = wait === null ? [] : (saviours(world, proc, wait) ?? []);
    const follows = wait !== null && wait.blocked.untilMs === null && next.length > 0 && !wait.answers.anybody;
    const end = follows ? null : wait === null ? (past ? endThen(world, proc, now) : endNow(world, proc, now)) : endOfWait(wait);
    steps.push({ process, depth, wait: wait?.blocked ?? null, asleep: wait === null && !past ? asleepOf(world, proc, now) : null, end, more: follows ? Math.max(0, next.length - MOST_BY) : 0 });
    if (!follows) return;
    path.push(proc);
    for (const other of next.slice(0, MOST_BY)) visit(other, depth + 1);
    path.pop();
  };
  visit(first, 0);
  return steps;
}

/** Who could end the wait, in the order of the run's processes; itself only where nobody else could. Null: not known. */
export function saviours(world: World, proc: Proc, { answers }: Wait): readonly Proc[] | null {
  if (answers.by === null) return null;
  const others = answers.by.filter((other) => other !== proc).sort((a, b) => compareProcs(world, a, b));
  return others.length > 0 ? others : answers.by;
}

function endOfWait({ blocked, answers }: Wait): ChainEnd {
  if (blocked.untilMs !== null) return 'timeout';
  if (answers.anybody) return 'anybody';
  return answers.by === null ? 'unknown' : 'nobody';
}

/** What it does instead of waiting for one of the run's. */
function endNow(world: World, proc: Proc, now: number): ChainEnd {
  const { end, begun } = world.derived(proc);
  if (end !== null) return 'ended';
  const letter = proc.lastSample?.sample[2] ?? null;
  if (letter === 'T' || letter === 't') return 'stopped';
  if (stateOf(world, proc, now, []).state === 'starting' && !begun) return 'starting';
  return asleepOf(world, proc, now) === null ? 'runs' : 'asleep';
}

function endThen(world: World, proc: Proc, t: number): ChainEnd {
  const { end } = world.derived(proc);
  return end !== null && end.ms <= t ? 'ended' : 'runs';
}

/** The thread that says why a process does not go on: its main thread, or the feeder that this one waits for. */
function tellingThread(threads: readonly BlockedThread[]): BlockedThread | null {
  const [first] = threads;
  if (first?.main !== true) return null;
  return first.op === 'join-thread' ? (threads.find(({ op }) => op === 'feeder-send') ?? first) : first;
}

export function waitNow(world: World, proc: Proc, now: number, keys: Keys): Wait | null {
  if (world.derived(proc).end !== null) return null;
  const thread = tellingThread(blockedThreads(world, proc, now));
  return thread === null ? null : { blocked: blockedRow(world, thread, keys), answers: answersOf(world, thread) };
}

export function waitSeen(world: World, seen: readonly StuckFact[], proc: Proc, t: number, keys: Keys): Wait | null {
  const fact = seen.find(([pid, start]) => pid === proc.pid && (start === proc.start || start === 0 || proc.start === 0));
  if (fact === undefined) return null;
  const [pid, , sinceMs, op, flags, obj, operand, site, by] = fact;
  const image = proc.imageAt(t);
  const slot = { slot: 0, sinceMs, obj, operand, deadlineMs: null, site, op, flags, nativeThread: pid };
  const name = operationOf(world, slot);
  if (image === null || name === null) return null;
  const others = by.map((other) => world.table.at(other, t)).filter((other) => other !== null);
  return { blocked: blockedRow(world, { image, slot, op: name, main: true }, keys), answers: { ...noAnswers, by: others } };
}

/** The last moment at which it was seen to wait in vain; null: it never was. */
export function lastSeenStuck(world: World, proc: Proc): { readonly t: number; readonly p: readonly StuckFact[] } | null {
  for (let i = world.stuck.length - 1; i >= 0; i--) {
    const seen = world.stuck[i]!;
    if (seen.p.some(([pid, start]) => pid === proc.pid && start === proc.start)) return seen;
  }
  return null;
}

/** It was seen to wait in vain, and is in that wait still. */
export function isStuck(world: World, proc: Proc): boolean {
  const image = proc.latestImage();
  const seen = lastSeenStuck(world, proc)?.p.find(([pid, start]) => pid === proc.pid && start === proc.start);
  if (seen === undefined || image === null) return false;
  const [, , sinceMs, op, , obj] = seen;
  return image.slots.some((slot) => slot.sinceMs === sinceMs && slot.op === op && slot.obj === obj);
}
