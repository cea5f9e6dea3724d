/**
 * The report, `procession-report/1`: a pure function of the facts, so that it is the same from a live run and from its
 * recording. Keys are given by time here, whatever keys the live view had given.
 */
import { fill } from '../protocol/text.js';
import type { ChannelKind, FindingRow, Matching, ProcessKind, Severity, StartMethod } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { partialMessages } from './channel-row.js';
import { compareChannels, compareProcs } from './order.js';
import { matchingOf } from './matching.js';
import { orphanStretch, zombieStretch } from './present.js';
import type { Proc } from './process.js';
import { objectKeys, place, reportObjects, shares, type Place, type ReportObjects } from './report-objects.js';
import { reportWaits, type ReportWait } from './report-waits.js';
import { countMessages, osParent, runRow, trafficOf, type Keys } from './rows.js';
import type { World } from './world.js';

export interface ReportProcess {
  readonly key: string;
  readonly pid: number;
  readonly parent: string | null;
  readonly osParent: number | null;
  readonly name: string;
  readonly kind: ProcessKind;
  readonly startMethod: StartMethod | null;
  readonly daemon: boolean | null;
  readonly target: string | null;
  readonly created: Place | null;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly end: 'exited' | 'signaled' | 'running' | 'lost';
  readonly endedBy: { readonly process: string | null; readonly how: string } | null;
  readonly reason: string | null;
  readonly zombieMs: number;
  readonly orphanMs: number;
  readonly exception: { readonly type: string; readonly message: string; readonly traceback: string } | null;
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface ReportChannel {
  readonly key: string;
  readonly kind: ChannelKind;
  readonly name: string | null;
  readonly address: string | null;
  readonly internal: boolean;
  readonly duplex: boolean | null;
  readonly maxsize: number | null;
  readonly created: Place | null;
  readonly createdBy: string | null;
  readonly puts: number;
  readonly gets: number;
  readonly sent: number;
  readonly received: number;
  readonly bytes: number;
  readonly undelivered: number;
  readonly unfinished: number | null;
  readonly partial: number;
  readonly countedOnly: number;
  readonly maxDepth: number;
  readonly matching: Matching;
  readonly matchingWhy: string | null;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly edges: readonly { readonly from: string; readonly to: string; readonly messages: number; readonly bytes: number }[];
}

export interface ReportFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly certain: boolean;
  readonly process: string | null;
  readonly object: string | null;
  readonly where: Place | null;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly fix: string;
}

export interface Report extends ReportObjects {
  readonly schema: 'procession-report/1';
  readonly run: {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly python: string | null;
    readonly implementation: string | null;
    readonly platform: string | null;
    readonly startedAt: string;
    readonly durationMs: number | null;
    readonly exitCode: number | null;
    readonly signal: string | null;
    readonly records: number;
    readonly dropped: number;
    readonly countedOnly: number;
    readonly uninstrumented: number;
  };
  readonly processes: readonly ReportProcess[];
  readonly channels: readonly ReportChannel[];
  readonly waits: readonly ReportWait[];
  readonly findings: readonly ReportFinding[];
}

/** @param findings worked out at the same moment, with keys of the live view */
export function buildReport(world: World, findings: (now: number) => readonly FindingRow[]): Report {
  const now = world.lastMs;
  world.forgetAll();
  const procs = world.table.all.filter((proc) => proc.known).sort((a, b) => compareProcs(world, a, b));
  const channels = world.channels.filter((channel) => !world.objects.connections.isRefused(channel)).sort(compareChannels);
  const procKeys = new Map(procs.map((proc, i) => [proc, `p${i + 1}`]));
  const channelKeys = new Map(channels.map((channel, i) => [channel, `c${i + 1}`]));
  const madeKeys = objectKeys(world);
  const keyOf = (proc: Proc | null): string | null => (proc === null ? null : (procKeys.get(proc) ?? null));
  const keys: Keys = { process: keyOf, channel: (channel) => channelKeys.get(channel) ?? null, object: (made) => madeKeys.get(made) ?? null };
  for (const channel of channels) channel.settle(Infinity);
  const run = runRow(world, now, true);
  const processes = procs.map((proc) => processOf(world, proc, now, keyOf));
  const toReport = keyTranslation(procKeys, channelKeys, madeKeys);
  return {
    schema: 'procession-report/1',
    run: {
      argv: run.argv,
      cwd: run.cwd,
      python: run.python,
      implementation: run.implementation,
      platform: run.platform,
      startedAt: run.startedAt,
      durationMs: run.durationMs,
      exitCode: run.exitCode,
      signal: run.signal,
      records: world.records,
      dropped: world.dropped,
      countedOnly: countMessages(world).countedOnly,
      uninstrumented: processes.filter((process) => process.kind === 'uninstrumented' || (process.reason !== null && process.reason !== 'not-python')).length,
    },
    processes,
    channels: channels.map((channel) => channelOf(world, channel, channelKeys, keyOf)),
    ...reportObjects(world, now, keys),
    waits: reportWaits(world, procs, now, keys),
    findings: sortFindings(findings(now).map((finding) => findingOf(finding, toReport))),
  };
}

function processOf(world: World, proc: Proc, now: number, keyOf: (proc: Proc | null) => string | null): ReportProcess {
  const facts = world.derived(proc);
  const { end } = facts;
  return {
    key: keyOf(proc) ?? '',
    pid: proc.pid,
    parent: keyOf(facts.parent),
    osParent: osParent(proc),
    name: facts.name,
    kind: facts.kind,
    startMethod: facts.startMethod,
    daemon: facts.daemon,
    target: facts.target,
    created: place(facts.created),
    startedMs: facts.startedMs,
    endedMs: end?.ms ?? null,
    exitCode: end?.code ?? null,
    signal: end?.signal ?? null,
    end: end === null ? 'running' : end.signal !== null ? 'signaled' : end.known === 'vanished' ? 'lost' : 'exited',
    endedBy: facts.endedBy === null ? null : { process: keyOf(facts.endedBy.process), how: facts.endedBy.how },
    reason: facts.reason,
    zombieMs: length(zombieStretch(world, proc, now), now),
    orphanMs: length(orphanStretch(world, proc, now), now),
    exception: facts.exception,
    ...trafficOf(proc),
  };
}

function length(stretch: { readonly from: number; readonly to: number } | null, now: number): number {
  return stretch === null ? 0 : Math.max(0, Math.min(stretch.to, now) - stretch.from);
}

function channelOf(world: World, channel: Channel, keys: ReadonlyMap<Channel, string>, keyOf: (proc: Proc | null) => string | null): ReportChannel {
  const { announced } = channel;
  const maker = announced === null ? null : world.imageOf(announced.image);
  const created = announced === null || maker === null ? null : maker.site(announced.site);
  const { matching, why } = matchingOf(world, channel);
  return {
    key: keys.get(channel) ?? '',
    kind: channel.kind,
    name: created === null ? null : world.nameAt(created.file, created.line),
    address: channel.address,
    internal: announced?.internal ?? false,
    duplex: announced === null || channel.isQueue ? null : announced.duplex,
    maxsize: announced !== null && channel.buffered && announced.maxsize > 0 ? announced.maxsize : null,
    created: place(created),
    createdBy: keyOf(maker?.proc ?? null),
    puts: channel.puts,
    gets: channel.gets,
    sent: channel.sent,
    received: channel.received,
    bytes: channel.bytes,
    undelivered: channel.depth,
    unfinished: channel.kind === 'JoinableQueue' ? channel.puts - channel.taskDone : null,
    partial: partialMessages(world, channel).length,
    countedOnly: channel.countedOnly,
    maxDepth: channel.maxDepth,
    matching,
    matchingWhy: why,
    latencyMs: latencyOf(channel),
    edges: edgesOf(world, channel, keyOf),
  };
}

function latencyOf(channel: Channel): ReportChannel['latencyMs'] {
  const parts = channel.directions.map((direction) => direction.pairing.allLatencies());
  const all = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return shares(all);
}

function edgesOf(world: World, channel: Channel, keyOf: (proc: Proc | null) => string | null): ReportChannel['edges'] {
  const edges = new Map<string, { from: string; to: string; messages: number; bytes: number }>();
  for (const direction of channel.directions) {
    for (const count of direction.pairing.edges()) {
      if (count.messages === 0) continue;
      const from = keyOf(world.imageOf(count.fromImage).proc) ?? '';
      const to = keyOf(world.imageOf(count.toImage).proc) ?? '';
      const edge = edges.get(`${from} ${to}`) ?? { from, to, messages: 0, bytes: 0 };
      edge.messages += count.messages;
      edge.bytes += count.bytes;
      edges.set(`${from} ${to}`, edge);
    }
  }
  const number = (key: string): number => Number(key.slice(1));
  return [...edges.values()].sort((a, b) => number(a.from) - number(b.from) || number(a.to) - number(b.to));
}

/** The keys of the live view, which are given as things appear, in the words of the report. */
function keyTranslation(...all: readonly ReadonlyMap<{ readonly key: string | null }, string>[]): (key: string | null) => string | null {
  const table = new Map<string, string>();
  for (const keys of all) for (const [one, key] of keys) if (one.key !== null) table.set(one.key, key);
  return (key) => (key === null ? null : (table.get(key) ?? null));
}

function findingOf(finding: FindingRow, key: (key: string | null) => string | null): ReportFinding {
  return {
    rule: finding.rule,
    severity: finding.severity,
    certain: finding.certain,
    process: key(finding.process),
    object: key(finding.object),
    where: place(finding.where),
    message: fill(finding.message),
    evidence: finding.evidence.map(fill),
    fix: fill(finding.fix),
  };
}

function sortFindings(findings: readonly ReportFinding[]): ReportFinding[] {
  const text = (finding: ReportFinding): string => JSON.stringify([finding.rule, finding.process, finding.object, finding.where, finding.message]);
  return [...findings].sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}
