/** Facts by hand, image by image, to be told to a model in any order that keeps each image's own. */
import type { CounterFact, FactSink, ImageInfo, Observation, RecordFact, RunInfo, SlotFact } from '../../../src/model/facts.js';
import { Model, type ModelOptions } from '../../../src/model/index.js';
import { RecordType, SendFlag, ReceiveFlag, NO_THREAD } from '../../../src/model/record-types.js';

export const RUN: RunInfo = {
  id: 'run', argv: ['script.py'], cwd: '/w', python: '/usr/bin/python3', pythonVersion: '3.11.7', implementation: 'cpython',
  platform: 'linux', startedAt: '2024-01-01T00:00:00.000Z', scriptName: 'script.py', budgetBytes: null,
};

/** Bytes of a preview in one record. */
const CHUNK_DATA = 44;

export type Call = (sink: FactSink) => void;

const FIELDS: RecordFact = { type: 0, flags: 0, t0: 0, t1: 0, obj: 0, a: 0, b: 0, thread: 0, site: 0, s1: null, s2: null };

export class Scribe {
  readonly calls: Call[] = [];
  private index = 0;
  private sites = 0;
  private readonly slotList: SlotFact[] = [];
  private readonly puts = new Map<number, number>();

  constructor(
    readonly image: number,
    readonly pid: number,
    info: Partial<ImageInfo> = {},
  ) {
    const full: ImageInfo = { pid, start: pid * 10, ppid: 1, openedMs: 0, madeByFork: false, byLauncher: false, parentStart: 0, ...info };
    this.calls.push((sink) => sink.image(image, full));
  }

  site(file: string, line: number, name = 'main'): number {
    const id = ++this.sites;
    this.calls.push((sink) => sink.string(this.image, id, `${file}\n${line}\n${name}`));
    return id;
  }

  record(type: number, fields: Partial<RecordFact>): this {
    this.index++;
    const t0 = fields.t0 ?? 0;
    const fact: RecordFact = { ...FIELDS, t1: t0, ...fields, type };
    this.calls.push((sink) => sink.record(this.image, fact));
    return this;
  }

  put(t: number, obj: number, o: { t1?: number; flags?: number; site?: number; thread?: number; seq?: number } = {}): this {
    const seq = o.seq ?? (this.puts.get(obj) ?? 0) + 1;
    this.puts.set(obj, seq);
    this.index++;
    this.calls.push((sink) => sink.put(this.image, t, o.t1 ?? t, obj, seq, o.flags ?? 0, o.thread ?? 0, o.site ?? 0));
    return this;
  }

  send(t: number, obj: number, o: { t1?: number; bytes?: number; crc?: number; flags?: number; thread?: number; site?: number } = {}): this {
    const index = this.index++;
    this.calls.push((sink) => sink.send(this.image, index, t, o.t1 ?? t, obj, o.bytes ?? 10, o.crc ?? 0, o.flags ?? 0, o.thread ?? 0, o.site ?? 0));
    return this;
  }

  /** Of the send told last: its whole pickle, a string, in as many parts as it takes. */
  preview(text: string): this {
    const index = this.index - 1;
    const body = new TextEncoder().encode(text);
    const bytes = Uint8Array.from([0x80, 4, 0x8c, body.length, ...body, 0x2e]);
    for (let part = 0; part * CHUNK_DATA < bytes.length; part++) {
      this.calls.push((sink) => sink.preview(this.image, index, bytes.length, part, bytes.subarray(part * CHUNK_DATA, (part + 1) * CHUNK_DATA)));
    }
    return this;
  }

  /** A send by the feeder, under the queue's lock. */
  feed(t: number, obj: number, o: { t1?: number; bytes?: number; crc?: number } = {}): this {
    return this.send(t, obj, { ...o, flags: SendFlag.FEEDER | SendFlag.LOCKED | (o.crc === undefined ? 0 : SendFlag.CRC), thread: NO_THREAD - 1 });
  }

  receive(t1: number, obj: number, o: { t0?: number; bytes?: number; crc?: number; flags?: number; thread?: number; site?: number } = {}): this {
    this.index++;
    this.calls.push((sink) => sink.receive(this.image, o.t0 ?? t1, t1, obj, o.bytes ?? 10, o.crc ?? 0, o.flags ?? 0, o.thread ?? 0, o.site ?? 0));
    return this;
  }

  /** A receive in a queue's get, under its lock. */
  get(t1: number, obj: number, o: { t0?: number; bytes?: number; crc?: number; site?: number } = {}): this {
    return this.receive(t1, obj, { ...o, flags: ReceiveFlag.GET | ReceiveFlag.LOCKED | (o.crc === undefined ? 0 : ReceiveFlag.CRC) });
  }

  slot(op: number, sinceMs: number, o: Partial<SlotFact> = {}): this {
    const slot: SlotFact = { slot: 0, obj: 0, operand: 0, deadlineMs: null, site: 0, flags: 0, nativeThread: this.pid, ...o, op, sinceMs };
    this.slotList.push(slot);
    const busy = [...this.slotList];
    this.calls.push((sink) => sink.slots(this.image, busy));
    return this;
  }

  noSlots(): this {
    this.slotList.length = 0;
    this.calls.push((sink) => sink.slots(this.image, []));
    return this;
  }

  held(locks: readonly number[], unseen = false): this {
    this.calls.push((sink) => sink.held(this.image, { locks, unseen }));
    return this;
  }

  lock(t0: number, obj: number, kind: string, o: { value?: number; on?: number; site?: number; flags?: number } = {}): this {
    return this.record(RecordType.LOCK_NEW, { t0, obj, a: o.value ?? 0, b: o.on ?? 0, s1: kind, site: o.site ?? 0, flags: o.flags ?? 0 });
  }

  pool(t0: number, obj: number, kind: string, o: { results?: number; workers?: number; tasksPerWorker?: number; initializer?: string; site?: number } = {}): this {
    return this.record(RecordType.POOL_NEW, { t0, obj, a: o.results ?? 0, b: (o.workers ?? 0) + (o.tasksPerWorker ?? 0) * 2 ** 32, s1: kind, s2: o.initializer ?? null, site: o.site ?? 0 });
  }

  submit(t0: number, obj: number, job: number, o: { tasks?: number; function?: string; method?: string; site?: number } = {}): this {
    return this.record(RecordType.TASK_SUBMIT, { t0, obj, a: job, b: o.tasks ?? 1, s1: o.function ?? 'm.f', s2: o.method ?? 'apply_async', site: o.site ?? 0 });
  }

  beginTask(t0: number, obj: number, job: number, o: { index?: number; items?: number; function?: string } = {}): this {
    return this.record(RecordType.TASK_BEGIN, { t0, obj, a: job, b: (o.index ?? 0) + (o.items ?? 1) * 2 ** 32, s1: o.function ?? 'm.f' });
  }

  endTask(t0: number, t1: number, obj: number, job: number, o: { index?: number; items?: number; error?: string; flags?: number } = {}): this {
    return this.record(RecordType.TASK_END, { t0, t1, obj, a: job, b: (o.index ?? 0) + (o.items ?? 1) * 2 ** 32, s1: o.error ?? null, flags: o.flags ?? (o.error === undefined ? 0 : 1) });
  }

  result(t0: number, obj: number, job: number, o: { error?: string; cancelled?: boolean } = {}): this {
    return this.record(RecordType.TASK_RESULT, { t0, obj, a: job, s1: o.error ?? null, flags: o.cancelled === true ? 2 : o.error === undefined ? 0 : 1 });
  }

  counters(rows: Partial<CounterFact>[], dropped = 0): this {
    const full = rows.map((row) => ({ obj: 0, puts: 0, gets: 0, sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, ...row }));
    this.calls.push((sink) => sink.counters(this.image, dropped, full));
    return this;
  }

  channel(t0: number, obj: number, kind: string, o: { second?: number; maxsize?: number; site?: number; flags?: number } = {}): this {
    const second = o.second ?? obj;
    return this.record(RecordType.CHANNEL_NEW, { t0, obj, a: second, b: o.maxsize ?? 0, s1: kind, site: o.site ?? 0, flags: o.flags ?? (second === obj ? 0 : 1) });
  }

  /** The parent's START of a child, and the child's own scribe with its BOOTSTRAP told. */
  start(t: number, image: number, pid: number, o: { name?: string; target?: string; method?: 1 | 2 | 3; daemon?: boolean; site?: number } = {}): Scribe {
    const method = o.method ?? 1;
    const flags = method | (o.daemon === true ? 4 : 0);
    const told = { flags, s1: o.name ?? `Process-${image}`, s2: o.target ?? 'script.work' };
    this.record(RecordType.START, { t0: t, t1: t + 1, a: pid, site: o.site ?? 0, ...told });
    const child = new Scribe(image, pid, { ppid: this.pid, openedMs: t + 0.5, madeByFork: method !== 2, parentStart: method === 2 ? 0 : this.pid * 10 });
    child.record(RecordType.BOOTSTRAP, { t0: t + 0.6, a: this.pid, ...told });
    return child;
  }

  ends(t: number, code = 0): this {
    return this.record(RecordType.BOOTSTRAP_END, { t0: t, a: code });
  }

  reaped(t: number, pid: number, status: number): this {
    return this.record(RecordType.REAPED, { t0: t, a: pid, b: status, flags: 1 });
  }
}

export const seen = (observation: Observation): Call => (sink) => sink.observe(observation);

export function told(streams: readonly (readonly Call[])[], options: ModelOptions = {}): Model {
  const model = new Model(RUN, options);
  for (const stream of streams) for (const call of stream) call(model);
  return model;
}

/** Tells streams interleaved as `picks` says (each pick names the stream that goes on), the rest at the end. */
export function interleave(streams: readonly (readonly Call[])[], picks: readonly number[], each: (call: Call, step: number) => void): void {
  const at = streams.map(() => 0);
  let step = 0;
  for (const pick of picks) {
    const which = pick % streams.length;
    const call = streams[which]![at[which]!];
    if (call === undefined) continue;
    at[which]!++;
    each(call, step++);
  }
  streams.forEach((stream, which) => {
    for (const call of stream.slice(at[which])) each(call, step++);
  });
}
