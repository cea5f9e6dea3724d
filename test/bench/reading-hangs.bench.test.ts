/** What it costs to look at who waits for whom, and at all rules, with five hundred processes that are blocked. */
import { expect, test } from 'vitest';
import { evaluate } from '../../src/findings/index.js';
import { Model } from '../../src/model/index.js';
import { ReceiveFlag, RecordType } from '../../src/model/record-types.js';
import { stuckProcesses } from '../../src/model/wait-for.js';
import { RUN, Scribe, seen } from '../unit/model/kit.js';
import { note, quantile } from './figures.js';

const BLOCKED = 500;
const PASSES = 40;

/** Three sorts, a third each: pairs that hold what the other waits for, getters of queues that nobody fills, and those who wait for an event. The main process joins one. */
function hung(): Model {
  const main = new Scribe(0, 100).lock(0, 5, 'Event');
  const workers: Scribe[] = [];
  for (let i = 0; i < BLOCKED; i++) {
    const [sort, pair] = [i % 3, Math.floor(i / 6)];
    if (sort === 0 && i % 6 === 0) main.lock(0, 1000 + 2 * pair, 'Lock').lock(0, 1001 + 2 * pair, 'Lock');
    if (sort === 1) main.channel(0, 5000 + i, 'Queue');
    const worker = main.start(1 + i * 0.01, i + 1, 101 + i, { name: `worker-${i}` });
    if (sort === 0) {
      const first = i % 6 === 0;
      worker.held([1000 + 2 * pair + (first ? 0 : 1)]).slot(RecordType.LOCK_WAIT, 100, { obj: 1000 + 2 * pair + (first ? 1 : 0) });
    } else if (sort === 1) worker.slot(RecordType.RECV, 100, { obj: 5000 + i, flags: ReceiveFlag.GET });
    else worker.slot(RecordType.SYNC_WAIT, 100, { obj: 5 });
    workers.push(worker);
  }
  main.slot(RecordType.JOIN, 100, { operand: 101 });
  const model = new Model(RUN, { findings: evaluate });
  seen({ k: 'root', t: 0, pid: 100, start: 1000 })(model);
  for (const scribe of [main, ...workers]) for (const call of scribe.calls) call(model);
  model.advance(5000);
  return model;
}

/** Processor time of this process, ms: what others do on the machine is not in it. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('a look at 500 blocked processes', () => {
  const model = hung();
  model.snapshot();
  const looks: number[] = [];
  const rules: number[] = [];
  let stuck = 0;
  for (let i = 0; i < PASSES; i++) {
    const now = 5000 + i * 250;
    model.advance(now);
    let begun = spent();
    const found = stuckProcesses(model.world, now);
    looks.push(spent() - begun);
    stuck = found.length;
    if (i === 0) model.observe({ k: 'stuck', t: now, p: found.map(({ proc, slot, by }) => [proc.pid, proc.start, slot.sinceMs, slot.op, slot.flags, slot.obj, slot.operand, slot.site, by.map(({ pid }) => pid), true]) });
    begun = spent();
    evaluate(model, now);
    rules.push(spent() - begun);
  }
  // All of them and the main process: else it would be another figure.
  expect(stuck).toBe(BLOCKED + 1);
  const passes = looks.map((look, i) => look + (rules[i] ?? 0));
  note({ name: 'a look at 500 blocked processes', value: Math.round(quantile(passes.slice(1), 0.5) * 10) / 10, unit: 'ms', atMost: 50, how: `who waits for whom and all rules; median of ${PASSES - 1}, longest ${Math.round(Math.max(...passes.slice(1)))}, the first ${Math.round(passes[0] ?? 0)}; the waits alone ${Math.round(quantile(looks.slice(1), 0.5))}` });
});
