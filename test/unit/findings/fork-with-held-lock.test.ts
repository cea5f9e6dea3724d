import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });

interface Options {
  readonly threads?: number;
  readonly method?: number;
  readonly target?: string;
  readonly place?: string;
  readonly woken?: boolean;
  readonly childThreads?: number;
  readonly since?: number;
}

/** A process forked at 10 that has told nothing of itself, and sleeps. */
function scene(o: Options = {}, more: readonly Call[] = []): readonly (readonly Call[])[] {
  const main = new Scribe(0, 100);
  main.record(RecordType.START, {
    t0: 10, t1: 11, a: 101, site: main.site('/w/a.py', 9), flags: (o.method ?? 1) | ((o.threads ?? 2) << 8), s1: 'writer', s2: o.target ?? '__main__.write',
  });
  const since = o.since ?? 500;
  return [[
    ROOT, ...main.calls,
    seen({ k: 'sample', t: since, p: [[101, 1010, 'S', 100, 0, 900, 100, 100, o.childThreads ?? 1]] }),
    seen({ k: 'asleep', t: since + 1000, p: [o.woken === true ? [101, 1010, since, o.place ?? 'futex_do_wait', true] : [101, 1010, since, o.place ?? 'futex_do_wait']] }),
    ...more,
  ]];
}

function found(streams: readonly (readonly Call[])[], now = 6000): FindingRow[] {
  const model = told(streams, { findings: evaluate });
  model.advance(now);
  return model.snapshot().findings.filter(({ rule }) => rule === 'fork-with-held-lock');
}

const awake = seen({ k: 'asleep', t: 7000, p: [[101, 1010, 7000, '']] });
const dead = (signal: number): Call[] => new Scribe(0, 100).reaped(7100, 101, signal).calls.slice(1);

describe('a child that was forked beside other threads and sleeps on a lock', () => {
  test('is likely told, at the line that started it', () => {
    const [one, ...others] = found(scene());
    expect(others).toEqual([]);
    expect(one).toMatchObject({ severity: 'warning', certain: false, process: 'p2', where: { line: 9 }, sinceMs: 500 });
    expect(fill(one!.message)).toBe('writer (PID 101) waits for a lock that a thread of MainProcess (PID 100) most likely held when it forked.');
    expect(one!.evidence.map(fill)).toEqual([
      'When MainProcess (PID 100) forked it, other threads ran there: 2.',
      'writer (PID 101) has one thread, which sleeps on a lock since 0.5 s and did not run for a moment since; nothing that was recorded is waited for.',
    ]);
  });

  test('also after os.fork()', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.FORK, { t0: 10, a: 101, b: 3, site: main.site('/w/a.py', 9) });
    const child = new Scribe(1, 101, { ppid: 100, openedMs: 10.5, madeByFork: true, parentStart: 1000 });
    const [, ...seenOf] = scene()[0]!.slice(-3);
    const sample = seen({ k: 'sample', t: 500, p: [[101, 1010, 'S', 100, 0, 900, 100, 100, 1]] });
    const [one] = found([[ROOT], main.calls, child.calls, [sample, ...seenOf]]);
    expect(fill(one!.evidence[0]!)).toContain('other threads ran there: 3.');
  });

  test('is history once it was killed there, and none when it woke up before', () => {
    const [one] = found(scene({}, [awake, ...dead(-15)]), 8000);
    expect(fill(one!.message)).toContain('waited until its end for a lock');
    expect(found(scene({}, [awake]), 8000)).toEqual([]);
    expect(found(scene({}, [awake, ...dead(0)]), 8000)).toEqual([]);
    expect(found(scene({}, [awake, ...new Scribe(0, 100).reaped(20_000, 101, -15).calls.slice(1)]), 21_000)).toEqual([]);
  });
});

describe('nothing is said', () => {
  const quiet = (o: Options, now?: number): void => expect(found(scene(o), now)).toEqual([]);

  test('where the parent had no other thread, or did not fork', () => {
    quiet({ threads: 0 });
    quiet({ method: 2 });
    quiet({ method: 3 });
  });

  test('in the first five seconds', () => quiet({}, 5400));

  test('of one that sleeps in something else', () => {
    for (const place of ['hrtimer_nanosleep', 'pipe_read', 'do_poll', 'do_wait', 'something_new']) quiet({ place });
  });

  test('where a signal, a timeout or another process may wake it, or another thread of its own', () => {
    quiet({ woken: true });
    quiet({ childThreads: 2 });
  });

  test('of a worker that waits for work', () => quiet({ target: 'multiprocessing.pool.worker' }));

  test('where the records know what it waits for', () => {
    const child = new Scribe(1, 101, { start: 1010, ppid: 100, openedMs: 20, madeByFork: true, parentStart: 1000 }).slot(RecordType.LOCK_WAIT, 400, { obj: 77 });
    expect(found([...scene(), child.calls])).toEqual([]);
  });


});
