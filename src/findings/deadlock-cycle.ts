/** Processes that wait for each other in a circle, without a timeout: none of them can ever go on. */
import type { BlockedOp, FindingRow, Text } from '../protocol/view.js';
import { circlesOf, keyOfObject, keysOfOthers, evidenceOf, listed, nameOf, type Circle } from './verdicts.js';
import type { Scene } from './scene.js';

/** What these say has rules of its own, which say it better. */
const ELSEWHERE: ReadonlySet<BlockedOp> = new Set(['feeder-send', 'join-thread', 'queue-join']);
const ENDS: ReadonlySet<BlockedOp> = new Set(['join', 'wait']);
const GETS: ReadonlySet<BlockedOp> = new Set(['get', 'recv', 'poll']);

/** A circle of joins and gets: the one who gets never ends, and that is what there is to say. */
export function isOfGetters(circle: Circle): boolean {
  return circle.some(({ op }) => GETS.has(op)) && circle.every(({ op }) => GETS.has(op) || ENDS.has(op)) && circle.some(({ op }) => ENDS.has(op));
}

export function deadlockCycle(scene: Scene): FindingRow[] {
  return circlesOf(scene).flatMap((circle) => {
    if (circle.some(({ op }) => ELSEWHERE.has(op)) || isOfGetters(circle) || isOfBarrier(circle) || isLeftOpen(scene, circle)) return [];
    // It is the last that came who closed the circle.
    const last = circle[circle.length - 1];
    return last === undefined ? [] : [finding(scene, circle, last)];
  });
}

/** A circle of joins and those who wait at a barrier: barrier-party-died. */
function isOfBarrier(circle: Circle): boolean {
  return circle.some(({ op }) => op === 'barrier') && circle.every(({ op }) => op === 'barrier' || ENDS.has(op));
}

/** All wait for one pipe: pipe-end-left-open. */
function isLeftOpen(scene: Scene, circle: Circle): boolean {
  const [first] = circle;
  const channel = first === undefined ? null : scene.world.channelAt(first.obj);
  return channel !== null && !channel.isQueue && circle.every(({ op, obj }) => GETS.has(op) && obj === first?.obj);
}

function finding(scene: Scene, circle: Circle, last: Circle[number]): FindingRow {
  const [first, second] = circle;
  const stands = circle.every((node) => node.stands);
  return {
    key: `deadlock-cycle:${circle.map(({ proc }) => proc.key).join()}:${last.sinceMs}`,
    rule: 'deadlock-cycle',
    severity: 'error',
    certain: true,
    process: last.proc.key,
    others: keysOfOthers(circle, last),
    object: keyOfObject(scene, last),
    where: last.where,
    sinceMs: last.sinceMs,
    message: said(scene, circle, first ?? last, second ?? last, stands),
    fix: cure(circle),
    evidence: evidenceOf(scene, circle),
  };
}

function said(scene: Scene, circle: Circle, first: Circle[number], second: Circle[number], stands: boolean): Text {
  if (circle.length === 1) {
    const args = [...scene.named(first.proc), nameOf(scene, first)];
    return stands
      ? { template: '{0} (PID {1}) waits for itself on {2} and can never go on.', args }
      : { template: '{0} (PID {1}) waited for itself on {2} and could never go on.', args };
  }
  if (circle.length === 2) {
    const args = [...scene.named(first.proc), ...scene.named(second.proc)];
    return stands
      ? { template: 'Deadlock: {0} (PID {1}) and {2} (PID {3}) wait for each other and can never go on.', args }
      : { template: 'Deadlock: {0} (PID {1}) and {2} (PID {3}) waited for each other and could never go on.', args };
  }
  const args = [circle.length, listed(scene, circle.map(({ proc }) => proc))];
  return stands
    ? { template: 'Deadlock: {0} processes wait for each other and can never go on: {1}.', args }
    : { template: 'Deadlock: {0} processes waited for each other and could never go on: {1}.', args };
}

function cure(circle: Circle): Text {
  if (circle.every(({ op }) => op === 'lock')) {
    return circle.length === 1
      ? { template: 'Use an RLock where the holder takes the lock again, or release it first.', args: [] }
      : { template: 'Take the locks in one and the same order everywhere, or give acquire() a timeout and release what is held when it fails.', args: [] };
  }
  if (circle.every(({ op }) => GETS.has(op))) return { template: 'Let one side send before it receives, or ask with poll(timeout) and get(timeout=...).', args: [] };
  return { template: 'Break the circle: one of them must not wait for the others, or only with a timeout.', args: [] };
}
