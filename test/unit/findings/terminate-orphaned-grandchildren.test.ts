import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const RULE = 'terminate-orphaned-grandchildren';
const sample = (t: number, pid: number, session: number): Call => seen({ k: 'sample', t, p: [[pid, pid * 10, 'S', 1, 0, 0, 1, session]] });

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const rules = (of: Model): string[] => of.snapshot().findings.map(({ rule }) => rule);

/** A boss with workers of its own. `ended` ends it at 1000, by the signal that `by` sent. */
function family(workers = 1): { main: Scribe; boss: Scribe; workers: Scribe[]; ended: (by: Scribe | null, signal?: number) => (readonly Call[])[] } {
  const main = new Scribe(0, 100);
  const boss = main.start(1, 1, 101, { name: 'boss', site: main.site('/w/a.py', 10) });
  const line = main.site('/w/a.py', 20);
  const children = Array.from({ length: workers }, (_, i) => boss.start(5 + i, 2 + i, 102 + i, { name: `worker-${i + 1}` }));
  return {
    main, boss, workers: children,
    ended: (by, signal = 15) => {
      by?.record(RecordType.SIGNAL, { t0: 990, a: 101, b: signal, flags: 1, site: line });
      main.reaped(1000, 101, -signal);
      return [main, boss, ...children].map(({ calls }) => calls);
    },
  };
}

describe('a process that was terminated', () => {
  test('and whose child runs on: one finding, about it, at the line of terminate(); and no other', () => {
    const { main, ended } = family();
    const made = model(3000, ...ended(main));
    expect(rules(made)).toEqual([RULE]);
    const [row] = made.snapshot().findings;
    expect(row).toMatchObject({ process: 'p2', object: null, certain: true, where: { line: 20 }, sinceMs: 1000 });
    expect(fill(row!.message)).toBe('boss (PID 101) was ended by SIGTERM, and its child worker-1 (PID 102) runs on as an orphan.');
    expect(row!.evidence.map(fill)).toEqual(['MainProcess (PID 100) sent SIGTERM to boss (PID 101).', 'worker-1 (PID 102) is a child of it and has not ended.']);
  });

  test('by kill() too; and it stays when the children have ended', () => {
    const { main, workers, ended } = family();
    workers[0]!.ends(2500);
    const made = model(3000, ...ended(main, 9));
    expect(made.snapshot().findings).toMatchObject([{ sinceMs: 1000, untilMs: 2500 }]);
    const [row, ...more] = made.report().findings;
    expect(more).toEqual([]);
    expect(row).toMatchObject({ rule: RULE, process: 'p2', message: 'boss (PID 101) was ended by SIGKILL, and its child worker-1 (PID 102) ran on as an orphan.' });
  });

  test('with many children is one finding that names the first', () => {
    const { main, workers, ended } = family(5);
    workers[4]!.ends(900);
    const [row, ...more] = model(3000, ...ended(main)).snapshot().findings;
    expect(more).toEqual([]);
    expect(row!.untilMs).toBeUndefined();
    expect(fill(row!.message)).toBe(
      'boss (PID 101) was ended by SIGTERM, and 4 children of it run on as orphans, among them worker-1 (PID 102), worker-2 (PID 103), worker-3 (PID 104).',
    );
    expect(row!.evidence).toHaveLength(5);
  });

  test('when its parent left, as a daemon: its children are left too', () => {
    const main = new Scribe(0, 100);
    const boss = main.start(1, 1, 101, { name: 'boss', daemon: true });
    boss.record(RecordType.SUBPROCESS, { t0: 5, a: 102, s1: '/bin/tail\0-f' });
    main.record(RecordType.EXIT, { t0: 900, a: 0, flags: 2 }).record(RecordType.SIGNAL, { t0: 910, a: 101, b: 15, flags: 1 }).reaped(1000, 101, -15);
    const made = model(3000, main.calls, boss.calls, [sample(2000, 102, 1)]);
    expect(rules(made)).toEqual([RULE]);
    expect(fill(made.snapshot().findings[0]!.message)).toContain('its child tail (PID 102) runs on');
  });
});

describe('nothing of the kind', () => {
  test('where the children ended with it, or a moment later', () => {
    const { main, workers, ended } = family(2);
    workers[0]!.ends(995);
    workers[1]!.ends(1200);
    expect(rules(model(3000, ...ended(main)))).toEqual([]);
  });

  test('where it handled the signal and ended by itself: a child that is left is an orphan as any other', () => {
    const { main, boss, workers } = family();
    main.record(RecordType.SIGNAL, { t0: 900, a: 101, b: 15, flags: 1 }).reaped(1000, 101, 0);
    boss.ends(990);
    expect(rules(model(3000, main.calls, boss.calls, workers[0]!.calls))).toEqual(['orphan']);
  });

  test('where the signal came from itself, from a hand in Procession, or from outside the run', () => {
    const itself = family();
    expect(rules(model(3000, ...itself.ended(itself.boss)))).toEqual(['orphan']);
    const hand = family();
    expect(rules(model(3000, ...hand.ended(null), [seen({ k: 'signal', t: 990, pid: 101, start: 1010, signal: 'SIGTERM' })]))).toEqual(['orphan']);
    const outside = family();
    expect(rules(model(3000, ...outside.ended(null)))).toEqual(['orphan']);
  });

  test('for a child that made itself a session of its own', () => {
    const { main, ended } = family();
    expect(rules(model(3000, ...ended(main), [sample(1100, 102, 102)]))).toEqual([]);
  });
});
