/** Rows of processes, and of the run as a whole, made from the facts as they are now. */
import type { BlockedMs, ProcessRow, RunRow, SpanKind, StartMethod, Totals } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { bootInfo } from './derive.js';
import type { Image } from './image.js';
import type { Made } from './made.js';
import { asleepOf, blockedRow, blockedThreads, orphanStretch, stateOf, zombieStretch } from './present.js';
import { isForkBirth, type Proc } from './process.js';
import { StartFlag } from './record-types.js';
import type { World } from './world.js';

/** Names for processes and channels: stable ones while a run is live, sorted ones in a report. */
export interface Keys {
  process(proc: Proc): string | null;
  channel(channel: Channel): string | null;
  /** Of a lock, pool, segment or shared object. */
  object(made: Made): string | null;
}

export function processRow(world: World, proc: Proc, now: number, keys: Keys): ProcessRow {
  const facts = world.derived(proc);
  const threads = facts.end === null ? blockedThreads(world, proc, now) : [];
  const { state, since } = stateOf(world, proc, now, threads);
  const traffic = trafficOf(proc);
  const sample = facts.end === null ? (proc.lastSample?.sample ?? null) : null;
  return {
    key: keys.process(proc) ?? '',
    parent: facts.parent === null ? null : keys.process(facts.parent),
    pid: proc.pid,
    osParent: osParent(proc),
    name: facts.name,
    kind: facts.kind,
    startMethod: facts.startMethod,
    daemon: facts.daemon,
    target: facts.target,
    created: facts.created,
    startedMs: facts.startedMs,
    endedMs: facts.end?.ms ?? null,
    state,
    stateSinceMs: since,
    blocked: threads.map((thread) => blockedRow(world, thread, keys)),
    asleep: threads[0]?.main === true ? null : asleepOf(world, proc, now),
    exitCode: facts.end?.code ?? null,
    signal: facts.end?.signal ?? null,
    endKnown: facts.end?.known ?? null,
    endedBy: facts.endedBy === null ? null : { process: facts.endedBy.process === null ? null : keys.process(facts.endedBy.process), how: facts.endedBy.how },
    exception: facts.exception,
    cpu: sample === null ? null : sample[4],
    rssKiB: sample === null ? null : sample[5],
    ...traffic,
    reason: facts.reason,
    argv: facts.argv,
    python: facts.python,
    zombieMs: wholeSeconds(zombieStretch(world, proc, now), now),
    orphanMs: wholeSeconds(orphanStretch(world, proc, now), now),
    blockedMs: blockedMsOf(proc, (image, kind) => image.spans.sumMs(kind)),
    tasks: proc.images.reduce((sum, image) => sum + image.tasks.ended, 0),
  };
}

/** While it goes on only full seconds: the row need not change oftener. */
function wholeSeconds(stretch: { readonly from: number; readonly to: number } | null, now: number): number {
  if (stretch === null) return 0;
  return stretch.to === Infinity ? Math.floor((now - stretch.from) / 1000) * 1000 : stretch.to - stretch.from;
}

/** In whole milliseconds: the row need not change for less. @param sumOf how long waits of a kind were in an image, together */
export function blockedMsOf(proc: Proc, sumOf: (image: Image, kind: SpanKind) => number): BlockedMs {
  const sum = (kind: SpanKind): number => Math.round(proc.images.reduce((ms, image) => ms + sumOf(image, kind), 0));
  return {
    queue: sum('blocked-queue'), pipe: sum('blocked-pipe'), join: sum('blocked-join'), lock: sum('blocked-lock'), result: sum('blocked-result'), other: sum('blocked-other'),
  };
}

export function channelKey(world: World, keys: Keys, obj: number): string | null {
  const channel = world.channelAt(obj);
  return channel === null ? null : keys.channel(channel);
}

export function trafficOf(proc: Proc): { sent: number; received: number; bytesSent: number; bytesReceived: number } {
  const traffic = { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0 };
  for (const image of proc.images) {
    traffic.sent += image.sent + image.counted('sent');
    traffic.received += image.received + image.counted('received');
    traffic.bytesSent += image.bytesSent + image.counted('bytesSent');
    traffic.bytesReceived += image.bytesReceived + image.counted('bytesReceived');
  }
  return traffic;
}

/** The system's word when last asked, else the image's own at its beginning. */
export function osParent(proc: Proc): number | null {
  if (proc.lastSample !== null) return proc.lastSample.sample[3];
  return proc.latestImage()?.info.ppid ?? proc.found?.ppid ?? proc.births().find(isForkBirth)?.image.proc.pid ?? proc.quietEnd()?.parent ?? null;
}

export function runRow(world: World, now: number, recording: boolean): RunRow {
  const { info, rootExit } = world;
  const ended = rootExit !== null || world.observerEnded;
  return {
    id: info.id,
    scriptName: info.scriptName,
    argv: info.argv,
    cwd: info.cwd,
    python: info.pythonVersion ?? versionOf(world),
    implementation: info.implementation,
    platform: info.platform,
    startedAt: info.startedAt,
    durationMs: rootExit?.t ?? (ended || recording ? now : null),
    exitCode: rootExit?.code ?? null,
    signal: rootExit?.signal ?? null,
    phase: recording ? 'recording' : ended ? 'ended' : world.images.length > 0 ? 'live' : 'starting',
    defaultMethod: firstMethod(world),
  };
}

function versionOf(world: World): string | null {
  const version = world.root === null ? null : bootInfo(world.root.firstImage())?.['version'];
  return typeof version === 'string' ? version : null;
}

/** The start method of the first process that was started. */
function firstMethod(world: World): StartMethod | null {
  const first = world.table.firstStart;
  return first === null ? null : ([null, 'fork', 'spawn', 'forkserver'] as const)[first.fact.flags & StartFlag.METHOD] ?? null;
}

export function countMessages(world: World): { readonly messages: number; readonly countedOnly: number } {
  let messages = world.countedElsewhere;
  let countedOnly = world.countedElsewhere;
  for (const channel of world.channels) {
    messages += Math.max(channel.sent, channel.received);
    countedOnly += channel.countedOnly;
  }
  return { messages, countedOnly };
}

export function totalsOf(world: World, rows: Iterable<ProcessRow>, messagesPerSecond: number): Totals {
  const { messages, countedOnly } = countMessages(world);
  let processes = 0;
  let alive = 0;
  let zombies = 0;
  let orphans = 0;
  let uninstrumented = 0;
  for (const row of rows) {
    processes++;
    if (row.endedMs === null) alive++;
    if (row.state === 'zombie') zombies++;
    if (row.state === 'orphan') orphans++;
    if (row.kind === 'uninstrumented') uninstrumented++;
  }
  return {
    processes, alive, zombies, orphans, messages, messagesPerSecond, countedOnly, uninstrumented,
    records: world.records, dropped: world.dropped, journalBytes: world.journalBytes, budgetBytes: world.info.budgetBytes,
  };
}

