import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const EMFILE = '[Errno 24] Too many open files';

/** What a look at the main process showed, in ms, with the limit. */
const files = (t: number, count: number, limit: number | null = 1024): Call => seen({ k: 'files', t, p: [[100, 1000, count, limit]] });

/** A look every two seconds: `count` by time in ms. */
const looks = (until: number, count: (t: number) => number): Call[] => {
  const calls: Call[] = [];
  for (let t = 0; t <= until; t += 2000) calls.push(files(t, count(t)));
  return calls;
};

/** A process that makes a simplex pipe every 100 ms (two descriptors), up to `until`. */
function leaker(until: number, o: { closed?: boolean } = {}): Scribe {
  const main = new Scribe(0, 100);
  const line = main.site('/w/a.py', 7);
  for (let t = 50, obj = 1000; t < until; t += 100, obj++) {
    main.channel(t, obj, 'Pipe', { site: line });
    if (o.closed === true) main.record(RecordType.CHANNEL_CLOSED, { t0: t + 1, obj, flags: 3 });
  }
  return main;
}

function leaks(streams: readonly (readonly Call[])[], now: number): FindingRow[] {
  const model = told([[ROOT], ...streams], { findings: evaluate });
  model.advance(now);
  return model.snapshot().findings.filter(({ rule }) => rule === 'descriptor-leak');
}

const steady = (t: number): number => 40 + t / 50;

describe('a process that could open no more', () => {
  test('is told by what start() raised, at the line that made what it holds', () => {
    const main = leaker(3000);
    main.record(RecordType.START_FAILED, { t0: 3000, site: main.site('/w/a.py', 9), s1: 'Process-2', s2: `OSError: ${EMFILE}` });
    const [found, ...others] = leaks([main.calls, [files(2000, 60, 64)]], 5000);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'error', certain: true, process: 'p1', where: { line: 7 }, sinceMs: 3000 });
    expect(found!.evidence.map(fill)).toEqual([
      `It raised OSError: ${EMFILE}.`,
      'It had 60 descriptors open at 2.0 s; its limit was 64.',
      'Ends of pipes and queues that it made, did not close, and that no other process has: some 60.',
      'Most of these were made at a.py:7.',
    ]);
  });

  test('and by an exception that nobody caught, at its line where nothing else is known', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.EXCEPTION, { t0: 3000, flags: 2, site: main.site('/w/a.py', 12), s1: `OSError\n${EMFILE}: 'x'` });
    const [found] = leaks([main.calls], 5000);
    expect(found).toMatchObject({ certain: true, where: { line: 12 } });
    expect(found!.evidence.map(fill)).toEqual([`It raised OSError: ${EMFILE}: 'x'.`]);
  });

  test('is told where the system saw it at its limit, having grown to it', () => {
    const [found] = leaks([leaker(3000).calls, [files(0, 10, 256), files(4000, 255, 256)]], 5000);
    expect(found).toMatchObject({ severity: 'error', certain: true, where: { line: 7 }, sinceMs: 4000 });
    // It is history, and stays told, once it has closed them.
    expect(leaks([leaker(3000).calls, [files(0, 10, 256), files(4000, 255, 256), files(6000, 70, 256)]], 8000)).toHaveLength(1);
  });

  test('not where it lowered the limit itself, began with so many, or came near it only', () => {
    const quiet = (...calls: Call[]): void => expect(leaks([leaker(3000).calls, calls], 5000)).toEqual([]);
    quiet(files(0, 80, 1024), files(2000, 80, 3));
    quiet(files(0, 255, 256));
    quiet(files(0, 10, 256), files(4000, 250, 256));
    quiet(files(0, 10, 12), files(4000, 12, 12));
    quiet(files(0, 10, null), files(4000, 9000, null));
  });

  test('not for another error', () => {
    const main = new Scribe(0, 100).record(RecordType.EXCEPTION, { t0: 3000, flags: 2, s1: "FileNotFoundError\n[Errno 2] No such file or directory: '[Errno 24]'" });
    expect(leaks([main.calls], 5000)).toEqual([]);
  });
});

describe('steady growth', () => {
  test('is likely a leak where the pipes are known', () => {
    const [found] = leaks([leaker(30_000).calls, looks(30_000, steady)], 30_000);
    expect(found).toMatchObject({ severity: 'warning', certain: false, process: 'p1', where: { line: 7 }, sinceMs: 0 });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) opens more and more pipes and closes none: 600 descriptors more by now.');
    expect(found!.evidence.map(fill)).toEqual([
      'It had 40 descriptors open at 0.0 s, and 640 at 30.0 s; its limit is 1024.',
      'Ends of pipes and queues that it made, did not close, and that no other process has: some 600.',
      'Most of these were made at a.py:7.',
    ]);
  });

  test('of Process objects that are kept, too', () => {
    const main = new Scribe(0, 100);
    const line = main.site('/w/a.py', 4);
    const children = Array.from({ length: 150 }, (_, i) => {
      const child = main.start(200 * i, i + 1, 1000 + i, { site: line }).ends(200 * i + 50);
      main.reaped(200 * i + 60, 1000 + i, 0);
      return child.calls;
    });
    const [found] = leaks([main.calls, ...children, looks(30_000, (t) => 40 + t / 100)], 30_000);
    expect(found).toMatchObject({ where: { line: 4 } });
    expect(fill(found!.evidence[1]!)).toBe('Children that it started and that have ended: 150. Each Process object that is kept has two descriptors.');
  });

  test('that began late is found, too', () => {
    expect(leaks([leaker(120_000).calls, looks(120_000, (t) => (t < 90_000 ? 64 : 64 + (t - 90_000) / 50))], 120_000)).toHaveLength(1);
  });

  const quiet = (streams: readonly (readonly Call[])[], now = 30_000): void => expect(leaks(streams, now)).toEqual([]);

  test('is not told early, nor of little, nor where nothing explains it', () => {
    quiet([leaker(18_000).calls, looks(18_000, steady)], 18_000);
    quiet([leaker(30_000).calls, looks(30_000, (t) => 64 + t / 200)]);
    quiet([new Scribe(0, 100).calls, looks(30_000, steady)]);
    quiet([leaker(30_000, { closed: true }).calls, looks(30_000, steady)]);
  });

  test('is none where it fell, or stood for a third of the time', () => {
    quiet([leaker(30_000).calls, looks(30_000, (t) => (t === 16_000 ? 150 : steady(t)))]);
    quiet([leaker(30_000).calls, looks(30_000, (t) => Math.min(440, 40 + t / 50))], 40_000);
    quiet([leaker(30_000).calls, looks(30_000, (t) => (t < 10_000 ? 40 + t / 15 : 707))]);
  });

  test('is none of pipes that other processes have, which live', () => {
    const main = leaker(30_000);
    const child = main.start(30_000, 1, 101);
    quiet([main.calls, child.calls, looks(30_000, steady)]);
  });
});

test('a long history is thinned, and says the same', () => {
  const [found] = leaks([leaker(900_000).calls, looks(900_000, (t) => 40 + t / 1000)], 900_000);
  expect(found).toMatchObject({ certain: false });
  expect(fill(found!.message)).toContain('900 descriptors more by now');
});
