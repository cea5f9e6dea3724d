/** Runs that are drawn: what processes and their threads did, and what there was to be told of it at any moment. */
import fc from 'fast-check';
import { evaluate } from '../../../src/findings/index.js';
import type { Observation, RecordFact, SlotFact } from '../../../src/model/facts.js';
import { Model } from '../../../src/model/index.js';
import { ReceiveFlag, RecordType, SendFlag } from '../../../src/model/record-types.js';
import { RUN, Scribe, type Call } from './kit.js';

/** The run ends here; times of what is drawn are milliseconds up to about this. */
export const END = 2500;
export const QUEUE = 101;
export const [PIPE, OTHER_END] = [102, 103];
export const TASKS = 104;
export const LOCKS = [301, 302];
export const PIDS = [200, 201, 202, 203];

const OPS = ['get', 'get-empty', 'put', 'put-full', 'feed', 'send', 'recv', 'eof', 'poll', 'join', 'join-for', 'lock', 'lock-for', 'wait', 'result', 'queue-join', 'join-thread', 'pool-join', 'silent', 'done', 'task'] as const;

interface Op {
  readonly what: (typeof OPS)[number];
  readonly gap: number;
  readonly length: number;
  readonly small: number;
  /** An operation within it is recorded too. */
  readonly nested: boolean;
}

export interface Play {
  /** By process, by thread: one thing after another. */
  readonly threads: readonly (readonly (readonly Op[])[])[];
  /** When it was killed, and how long it was not reaped. */
  readonly killed: readonly ({ readonly t: number; readonly zombie: number } | null)[];
  readonly looks: readonly { readonly t: number; readonly what: number; readonly who: number }[];
  readonly picks: readonly number[];
  readonly at: number;
}

const op: fc.Arbitrary<Op> = fc.record({
  what: fc.constantFrom(...OPS),
  gap: fc.integer({ min: 1, max: 400 }),
  length: fc.oneof(fc.nat(3), fc.nat(300), fc.integer({ min: 700, max: 3000 })),
  small: fc.nat(3),
  nested: fc.boolean(),
});

export const play: fc.Arbitrary<Play> = fc.record({
  threads: fc.array(fc.array(fc.array(op, { maxLength: 12, size: 'max' }), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 4 }),
  killed: fc.array(fc.option(fc.record({ t: fc.integer({ min: 50, max: END }), zombie: fc.constantFrom(1, 40, 900) }), { freq: 2 }), { minLength: 4, maxLength: 4 }),
  looks: fc.array(fc.record({ t: fc.nat(END), what: fc.nat(5), who: fc.nat(3) }), { maxLength: 12 }),
  picks: fc.array(fc.nat(9), { maxLength: 80, size: 'max' }),
  at: fc.nat(END + 200),
});

/** Something that a thread did: when it was over a record was written, and while it lasted it was in a slot. */
interface Deed {
  readonly image: number;
  readonly t0: number;
  readonly t1: number;
  readonly tell: ((scribe: Scribe) => void) | null;
  readonly slot: SlotFact | null;
}

export interface Facts {
  readonly deeds: readonly Deed[];
  readonly observed: readonly Observation[];
  readonly endOf: (image: number) => number;
}

const openedMs = (image: number): number => image * 3;

export function factsOf({ threads, killed, looks }: Play): Facts {
  const deeds: Deed[] = [];
  const observed: Observation[] = [{ k: 'root', t: 0, pid: 200, start: 2000 }];
  const endOf = (image: number): number => (image === 0 ? Infinity : (killed[image]?.t ?? Infinity));
  threads.forEach((_, image) => {
    const told = { flags: 1, s1: `P${image}`, s2: 'm.f' };
    const pid = PIDS[image]!;
    if (image > 0) {
      deeds.push({ image: 0, t0: openedMs(image) - 1, t1: openedMs(image) + 1, tell: (s) => s.record(RecordType.START, { t0: openedMs(image) - 1, t1: openedMs(image) + 1, a: pid, ...told }), slot: slotOf(0, 200, RecordType.START, openedMs(image) - 1, { flags: 1 }) });
      deeds.push({ image, t0: openedMs(image) + 0.5, t1: openedMs(image) + 0.5, tell: (s) => s.record(RecordType.BOOTSTRAP, { t0: openedMs(image) + 0.5, a: 200, ...told }), slot: null });
    } else {
      deeds.push({ image, t0: 0.1, t1: 0.1, tell: (s) => s.channel(0.1, QUEUE, 'JoinableQueue', { maxsize: 3 }).channel(0.1, PIPE, 'Pipe', { second: OTHER_END }).channel(0.1, TASKS, 'SimpleQueue').pool(0.1, TASKS, 'Pool', { workers: 2 }).lock(0.1, LOCKS[0]!, 'Lock').lock(0.1, LOCKS[1]!, 'Condition'), slot: null });
    }
    const end = killed[image];
    if (image > 0 && end != null) {
      const reaped = end.t + end.zombie;
      // By a thread that does nothing else.
      deeds.push({ image: 0, t0: reaped, t1: reaped, tell: (s) => s.record(RecordType.REAPED, { t0: reaped, thread: 9, a: pid, b: -9, flags: 1 }), slot: null });
      observed.push({ k: 'sample', t: end.t + 0.5, p: [[pid, pid * 10, 'Z', 200, 0, 0, 1, 1]] }, { k: 'gone', t: reaped + 0.5, pid, start: pid * 10 });
    }
  });
  threads.forEach((lists, image) => {
    lists.forEach((list, thread) => {
      const pid = PIDS[image]!;
      const native = thread === 0 ? pid : pid + 5000;
      let t = 20;
      if (thread > 0) deeds.push({ image, t0: t, t1: t, tell: (s) => s.record(RecordType.THREAD, { t0: 20, thread, a: native, s1: 'helper' }), slot: null });
      for (const one of list) {
        const t0 = t + one.gap;
        // No two moments of a thread are one.
        const t1 = t0 + one.length + 0.25;
        t = t1 + 0.25;
        add(deeds, observed, { image, thread, native, pid }, one, t0, t1, endOf(image));
      }
    });
  });
  for (const { t, what, who } of looks) {
    const pid = PIDS[who % threads.length]!;
    if (t >= endOf(who % threads.length)) continue;
    if (what < 3) observed.push({ k: 'sample', t, p: [[pid, pid * 10, what === 0 ? 'R' : 'S', 200, t % 100, 1000 + t, 1, 1]] });
    else if (what === 3) observed.push({ k: 'name', t, file: 'm.py', line: who, name: `n${who}` });
    else if (what === 4) observed.push({ k: 'signal', t, pid, start: pid * 10, signal: 'SIGTERM' });
    else observed.push({ k: 'asleep', t, p: [[pid, pid * 10, t / 2, 'do_wait']] });
  }
  observed.sort((a, b) => a.t - b.t);
  return { deeds, observed, endOf };
}

export function slotOf(slot: number, nativeThread: number, op: number, sinceMs: number, more: Partial<SlotFact> = {}): SlotFact {
  return { slot, op, sinceMs, obj: 0, operand: 0, deadlineMs: null, site: 0, flags: 0, nativeThread, ...more };
}

function add(deeds: Deed[], observed: Observation[], who: { image: number; thread: number; native: number; pid: number }, { what, small, nested, length }: Op, t0: number, t1: number, end: number): void {
  const { image, thread, native, pid } = who;
  const deed = (tell: Deed['tell'], op: number, more: Partial<SlotFact> = {}): void => {
    deeds.push({ image, t0, t1, tell, slot: slotOf(thread, native, op, t0, more) });
  };
  const record = (type: number, fields: Partial<RecordFact>, more: Partial<SlotFact> = {}, op = type): void => deed((s) => s.record(type, { t0, t1, thread, ...fields }), op, { obj: fields.obj ?? 0, ...more });
  const lock = LOCKS[0]!;
  // Within another it has no slot, and ends before.
  if (nested && length > 10 && what !== 'done' && what !== 'task' && what !== 'silent') deeds.push({ image, t0: t0 + 1, t1: t0 + length / 2, tell: (s) => s.record(RecordType.LOCK_WAIT, { t0: t0 + 1, t1: t0 + length / 2, thread, obj: lock, a: -1 }), slot: null });
  switch (what) {
    case 'get': { deed((s) => s.receive(t1, QUEUE, { t0, thread, flags: ReceiveFlag.GET | ReceiveFlag.LOCKED }), RecordType.RECV, { obj: QUEUE, flags: ReceiveFlag.GET }); return; }
    case 'get-empty': { record(RecordType.GET_EMPTY, { obj: QUEUE, flags: 2 }, { flags: ReceiveFlag.GET | 2, deadlineMs: t1 }, RecordType.RECV); return; }
    case 'put': { deed((s) => s.put(t0, QUEUE, { t1, thread, seq: 1 + small }), RecordType.PUT, { obj: QUEUE, operand: 1 + small }); return; }
    case 'put-full': { deed((s) => s.put(t0, QUEUE, { t1, thread, seq: 0, flags: 3 }), RecordType.PUT, { obj: QUEUE, flags: 3, deadlineMs: t1 }); return; }
    case 'feed': { deed((s) => s.send(t0, QUEUE, { t1, thread, bytes: small, flags: SendFlag.FEEDER | SendFlag.LOCKED }).preview(`item ${t0}`), RecordType.SEND, { obj: QUEUE, operand: small, flags: SendFlag.FEEDER | SendFlag.LOCKED }); return; }
    case 'send': { deed((s) => s.send(t0, PIPE, { t1, thread, bytes: small }).preview(`message ${t0}`), RecordType.SEND, { obj: PIPE, operand: small }); return; }
    case 'recv': { deed((s) => s.receive(t1, OTHER_END, { t0, thread }), RecordType.RECV, { obj: OTHER_END }); return; }
    case 'eof': { deed((s) => s.receive(t1, OTHER_END, { t0, thread, flags: ReceiveFlag.FAILED }), RecordType.RECV, { obj: OTHER_END }); return; }
    case 'poll': { record(RecordType.POLL, { obj: PIPE }, { deadlineMs: t1 }); return; }
    case 'join': { record(RecordType.JOIN, { a: PIDS[small]!, b: -1 }, { operand: PIDS[small]! }); return; }
    case 'join-for': { record(RecordType.JOIN, { a: PIDS[small]!, b: 5e8, flags: 1 }, { operand: PIDS[small]!, deadlineMs: t0 + 500 }); return; }
    case 'lock': { record(RecordType.LOCK_WAIT, { obj: lock, a: -1 }); return; }
    case 'lock-for': { record(RecordType.LOCK_WAIT, { obj: lock, a: 2e9, flags: small & 1 }, { deadlineMs: t0 + 2000 }); return; }
    case 'wait': { record(RecordType.SYNC_WAIT, { obj: LOCKS[1]!, a: -1 }); return; }
    case 'result': { record(RecordType.TASK_WAIT, { obj: TASKS, a: small, b: -1 }, { operand: small }); return; }
    case 'queue-join': { record(RecordType.QUEUE_JOIN, { obj: QUEUE }); return; }
    case 'join-thread': { record(RecordType.QUEUE_CLOSE, { obj: QUEUE, flags: 2 }, { flags: 2 }); return; }
    case 'pool-join': { record(RecordType.POOL_STATE, { obj: TASKS, flags: 3 }, { flags: 3 }); return; }
    case 'done': return void deeds.push({ image, t0, t1: t0, tell: (s) => s.record(RecordType.TASK_DONE, { t0, t1: t0, thread, obj: QUEUE }), slot: null });
    case 'task':
      deeds.push({ image, t0, t1: t0, tell: (s) => s.record(RecordType.TASK_BEGIN, { t0, t1: t0, thread, obj: TASKS, a: small, b: 2 ** 32, s1: 'm.f' }), slot: null });
      return void deeds.push({ image, t0, t1, tell: (s) => s.record(RecordType.TASK_END, { t0, t1, thread, obj: TASKS, a: small, b: 2 ** 32 }), slot: null });
    case 'silent': {
      // An interrupted get leaves no record. Who was seen to wait in vain meanwhile is known by that.
      const t = t0 + length / 2;
      if (thread > 0 || length < 10 || t >= end) return;
      observed.push({ k: 'stuck', t, p: [[pid, pid * 10, t0, RecordType.RECV, ReceiveFlag.GET, QUEUE, 0, 0, [pid], true]] });
      deed((s) => s.record(RecordType.EXCEPTION, { t0: t1, t1, thread, s1: 'KeyboardInterrupt\n', s2: 'trace' }), RecordType.RECV, { obj: QUEUE, flags: ReceiveFlag.GET });
    }
  }
}

/** What there was to be told at a moment: images, records of what was over, and the slots as they were. */
export function streamsAt({ threads }: Play, { deeds, observed, endOf }: Facts, at: number): Call[][] {
  const streams = threads.flatMap((_, image): Call[][] => {
    if (openedMs(image) > at) return [];
    const pid = PIDS[image]!;
    const scribe = new Scribe(image, pid, { ppid: image === 0 ? 1 : 200, openedMs: openedMs(image), madeByFork: image > 0, parentStart: 2000 });
    const until = Math.min(at, endOf(image));
    const mine = deeds.filter((deed) => deed.image === image && deed.t0 <= until);
    for (const { tell } of mine.filter(({ t1 }) => t1 <= until).sort((a, b) => a.t1 - b.t1)) tell?.(scribe);
    const slots = mine.filter(({ t1, slot }) => slot !== null && t1 > until).map(({ slot }) => slot!).sort((a, b) => a.slot - b.slot);
    scribe.calls.push((sink) => sink.slots(image, slots));
    return [scribe.calls];
  });
  // What a line calls an object is known whenever it was read.
  const seen = observed.filter(({ k, t }) => k === 'name' || t <= at).map((one) => ({ ...one, t: Math.min(one.t, at) }));
  return [...streams, seen.map((one): Call => (sink) => sink.observe(one))];
}

export function liveAt(at: number, streams: readonly (readonly Call[])[]): Model {
  const model = new Model(RUN, { findings: evaluate });
  for (const stream of streams) for (const call of stream) call(model);
  model.advance(at);
  return model;
}

/** Rates are of what a model saw before; who holds a lock is not known of the past (the tests of that are below). */
export function comparable(model: Model): unknown {
  const { totals, channels, locks, processes, ...rest } = model.snapshot();
  return {
    ...rest,
    processes,
    totals: { ...totals, messagesPerSecond: 0 },
    channels: channels.map((row) => ({ ...row, putRate: 0, getRate: 0 })),
    locks: locks.map((row) => ({ ...row, holdersUncertain: null })),
    chains: processes.map(({ key }) => model.chain(key)),
    tasks: rest.pools.map(({ key }) => model.tasks(key, 100)),
    // A message is called by where it lies in the log, which hangs on who was read first.
    messages: channels.map(({ key }) => model.messages(key, 100).rows.map((row) => ({ ...row, id: '' }))),
  };
}
