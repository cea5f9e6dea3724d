import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FolderTailer } from '../../../src/journal/index.js';
import { NotingSink, toNs } from './sink.js';

const golden = new URL('../../golden', import.meta.url).pathname;

interface Expectation {
  readonly startedMono: string;
  readonly images: readonly {
    readonly pid: number; readonly start: number; readonly ppid: number; readonly opened: number; readonly madeByFork: boolean;
    readonly byLauncher: boolean; readonly parentStart: number; readonly facts: readonly unknown[];
    readonly slots: readonly unknown[]; readonly held: unknown; readonly dropped: number; readonly counters: readonly unknown[];
  }[];
}

function read(name: string): { expected: Expectation; sink: NotingSink; problems: readonly { code: string; message: string }[] } {
  const expected = JSON.parse(readFileSync(path.join(golden, `${name}.json`), 'utf8')) as Expectation;
  const sink = new NotingSink();
  const tailer = new FolderTailer(path.join(golden, name), sink, { startedMono: BigInt(expected.startedMono) }, { ended: true, sliceMs: 1e6 });
  const { problems, more } = tailer.poll();
  expect(more).toBe(false);
  tailer.close();
  return { expected, sink, problems };
}

test('the golden files are what their generator writes', () => {
  execFileSync('python3', [path.join(golden, 'make_golden.py'), '--check'], { stdio: 'pipe' });
});

test.each(['records', 'segments', 'holes', 'counted'])('golden journal "%s" reads as expected', (name) => {
  const { expected, sink, problems } = read(name);
  expect(problems).toEqual([]);
  const seen = [...sink.images.values()].map(({ info, facts, slots, held, dropped, counters }) => ({
    pid: info.pid, start: info.start, ppid: info.ppid, opened: toNs(info.openedMs), madeByFork: info.madeByFork,
    byLauncher: info.byLauncher, parentStart: info.parentStart, facts,
    slots: slots.map(({ sinceMs, deadlineMs, ...rest }) => ({ ...rest, since: toNs(sinceMs), deadline: deadlineMs === null ? null : toNs(deadlineMs) })),
    held, dropped, counters,
  }));
  expect(seen).toEqual(expected.images);
});

test('the golden ends of quiet children read as expected', () => {
  const { ends, startedMono } = JSON.parse(readFileSync(path.join(golden, 'quiet.json'), 'utf8')) as { readonly ends: readonly unknown[]; readonly startedMono: string };
  const sink = new NotingSink();
  const tailer = new FolderTailer(path.join(golden, 'quiet'), sink, { startedMono: BigInt(startedMono) }, { ended: true });
  tailer.poll();
  tailer.close();
  const seen = sink.observations.map((end) => (end.k === 'quiet' ? { pid: end.pid, parent: end.parent, code: end.code, from: toNs(end.from), to: toNs(end.t) } : end));
  expect(seen).toEqual(ends);
});

test('a journal of an unknown version is refused in words and told of once', () => {
  const { sink, problems } = read('refused');
  expect(sink.images.size).toBe(0);
  expect(problems.map(({ code }) => code)).toEqual(['unknown-version']);
  expect(problems[0]?.message).toMatch(/8001-800-.*\.0 has format version 2/);
});
