import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const EXIT = seen({ k: 'exit', t: 500, pid: 100, code: 0, signal: null });
const END = seen({ k: 'end', t: 900 });
const OVER = [EXIT, END];

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const leaks = (of: Model): readonly FindingRow[] => of.snapshot().findings.filter(({ rule }) => rule === 'shared-memory-leak');

interface Opening {
  readonly t: number;
  readonly obj?: number;
  readonly attach?: boolean;
  readonly untracked?: boolean;
  readonly site?: number;
}

/** A process opens a segment, and tells its tracker, as the library does. */
function open(scribe: Scribe, { t, obj = 91, attach = false, untracked = false, site = 0 }: Opening): Scribe {
  if (!untracked) scribe.record(RecordType.TRACKED, { t0: t - 0.1, obj, flags: 1, s1: `/psm_${obj}`, s2: 'shared_memory' });
  return scribe.record(RecordType.SEGMENT_NEW, { t0: t, obj, a: 4096, s1: `psm_${obj}`, s2: 'SharedMemory', flags: (attach ? 0 : 1) | (untracked ? 4 : 0), site });
}

const unlink = (scribe: Scribe, t: number, obj = 91): Scribe =>
  scribe.record(RecordType.SEGMENT_UNLINKED, { t0: t, obj }).record(RecordType.TRACKED, { t0: t + 0.1, obj, flags: 2, s1: `/psm_${obj}`, s2: 'shared_memory' });

describe('a segment that nobody unlinked', () => {
  test('is told at the end of the run, with who made it and at which line, and that the tracker removes it', () => {
    const main = new Scribe(0, 100);
    open(main, { t: 10, site: main.site('/w/a.py', 12) }).record(RecordType.SEGMENT_CLOSED, { t0: 20, obj: 91 });
    const [found, ...more] = leaks(model(0, main.calls, OVER));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ process: 'p1', object: 'm1', where: { line: 12 }, sinceMs: 500, certain: true, severity: 'warning' });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) created the shared memory SharedMemory (a.py:12), and nobody unlinked it.');
    expect(found!.evidence.map(fill)).toEqual([
      'Its name in the system is psm_91, its size 4096 bytes; all processes that used it have ended, and none of them called unlink().',
      'The resource tracker was told of it: it warns at its end and removes it, so that the memory is not lost for good.',
    ]);
  });

  test('lasts where no tracker knows of it, or not any more', () => {
    const untracked = open(new Scribe(0, 100), { t: 10, untracked: true });
    expect(fill(leaks(model(0, untracked.calls, OVER))[0]!.evidence[1]!)).toContain('was not told of it (track=False)');
    const forgotten = open(new Scribe(0, 100), { t: 10 }).record(RecordType.TRACKED, { t0: 20, obj: 91, flags: 2, s1: '/psm_91', s2: 'shared_memory' });
    expect(fill(leaks(model(0, forgotten.calls, OVER))[0]!.evidence[1]!)).toContain('was told to forget it');
  });

  test('is the one that was created last under its name, at that line', () => {
    const main = new Scribe(0, 100);
    const [first, second] = [main.site('/w/a.py', 12), main.site('/w/a.py', 30)];
    unlink(open(main, { t: 10, site: first }), 20);
    open(main, { t: 40, site: second });
    expect(leaks(model(0, main.calls, OVER))).toMatchObject([{ where: { line: 30 } }]);
  });

  test('is one finding for all that were made at one line', () => {
    const main = new Scribe(0, 100);
    const [line, other] = [main.site('/w/a.py', 12), main.site('/w/a.py', 13)];
    for (const obj of [91, 92, 93]) open(main, { t: obj, obj, site: line });
    open(main, { t: 99, obj: 94, site: other });
    const found = leaks(model(0, main.calls, OVER));
    expect(found.map(({ object }) => object)).toEqual(['m1', 'm4']);
    expect(fill(found[0]!.message)).toBe('3 pieces of shared memory that were made at one line, the first by MainProcess (PID 100) as SharedMemory (a.py:12), were never unlinked.');
  });

  test('is the script\'s, although the tracker tidied up', () => {
    const main = open(new Scribe(0, 100), { t: 10 }).record(RecordType.SPAWNED, { t0: 5, a: 101, flags: 3 });
    const tracker = unlink(new Scribe(1, 101, { ppid: 100, openedMs: 6 }), 600).ends(610);
    expect(leaks(model(0, main.calls, tracker.calls, OVER))).toHaveLength(1);
  });

  test('while others live, is a mere suspicion, and only some time after its users ended', () => {
    const main = new Scribe(0, 100);
    const child = open(main.start(2, 1, 101), { t: 10 });
    main.reaped(50, 101, 0);
    expect(leaks(model(2000, main.calls, child.calls))).toEqual([]);
    expect(leaks(model(6000, main.calls, child.calls))).toMatchObject([{ process: 'p2', sinceMs: 50, certain: false }]);
    open(main, { t: 6100, attach: true });
    expect(leaks(model(6200, main.calls, child.calls))).toEqual([]);
  });
});

describe('no leak', () => {
  test('what somebody unlinked: its maker, one that attached, or a child of a fork', () => {
    expect(leaks(model(0, unlink(open(new Scribe(0, 100), { t: 10 }), 20).calls, OVER))).toEqual([]);
    for (const method of [1, 2] as const) {
      const main = open(new Scribe(0, 100), { t: 10 });
      const child = main.start(20, 1, 101, { method });
      if (method === 2) open(child, { t: 30, attach: true });
      unlink(child, 40).ends(50);
      main.reaped(60, 101, 0);
      expect(leaks(model(0, main.calls, child.calls, OVER))).toEqual([]);
    }
  });

  test('what is in use, and what was made elsewhere', () => {
    expect(leaks(model(60_000, open(new Scribe(0, 100), { t: 10 }).record(RecordType.SEGMENT_CLOSED, { t0: 20, obj: 91 }).calls))).toEqual([]);
    expect(leaks(model(0, open(new Scribe(0, 100), { t: 10, attach: true }).calls, OVER))).toEqual([]);
  });

  test('what a process that outlives the script still uses', () => {
    const main = open(new Scribe(0, 100), { t: 10 });
    const child = open(main.start(20, 1, 101, { method: 2 }), { t: 30, attach: true });
    expect(leaks(model(0, main.calls, child.calls, OVER))).toEqual([]);
  });

  test('a Value has no name to unlink', () => {
    const main = new Scribe(0, 100).record(RecordType.VALUE_NEW, { t0: 2, obj: 81, a: 8, s1: 'Value', s2: 'c_int' });
    expect(leaks(model(0, main.calls, OVER))).toEqual([]);
  });

  test('is known where records are lost, or a Python without instrumentation may have unlinked it', () => {
    const lossy = open(new Scribe(0, 100), { t: 10 }).counters([], 3);
    expect(leaks(model(0, lossy.calls, OVER))).toEqual([]);
    const found = (python: boolean, word: string): Call => seen({ k: 'found', t: 20, pid: 101, start: 1010, ppid: 100, argv: ['tool', word], python, reason: python ? '-I' : 'not-python' });
    const main = open(new Scribe(0, 100), { t: 10 }).record(RecordType.SUBPROCESS, { t0: 15, a: 101, s1: 'tool' }).reaped(60, 101, 0);
    expect(leaks(model(0, main.calls, [found(true, 'x')], OVER))).toEqual([]);
    expect(leaks(model(0, main.calls, [found(false, '/dev/shm/psm_91')], OVER))).toEqual([]);
    expect(leaks(model(0, main.calls, [found(false, 'x')], OVER))).toMatchObject([{ certain: false }]);
  });

  test('is told where the tracker of one user may have removed it under the other', () => {
    const main = open(new Scribe(0, 100), { t: 10 }).record(RecordType.SPAWNED, { t0: 5, a: 102, flags: 3 });
    const child = main.start(20, 1, 101, { method: 2 });
    open(child, { t: 30, attach: true }).record(RecordType.SPAWNED, { t0: 29, a: 103, flags: 3 }).ends(40);
    main.reaped(45, 101, 0);
    expect(leaks(model(0, main.calls, child.calls, OVER))).toEqual([]);
  });
});
