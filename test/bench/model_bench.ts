/**
 * What the model costs: folding a million messages, the heap they take, and a look at 500 busy processes.
 * Run: npx esbuild test/bench/model_bench.ts --bundle --platform=node --outfile=model_bench.cjs, then node --expose-gc on that.
 * All times are processor times, garbage collector's threads included.
 */
import { Model } from '../../src/model/index.js';
import type { RunInfo } from '../../src/model/facts.js';
import { RecordType, ReceiveFlag, SendFlag } from '../../src/model/record-types.js';

const RUN: RunInfo = {
  id: 'bench', argv: ['bench.py'], cwd: '/', python: null, pythonVersion: null, implementation: null,
  platform: 'linux', startedAt: '2024-01-01T00:00:00.000Z', scriptName: 'bench.py', budgetBytes: null,
};
const NOTHING = { flags: 0, t0: 0, t1: 0, obj: 0, a: 0, b: 0, thread: 0, site: 0, s1: null, s2: null };

function heapMb(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return (heapUsed + Math.max(external, arrayBuffers)) / 1e6;
}

/** Processor time, ms: other work on the machine does not count. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A queue with some producers and consumers, read in turns as a tailer reads. */
function messages(total: number, producers: number, consumers: number): void {
  const before = heapMb();
  const model = new Model(RUN);
  const begun = spent();
  for (let i = 0; i <= producers + consumers; i++) model.image(i, { pid: 100 + i, start: 1000 + i, ppid: 99, openedMs: 0, madeByFork: i > 0, byLauncher: false, parentStart: 1000 });
  model.record(0, { ...NOTHING, type: RecordType.CHANNEL_NEW, obj: 7, a: 7, s1: 'Queue' });
  const cursor = model.cursor();
  const takes: number[] = [];
  const turn = 5000;
  let told = 0;
  for (let sent = 0; sent < total; sent += turn) {
    for (let p = 0; p < producers; p++) {
      for (let k = p; k < turn; k += producers) {
        const t = (sent + k) * 0.01;
        const number = Math.floor((sent + k) / producers) + 1;
        model.put(1 + p, t, t, 7, number, 0, 0, 0);
        model.send(1 + p, number, t + 0.001, t + 0.004, 7, 100, number, SendFlag.FEEDER | SendFlag.LOCKED, 1, 0);
        told += 2;
      }
    }
    for (let c = 0; c < consumers; c++) {
      for (let k = c; k < turn; k += consumers) {
        const t = (sent + k) * 0.01 + 1;
        model.receive(1 + producers + c, t - 0.01, t, 7, 100, 0, ReceiveFlag.GET | ReceiveFlag.LOCKED, 0, 0);
        told++;
      }
    }
    model.advance((sent + turn) * 0.01);
    const at = spent();
    cursor.take();
    takes.push(spent() - at);
  }
  model.record(0, { ...NOTHING, type: RecordType.EXIT, t0: total * 0.01 + 2, t1: total * 0.01 + 2 });
  const seconds = (spent() - begun) / 1000;
  const at = spent();
  const report = model.report();
  const reportMs = spent() - at;
  const [channel] = report.channels;
  const heap = heapMb() - before;
  const edges = channel!.edges.reduce((sum, edge) => sum + edge.messages, 0);
  console.log(
    `${total} messages, ${producers} producers, ${consumers} consumers: ${Math.round(told / seconds / 1000)}k records/s, heap ${heap.toFixed(0)} MB, ` +
      `take median ${median(takes).toFixed(2)} ms, max ${Math.max(...takes).toFixed(1)} ms, report ${reportMs.toFixed(0)} ms, ${channel!.matching}, ${edges} paired`,
  );
}

function processes(count: number): void {
  const model = new Model(RUN);
  model.image(0, { pid: 100, start: 1, ppid: 1, openedMs: 0, madeByFork: false, byLauncher: false, parentStart: 0 });
  model.observe({ k: 'root', t: 0, pid: 100, start: 1 });
  for (let c = 0; c < 20; c++) model.record(0, { ...NOTHING, type: RecordType.CHANNEL_NEW, obj: 10 + c, a: 10 + c, s1: 'Queue' });
  for (let i = 1; i <= count; i++) {
    model.record(0, { ...NOTHING, type: RecordType.FORK, t0: i, t1: i, a: 100 + i, flags: 1 });
    model.record(0, { ...NOTHING, type: RecordType.START, t0: i, t1: i + 1, a: 100 + i, flags: 1, s1: `Process-${i}`, s2: 'bench.work' });
    model.image(i, { pid: 100 + i, start: i + 1, ppid: 100, openedMs: i + 0.5, madeByFork: true, byLauncher: false, parentStart: 1 });
    model.record(i, { ...NOTHING, type: RecordType.BOOTSTRAP, t0: i + 0.6, t1: i + 0.6, a: 100, flags: 1, s1: `Process-${i}`, s2: 'bench.work' });
  }
  const cursor = model.cursor();
  cursor.take();
  const takes: number[] = [];
  for (let round = 1; round <= 100; round++) {
    const now = count + round * 50;
    for (let i = 1; i <= count; i++) {
      model.put(i, now, now, 10 + (i % 20), round, 0, 0, 0);
      model.send(i, round, now, now, 10 + (i % 20), 10, 0, SendFlag.FEEDER | SendFlag.LOCKED, 1, 0);
      model.slots(i, [{ slot: 0, sinceMs: now - 40, obj: 10 + (i % 20), operand: 0, deadlineMs: null, site: 0, op: RecordType.RECV, flags: 1, nativeThread: 100 + i }]);
    }
    model.observe({ k: 'sample', t: now, p: Array.from({ length: count }, (_, i) => [101 + i, i + 2, 'S', 100, round, 1000 + round, 1, 1] as const) });
    model.advance(now);
    const at = spent();
    cursor.take();
    takes.push(spent() - at);
  }
  const rows = model.snapshot().processes.map((row) => row.key);
  const at = spent();
  model.lanes({ fromMs: 0, toMs: count + 5000, pixels: 1200, rows: rows.slice(0, 40), arrowsFor: 'c1' });
  const lanesMs = spent() - at;
  const quiet = spent();
  for (let i = 0; i < 100; i++) cursor.take();
  const quietMs = (spent() - quiet) / 100;
  console.log(
    `${count} processes, all changing: take median ${median(takes).toFixed(2)} ms, max ${Math.max(...takes).toFixed(1)} ms; quiet ${quietMs.toFixed(2)} ms; lanes of 40 rows ${lanesMs.toFixed(1)} ms`,
  );
}

messages(1_000_000, 1, 1);
messages(1_000_000, 4, 4);
processes(500);
