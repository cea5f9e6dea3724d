/** What hung and was interrupted: the slots that told of it are clear, and the finding is history, not gone. */
import { expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { stuckProcesses } from '../../../src/model/wait-for.js';
import { fill } from '../../../src/protocol/text.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });

/** Findings while it hangs, and after all of these were interrupted and went on to their end. `watched`: somebody saw it hang. */
function hang(streams: readonly Scribe[], watched = true): { readonly during: string[]; readonly after: string[] } {
  const model = told([[ROOT], ...streams.map(({ calls }) => calls)], { findings: evaluate });
  const findings = (): string[] => model.snapshot().findings.filter(({ severity }) => severity === 'error').map(({ rule, message }) => `${rule}: ${fill(message)}`);
  model.advance(1250);
  const stuck = stuckProcesses(model.world, 1250);
  if (watched) model.observe({ k: 'stuck', t: 1250, p: stuck.map(({ proc, slot, by }) => [proc.pid, proc.start, slot.sinceMs, slot.op, slot.flags, slot.obj, slot.operand, slot.site, by.map(({ pid }) => pid), true]) });
  model.advance(1500);
  const during = findings();
  const told2: Call[] = [];
  for (const scribe of streams) {
    const before = scribe.calls.length;
    scribe.noSlots();
    told2.push(...scribe.calls.slice(before));
  }
  for (const call of told2) call(model);
  model.advance(5000);
  return { during, after: findings() };
}

test('a lock whose holder died', () => {
  const main = new Scribe(0, 100).lock(0, 7, 'Lock');
  const a = main.start(1, 1, 101, { name: 'a' }).held([7]);
  const b = main.start(2, 2, 102, { name: 'b' }).slot(RecordType.LOCK_WAIT, 100, { obj: 7 });
  main.reaped(50, 101, -9).slot(RecordType.JOIN, 110, { operand: 102 });
  const { during, after } = hang([main, a, b]);
  expect(during).toEqual(['holder-died: b (PID 102) waits for Lock for ever: a (PID 101) has ended without releasing it.']);
  expect(after).toEqual(['holder-died: b (PID 102) waited in vain for Lock: a (PID 101) had ended without releasing it.']);
  expect(hang([main, a, b], false).after).toEqual([]);
});

test('a barrier to which nobody could come', () => {
  const main = new Scribe(0, 100).lock(1, 700, 'Barrier', { value: 2 });
  const ann = main.start(2, 1, 101, { name: 'ann' }).slot(RecordType.SYNC_WAIT, 100, { obj: 700 });
  const bob = main.start(3, 2, 102, { name: 'bob' });
  main.reaped(90, 102, 1).slot(RecordType.JOIN, 110, { operand: 101 });
  const { during, after } = hang([main, ann, bob]);
  expect(during).toEqual(['barrier-party-died: ann (PID 101) waits at Barrier for ever: 1 of 2 parties have come, and nobody is left who could come.']);
  expect(after).toEqual(['barrier-party-died: ann (PID 101) waited at Barrier in vain: 1 of 2 parties had come, and nobody was left who could come.']);
});

test('a join() of a queue whose consumer died', () => {
  const main = new Scribe(0, 100).channel(1, 500, 'JoinableQueue');
  const cook = main.start(2, 1, 101, { name: 'cook' });
  main.put(10, 500).feed(10.5, 500);
  cook.get(20, 500);
  main.reaped(30, 101, -9).slot(RecordType.QUEUE_JOIN, 40, { obj: 500 });
  const { during, after } = hang([main, cook]);
  expect(during).toEqual(['task-done-missing: MainProcess (PID 100) waits in join() on JoinableQueue for ever: of 1 items nobody is left to call task_done().']);
  expect(after).toEqual(['task-done-missing: MainProcess (PID 100) waited in join() on JoinableQueue in vain: of 1 items nobody was left to call task_done().']);
});
