/** Processes with threads of which nothing was recorded, that would wait in vain but for them. */
import { expect, test } from 'vitest';
import type { Observation } from '../../../src/model/facts.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { stuckProcesses } from '../../../src/model/wait-for.js';
import { IdleWatch } from '../../../src/run/idle-watch.js';
import { Scribe, seen, told } from '../model/kit.js';

/** Two that hold what the other waits for; the first has sixteen threads. */
function locked(): { model: Model; a: Scribe } {
  const main = new Scribe(0, 100).lock(0, 7, 'Lock').lock(0, 8, 'Lock');
  const a = main.start(1, 1, 101).held([7]).slot(RecordType.LOCK_WAIT, 100, { obj: 8 });
  const b = main.start(1, 2, 102).held([8]).slot(RecordType.LOCK_WAIT, 100, { obj: 7 });
  const sample = seen({ k: 'sample', t: 50, p: [[101, 1010, 'S', 100, 0, 0, 1, 1, 16], [102, 1020, 'S', 100, 0, 0, 1, 1, 1]] });
  return { model: told([main.calls, a.calls, b.calls, [sample]]), a };
}

function look(watch: IdleWatch, model: Model, t: number): Observation | null {
  model.advance(t);
  const observation = watch.look(model.world);
  if (observation !== null) model.observe(observation);
  return observation;
}

test('are stuck once the system says that these threads sleep until somebody of their process wakes them', () => {
  const { model } = locked();
  expect(stuckProcesses(model.world, 2000)).toEqual([]);
  expect(look(new IdleWatch((pid) => (pid === 101 ? 15 : 0)), model, 1000)).toEqual({ k: 'idle', t: 1000, p: [[101, 1010, 15]] });
  expect(stuckProcesses(model.world, 2000).map(({ proc }) => proc.pid).sort()).toEqual([101, 102]);
});

test('are not while one of them does something else, or where we have no right to know', () => {
  for (const answer of [14, null]) {
    const { model } = locked();
    look(new IdleWatch(() => answer), model, 1000);
    expect(stuckProcesses(model.world, 2000)).toEqual([]);
  }
});

test('are not by what was seen before the wait began: whoever waits now may have woken them', () => {
  const { model, a } = locked();
  const watch = new IdleWatch(() => 15);
  look(watch, model, 1000);
  const before = a.calls.length;
  for (const call of a.noSlots().slot(RecordType.LOCK_WAIT, 1500, { obj: 8 }).calls.slice(before)) call(model);
  model.advance(3000);
  expect(stuckProcesses(model.world, 3000)).toEqual([]);
  expect(look(watch, model, 3000)).toMatchObject({ k: 'idle', p: [[101, 1010, 15]] });
  expect(stuckProcesses(model.world, 3000)).toHaveLength(2);
});

test('a thread is not counted twice: one that waits for a result sleeps as idle ones do', () => {
  const { model, a } = locked();
  // Thread 1 waits for a result, and of the sixteen one does something.
  const before = a.calls.length;
  for (const call of a.slot(RecordType.TASK_WAIT, 100, { slot: 1, obj: 30, nativeThread: 9 }).calls.slice(before)) call(model);
  look(new IdleWatch(() => 14), model, 1000);
  expect(stuckProcesses(model.world, 2000)).toEqual([]);
});

test('asks seldom, the longer it lasts', () => {
  const { model } = locked();
  const asked: number[] = [];
  const watch = new IdleWatch(() => {
    asked.push(model.world.nowMs);
    return 3;
  });
  for (let t = 600; t <= 60_600; t += 250) look(watch, model, t);
  expect(asked.slice(0, 4)).toEqual([600, 850, 1350, 2350]);
  expect(asked.length).toBeLessThan(15);
});
