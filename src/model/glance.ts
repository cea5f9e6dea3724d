/**
 * A glance at a moment: rows as they were then, looked up in the logs of all that is known, without folding anything anew. It costs
 * what a look at the rows costs, however long the run: for a hand that drags through time. What no log tells (who held a lock, who had which end
 * open, how long messages took by then, what was wrong) is left out here and comes with the fold of what had happened by then (cut.ts).
 */
import type { BlockedMs, ChannelRow, ChannelWaiter, FindingRow, ProcessRow, ProcessState, Totals } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { SlotFact } from './facts.js';
import type { Image } from './image.js';
import { blockedRow, BLOCKED_MOMENT, isMainThread, joinedProcess, operationOf, orphanStretch, ORPHAN_MOMENT, zombieStretch, type BlockedThread, type Stretch } from './present.js';
import { isForkBirth, type Proc } from './process.js';
import { blockedMsOf, type Keys } from './rows.js';
import { SPAN_KINDS, type Span } from './spans.js';
import { isOnChannel } from './wait-kinds.js';
import type { World } from './world.js';

/** Rows of one moment. Only what is known of every moment is in them: see above. */
export interface Glance {
  /** Milliseconds from the run's start. */
  readonly atMs: number;
  readonly totals: Totals;
  /** Keys of the processes that had begun, in the order of their rows. */
  readonly keys: readonly string[];
  /** The row of one of them, made when it is asked for: of a thousand a page sees forty. Undefined: it had not begun. */
  readonly process: (key: string) => ProcessRow | undefined;
  readonly channels: readonly ChannelRow[];
  /** Of those that are known now, the ones that had begun. */
  readonly findings: readonly FindingRow[];
}

/** Rows of the present, and whose they are. */
export interface PresentRows {
  readonly processes: ReadonlyMap<Proc, { readonly row: ProcessRow }>;
  readonly channels: ReadonlyMap<Channel, { readonly row: ChannelRow }>;
  readonly totals: Totals;
  readonly findings: readonly FindingRow[];
}

const NO_THREADS: readonly BlockedThread[] = [];
/** Rates are over the second before. */
const RATE_MS = 1000;

export function glanceAt(world: World, present: PresentRows, atMs: number, keys: Keys): Glance {
  const waiters = new Map<number, ChannelWaiter[]>();
  const there = new Map<string, Then>();
  const sum = { alive: 0, zombies: 0, orphans: 0, uninstrumented: 0 };
  for (const [proc, { row }] of present.processes) {
    if (row.startedMs > atMs) continue;
    const then = thenOf(world, proc, row, atMs, waiters);
    there.set(row.key, then);
    if (!then.ended) sum.alive++;
    if (then.zombie !== null) sum.zombies++;
    if (then.orphan !== null) sum.orphans++;
    if (row.kind === 'uninstrumented') sum.uninstrumented++;
  }
  const channels: ChannelRow[] = [];
  let messages = 0;
  let rate = 0;
  for (const [channel, { row }] of present.channels) {
    if ((channel.announced?.t ?? channel.firstMs) > atMs) continue;
    const then = channelAt(channel, row, atMs, waiters);
    channels.push(then);
    messages += Math.max(then.sent, then.received);
    rate += Math.max(then.putRate, then.getRate);
  }
  return {
    atMs,
    totals: { ...present.totals, ...sum, processes: there.size, messages, messagesPerSecond: rate },
    keys: [...there.keys()],
    process: (key) => {
      const then = there.get(key);
      return then === undefined ? undefined : processAt(world, then, atMs, keys);
    },
    channels,
    findings: present.findings.filter(({ sinceMs }) => sinceMs !== null && sinceMs <= atMs),
  };
}

/** How one process did, as far as the totals and the channels' waiters tell of it: the rest is looked up for those whose rows are asked for. */
interface Then {
  readonly proc: Proc;
  /** Its row of the present. */
  readonly row: ProcessRow;
  readonly ended: boolean;
  readonly threads: readonly BlockedThread[];
  /** The time as a zombie or as an orphan in which the moment lies. */
  readonly zombie: Stretch | null;
  readonly orphan: Stretch | null;
}

function thenOf(world: World, proc: Proc, row: ProcessRow, atMs: number, waiters: Map<number, ChannelWaiter[]>): Then {
  const ended = row.endedMs !== null && row.endedMs <= atMs;
  const image = proc.imageAt(atMs);
  const threads = ended || image === null ? [] : threadsAt(world, image, atMs);
  for (const { slot, op } of threads) {
    if (slot.obj === 0 || !isOnChannel(op)) continue;
    const others = waiters.get(slot.obj) ?? [];
    others.push({ process: row.key, op, sinceMs: slot.sinceMs });
    waiters.set(slot.obj, others);
  }
  const dead = zombieStretch(world, proc, atMs);
  const zombie = dead !== null && dead.to > atMs ? dead : null;
  const alone = ended || zombie !== null ? null : orphanStretch(world, proc, atMs);
  return { proc, row, ended, threads, zombie, orphan: alone !== null && atMs - alone.from > ORPHAN_MOMENT ? alone : null };
}

function processAt(world: World, then: Then, atMs: number, keys: Keys): ProcessRow {
  const { proc, row, ended, threads } = then;
  const sample = ended ? null : proc.samples.at(atMs);
  const { state, since } = stateAt(world, then, sample?.state ?? null, atMs);
  const traffic = { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0 };
  for (const one of proc.images) {
    const then = one.trafficAt(atMs);
    traffic.sent += then.sent;
    traffic.received += then.received;
    traffic.bytesSent += then.bytesSent;
    traffic.bytesReceived += then.bytesReceived;
  }
  return {
    ...row,
    ...traffic,
    state,
    stateSinceMs: since,
    blocked: threads.map((thread) => blockedRow(world, thread, keys, joinedProcess(world, thread.slot))),
    blockedMs: waitedBy(proc, atMs),
    tasks: proc.images.reduce((sum, one) => sum + one.tasks.endedBy(atMs), 0),
    asleep: null,
    cpu: sample?.cpu ?? null,
    rssKiB: sample?.rssKiB ?? null,
    ...(ended ? {} : { endedMs: null, exitCode: null, signal: null, endKnown: null, endedBy: null }),
    exception: proc.images.some((one) => one.exceptions.some(({ t }) => t <= atMs)) ? row.exception : null,
    zombieMs: zombieLasted(world, proc, atMs),
    orphanMs: orphanLasted(world, proc, atMs),
  };
}

/** In waits that were over by then. */
function waitedBy(proc: Proc, atMs: number): BlockedMs {
  const sums = new Map(proc.images.map((image) => [image, image.spans.sumsBy(atMs)]));
  return blockedMsOf(proc, (image, kind) => sums.get(image)?.[SPAN_KINDS.indexOf(kind)] ?? 0);
}

/** What its threads were in, by the records of what they had been in and by the slots of what they are in still. */
function threadsAt(world: World, image: Image, atMs: number): readonly BlockedThread[] {
  // What has only just begun is no wait yet, and what it lies in began before it.
  const begunBy = atMs - BLOCKED_MOMENT;
  const rows: number[] = [];
  image.spans.at(atMs, begunBy, rows);
  const slots = rows.map((row) => slotOf(image, image.spans.span(row)));
  for (const slot of image.slots) if (slot.sinceMs <= begunBy) slots.push(slot);
  if (slots.length === 0) return NO_THREADS;
  const threads: BlockedThread[] = [];
  for (const slot of slots.length === 1 ? slots : outermost(slots)) {
    const op = operationOf(world, slot);
    if (op !== null) threads.push({ image, slot, op, main: isMainThread(image, slot) });
  }
  return threads.sort((a, b) => Number(b.main) - Number(a.main) || a.slot.slot - b.slot.slot);
}

/** Of what a thread is in, what it is in longest: that is what its slot tells, too. */
function outermost(slots: readonly SlotFact[]): Iterable<SlotFact> {
  const of = new Map<number, SlotFact>();
  for (const slot of slots) {
    const other = of.get(slot.slot);
    if (other === undefined || slot.sinceMs < other.sinceMs) of.set(slot.slot, slot);
  }
  return of.values();
}

/** The in-flight slot as it was while the operation went on. */
function slotOf(image: Image, { t0, thread, op, obj, operand, deadlineMs, flags, site }: Span): SlotFact {
  return { op, obj, operand, deadlineMs, flags, site, slot: thread, sinceMs: t0, nativeThread: image.threads.get(thread)?.native ?? 0 };
}

function stateAt(
  world: World, { proc, row, ended, threads, zombie, orphan }: Then, letter: string | null, atMs: number,
): { readonly state: ProcessState; readonly since: number | null } {
  if (zombie !== null) return { state: 'zombie', since: zombie.from };
  // A zombie of today was one that had ended, for a moment.
  if (ended) return { state: row.signal !== null ? 'signaled' : row.endKnown === 'vanished' ? 'lost' : 'exited', since: null };
  if (orphan !== null) return { state: 'orphan', since: orphan.from };
  if (letter === 'T' || letter === 't') return { state: 'stopped', since: null };
  const [first] = threads;
  if (first?.main === true) return { state: 'blocked', since: first.slot.sinceMs };
  if (!hadBegun(world, proc, atMs)) return { state: 'starting', since: null };
  if (letter === 'R') return { state: 'running', since: null };
  if (letter !== null && letter !== 'Z' && letter !== 'X') return { state: 'sleeping', since: null };
  return { state: proc.images.length > 0 || world.derived(proc).begun ? 'running' : 'unknown', since: null };
}

function hadBegun(world: World, proc: Proc, atMs: number): boolean {
  const { begun } = world.derived(proc);
  if (!begun) return proc.found !== null && proc.found.t <= atMs;
  let told = 0;
  for (const { bootstraps } of proc.images) {
    for (const { t0 } of bootstraps) if (t0 <= atMs) return true;
    told += bootstraps.length;
  }
  return told === 0 || proc.births().some(isForkBirth);
}

function zombieLasted(world: World, proc: Proc, atMs: number): number {
  const stretch = zombieStretch(world, proc, atMs);
  return stretch === null ? 0 : wholeSeconds(stretch.from, stretch.to, atMs);
}

function orphanLasted(world: World, proc: Proc, atMs: number): number {
  const stretch = orphanStretch(world, proc, atMs);
  return stretch === null || stretch.from > atMs ? 0 : wholeSeconds(stretch.from, stretch.to, atMs);
}

/** As in the rows of the present: full seconds while it goes on. */
function wholeSeconds(from: number, to: number, atMs: number): number {
  return to > atMs ? Math.floor((atMs - from) / 1000) * 1000 : to - from;
}

function channelAt(channel: Channel, row: ChannelRow, atMs: number, waiters: ReadonlyMap<number, readonly ChannelWaiter[]>): ChannelRow {
  const { buffered, isQueue } = channel;
  let puts = 0;
  let sent = 0;
  let received = 0;
  let putsBefore = 0;
  let receivedBefore = 0;
  let maxDepth = 0;
  const before = atMs - RATE_MS;
  for (const direction of channel.directions) {
    const { puts: put, sends } = direction.from;
    const { receives } = direction.to;
    puts += put.order.countUpTo(atMs);
    sent += sends.order.countUpTo(atMs);
    received += receives.order.countUpTo(atMs);
    putsBefore += (buffered ? put : sends).order.countUpTo(before);
    receivedBefore += receives.order.countUpTo(before);
    maxDepth = Math.max(maxDepth, direction.maxDepthUpTo(atMs, buffered));
  }
  const entered = buffered ? puts : sent;
  const told = Math.floor((atMs - row.depthFromMs) / row.depthStepMs) + 1;
  return {
    ...row,
    puts: buffered ? puts : isQueue ? sent : 0,
    gets: isQueue ? received : 0,
    sent,
    received,
    bytes: channel.directions.reduce((total, { from }) => total + from.sends.bytesOfFirst(from.sends.order.countUpTo(atMs)), 0),
    depth: channel.depthAt(atMs),
    maxDepth,
    depthHistory: row.depthHistory.slice(0, Math.max(0, told)),
    putRate: entered - putsBefore,
    getRate: received - receivedBefore,
    latencyMs: null,
    unfinished: null,
    undelivered: 0,
    partial: 0,
    waiters: channel.streams.flatMap(({ obj }) => waiters.get(obj) ?? []).sort((a, b) => a.sinceMs - b.sinceMs),
    readers: [],
    writers: [],
  };
}
