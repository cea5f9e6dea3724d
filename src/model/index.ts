/** The model of one run: facts go in (FactSink), rows, lanes, messages and the report come out. */
import type { FlowQuery, FlowReply, MessageQuery } from '../protocol/message-query.js';
import type { RunEvent, TimeMark } from '../protocol/moment.js';
import type { Chain, FindingRow, LaneQuery, LaneReply, MessageRow, Snapshot, TaskRow } from '../protocol/view.js';
import type { CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, RecordFact, RunInfo, SlotFact } from './facts.js';
import { chainOf } from './chain.js';
import { nextEvent, timeMarks } from './events.js';
import type { Glance } from './glance.js';
import type { GivenKeys } from './given-keys.js';
import { lanesOf } from './lanes.js';
import { Live, type Cursor } from './live.js';
import { Messages, type Answer } from './messages.js';
import type { MessagesThen } from './messages-then.js';
import type { Proc } from './process.js';
import { buildReport, type Report } from './report.js';
import { latestTasks } from './task-rows.js';
import { World } from './world.js';

export type { Glance } from './glance.js';
export type { Report } from './report.js';
export type { FactSink, Observation, RunInfo } from './facts.js';

export interface ModelOptions {
  /** Opened from a file or a left-over folder: nothing more will come, and the present is the last fact's time. */
  readonly recording?: boolean;
  /** The rules (src/findings). They are given, not imported: findings know the model, the model knows no rule. */
  readonly findings?: (model: Model, nowMs: number) => readonly FindingRow[];
  /** Gives things the keys that they have in another model of the same run. */
  readonly keys?: GivenKeys;
  /** Messages of a moment in the past, which are not told one by one. */
  readonly messages?: MessagesThen;
}

export class Model implements FactSink {
  /** All that was told, for the rules; fronts take rows. */
  readonly world: World;
  readonly live: Live;
  /** Rises when a preview was told: a message that is listed may have one now, and nothing else about it changed. */
  previewsTold = 0;
  private readonly lists: Messages;
  private readonly rules: (nowMs: number) => readonly FindingRow[];

  constructor(info: RunInfo, options: ModelOptions = {}) {
    this.world = new World(info, options.messages ?? null);
    const { findings } = options;
    this.rules = findings === undefined ? () => [] : (nowMs) => findings(this, nowMs);
    this.live = new Live(this.world, options.recording === true, this.rules, options.keys ?? null);
    this.lists = new Messages(this.world, this.live, () => this.previewsTold);
  }

  // What is told. Spelled out, for a hot path must not go through a proxy of any kind.
  image(image: ImageId, info: ImageInfo): void {
    this.world.image(image, info);
  }
  string(image: ImageId, id: number, text: string): void {
    this.world.string(image, id, text);
  }
  put(image: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    this.world.put(image, t0, t1, obj, seq, flags, thread, site);
  }
  send(image: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    this.world.send(image, index, t0, t1, obj, bytes, crc, flags, thread, site);
  }
  receive(image: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    this.world.receive(image, t0, t1, obj, bytes, crc, flags, thread, site);
  }
  preview(image: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    this.previewsTold++;
    this.world.preview(image, sendIndex, total, part, bytes);
  }
  record(image: ImageId, fact: RecordFact): void {
    this.world.record(image, fact);
  }
  slots(image: ImageId, busy: readonly SlotFact[]): void {
    this.world.slots(image, busy);
  }
  held(image: ImageId, held: HeldFact): void {
    this.world.held(image, held);
  }
  counters(image: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    this.world.counters(image, dropped, rows);
  }
  skipped(image: ImageId, holes: number, unknown: number): void {
    this.world.skipped(image, holes, unknown);
  }
  observe(observation: Observation): void {
    this.world.observe(observation);
  }
  size(bytes: number): void {
    this.world.size(bytes);
  }
  advance(nowMs: number): void {
    this.world.advance(nowMs);
  }

  /** Everything but messages and lanes, as it is now. */
  snapshot(): Snapshot {
    return this.live.snapshot();
  }

  /** Rows as they were at a moment, looked up and not folded anew: what no log tells is left out. Milliseconds from the run's start. */
  glance(atMs: number): Glance {
    return this.live.glance(atMs);
  }

  /** The nearest event after a moment, or before it: of a process, of a channel (its messages), or for null of any process. Milliseconds from the run's start. */
  step(fromMs: number, forward: boolean, of: string | null): RunEvent | null {
    this.live.refresh();
    const { live } = this;
    const whose = { proc: of === null ? null : live.procOf(of), channel: of === null ? null : live.channelOf(of) };
    return nextEvent(this.world, live.shownProcesses(), live.findingsNow, whose, fromMs, forward, live);
  }

  /** What should be seen at once in all of the time. */
  marks(): TimeMark[] {
    this.live.refresh();
    return timeMarks(this.world, this.live.shownProcesses(), this.live.findingsNow);
  }

  /** One for each consumer: `take` gives what changed since its last call (at first everything), null when nothing did. */
  cursor(): Cursor {
    return this.live.cursor();
  }

  /** What the lanes of some processes look like in a stretch of time, at a width in pixels. */
  lanes(query: LaneQuery): LaneReply {
    this.live.refresh();
    const { live } = this;
    const shown = { proc: (key: string) => live.procOf(key), channel: (key: string) => live.channelOf(key), channels: () => live.shownChannels(), pool: (key: string) => live.poolOf(key) };
    return lanesOf(this.world, query, live.now, shown, live);
  }

  /** The latest `limit` messages of a channel, oldest first; nothing for a key that is not one. */
  messages(channelKey: string, limit: number): { total: number; rows: MessageRow[] } {
    this.live.refresh();
    const channel = this.live.channelOf(channelKey);
    return channel === null ? { total: 0, rows: [] } : this.lists.latest(channel, Math.max(0, limit));
  }

  /**
   * A window of a channel's messages, all or those that pass a filter.
   * @param late asked between two slices of a search: true ends it for now, and the answer says how far it came
   */
  messageWindow(query: MessageQuery, late: () => boolean = () => false): Answer {
    this.live.refresh();
    return this.lists.answer(this.live.channelOf(query.channel), query, late);
  }

  /** A channel over time; null for a key that is none. */
  flow(query: FlowQuery): FlowReply | null {
    this.live.refresh();
    return this.live.channelOf(query.channel)?.flow.at(query, this.live.now) ?? null;
  }

  /** The latest `limit` tasks of a pool, oldest first, those that wait for a worker last; nothing for a key that is not one. */
  tasks(poolKey: string, limit: number): { total: number; rows: TaskRow[] } {
    this.live.refresh();
    const pool = this.live.poolOf(poolKey);
    return pool === null ? { total: 0, rows: [] } : latestTasks(this.world, pool, Math.max(0, limit), this.live);
  }

  /** Who could end the wait of a process, followed to its end; null for a key that is none. */
  chain(processKey: string): Chain | null {
    this.live.refresh();
    const proc = this.live.procOf(processKey);
    return proc === null ? null : chainOf(this.world, proc, this.live.now, this.live);
  }

  /** `procession-report/1`: the same from a live run and from its recording. */
  report(): Report {
    this.live.refresh();
    return buildReport(this.world, this.rules);
  }

  /** Who a key is, to the operating system; start in clock ticks, 0 unknown. */
  identity(processKey: string): { pid: number; start: number } | null {
    const proc = this.live.procOf(processKey);
    return proc === null ? null : { pid: proc.pid, start: proc.start };
  }

  /** Keys of the processes that descend from one and have not ended, deepest first; null: all of the run, its root last. */
  descendants(processKey: string | null): string[] {
    this.live.refresh();
    const found: string[] = [];
    const seen = new Set<Proc>();
    const walk = (proc: Proc): void => {
      if (seen.has(proc)) return;
      seen.add(proc);
      for (const child of this.live.childrenOf(proc)) walk(child);
      if (proc.key !== null && this.world.derived(proc).end === null) found.push(proc.key);
    };
    const start = processKey === null ? null : this.live.procOf(processKey);
    if (processKey !== null && start === null) return [];
    if (start !== null) {
      seen.add(start);
      for (const child of this.live.childrenOf(start)) walk(child);
    } else for (const proc of this.live.shownProcesses()) if (this.world.derived(proc).parent === null) walk(proc);
    return found;
  }
}
