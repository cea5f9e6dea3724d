import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FolderTailer } from '../../../src/journal/index.js';
import { STARTED, temporary } from './segment.js';
import { NotingSink } from './sink.js';

/** As docs/journal-format.md says. Times in ms from the run's start. */
function end(pid: number, from: number, to: number, code: number, parent: number, type = 16): Buffer {
  const record = Buffer.alloc(64);
  record.writeBigUInt64LE(STARTED + BigInt(from * 1e6), 0);
  record.writeBigUInt64LE(STARTED + BigInt(to * 1e6), 8);
  record.writeBigInt64LE(BigInt(pid), 24);
  record.writeBigInt64LE(BigInt(code), 32);
  record.writeUInt32LE(parent, 40);
  record.writeUInt16LE(type, 56);
  record.writeUInt32LE(1, 60);
  return record;
}

test('ends of quiet children are told once each, as they come', () => {
  const folder = temporary();
  const file = path.join(folder, 'quiet');
  const sink = new NotingSink();
  const tailer = new FolderTailer(folder, sink, { startedMono: STARTED });
  tailer.poll();
  writeFileSync(file, end(7, 1, 3, 0, 5));
  tailer.poll();
  appendFileSync(file, end(8, 2, 4.5, -3, 5));
  tailer.poll();
  tailer.poll();
  tailer.close();
  expect(sink.observations).toEqual([
    { k: 'quiet', t: 3, from: 1, pid: 7, parent: 5, code: 0 },
    { k: 'quiet', t: 4.5, from: 2, pid: 8, parent: 5, code: -3 },
  ]);
});

test('of many, none is left out, and what a cut file lacks harms nothing', async () => {
  const folder = temporary();
  const file = path.join(folder, 'quiet');
  writeFileSync(file, Buffer.concat(Array.from({ length: 3000 }, (_, i) => end(i + 1, i, i + 1, 0, 5))));
  truncateSync(file, 64 * 3000 - 1);
  const sink = new NotingSink();
  const tailer = new FolderTailer(folder, sink, { startedMono: STARTED }, { ended: true });
  await tailer.drain();
  tailer.close();
  expect(sink.observations).toHaveLength(2999);
  expect(sink.observations[2998]).toMatchObject({ k: 'quiet', pid: 2999 });
});

test('a record that says something else is counted as lost', () => {
  const folder = temporary();
  writeFileSync(path.join(folder, 'quiet'), Buffer.concat([end(7, 1, 3, 0, 5, 17), Buffer.alloc(64), end(8, 2, 4, 0, 5)]));
  const sink = new NotingSink();
  const tailer = new FolderTailer(folder, sink, { startedMono: STARTED });
  tailer.poll();
  tailer.close();
  expect(sink.observations).toEqual([
    { k: 'quiet', t: 4, from: 2, pid: 8, parent: 5, code: 0 },
    { k: 'lost', t: 4, what: 'ends of quiet children', n: 2 },
  ]);
});
