import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const SENT = 1000;
const sample = (t: number, state: string): Call => seen({ k: 'sample', t, p: [[101, 1010, state, 100, 0, 0, 1, 1]] });

function found(now: number, ...streams: (readonly Call[])[]): FindingRow[] {
  const made = told([[ROOT], [sample(900, 'S')], ...streams], { findings: evaluate });
  made.advance(now);
  return made.snapshot().findings.filter(({ rule }) => rule === 'terminate-ignored');
}

/** A child to which its parent sends SIGTERM at 1000, from line 20. */
function family(method: 1 | 2 | 3 = 1): { main: Scribe; child: Scribe } {
  const main = new Scribe(0, 100);
  const child = main.start(1, 1, 101, { name: 'child', method });
  main.record(RecordType.SIGNAL, { t0: SENT, a: 101, b: 15, flags: 1, site: main.site('/w/a.py', 20) });
  return { main, child };
}

describe('SIGTERM without effect', () => {
  test('is told after five seconds, at the line that sent it, as likely', () => {
    const { main, child } = family();
    main.slot(RecordType.JOIN, 1001, { operand: 101 });
    const [row, ...more] = found(8000, main.calls, child.calls);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ process: 'p2', object: null, certain: false, severity: 'warning', where: { line: 20 }, sinceMs: SENT });
    expect(fill(row!.message)).toBe('MainProcess (PID 100) sent SIGTERM to child (PID 101), which runs on.');
    expect(row!.evidence.map(fill)).toEqual([
      'child (PID 101) was still there more than five seconds after the signal: it was caught, blocked or ignored.',
      'child (PID 101) was made by fork, with the signal handlers that MainProcess (PID 100) had.',
      'MainProcess (PID 100) waits for it in join().',
    ]);
  });

  test('nothing is said of inherited handlers where none are', () => {
    const { main, child } = family(2);
    expect(found(8000, main.calls, child.calls)[0]!.evidence).toHaveLength(1);
  });

  test('stays where SIGKILL had to end it', () => {
    const { main, child } = family();
    main.record(RecordType.SIGNAL, { t0: 7000, a: 101, b: 9, flags: 1 }).reaped(7001, 101, -9);
    const [row] = found(9000, main.calls, child.calls);
    expect(fill(row!.message)).toBe('MainProcess (PID 100) sent SIGTERM to child (PID 101), which ran on until SIGKILL ended it.');
  });

  test('is counted from the first time', () => {
    const { main, child } = family();
    main.record(RecordType.SIGNAL, { t0: 6500, a: 101, b: 15, flags: 1 });
    expect(found(8000, main.calls, child.calls)).toHaveLength(1);
  });
});

describe('nothing of the kind', () => {
  test('in the first five seconds, in which it may tidy up', () => {
    const { main, child } = family();
    expect(found(5500, main.calls, child.calls)).toEqual([]);
  });

  test('once it ended by itself or of that signal, however late', () => {
    for (const status of [0, 3, -15]) {
      const { main, child } = family();
      main.reaped(9000, 101, status);
      expect(found(10_000, main.calls, child.calls)).toEqual([]);
    }
  });

  test('where SIGKILL came soon after', () => {
    const { main, child } = family();
    main.record(RecordType.SIGNAL, { t0: 3000, a: 101, b: 9, flags: 1 }).reaped(3001, 101, -9);
    expect(found(10_000, main.calls, child.calls)).toEqual([]);
  });

  test('where its run has ended and it waits for its feeder or its children', () => {
    const handled = family();
    handled.child.record(RecordType.BOOTSTRAP_END, { t0: 1100, a: 0 });
    expect(found(8000, handled.main.calls, handled.child.calls)).toEqual([]);
    const leaving = family();
    leaving.child.record(RecordType.EXIT, { t0: 1100, a: 0, flags: 2 });
    expect(found(8000, leaving.main.calls, leaving.child.calls)).toEqual([]);
  });

  test('where it is stopped: it takes the signal when it goes on', () => {
    const { main, child } = family();
    expect(found(8000, main.calls, child.calls, [sample(1500, 'T')])).toEqual([]);
    expect(found(8000, main.calls, child.calls, [sample(1500, 'S')])).toHaveLength(1);
  });

  test('where nobody looked whether it is there, and it told nothing more', () => {
    const { main, child } = family();
    const watched = (from: Scribe): number => {
      const made = told([[ROOT], main.calls, from.calls], { findings: evaluate });
      made.advance(8000);
      return made.snapshot().findings.filter(({ rule }) => rule === 'terminate-ignored').length;
    };
    expect(watched(child)).toBe(0);
    expect(watched(child.record(RecordType.NOTE, { t0: 7000 }))).toBe(1);
  });

  test('where it is dead and nobody has reaped it', () => {
    const { main, child } = family();
    expect(found(8000, main.calls, child.calls, [sample(1500, 'Z')])).toEqual([]);
  });

  test('where another signal was sent, or it sent this one to itself', () => {
    const other = new Scribe(0, 100);
    const child = other.start(1, 1, 101);
    other.record(RecordType.SIGNAL, { t0: SENT, a: 101, b: 10, flags: 1 });
    child.record(RecordType.SIGNAL, { t0: SENT, a: 101, b: 15, flags: 3 });
    expect(found(8000, other.calls, child.calls)).toEqual([]);
  });

  test('of another program, which may do with it what it likes', () => {
    const main = new Scribe(0, 100).record(RecordType.SUBPROCESS, { t0: 1, a: 101, s1: '/bin/server' });
    main.record(RecordType.SIGNAL, { t0: SENT, a: 101, b: 15, flags: 1 });
    expect(found(8000, main.calls)).toEqual([]);
  });
});
