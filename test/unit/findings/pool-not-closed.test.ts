import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const POOL = 7;
const exits = (code: number | null, signal: string | null = null): Call => seen({ k: 'exit', t: 500, pid: 100, code, signal });

/** A pool with one worker and two tasks, of which one has its result. */
function open(kind = 'Pool'): Scribe {
  const main = new Scribe(0, 100);
  main.pool(1, POOL, kind, { workers: 1, site: main.site('/w/a.py', 3) }).submit(10, POOL, 1).submit(11, POOL, 2);
  return main.result(30, POOL, 1);
}

function unclosed(main: Scribe, exit: readonly Call[] = [exits(0)], now = 5000, more: readonly Call[] = []): FindingRow[] {
  const made = told([[ROOT], exit, main.calls, more], { findings: evaluate });
  made.advance(now);
  return made.snapshot().findings.filter(({ rule }) => rule === 'pool-not-closed');
}

describe('a pool that was not closed', () => {
  test('is a warning where tasks were lost', () => {
    const worker = new Scribe(1, 101).beginTask(20, POOL, 1).endTask(20, 29, POOL, 1).beginTask(31, POOL, 2);
    const [found, ...others] = unclosed(open(), [exits(0)], 5000, worker.calls);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'warning', certain: true, process: 'p1', object: 'w1', where: { line: 3 }, sinceMs: 500 });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) ended without having closed or terminated Pool (a.py:3).');
    expect(found!.evidence.map(fill)).toEqual(['Neither close() nor terminate() was called on it before the end of MainProcess (PID 100).', 'One task had not ended, and is lost.']);
  });

  test('is a hint where all was done, also with an exit code', () => {
    const [found] = unclosed(open().result(40, POOL, 2), [exits(3)]);
    expect(found).toMatchObject({ severity: 'info' });
    expect(fill(found!.evidence[1]!)).toBe('All of its tasks had ended.');
  });

  test('is one thing to mend where one line makes several', () => {
    const main = open();
    main.pool(50, 17, 'Pool', { site: main.site('/w/a.py', 3) });
    expect(unclosed(main).map(({ message }) => fill(message))).toEqual([
      'MainProcess (PID 100) ended without having closed or terminated Pool (a.py:3) and others made at the same line, 2 in all.',
    ]);
  });
});

describe('nothing is said', () => {
  test('while the process runs, and in the second in which its last records come', () => {
    expect(unclosed(open(), [])).toEqual([]);
    expect(unclosed(open(), [exits(0)], 1400)).toEqual([]);
  });

  test.each([['close', 1], ['terminate, as by a with statement', 2]])('after %s', (_, flags) => {
    expect(unclosed(open().record(RecordType.POOL_STATE, { t0: 400, obj: POOL, flags }))).toEqual([]);
  });

  test('where a signal, Ctrl-C or an exception ended the process', () => {
    expect(unclosed(open(), [exits(null, 'SIGKILL')])).toEqual([]);
    expect(unclosed(open().record(RecordType.EXCEPTION, { t0: 450, s1: 'KeyboardInterrupt\n', s2: 'Traceback', flags: 2 }), [exits(1)])).toEqual([]);
    expect(unclosed(open().record(RecordType.EXCEPTION, { t0: 450, s1: 'ValueError\nno', s2: 'Traceback', flags: 2 }), [exits(1)])).toEqual([]);
    expect(unclosed(open(), [seen({ k: 'signal', t: 450, pid: 100, start: 1000, signal: 'SIGTERM' }), exits(0)])).toEqual([]);
  });

  test('of an executor, and of a pool that no line of the script made', () => {
    expect(unclosed(open('ProcessPoolExecutor'))).toEqual([]);
    expect(unclosed(new Scribe(0, 100).pool(1, POOL, 'Pool'))).toEqual([]);
  });

  test('where the close may be among records that were lost', () => {
    expect(unclosed(open().counters([], 1))).toEqual([]);
  });
});

test('is told when the end of the run was seen, though no row changed with it', () => {
  const model = told([[ROOT], open().calls, [exits(0)]], { findings: evaluate });
  model.advance(1000);
  expect(model.snapshot().findings).toEqual([]);
  model.observe({ k: 'end', t: 1000 });
  expect(model.snapshot().findings.map(({ rule }) => rule)).toEqual(['pool-not-closed']);
});

test('join() before close(), which nobody caught: at its line', () => {
  const trace = ['Traceback (most recent call last):', '  File "/w/a.py", line 9, in <module>', '    pool.join()', '  File "/usr/lib/python3.11/multiprocessing/pool.py", line 661, in join', '    raise ValueError("Pool is still running")', 'ValueError: Pool is still running'].join('\n');
  const [found, ...more] = unclosed(open().record(RecordType.EXCEPTION, { t0: 450, s1: 'ValueError\nPool is still running', s2: trace, flags: 2 }), [exits(1)]);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ severity: 'error', certain: true, object: 'w1', where: { file: '/w/a.py', line: 9, function: '<module>' } });
  expect(fill(found!.message)).toBe('MainProcess (PID 100) called join() on Pool (a.py:3) before close(): that raises ValueError, and nobody caught it.');
});
