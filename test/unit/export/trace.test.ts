/** The exported trace, read by Perfetto's own trace processor and compared with the model. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { traceChunks } from '../../../src/export/trace/index.js';
import type { Model } from '../../../src/model/index.js';
import { Cli } from '../cli/cli.js';
import { told, Scribe } from '../model/kit.js';
import { example, modelOf, recordingOf } from './recorded.js';
import { TraceProcessor, type Row } from './trace-processor.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });
const cli = Cli.forTests();

/** Slices that begin inside of another on their track and end after it; and those that the processor left out for that. */
const OVERLAPS = `select inner_one.name as one, outer_one.name as other from slice inner_one join slice outer_one on inner_one.parent_id = outer_one.id where inner_one.ts + inner_one.dur > outer_one.ts + outer_one.dur
  union all select name as one, value as other from stats where name = 'slice_drop_overlapping_complete_event' and value <> 0`;

async function loaded(model: Model): Promise<TraceProcessor> {
  const processor = await TraceProcessor.start();
  processor.load(traceChunks(model));
  return processor;
}

function one(rows: readonly Row[]): Row {
  expect(rows).toHaveLength(1);
  return rows[0]!;
}

function matchedMessages(model: Model): number {
  return model.report().channels.reduce((total, channel) => total + channel.edges.reduce((sum, edge) => sum + edge.messages, 0), 0);
}

describe.each(['pipeline.py', 's13_pool_errors.py', 's18_pipe.py', 's10_orphan.py', 's25_exception.py'])('the trace of %s', (script) => {
  let model: Model;
  let processor: TraceProcessor;
  beforeAll(async () => {
    model = await modelOf(await recordingOf(cli, example(script)));
    processor = await loaded(model);
  });

  it('is read without an error', () => {
    expect(processor.query("select name, value from stats where value <> 0 and severity <> 'info'")).toEqual([]);
  });

  it('has every process, under its name and pid, with its life', () => {
    const { processes } = model.snapshot();
    const names = processor.query("select pid, name from process where pid is not null and pid > 0 and pid < 9999999 order by pid").map(({ pid }) => pid);
    expect(names).toEqual(processes.map(({ pid }) => pid).sort((a, b) => a - b));
    const lives = processor.query("select ts, dur from slice where category = 'process'");
    expect(lives).toHaveLength(processes.length);
    const [first] = processes;
    expect(lives).toContainEqual({ ts: Math.round(first!.startedMs * 1e6), dur: Math.round(first!.endedMs! * 1e6) - Math.round(first!.startedMs * 1e6) });
  });

  it('has an arrow for each matched message, from its put to its get', () => {
    const arrows = processor.query("select o.name as sent, i.name as received, o.ts as sent_ts, i.ts as received_ts from flow join slice o on slice_out = o.id join slice i on slice_in = i.id where o.category = 'message'");
    expect(arrows).toHaveLength(matchedMessages(model));
    for (const { sent, received, sent_ts, received_ts } of arrows) {
      expect(String(sent).split(' ').slice(1)).toEqual(String(received).split(' ').slice(1));
      expect(Number(received_ts)).toBeGreaterThanOrEqual(Number(sent_ts));
    }
  });

  it('has every task where it ran, with arrows from its submit and to its result', () => {
    const tasks = model.report().tasks.filter(({ worker }) => worker !== null);
    const slices = processor.query("select slice.id from slice join thread_track on track_id = thread_track.id join thread using (utid) where category = 'task' and thread.name glob 'tasks of *'");
    expect(slices).toHaveLength(tasks.length);
    const into = one(processor.query("select count(*) as n from flow join slice o on slice_out = o.id join slice i on slice_in = i.id where o.category = 'task' and o.name glob 'submit *' and i.name not glob 'result *'")).n;
    expect(into).toBe(tasks.filter(({ submittedMs }) => submittedMs !== null).length);
    const out = one(processor.query("select count(*) as n from flow join slice i on slice_in = i.id where i.category = 'task' and i.name glob 'result *'")).n;
    expect(out).toBe(tasks.filter(({ resultMs, startedMs }) => resultMs !== null && resultMs >= startedMs!).length);
  });

  it('has no slices that overlap on one track', () => {
    expect(processor.query(OVERLAPS)).toEqual([]);
  });

  it('shows how full each channel was at most', () => {
    const counted = processor.query("select counter_track.id as track, max(value) as most from counter join counter_track on track_id = counter_track.id where name glob '* depth' group by counter_track.id");
    expect(counted.length).toBeGreaterThanOrEqual(model.snapshot().channels.filter(({ maxDepth }) => maxDepth > 0).length);
    const most = model.report().channels.filter(({ duplex, maxDepth }) => duplex !== true && maxDepth > 0).map(({ maxDepth }) => maxDepth);
    for (const depth of most) expect(counted.map((row) => row.most)).toContain(depth);
  });

  it('has each finding across the whole trace, and each end and exception at its process', () => {
    const snapshot = model.snapshot();
    expect(processor.query("select name from slice where category = 'finding' order by name").map(({ name }) => name)).toEqual(snapshot.findings.map(({ rule }) => rule).sort());
    expect(one(processor.query("select count(*) as n from slice where category = 'exit'")).n).toBe(snapshot.processes.filter(({ endedMs }) => endedMs !== null).length);
    expect(one(processor.query("select count(*) as n from slice where category = 'exception'")).n).toBeGreaterThanOrEqual(snapshot.processes.filter(({ exception }) => exception !== null).length);
  });
});

describe('a pid that the system used twice', () => {
  it('is two processes, each with its own slices', async () => {
    const first = new Scribe(1, 40, { start: 1, openedMs: 1 }).send(2, 7, { t1: 3 });
    const second = new Scribe(2, 40, { start: 900, openedMs: 5_000 }).receive(5_011, 7, { t0: 5_010 });
    const model = told([first.calls, second.calls], { recording: true });
    const processor = await loaded(model);
    expect(processor.query("select pid from process where pid in (40, 10000040) order by pid")).toEqual([{ pid: 40 }, { pid: 10_000_040 }]);
    expect(one(processor.query(`select a.pid as sender, b.pid as receiver from flow join slice o on slice_out = o.id join slice i on slice_in = i.id
      join thread_track s on o.track_id = s.id join thread_track r on i.track_id = r.id join thread t on s.utid = t.utid join thread u on r.utid = u.utid join process a on t.upid = a.upid join process b on u.upid = b.upid where o.category = 'message'`))).toEqual({ sender: 40, receiver: 10_000_040 });
  });
});

describe('calls of several threads at once', () => {
  it('stand on tracks of their own, so that none lies across another', async () => {
    const scribe = new Scribe(1, 40, { openedMs: 0 });
    // Each begins before the last has ended.
    for (let i = 0; i < 6; i++) scribe.send(10 * i, 7, { t1: 10 * i + 25 });
    const processor = await loaded(told([scribe.calls], { recording: true }));
    expect(processor.query(OVERLAPS)).toEqual([]);
    expect(one(processor.query("select count(*) as slices, count(distinct track_id) as tracks from slice where name glob 'send *'"))).toEqual({ slices: 6, tracks: 3 });
    expect(one(processor.query("select count(distinct track_id) as tracks, count(*) as n from slice where category = 'blocked-pipe'"))).toEqual({ tracks: 3, n: 6 });
  });
});

describe('two hundred thousand messages', () => {
  it('come in pieces, each made in a moment, with a depth of few steps', () => {
    const many = 200_000;
    const sender = new Scribe(1, 40, { openedMs: 0 });
    const receiver = new Scribe(2, 41, { openedMs: 0 });
    for (let i = 0; i < many; i++) {
      sender.send(i / 100, 7, { t1: i / 100 + 0.005 });
      receiver.receive(i / 100 + 0.009, 7, { t0: i / 100 + 0.006 });
    }
    const model = told([sender.calls, receiver.calls], { recording: true });
    let longest = 0;
    let largest = 0;
    let flows = 0;
    let counters = 0;
    let from = performance.now();
    for (const chunk of traceChunks(model)) {
      longest = Math.max(longest, performance.now() - from);
      largest = Math.max(largest, chunk.length);
      flows += chunk.split('"ph":"s"').length - 1;
      counters += chunk.split('"ph":"C"').length - 1;
      from = performance.now();
    }
    expect(flows).toBe(many);
    expect(counters).toBeLessThan(8_000);
    expect(largest).toBeLessThan(80_000);
    // Of a slow machine too: the host must answer in between.
    expect(longest).toBeLessThan(1_500);
  });
});
