import { expect, test } from 'vitest';
import { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { HangWatch } from '../../../src/run/hang-watch.js';
import type { Stuck } from '../../../src/model/wait-for.js';
import type { World } from '../../../src/model/world.js';
import { Scribe, told } from '../model/kit.js';

const agree = (_: World, stuck: readonly Stuck[]) => ({ refuted: [], agreed: new Set(stuck) });

function locked(): { main: Scribe; a: Scribe; made: Model } {
  const main = new Scribe(0, 100).lock(0, 7, 'Lock').lock(0, 8, 'Lock');
  const a = main.start(1, 1, 101).held([7]).slot(RecordType.LOCK_WAIT, 100, { obj: 8 });
  const b = main.start(1, 2, 102).held([8]).slot(RecordType.LOCK_WAIT, 200, { obj: 7 });
  return { main, a, made: told([main.calls, a.calls, b.calls]) };
}

/** How many processes are told at each of these times. */
function looks(watch: HangWatch, made: Model, times: readonly number[]): number[] {
  return times.map((t) => {
    made.advance(t);
    const seen = watch.look(made.world);
    return seen?.k === 'stuck' ? seen.p.length : 0;
  });
}

test('tells what stands over two looks, once, and what is new with all the rest', () => {
  const { main, made } = locked();
  const watch = new HangWatch(agree);
  expect(looks(watch, made, [500, 1000, 1100, 1250, 1500])).toEqual([0, 0, 0, 2, 0]);
  const before = main.calls.length;
  for (const call of main.slot(RecordType.JOIN, 1600, { operand: 101 }).calls.slice(before)) call(made);
  expect(looks(watch, made, [2000, 2400, 2700, 2900])).toEqual([0, 0, 3, 0]);
});

test('does not tell what is gone at the next look: it may have been put together from two moments', () => {
  const { a, made } = locked();
  const watch = new HangWatch(agree);
  expect(looks(watch, made, [1000])).toEqual([0]);
  const before = a.calls.length;
  for (const call of a.noSlots().calls.slice(before)) call(made);
  expect(looks(watch, made, [1250, 1500, 1750])).toEqual([0, 0, 0]);
});

test('does not tell of who can act, as the witness says, nor of who waits for that one; and asks again later', () => {
  const { made } = locked();
  const asked: number[] = [];
  let lies = true;
  const watch = new HangWatch((world, stuck) => {
    asked.push(world.nowMs);
    const refuted = lies ? stuck.filter(({ proc }) => proc.pid === 102) : [];
    return { refuted, agreed: new Set(stuck.filter((one) => !refuted.includes(one))) };
  });
  expect(looks(watch, made, [1000, 1250, 1500, 1750, 2000])).toEqual([0, 0, 0, 0, 0]);
  expect(new Set(asked)).toEqual(new Set([1250]));
  lies = false;
  expect(looks(watch, made, [3300, 3600, 3900])).toEqual([0, 2, 0]);
});
