import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FolderTailer } from '../../../src/journal/index.js';
import { folderWith, put, segment, segmentName, STARTED, temporary } from './segment.js';
import { NotingSink, toNs } from './sink.js';

const writer = new URL('writer.py', import.meta.url).pathname;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const seqs = (sink: NotingSink, image = 0): number[] => sink.of(image).facts.map((fact) => (fact as { put: number[] }).put[3]!);
const tailer = (folder: string, sink: NotingSink, options = {}): FolderTailer => new FolderTailer(folder, sink, { startedMono: STARTED }, { sliceMs: 1e6, ...options });

test('a tailer that races a real writer sees every record once, whole and in order, and a later reading sees the same', async () => {
  const folder = temporary();
  const count = 120_000;
  const child = spawn('python3', [writer, folder, String(STARTED), String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const sink = new NotingSink();
  const live = tailer(folder, sink, { sliceMs: 12 });
  let polls = 0;
  while (isRunning()) {
    live.poll();
    polls += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await closed)[0]).toBe(0);
  await live.drain();
  live.close();
  expect(polls).toBeGreaterThan(20);
  expect(sink.holes + sink.unknown).toBe(0);
  const facts = sink.of(0).facts as { put: number[] }[];
  expect(facts.length).toBe(count);
  const torn = facts.filter(({ put: [t0, t1, obj, seq] }, i) => seq !== i || t0 !== 1000 * i || t1 !== 1000 * i + (i % 7) || obj !== 2 ** 48 + (i % 3));
  expect(torn).toEqual([]);

  const again = new NotingSink();
  const whole = tailer(folder, again, { ended: true });
  await whole.drain();
  whole.close();
  expect(again.of(0).info).toEqual(sink.of(0).info);
  expect(again.of(0).facts).toEqual(facts);
  expect(again.bytes).toBe(sink.bytes);
});

test('a file without its magic number is not ready, and is read when it is', () => {
  const folder = temporary();
  const file = path.join(folder, segmentName());
  const data = segment({ capacity: 4, magic: false });
  put(data, 0);
  writeFileSync(file, data);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  live.poll();
  expect(sink.images.size).toBe(0);
  data.write('PRCSSN\r\n', 'latin1');
  writeFileSync(file, data);
  live.poll();
  expect(seqs(sink)).toEqual([0]);
  live.close();
});

test('records, slots and counters are told as they come, and not again while they stay', () => {
  const folder = temporary();
  const file = path.join(folder, segmentName());
  const data = segment({ capacity: 8 });
  writeFileSync(file, data);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  let slotCalls = 0;
  const slots = sink.slots.bind(sink);
  sink.slots = (...args) => {
    slotCalls += 1;
    slots(...args);
  };
  live.poll();
  const before = slotCalls;
  put(data, 0);
  data.writeBigUInt64LE(STARTED + 9_000_000n, 4096);
  data.writeUInt16LE(42, 4096 + 36);
  writeFileSync(file, data);
  for (let i = 0; i < 6; i++) live.poll();
  expect(slotCalls).toBe(before + 1);
  expect(sink.of(0).slots).toMatchObject([{ slot: 0, sinceMs: 9, op: 42, deadlineMs: null }]);
  expect(seqs(sink)).toEqual([0]);
  data.writeBigUInt64LE(0n, 4096);
  data.writeBigUInt64LE(3n, 64);
  writeFileSync(file, data);
  // An image without new records has its slots looked at in every third poll.
  for (let i = 0; i < 3; i++) live.poll();
  expect(sink.of(0).slots).toEqual([]);
  expect(sink.of(0).dropped).toBe(3);
  live.close();
});

test('a hole holds its image back for a time, then is skipped and counted', async () => {
  const folder = temporary();
  const data = segment({ capacity: 8 });
  for (const i of [0, 2, 3]) put(data, i);
  writeFileSync(path.join(folder, segmentName()), data);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  live.poll();
  live.poll();
  expect(sink.of(0).facts.length).toBe(1);
  expect(sink.holes).toBe(0);
  await pause(1100);
  live.poll();
  expect(sink.holes).toBe(1);
  expect(sink.of(0).facts.slice(1)).toMatchObject([{ skipped: [1, 0] }, { put: { 3: 2 } }, { put: { 3: 3 } }]);
  live.close();
});

test('a record that is committed late, but in time, is no hole', () => {
  const folder = temporary();
  const file = path.join(folder, segmentName());
  const data = segment({ capacity: 8 });
  for (const i of [0, 2]) put(data, i);
  writeFileSync(file, data);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  live.poll();
  put(data, 1);
  writeFileSync(file, data);
  live.poll();
  expect(seqs(sink)).toEqual([0, 1, 2]);
  expect(sink.holes).toBe(0);
  live.close();
});

test('a hole at a segment\'s end is passed when the next segment is there', async () => {
  const folder = temporary();
  const zero = segment({ capacity: 3 });
  put(zero, 0);
  put(zero, 1);
  const one = segment({ number: 1, capacity: 3, firstIndex: 3 });
  put(one, 3, { number: 1, firstIndex: 3 });
  writeFileSync(path.join(folder, segmentName()), zero);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  live.poll();
  writeFileSync(path.join(folder, segmentName(10, 1)), one);
  live.poll();
  expect(sink.holes).toBe(0);
  await pause(1100);
  live.poll();
  expect(sink.holes).toBe(1);
  expect(sink.of(0).facts.length).toBe(4);
  live.close();
});

test('a process that is gone is read to its end at once, holes and all, and its files are closed', () => {
  const folder = temporary();
  const data = segment({ capacity: 8 });
  for (const i of [0, 2]) put(data, i);
  const file = path.join(folder, segmentName());
  writeFileSync(file, data);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  const openHere = (): number => readdirSync('/proc/self/fd').length;
  const before = openHere();
  live.poll();
  expect(openHere()).toBe(before + 1);
  appendFileSync(path.join(folder, 'observer.jsonl'), '{"k":"gone","t":5000000,"pid":10,"start":7}\n');
  live.poll();
  expect(sink.holes).toBe(1);
  expect(sink.of(0).facts.length).toBe(3);
  expect(openHere()).toBe(before + 1); // the observer's file, which grows on
  live.close();
  expect(openHere()).toBe(before);
});

test('gone means (pid, start): another process with that pid reads on', () => {
  const folder = folderWith(2, 4);
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  appendFileSync(path.join(folder, 'observer.jsonl'), '{"k":"gone","t":5000000,"pid":10,"start":6}\n');
  live.poll();
  const data = segment({ capacity: 4 });
  for (const i of [0, 1, 2]) put(data, i);
  writeFileSync(path.join(folder, segmentName()), data);
  live.poll();
  expect(seqs(sink)).toEqual([0, 1, 2]);
  live.close();
});

test('a call is bounded in time whatever waits, and the clock stays behind what was not told', () => {
  const folder = temporary();
  const capacity = 60_000;
  for (let pid = 10; pid < 14; pid++) {
    const data = segment({ pid, capacity });
    for (let i = 0; i < capacity; i++) put(data, i);
    writeFileSync(path.join(folder, segmentName(pid)), data);
  }
  const sink = new NotingSink();
  const live = tailer(folder, sink, { sliceMs: 3 });
  let calls = 0;
  let longest = 0;
  for (let more = true; more; calls++) {
    const from = performance.now();
    more = live.poll().more;
    longest = Math.max(longest, performance.now() - from);
    const told = Math.min(...[...sink.images.values()].map(({ facts }) => facts.length));
    // Record i ends at i + 5 ns.
    if (more && told > 0) expect(toNs(sink.advanced.at(-1) ?? 0)).toBeLessThanOrEqual(told + 4);
  }
  expect(sink.records).toBe(4 * capacity);
  expect(calls).toBeGreaterThan(5);
  expect(longest).toBeLessThan(100);
  live.close();
});

test('more images than descriptors are read all the same', () => {
  const folder = temporary();
  for (let pid = 10; pid < 40; pid++) {
    const data = segment({ pid, capacity: 4 });
    put(data, 0);
    writeFileSync(path.join(folder, segmentName(pid)), data);
  }
  const before = readdirSync('/proc/self/fd').length;
  const sink = new NotingSink();
  const live = tailer(folder, sink, { mostOpenFiles: 5 });
  live.poll();
  expect(readdirSync('/proc/self/fd').length).toBe(before + 5);
  expect([...sink.images.values()].every(({ facts }) => facts.length === 1)).toBe(true);
  expect(sink.images.size).toBe(30);
  live.close();
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

test('images that appear one after the other are all found, whatever the folder\'s time says', () => {
  const folder = temporary();
  const sink = new NotingSink();
  const live = tailer(folder, sink);
  live.poll();
  for (let pid = 10; pid < 60; pid++) {
    writeFileSync(path.join(folder, segmentName(pid)), segment({ pid, capacity: 1 }));
    live.poll();
    expect(sink.images.size).toBe(pid - 9);
  }
  live.close();
});

test('a folder that is gone is told of once, in words', () => {
  const live = tailer('/nowhere/at all', new NotingSink());
  expect(live.poll().problems.map(({ message }) => message)).toEqual(["The run's folder /nowhere/at all cannot be read: no such file or folder."]);
  expect(live.poll().problems).toEqual([]);
});

test('what is no journal is left alone', () => {
  const folder = folderWith(1);
  mkdirSync(path.join(folder, 'runtime'));
  writeFileSync(path.join(folder, 'run.json'), '{}');
  writeFileSync(path.join(folder, '10-7-zz.0'), 'x');
  writeFileSync(path.join(folder, '11-7-ff.0'), '');
  mkdirSync(path.join(folder, '12-7-ff.0'));
  const sink = new NotingSink();
  const all = tailer(folder, sink, { ended: true });
  expect(all.poll().problems).toEqual([]);
  expect(sink.images.size).toBe(1);
  all.close();
});
