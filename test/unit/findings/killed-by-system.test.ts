import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const sample = (t: number, pid: number, state: string, rss = 0, group = 1): Call => seen({ k: 'sample', t, p: [[pid, pid * 10, state, 100, 0, rss, group, 1]] });

function found(now: number, ...streams: (readonly Call[])[]): FindingRow[] {
  const made: Model = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made.snapshot().findings.filter(({ rule }) => rule === 'killed-by-system');
}

/** A main process whose child is ended by `signal` at 1000. */
function family(signal: number, o: { target?: string } = {}): { main: Scribe; child: Scribe } {
  const main = new Scribe(0, 100);
  const child = main.start(1, 1, 101, { name: 'child', site: main.site('/w/a.py', 30), ...o });
  main.reaped(1000, 101, -signal);
  return { main, child };
}

describe('a crash', () => {
  test.each([[11, 'SIGSEGV', 'PYTHONFAULTHANDLER'], [7, 'SIGBUS', '/dev/shm'], [4, 'SIGILL', 'processor'], [8, 'SIGFPE', 'division'], [6, 'SIGABRT', 'abort()']])(
    'by signal %i is told with its name and its usual cause',
    (number, name, cause) => {
      const { main, child } = family(number);
      const [row, ...more] = found(3000, main.calls, child.calls);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ certain: true, severity: 'error', process: 'p2', object: null, where: { line: 30 }, sinceMs: 1000 });
      expect(fill(row!.message)).toBe(`child (PID 101) crashed: it was ended by ${name}.`);
      expect(fill(row!.fix)).toContain(cause);
      expect(row!.evidence.map(fill)).toEqual([`child (PID 101) ended with exit code -${number}, and no process of the run is known to have sent it ${name}.`]);
    },
  );

  test('of worker after worker is one finding', () => {
    const main = new Scribe(0, 100);
    const workers = [1, 2, 3].map((i) => main.start(i, i, 100 + i, { name: `worker-${i}`, target: 'multiprocessing.pool.worker' }));
    main.reaped(1300, 103, -11).reaped(1200, 101, -11).reaped(1100, 102, -11);
    const rows = found(3000, main.calls, ...workers.map((worker) => worker.calls));
    expect(rows.map(({ message }) => fill(message))).toEqual(['worker-2 (PID 102) and 2 more that ran the same target crashed: they were ended by SIGSEGV.']);
    expect(rows[0]!.evidence).toHaveLength(3);
  });

  test('of a program that is not Python counts too', () => {
    const main = new Scribe(0, 100).record(RecordType.SUBPROCESS, { t0: 1, a: 101, s1: '/bin/tool\0-x' }).reaped(1000, 101, -11);
    expect(found(3000, main.calls).map(({ message }) => fill(message))).toEqual(['tool (PID 101) crashed: it was ended by SIGSEGV.']);
  });

  test('of the script itself', () => {
    const [row] = found(3000, new Scribe(0, 100).calls, [seen({ k: 'exit', t: 500, pid: 100, code: null, signal: 'SIGSEGV' }), seen({ k: 'end', t: 600 })]);
    expect(row).toMatchObject({ process: 'p1', certain: true });
  });

  test('is none where the run sent the signal, to itself or to another', () => {
    for (const by of ['main', 'child'] as const) {
      const { main, child } = family(6);
      (by === 'main' ? main : child).record(RecordType.SIGNAL, { t0: 900, a: 101, b: 6, flags: 1 });
      expect(found(3000, main.calls, child.calls)).toEqual([]);
    }
  });
});

describe('SIGKILL', () => {
  test('that nobody sent is likely the system out of memory, and the memory is told', () => {
    const { main, child } = family(9);
    const [row] = found(3000, main.calls, child.calls, [sample(500, 101, 'R', 2048 * 1024), sample(800, 101, 'R', 1024 * 1024), sample(1000, 101, 'Z')]);
    expect(row).toMatchObject({ certain: false, severity: 'warning', process: 'p2', where: { line: 30 }, sinceMs: 1000 });
    expect(fill(row!.message)).toContain('child (PID 101) was ended by SIGKILL, which nobody in this run sent: likely out of memory');
    expect(row!.evidence.map(fill)[1]).toBe('child (PID 101) was seen to use up to 2048 MiB of memory.');
  });

  test('of a child that had nothing to tell, whatever its script is called', () => {
    const main = new Scribe(0, 100).record(RecordType.BOOT, { s1: 'killed.py' });
    main.record(RecordType.START, { t0: 1, t1: 2, a: 101, s1: 'child', s2: 'script.work', flags: 1 }).reaped(1000, 101, -9);
    expect(found(3000, main.calls)).toHaveLength(1);
  });

  test('is not told before the record of its sender had time to come', () => {
    const { main, child } = family(9);
    expect(found(1500, main.calls, child.calls)).toEqual([]);
    expect(found(1500, main.calls, child.calls, [seen({ k: 'end', t: 1500 })])).toHaveLength(1);
  });

  test('of a signal that ends politely there is nothing to say', () => {
    for (const signal of [1, 2, 13, 15]) {
      const { main, child } = family(signal);
      expect(found(3000, main.calls, child.calls)).toEqual([]);
    }
  });

  test('by kill(), by its own hand, or by a hand in Procession', () => {
    const sent = { t0: 900, a: 101, b: 9, flags: 1 };
    const byParent = family(9);
    byParent.main.record(RecordType.SIGNAL, sent);
    expect(found(3000, byParent.main.calls, byParent.child.calls)).toEqual([]);
    const byItself = family(9);
    byItself.child.record(RecordType.SIGNAL, sent);
    expect(found(3000, byItself.main.calls, byItself.child.calls)).toEqual([]);
    const byHand = family(9);
    expect(found(3000, byHand.main.calls, byHand.child.calls, [seen({ k: 'signal', t: 900, pid: 101, start: 1010, signal: 'SIGKILL' })])).toEqual([]);
  });

  test('to a group that may be its own', () => {
    const { main, child } = family(9);
    main.record(RecordType.SIGNAL, { t0: 900, a: -77, b: 9, flags: 2 });
    expect(found(3000, main.calls, child.calls)).toEqual([]);
    expect(found(3000, main.calls, child.calls, [sample(500, 101, 'S', 10, 77)])).toEqual([]);
    expect(found(3000, main.calls, child.calls, [sample(500, 101, 'S', 10, 78)])).toHaveLength(1);
  });

  test('where a process that is not seen may have sent it, or its record was lost', () => {
    const killer = family(9);
    killer.main.record(RecordType.SUBPROCESS, { t0: 800, a: 150, s1: '/bin/kill\0-9\x00101' });
    expect(found(3000, killer.main.calls, killer.child.calls)).toEqual([]);
    const tail = family(9);
    tail.main.record(RecordType.SUBPROCESS, { t0: 800, a: 150, s1: '/usr/bin/tail\0-f' });
    expect(found(3000, tail.main.calls, tail.child.calls)).toHaveLength(1);
    const unseen = family(9);
    const isolated = seen({ k: 'found', t: 500, pid: 150, start: 1500, ppid: 100, argv: ['python', '-I', 'x.py'], python: true, reason: '-I' });
    expect(found(3000, unseen.main.calls, unseen.child.calls, [isolated])).toEqual([]);
    const lost = family(9);
    expect(found(3000, lost.main.counters([], 3).calls, lost.child.calls)).toEqual([]);
  });

  test('of a program that is not Python is that program\'s own matter', () => {
    const main = new Scribe(0, 100).record(RecordType.SUBPROCESS, { t0: 1, a: 101, s1: '/bin/tool' }).reaped(1000, 101, -9);
    expect(found(3000, main.calls)).toEqual([]);
  });
});
