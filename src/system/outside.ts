/**
 * Looks at a tree of processes that we did not start, from outside. Linux's /proc only; nothing is sent, stopped or opened that the
 * processes could notice. Every read can lose a race with an end: what is gone is left out.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { awaitedBy } from './awaited.js';
import { agree, type Look, type SeenProcess, type SeenThread, type SocketFact, type Stranger, type TwoLooks } from './outside-facts.js';
import { listPids, readArgv, readExe, readSmall, readStat, type ProcStat } from './proc.js';
import { descriptorsOf, mappingsOf, threadsOf, type Descriptor } from './witness.js';

/** USER_HZ, which Linux fixed at 100 for what it tells programs, on every architecture that is known here. */
const TICKS_PER_MS = 0.1;
/** Long enough for whoever does something to be seen doing it, short enough not to be noticed. */
const BETWEEN_MS = 200;
const SS_TIMEOUT_MS = 2000;

export type Outside = { readonly ok: true; readonly looks: TwoLooks; readonly pid: number } | { readonly ok: false; readonly why: 'gone' };

/** The process that a number names: threads have numbers, too, and /proc answers for them. Null: nothing has this number. */
export function processOf(pid: number): number | null {
  const group = /^Tgid:\s+(\d+)$/m.exec(readSmall(`/proc/${pid}/status`) ?? '');
  return group === null ? null : Number(group[1]);
}

/** Two looks at a process and what belongs to it, 200 ms apart. */
export async function lookFromOutside(pid: number): Promise<Outside> {
  const root = readStat(pid);
  if (root === null) return { ok: false, why: 'gone' };
  const first = look(pid, root.start, false);
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  const second = first === null ? null : look(pid, root.start, true);
  if (first === null || second === null) return { ok: false, why: 'gone' };
  return { ok: true, pid, looks: agree(first, second, performance.now() - from) };
}

/** Null where this very process is gone. `whole`: with what the analysis needs, and not only what tells whether somebody ran. */
function look(pid: number, start: number, whole: boolean): Look | null {
  const stats = new Map<number, ProcStat>();
  for (const each of listPids()) {
    const stat = readStat(each);
    if (stat !== null) stats.set(each, stat);
  }
  const root = stats.get(pid);
  if (root?.start !== start) return null;
  const descriptors = new Map<number, Descriptor[] | null>();
  for (const each of stats.keys()) descriptors.set(each, descriptorsOf(each));
  const members = membersOf(root, stats, descriptors);
  const now = { uptimeMs: uptimeMs(), schedulerMs: schedulerNow() };
  const processes = [...members].flatMap(([member, relation]) => {
    const stat = stats.get(member);
    return stat === undefined ? [] : (seen(stat, { relation, adopted: relation === 'orphan' || (isAdopted(stat, stats) && stat.pgrp !== stat.pid && !stats.has(stat.pgrp)) }, descriptors.get(member) ?? null, now, whole) ?? []);
  });
  const hasSockets = whole && processes.some((process) => process.descriptors?.some(({ kind }) => kind === 'socket') === true);
  const joined = hasSockets ? socketsOf(pid) : { sockets: new Map<number, SocketFact>(), peersKnown: true };
  const sharing = whole ? sharedNames(processes, joined.sockets) : new Set<string>();
  const strangers: Stranger[] = [];
  let unread = 0;
  for (const [other, stat] of whole ? stats : []) {
    // A zombie holds nothing; threads of the kernel (children of 2) do not, either.
    if (members.has(other) || stat.state === 'Z' || other === 2 || stat.ppid === 2) continue;
    const open = descriptors.get(other) ?? null;
    if (open === null) {
      if (readStat(other)?.start === stat.start) unread += 1;
      continue;
    }
    const shared = open.filter(({ target }) => sharing.has(target));
    const mapped = (mappingsOf(other) ?? []).filter(({ key }) => sharing.has(key)).map(({ key }) => key);
    if (shared.length > 0 || mapped.length > 0) strangers.push({ pid: other, comm: commOf(other), descriptors: shared, mappings: mapped });
  }
  return { processes, strangers, unread, hidden: !stats.has(1), nested: isNested(), ...joined };
}

/** include/linux/proc_ns.h, PROC_PID_INIT_INO: the namespace that sees all processes. */
const FIRST_NAMESPACE = 'pid:[4026531836]';

function isNested(): boolean {
  try {
    return fs.readlinkSync('/proc/self/ns/pid') !== FIRST_NAMESPACE;
  } catch {
    return true;
  }
}

/** What the tree's processes hold that others could hold as well, or the other end of: pipes and sockets by link, memory by key. */
function sharedNames(processes: readonly SeenProcess[], sockets: ReadonlyMap<number, SocketFact>): Set<string> {
  const names = new Set<string>();
  for (const { descriptors, mappings } of processes) {
    for (const { kind, target, inode } of descriptors ?? []) {
      if (kind === 'pipe' || kind === 'socket') names.add(target);
      const peer = kind === 'socket' && inode !== null ? sockets.get(inode)?.peer : null;
      if (peer != null) names.add(`socket:[${peer}]`);
    }
    for (const { key } of mappings ?? []) names.add(key);
  }
  return names;
}

type Relation = SeenProcess['relation'];

/** The tree in order, parents first; then what likely was of it, its parent being gone. */
function membersOf(root: ProcStat, stats: ReadonlyMap<number, ProcStat>, descriptors: ReadonlyMap<number, readonly Descriptor[] | null>): Map<number, Relation> {
  const children = new Map<number, ProcStat[]>();
  for (const stat of [...stats.values()].sort((a, b) => a.start - b.start || a.pid - b.pid)) {
    const siblings = children.get(stat.ppid);
    if (siblings === undefined) children.set(stat.ppid, [stat]);
    else siblings.push(stat);
  }
  const members = new Map<number, Relation>();
  const add = (stat: ProcStat, relation: Relation): void => {
    // Looked at from within the tree, as by a shell: we and what we start are no part of it.
    if (members.has(stat.pid) || stat.pid === process.pid) return;
    members.set(stat.pid, relation);
    for (const child of children.get(stat.pid) ?? []) add(child, 'descendant');
  };
  add(root, 'asked');
  const ours = new Set([...members.keys()].flatMap((pid) => (descriptors.get(pid) ?? []).filter(({ kind }) => kind === 'pipe').map(({ target }) => target)));
  for (const stat of stats.values()) {
    if (members.has(stat.pid) || stat.session !== root.session || !isAdopted(stat, stats)) continue;
    const itsGroup = stat.pgrp === root.pid || stat.session === root.pid;
    // Of the same group, and at a pipe of theirs: standard streams are everybody's.
    const itsPipe = stat.pgrp === root.pgrp && (descriptors.get(stat.pid) ?? []).some(({ fd, target }) => fd > 2 && ours.has(target));
    if (itsGroup || itsPipe) add(stat, 'orphan');
  }
  return members;
}

/** Its parent is the first process, or one of another session (a subreaper, prctl(2)), though it leads no session of its own. */
function isAdopted(stat: ProcStat, stats: ReadonlyMap<number, ProcStat>): boolean {
  if (stat.session === stat.pid || stat.state === 'Z') return false;
  return stat.ppid === 1 || stats.get(stat.ppid)?.session !== stat.session;
}

interface Now {
  readonly uptimeMs: number;
  readonly schedulerMs: number | null;
}

function seen(stat: ProcStat, told: Pick<SeenProcess, 'relation' | 'adopted'>, descriptors: readonly Descriptor[] | null, now: Now, whole: boolean): SeenProcess | null {
  const { pid, start, ppid, pgrp, session } = stat;
  const ageMs = Math.max(0, now.uptimeMs - start / TICKS_PER_MS);
  const threads: SeenThread[] = (threadsOf(pid) ?? []).map((thread) => {
    const ran = whole ? lastRan(`/proc/${pid}/task/${thread.tid}/sched`) : null;
    return {
      ...thread,
      awaiting: whole && thread.syscall !== null ? awaitedBy(pid, thread.syscall) : null,
      // The scheduler's clock is the processor's own, and two may differ a little.
      sleptMs: ran === null || now.schedulerMs === null ? null : Math.min(Math.max(0, now.schedulerMs - ran), ageMs),
    };
  });
  const after = readStat(pid);
  if (after?.start !== start || threads.length === 0) return null;
  // A main thread that has left (pthread_exit) shows as Z while the others run on.
  const dead = threads.every(({ state }) => state === 'Z' || state === 'X');
  const status = readSmall(`/proc/${pid}/status`);
  return {
    pid, start, ppid, pgrp, session, ...told, threads, descriptors,
    uid: uidOf(status),
    state: dead ? 'Z' : after.state === 'Z' ? (threads.find(({ state }) => state !== 'Z')?.state ?? 'S') : after.state,
    comm: commOf(pid),
    argv: readArgv(pid) ?? [],
    exe: readExe(pid),
    ageMs,
    waitStatus: dead ? waitStatusOf(pid) : null,
    catches: caughtBy(status),
    mappings: whole ? mappingsOf(pid) : null,
  };
}

function commOf(pid: number): string {
  return (readSmall(`/proc/${pid}/comm`) ?? '').replace(/\n$/, '');
}

/** Field 52 of stat; zero where it is not ours to read, which a zombie that ended with 0 has as well: then nothing is said. */
function waitStatusOf(pid: number): number | null {
  const text = readSmall(`/proc/${pid}/stat`);
  if (text === null) return null;
  const status = Number(text.slice(text.lastIndexOf(')') + 2).trim().split(' ')[52 - 3]);
  if (!Number.isInteger(status)) return null;
  return status !== 0 || mayLookInto(pid) ? status : null;
}

/** Whether `PTRACE_MODE_READ` is ours: asked of a zombie, whose descriptors cannot be listed by anybody. */
function mayLookInto(pid: number): boolean {
  const own = process.geteuid?.();
  return own === 0 || (own !== undefined && uidOf(readSmall(`/proc/${pid}/status`)) === own);
}

/** The effective user; null unknown. */
function uidOf(status: string | null): number | null {
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status ?? '')?.[1];
  return uid === undefined ? null : Number(uid);
}

/** Numbers of the signals in the mask `SigCgt` of /proc/PID/status; null where it has none. */
export function caughtBy(status: string | null): number[] | null {
  const mask = /^SigCgt:\s+([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  if (mask === undefined) return null;
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => (bits >> BigInt(signal - 1)) & 1n);
}

function uptimeMs(): number {
  return Number((readSmall('/proc/uptime') ?? '').split(' ')[0]) * 1000;
}

/** When a thread last had a processor, by the scheduler's clock; null where the kernel does not tell (no CONFIG_SCHED_DEBUG). */
function lastRan(file: string): number | null {
  const told = /^se\.exec_start\s*:\s*([\d.]+)$/m.exec(readSmall(file) ?? '')?.[1];
  return told === undefined ? null : Number(told);
}

/** That clock is ours alone by what it says of ourselves, who run right now. */
function schedulerNow(): number | null {
  return lastRan('/proc/self/sched');
}

/** One line of `ss -xaHn`: kind, state, queues, local name and inode, peer name and inode. Null: something else. */
export function parseSocketLine(line: string): { readonly inode: number; readonly peer: number | null; readonly path: string | null } | null {
  const match = /^u_\w+\s+\S+\s+\d+\s+\d+\s+(.*\S)\s+(\d+)\s+\S.*\s(\d+)\s*$/.exec(line);
  if (match === null) return null;
  const [, path, inode, peer] = match;
  return { inode: Number(inode), peer: Number(peer) === 0 ? null : Number(peer), path: path === undefined || path === '*' ? null : path };
}

/** Unix sockets: both ends by `ss` where it is installed (it asks the kernel by netlink), names by /proc/net/unix in any case. */
function socketsOf(pid: number): Pick<Look, 'sockets' | 'peersKnown'> {
  const sockets = new Map<number, SocketFact>();
  for (const line of readLines(`/proc/${pid}/net/unix`)) {
    const [, inode, path] = /^[0-9a-f]+: (?:\S+ +){5}(\d+)(?: (.*))?$/.exec(line) ?? [];
    if (inode !== undefined) sockets.set(Number(inode), { peer: null, path: path ?? null });
  }
  const asked = spawnSync('ss', ['-xaHn'], { encoding: 'utf8', timeout: SS_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 });
  if (asked.status !== 0 || typeof asked.stdout !== 'string') return { sockets, peersKnown: false };
  for (const line of asked.stdout.split('\n')) {
    const socket = parseSocketLine(line);
    if (socket !== null) sockets.set(socket.inode, { peer: socket.peer, path: socket.path ?? sockets.get(socket.inode)?.path ?? null });
  }
  return { sockets, peersKnown: true };
}

function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
