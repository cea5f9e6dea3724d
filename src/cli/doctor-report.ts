/** `procession doctor --json`: what was seen and judged, as `procession-doctor/1` (docs/doctor.md). */
import type { SeenProcess, TwoLooks } from '../system/outside-facts.js';
import type { Analysis, Ends } from '../system/outside-stuck.js';
import type { Unknown } from '../system/outside-unknown.js';
import type { Judged } from '../system/outside-verdicts.js';
import type { End, Wait } from '../system/outside-waits.js';
import { kindOf, nameOf, waitWords } from '../system/outside-words.js';

export interface Doctored {
  readonly pid: number;
  readonly looks: TwoLooks;
  readonly analysis: Analysis;
  readonly judged: Judged;
  readonly unknown: readonly Unknown[];
  readonly at: Date;
}

const end = ({ fd, key, target }: End): object => ({ fd, object: key, target });

function waitFields(wait: Wait): object {
  switch (wait.kind) {
    case 'read': case 'write': case 'accept': case 'connect': case 'file-lock': return end(wait.end);
    case 'several': return { timed: wait.timed, descriptors: wait.ends?.map((each) => ({ ...end(each.end), read: each.read, write: each.write })) ?? null };
    case 'lock': return { timed: wait.timed, scope: wait.own ? 'process' : wait.mapping === null ? null : 'shared', memory: wait.mapping?.key ?? null };
    case 'child': return { pid: wait.pid };
    default: return {};
  }
}

function processRow(process: SeenProcess, { analysis, looks, at }: Doctored): object {
  const status = process.waitStatus;
  const signal = status === null ? 0 : status & 0x7f;
  return {
    pid: process.pid,
    start: process.start,
    ppid: process.ppid,
    group: process.pgrp,
    session: process.session,
    relation: process.relation,
    kind: kindOf(process, analysis.process(process.ppid)),
    name: nameOf(process),
    argv: process.argv,
    exe: process.exe,
    uid: process.uid,
    state: process.state,
    startedAt: new Date(at.getTime() - process.ageMs).toISOString(),
    exitCode: status === null ? null : signal === 0 ? (status >> 8) & 0xff : -signal,
    descriptorsKnown: process.descriptors !== null,
    threads: analysis.threadsOf(process.pid).map(({ thread, wait }) => ({
      tid: thread.tid,
      name: thread.comm,
      state: thread.state,
      still: looks.still.has(thread.tid),
      sleptMs: thread.sleptMs === null ? null : Math.round(thread.sleptMs),
      call: thread.syscall === null ? null : { number: thread.syscall.number, name: thread.syscall.name, args: thread.syscall.args.map((arg) => `0x${arg.toString(16)}`) },
      callDenied: thread.denied,
      wchan: thread.wchan,
      wait: { kind: wait.kind, words: waitWords(wait), ...waitFields(wait) },
    })),
  };
}

/** Threads that wait at this pipe or socket. */
export function waitingAt(ends: Pick<Ends, 'key'>, analysis: Analysis): Analysis['waiters'] {
  return analysis.waiters.filter(({ wait }) =>
    ((wait.kind === 'read' || wait.kind === 'write') && wait.end.key === ends.key) || (wait.kind === 'several' && wait.ends?.some((each) => each.end.key === ends.key) === true));
}

/** Shared memory of the tree by key: its path, who maps it, who waits in it. */
export function memoryOf({ looks, analysis }: Pick<Doctored, 'looks' | 'analysis'>): { readonly key: string; readonly path: string; readonly deleted: boolean; readonly semaphore: boolean; readonly pids: readonly number[]; readonly waiting: Analysis['waiters'] }[] {
  const all = new Map<string, { path: string; deleted: boolean; semaphore: boolean }>();
  for (const { mappings } of looks.processes) for (const { key, path, deleted, semaphore } of mappings ?? []) all.set(key, { path, deleted, semaphore });
  return [...all].map(([key, facts]) => ({ key, ...facts, pids: analysis.mapping(key), waiting: analysis.waiters.filter(({ wait }) => wait.kind === 'lock' && wait.mapping?.key === key) }));
}

export function doctorReport(doctored: Doctored): object {
  const { pid, looks, analysis, judged, unknown, at } = doctored;
  const waiting = (waiters: Analysis['waiters']): object[] => waiters.map(({ process, thread, wait }) => ({ pid: process.pid, tid: thread.tid, kind: wait.kind }));
  const ends = [...analysis.ends.values()];
  return {
    schema: 'procession-doctor/1',
    at: at.toISOString(),
    pid,
    betweenMs: Math.round(looks.betweenMs),
    verdicts: judged.verdicts,
    notes: judged.notes,
    processes: looks.processes.map((process) => processRow(process, doctored)),
    strangers: looks.strangers.map(({ pid: stranger, comm }) => ({ pid: stranger, name: comm })),
    pipes: ends.filter(({ kind }) => kind === 'pipe').map((each) => ({ key: each.key, inode: each.inode, readers: each.readers, writers: each.writers, waiting: waiting(waitingAt(each, analysis)) })),
    sockets: ends.filter(({ kind }) => kind === 'socket').map((each) => {
      const fact = looks.sockets.get(each.inode);
      return { key: each.key, inode: each.inode, peer: fact?.peer ?? null, path: fact?.path ?? null, holders: each.readers, waiting: waiting(waitingAt(each, analysis)) };
    }),
    memory: memoryOf(doctored).map(({ key, path, deleted, semaphore, pids, waiting: waiters }) => ({ key, path, deleted, semaphore, pids, waiting: waiting(waiters) })),
    complete: { unread: looks.unread, hidden: looks.hidden, peersKnown: looks.peersKnown },
    unknown,
  };
}
