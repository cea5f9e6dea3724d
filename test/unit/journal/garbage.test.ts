/** Cut and damaged files: never an exception, never an invented record. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FolderTailer } from '../../../src/journal/index.js';
import { put, segment, segmentName, STARTED, temporary } from './segment.js';
import { NotingSink } from './sink.js';

function readAll(folder: string, started: bigint): NotingSink {
  const sink = new NotingSink();
  const tailer = new FolderTailer(folder, sink, { startedMono: started }, { ended: true, sliceMs: 1e6 });
  for (let turns = 0; tailer.poll().more; turns++) expect(turns).toBeLessThan(1000);
  tailer.close();
  return sink;
}

test('a file cut anywhere reads as a prefix', () => {
  const whole = segment({ capacity: 20 });
  for (let i = 0; i < 20; i++) put(whole, i);
  const file = path.join(temporary(), segmentName());
  fc.assert(fc.property(fc.integer({ min: 0, max: whole.length }), (length) => {
    writeFileSync(file, whole.subarray(0, length));
    const sink = readAll(path.dirname(file), STARTED);
    const expected = length < 12_288 ? 0 : Math.floor((length - 12_288) / 64);
    expect(sink.records).toBe(expected);
    expect(sink.holes).toBe(0);
  }), { numRuns: 60 });
});

test('a segment that is missing from the middle is counted as holes, and reading goes on behind it', () => {
  const folder = temporary();
  const zero = segment({ capacity: 4 });
  for (let i = 0; i < 4; i++) put(zero, i);
  const two = segment({ number: 2, capacity: 4, firstIndex: 10 });
  put(two, 10, { number: 2, firstIndex: 10 });
  writeFileSync(path.join(folder, segmentName()), zero);
  writeFileSync(path.join(folder, segmentName(10, 2)), two);
  const sink = readAll(folder, STARTED);
  expect(sink.holes).toBe(6);
  expect(sink.records).toBe(5);
});

const golden = new URL('../../golden/records', import.meta.url).pathname;
const name = '4242-987654321-456391824c5f0f55.0';
const original = readFileSync(path.join(golden, name));

test('bytes changed anywhere never throw, hang, or lose the count of records', () => {
  const file = path.join(temporary(), name);
  const started = 5_000_000_000_123_456_789n;
  const change = fc.record({ at: fc.integer({ min: 0, max: original.length - 1 }), byte: fc.integer({ min: 0, max: 255 }) });
  fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (changes) => {
    const data = Buffer.from(original);
    for (const { at, byte } of changes) data[at] = byte;
    writeFileSync(file, data);
    const sink = readAll(path.dirname(file), started);
    expect(sink.images.size).toBeLessThanOrEqual(1);
    for (const { facts } of sink.images.values()) expect(facts.length).toBeLessThanOrEqual(120);
  }), { numRuns: 150 });
});

test('pure noise under a segment\'s name is no image', () => {
  const file = path.join(temporary(), segmentName());
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20_000 }), (noise) => {
    writeFileSync(file, noise);
    expect(readAll(path.dirname(file), STARTED).images.size).toBe(0);
  }), { numRuns: 40 });
});

test('a header that contradicts itself is refused in words', () => {
  const folder = temporary();
  const data = segment({ capacity: 4 });
  data.writeUInt16LE(128, 10);
  writeFileSync(path.join(folder, segmentName()), data);
  const tailer = new FolderTailer(folder, new NotingSink(), { startedMono: STARTED }, { ended: true });
  expect(tailer.poll().problems).toMatchObject([{ code: 'damaged' }]);
  tailer.close();
});
