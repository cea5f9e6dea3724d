import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const QUEUE = 500;

/** A queue into which five messages go, and one comes out; and a child that ended as `status` says and left no word. */
function run(status: number, more: { method?: number; messages?: number } = {}): Model {
  const main = new Scribe(0, 100).channel(1, QUEUE, 'SimpleQueue');
  main.record(RecordType.START, { t0: 20, t1: 21, a: 101, s1: 'silent', s2: 'a.work', flags: more.method ?? 1 });
  for (let t = 30; t < 35; t++) main.send(t, QUEUE, { bytes: 4 });
  for (let i = 0; i < (more.messages ?? 1); i++) main.receive(36 + i, QUEUE, { bytes: 4 });
  main.reaped(90, 101, status);
  const made = told([[ROOT], main.calls, [seen({ k: 'exit', t: 95, pid: 100, code: 0, signal: null })]], { findings: evaluate });
  made.advance(5000);
  return made;
}

describe('a child that left no word', () => {
  test('and was not killed is one of which nothing was recorded', () => {
    for (const method of [1, 2, 3]) {
      const report = run(0, { method }).report();
      expect(report.processes[1]).toMatchObject({ name: 'silent', reason: 'unknown' });
      expect(report.run.uninstrumented).toBe(1);
    }
  });

  test('and was killed may have had nothing to say', () => {
    const report = run(-9).report();
    expect(report.processes[1]).toMatchObject({ name: 'silent', reason: null });
    expect(report.run.uninstrumented).toBe(0);
  });

  test('may have received what nobody else did: who got which is not known, and nothing is called lost', () => {
    const report = run(0).report();
    expect(report.channels[0]).toMatchObject({ matching: 'none', matchingWhy: 'What was sent here and is not known to be received may have been received by a process without instrumentation.' });
    expect(report.findings.map(({ rule }) => rule)).not.toContain('messages-undelivered');
  });

  test('cannot have received what others received', () => {
    expect(run(0, { messages: 5 }).report().channels[0]).toMatchObject({ matching: 'exact', matchingWhy: null });
  });

  test('but was killed does not make a lost message less lost', () => {
    const report = run(-9).report();
    expect(report.channels[0]).toMatchObject({ matching: 'exact', undelivered: 4 });
    expect(report.findings.map(({ rule }) => rule)).toContain('messages-undelivered');
  });
});
