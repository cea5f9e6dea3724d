import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FolderTailer, ObserverLog } from '../../../src/journal/index.js';
import type { Observation } from '../../../src/model/facts.js';
import { STARTED, temporary } from './segment.js';
import { NotingSink } from './sink.js';

function tailed(folder: string): { sink: NotingSink; tailer: FolderTailer } {
  const sink = new NotingSink();
  return { sink, tailer: new FolderTailer(folder, sink, { startedMono: STARTED }) };
}

const all: Observation[] = [
  { k: 'root', t: 0.000_001, pid: 5, start: 9 },
  { k: 'sample', t: 1.5, p: [[5, 9, 'R', 1, 12.5, 2048, 5, 5]] },
  { k: 'found', t: 2, pid: 6, start: 10, ppid: 5, argv: ['sh', '-c', 'echo "ж"\n'], python: false, reason: 'not-python' },
  { k: 'signal', t: 3, pid: 6, start: 10, signal: 'SIGTERM' },
  { k: 'name', t: 3, file: '/a b.py', line: 3, name: 'jobs' },
  { k: 'sample', t: 3, p: [[5, 9, 'S', 1, 0, 2048, 5, 5, 3]] },
  { k: 'asleep', t: 3.25, p: [[5, 9, 1.5, 'hrtimer_nanosleep'], [6, 11, 3.25, ''], [7, 12, 3, 'futex_wait_queue', true]] },
  { k: 'idle', t: 3.4, p: [[5, 9, 63]] },
  { k: 'stuck', t: 3.5, p: [[5, 9, 0.25, 66, 0, 2 ** 52 + 1, 0, 4, [6, 7]], [6, 11, 0.25, 66, 0, 2 ** 52 + 1, 0, 4, [5], true]] },
  { k: 'files', t: 3.75, p: [[5, 9, 70, 1024], [6, 10, 64, null]] },
  { k: 'gone', t: 4, pid: 6, start: 10 },
  { k: 'exit', t: 5, pid: 5, code: null, signal: 'SIGKILL' },
  { k: 'sample', t: 3.5, p: [[5, 9, 'S', 1, 0, 2048, 5, 5, 3, 8194]] },
  { k: 'lost', t: 5, what: 'samples', n: 2 },
  { k: 'end', t: 3_600_000.123_456 },
];

test('what is appended is read back, to the nanosecond', () => {
  const folder = temporary();
  const log = new ObserverLog(folder);
  for (const observation of all) expect(log.append(observation).ok).toBe(true);
  log.close();
  const { sink, tailer } = tailed(folder);
  tailer.poll();
  tailer.close();
  expect(sink.observations).toEqual(all);
  expect(JSON.parse(readFileSync(path.join(folder, 'observer.jsonl'), 'utf8').split('\n')[1]!)).toMatchObject({ k: 'sample', t: 1_500_000 });
});

test('a line that arrives in pieces, cut within a character too, is read once it is whole', () => {
  const folder = temporary();
  const file = path.join(folder, 'observer.jsonl');
  const line = Buffer.from('{"k":"name","t":1000000,"file":"/жук.py","line":3,"name":"甲"}\n');
  fc.assert(fc.property(fc.integer({ min: 0, max: line.length - 1 }), (at) => {
    writeFileSync(file, line.subarray(0, at));
    const { sink, tailer } = tailed(folder);
    tailer.poll();
    expect(sink.observations).toEqual([]);
    appendFileSync(file, line.subarray(at));
    tailer.poll();
    tailer.close();
    expect(sink.observations).toEqual([{ k: 'name', t: 1, file: '/жук.py', line: 3, name: '甲' }]);
  }));
});

test('a line that is no observation is counted as lost, and those around it are read', () => {
  const folder = temporary();
  writeFileSync(path.join(folder, 'observer.jsonl'), '{"k":"root","t":1,"pid":5,"start":9}\n{"k":"root"\n\n{"k":"else","t":1}\n{"k":"end","t":2000000}\n');
  const { sink, tailer } = tailed(folder);
  tailer.poll();
  tailer.close();
  expect(sink.observations.map(({ k }) => k)).toEqual(['root', 'end', 'lost']);
  expect(sink.observations.at(-1)).toEqual({ k: 'lost', t: 2, what: 'observations', n: 2 });
});

test('observations that could not be written are counted, and said in the log with the next that can', () => {
  const folder = path.join(temporary(), 'later');
  const log = new ObserverLog(folder);
  expect(log.append(all[0]!)).toMatchObject({ ok: false, error: { code: 'cannot-write' } });
  log.append(all[1]!);
  mkdirSync(folder);
  log.append({ k: 'end', t: 7 });
  log.close();
  const { sink, tailer } = tailed(folder);
  tailer.poll();
  tailer.close();
  expect(sink.observations).toEqual([{ k: 'lost', t: 7, what: 'observations', n: 2 }, { k: 'end', t: 7 }]);
});
