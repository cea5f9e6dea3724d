/**
 * The history of a large run, told to a model as the journal's decoder tells one: processes that hand messages through queues, waits
 * between them, tasks, exceptions, signals and ends; then it goes on, as a run does that is looked at live.
 */
import { evaluate } from '../../../src/findings/index.js';
import type { RecordFact, RunInfo } from '../../../src/model/facts.js';
import { Model } from '../../../src/model/index.js';
import { ReceiveFlag, RecordType, SendFlag } from '../../../src/model/record-types.js';

export const RUN: RunInfo = {
  id: 'bench', argv: ['bench.py'], cwd: '/w', python: '/usr/bin/python3', pythonVersion: '3.11.7', implementation: 'cpython',
  platform: 'linux', startedAt: '2024-01-01T00:00:00.000Z', scriptName: 'bench.py', budgetBytes: null,
};
/** Where a process puts, and the two places where it gets. */
const LINES = ['/w/bench.py\n20\nproduce', '/w/bench.py\n31\nconsume', '/w/bench.py\n35\nconsume'];

const NOTHING: Omit<RecordFact, 'type'> = { flags: 0, t0: 0, t1: 0, obj: 0, a: 0, b: 0, thread: 0, site: 0, s1: null, s2: null };

const QUEUES = 40;
/** Of the processes, each so manieth runs tasks of a pool instead. */
const TASKS_EVERY = 16;
const POOL = 900;
const MAIN_PID = 100;

export interface Size {
  readonly processes: number;
  readonly messages: number;
  /** How long it ran, ms. */
  readonly lengthMs: number;
}

interface Hand {
  readonly image: number;
  /** Records told, messages put, end of its last operation. */
  told: number;
  puts: number;
  lastMs: number;
}

interface Queue {
  readonly obj: number;
  readonly producers: Hand[];
  readonly consumers: Hand[];
}

/** A number from 0 to 1 that looks random and is the same each time. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

export class History {
  readonly model = new Model(RUN, { findings: evaluate });
  nowMs = 0;
  readonly #queues: Queue[] = [];
  readonly #workers: Hand[] = [];
  #step = 0;

  constructor(readonly size: Size) {
    this.#processes();
    this.#messages();
    this.#tasks();
    this.#ends();
    this.nowMs = size.lengthMs;
    this.#sample();
    this.model.advance(this.nowMs);
  }

  /** Another 50 ms of the run: messages in all queues, and four times a second how each process does. */
  goOn(): void {
    this.#step++;
    const from = this.nowMs;
    this.nowMs += 50;
    const { messages, lengthMs } = this.size;
    // As many as before: the run goes on as it went.
    const each = Math.max(1, Math.round((messages / lengthMs) * 50 / this.#queues.length));
    for (const queue of this.#queues) for (let k = 0; k < each; k++) this.#message(queue, from + ((k + 0.5) * 45) / each, this.#step * 31 + k);
    if (this.#step % 5 === 0) this.#sample();
    this.model.advance(this.nowMs);
  }

  #record(image: number, type: number, fields: Partial<RecordFact>): void {
    this.model.record(image, { ...NOTHING, t1: fields.t0 ?? 0, ...fields, type });
  }

  #processes(): void {
    const { model } = this;
    const { processes, lengthMs } = this.size;
    model.image(0, { pid: MAIN_PID, start: 1000, ppid: 1, openedMs: 0, madeByFork: false, byLauncher: false, parentStart: 0 });
    model.observe({ k: 'root', t: 0, pid: MAIN_PID, start: 1000 });
    model.string(0, 1, '/w/bench.py\n12\n<module>');
    for (let q = 0; q < QUEUES; q++) {
      this.#record(0, RecordType.CHANNEL_NEW, { t0: q * 0.01, obj: 10 + q, a: 10 + q, s1: 'Queue', site: 1 });
      this.#queues.push({ obj: 10 + q, producers: [], consumers: [] });
    }
    this.#record(0, RecordType.POOL_NEW, { t0: 1, obj: POOL, a: POOL + 1, b: Math.ceil(processes / TASKS_EVERY), s1: 'Pool' });
    for (let i = 1; i < processes; i++) {
      // In groups of a parent and some children: a tree, not a list. All have started within the first tenth.
      const parent = i % 10 === 1 ? 0 : i - ((i - 1) % 10);
      const t = (i / processes) * lengthMs * 0.1 + 2;
      const told = { flags: 1, s1: `worker-${i}`, s2: 'bench.work' };
      this.#record(parent, RecordType.START, { t0: t, t1: t + 0.5, a: MAIN_PID + i, site: parent === 0 ? 1 : 0, ...told });
      model.image(i, { pid: MAIN_PID + i, start: 1000 + i, ppid: MAIN_PID + parent, openedMs: t + 0.2, madeByFork: true, byLauncher: false, parentStart: 1000 + parent });
      LINES.forEach((line, n) => model.string(i, n + 1, line));
      this.#record(i, RecordType.BOOTSTRAP, { t0: t + 0.3, a: MAIN_PID + parent, ...told });
      const hand: Hand = { image: i, told: 1, puts: 0, lastMs: t + 1 };
      if (i % TASKS_EVERY === 5) this.#workers.push(hand);
      else {
        const queue = this.#queues[Math.floor(i / 2) % QUEUES];
        (i % 2 === 0 ? queue?.producers : queue?.consumers)?.push(hand);
      }
    }
  }

  #messages(): void {
    const { messages, lengthMs } = this.size;
    const queues = this.#queues.filter((queue) => queue.producers.length > 0 && queue.consumers.length > 0);
    this.#queues.splice(0, this.#queues.length, ...queues);
    const from = lengthMs * 0.1 + 10;
    const each = Math.ceil(messages / queues.length);
    for (const queue of queues) {
      // Bursts and rests.
      for (let k = 0; k < each; k++) this.#message(queue, from + (lengthMs - from - 60) * ((k - 0.4 * Math.sin((k / each) * 60) * (each / 80)) / (each + 0.006 * each)), k);
    }
  }

  /** One message, from a producer to a consumer that waited for it since its last. */
  #message(queue: Queue, t: number, k: number): void {
    const producer = queue.producers[k % queue.producers.length];
    const consumer = queue.consumers[Math.floor(k / 3) % queue.consumers.length];
    if (producer === undefined || consumer === undefined) return;
    // Now and then the queue is full, and a put takes its time.
    const at = Math.max(t, producer.lastMs + (k % 23 === 0 ? 6 * noise(k + 3) : 0));
    const number = ++producer.puts;
    this.model.put(producer.image, Math.max(producer.lastMs, at - (k % 23 === 0 ? 6 : 0)), at + 0.002, queue.obj, number, 0, 0, 1);
    this.model.send(producer.image, ++producer.told, at + 0.003, at + 0.006, queue.obj, 100 + (k % 400), number, SendFlag.FEEDER | SendFlag.LOCKED, 1, 0);
    producer.told++;
    producer.lastMs = at + 0.006;
    const got = Math.max(at + 0.02 + noise(k) * 0.5, consumer.lastMs + 0.01);
    // Some work between two gets.
    const asked = Math.min(got, consumer.lastMs + noise(k + 7) * 8);
    this.model.receive(consumer.image, asked, got, queue.obj, 100 + (k % 400), 0, ReceiveFlag.GET | ReceiveFlag.LOCKED, 0, 2 + (k % 2));
    consumer.lastMs = got;
  }

  #tasks(): void {
    const { lengthMs, messages } = this.size;
    const each = Math.round(messages / 20 / Math.max(1, this.#workers.length));
    this.#record(0, RecordType.TASK_SUBMIT, { t0: lengthMs * 0.1, obj: POOL, a: 1, b: each * this.#workers.length, s1: 'bench.resize', s2: 'map' });
    const from = lengthMs * 0.11;
    for (const [w, worker] of this.#workers.entries()) {
      const long = (lengthMs - from - 100) / each;
      for (let k = 0; k < each; k++) {
        const t = from + k * long;
        const b = w * each + k + 2 ** 32;
        this.#record(worker.image, RecordType.TASK_BEGIN, { t0: t, obj: POOL, a: 1, b, s1: 'bench.resize' });
        const end = t + long * (0.3 + 0.65 * noise(k + w));
        this.#record(worker.image, RecordType.TASK_END, { t0: t, t1: end, obj: POOL, a: 1, b, ...(k % 997 === 0 ? { s1: 'ValueError: no picture', flags: 1 } : {}) });
      }
    }
  }

  /** A part has ended, some of them badly. Only those that hand nothing on: the rest are needed. */
  #ends(): void {
    const { lengthMs } = this.size;
    for (const [w, { image }] of this.#workers.entries()) {
      if (w % 4 !== 0) continue;
      const t = lengthMs * 0.98 + w * 0.1;
      if (w % 8 === 0) this.#record(image, RecordType.EXCEPTION, { t0: t, s1: 'ValueError\nno picture', s2: 'Traceback ...' });
      this.#record(image, RecordType.BOOTSTRAP_END, { t0: t + 1, a: w % 8 === 0 ? 1 : 0 });
      const parent = image - ((image - 1) % 10);
      this.#record(image % 10 === 1 ? 0 : parent, RecordType.REAPED, { t0: t + 3, a: MAIN_PID + image, b: w % 8 === 0 ? 1 : 0, flags: 1 });
    }
  }

  #sample(): void {
    const count = this.size.processes;
    const load = (i: number): number => Math.round(noise(i + this.#step) * 100);
    this.model.observe({ k: 'sample', t: this.nowMs, p: Array.from({ length: count }, (_, i) => [MAIN_PID + i, 1000 + i, 'S', i === 0 ? 1 : MAIN_PID, load(i), 20_000 + load(i) * 10, 1, 1, 1] as const) });
  }
}
