/**
 * A run as a folder of tables: comma-separated values as RFC 4180 has them, UTF-8, one header row whose names carry the units.
 * An absent fact is an empty field. Keys (`p1`, `c1`, ...) join the tables.
 */
import { fill } from '../protocol/text.js';
import type { LockRow, SourceRef } from '../protocol/view.js';
import type { Model } from '../model/index.js';
import { tasksInOrder } from '../model/task-rows.js';
import { messagesOf } from './messages.js';
import { Names } from './names.js';
import { waitsOf } from './waits.js';

type Field = string | number | boolean | null;

export interface CsvFile {
  readonly name: string;
  /** Pieces of its text, some ten thousand characters each. */
  readonly chunks: Iterable<string>;
}

/** A piece is handed on when it has so many characters. */
const PIECE = 64 * 1024;

/** The tables of a run as it is now, each to be written as it comes. */
export function csvFiles(model: Model): CsvFile[] {
  const snapshot = model.snapshot();
  const names = new Names(snapshot);
  return [
    file('processes.csv', ['key', 'pid', 'name', 'parent_key', 'os_parent_pid', 'kind', 'start_method', 'daemon', 'target', 'state', 'started_ms', 'ended_ms', 'exit_code', 'signal', 'end_known', 'exception', 'zombie_ms', 'orphan_ms',
      'sent_messages', 'received_messages', 'sent_bytes', 'received_bytes', 'reason_not_instrumented', 'command', 'file', 'line'],
    map(snapshot.processes, (row) => [row.key, row.pid, row.name, row.parent, row.osParent, row.kind, row.startMethod, row.daemon, row.target, row.state, row.startedMs, row.endedMs, row.exitCode, row.signal, row.endKnown,
      row.exception === null ? null : `${row.exception.type}: ${row.exception.message}`, row.zombieMs, row.orphanMs, row.sent, row.received, row.bytesSent, row.bytesReceived, row.reason, row.argv?.join(' ') ?? null, ...place(row.created)])),
    file('channels.csv', ['key', 'name', 'kind', 'internal', 'address', 'duplex', 'maxsize_messages', 'made_by_key', 'put_messages', 'got_messages', 'sent_messages', 'received_messages', 'sent_bytes', 'depth_messages', 'max_depth_messages',
      'undelivered_messages', 'partial_messages', 'counted_only_messages', 'unfinished_tasks', 'latency_p50_ms', 'latency_p99_ms', 'latency_max_ms', 'matching', 'matching_why', 'file', 'line'],
    map(snapshot.channels, (row) => [row.key, row.name, row.kind, row.internal, row.address, row.duplex, row.maxsize, row.createdBy, row.puts, row.gets, row.sent, row.received, row.bytes, row.depth, row.maxDepth, row.undelivered, row.partial,
      row.countedOnly, row.unfinished, row.latencyMs?.p50 ?? null, row.latencyMs?.p99 ?? null, row.latencyMs?.max ?? null, row.matching, row.matchingWhy, ...place(row.created)])),
    file('messages.csv', ['channel_key', 'channel', 'direction', 'index', 'from_key', 'to_key', 'put_ms', 'sent_ms', 'received_ms', 'latency_ms', 'bytes', 'matching', 'preview', 'put_file', 'put_line', 'get_file', 'get_line'], messages(model, names)),
    file('tasks.csv', ['pool_key', 'pool', 'job', 'index', 'items', 'function', 'method', 'submitter_key', 'worker_key', 'submitted_ms', 'started_ms', 'ended_ms', 'result_ms', 'outcome', 'error', 'file', 'line'], tasks(model, names)),
    file('locks.csv', ['key', 'name', 'kind', 'internal', 'value', 'part_of_key', 'made_by_key', 'contended', 'waited_ms', 'longest_wait_ms', 'gave_up', 'told', 'is_set', 'holder_keys', 'holders_uncertain', 'waiter_keys', 'user_keys', 'file', 'line'],
      map(snapshot.locks, lock)),
    file('waits.csv', ['process_key', 'pid', 'kind', 'about_key', 'about', 'from_ms', 'to_ms', 'duration_ms', 'lasts', 'file', 'line'], waits(model, names)),
    file('findings.csv', ['rule', 'severity', 'certain', 'process_key', 'object_key', 'since_ms', 'message', 'fix', 'evidence', 'file', 'line'],
      map(snapshot.findings, (row) => [row.rule, row.severity, row.certain, row.process, row.object, row.sinceMs, fill(row.message), fill(row.fix), row.evidence.map(fill).join(' '), ...place(row.where)])),
  ];
}

function lock(row: LockRow): Field[] {
  return [row.key, row.name, row.kind, row.internal, row.value, row.partOf, row.createdBy, row.contended, row.waitMs, row.longestWaitMs, row.gaveUp, row.told, row.isSet,
    row.holders.join(' '), row.holdersUncertain, row.waiters.map(({ process }) => process).join(' '), row.users.join(' '), ...place(row.created)];
}

function* messages(model: Model, names: Names): Generator<Field[], void, undefined> {
  const { world, live } = model;
  for (const row of model.snapshot().channels) {
    const channel = live.channelOf(row.key);
    if (channel === null) continue;
    for (const message of messagesOf(world, channel)) {
      const { index, direction, from, to, put, send, receive, bytes, putWhere, getWhere } = message;
      const since = put?.fromMs ?? send?.fromMs ?? null;
      const received = receive?.toMs ?? null;
      yield [row.key, names.of(row.key), direction, index, from === null ? null : live.process(from.proc), to === null ? null : live.process(to.proc), put?.fromMs ?? null, send?.fromMs ?? null, received,
        since === null || received === null ? null : Math.max(0, received - since), bytes, row.matching, message.preview(), ...place(putWhere), ...place(getWhere)];
    }
  }
}

function* tasks(model: Model, names: Names): Generator<Field[], void, undefined> {
  const { world, live } = model;
  for (const { key } of model.snapshot().pools) {
    const pool = live.poolOf(key);
    if (pool === null) continue;
    for (const { row } of tasksInOrder(world, pool, live)) {
      yield [key, names.of(key), row.job, row.index, row.items === 0 ? null : row.items, row.function, row.method, row.submitter, row.worker, row.submittedMs, row.startedMs, row.endedMs, row.resultMs, row.outcome, row.error, ...place(row.where)];
    }
  }
}

function* waits(model: Model, names: Names): Generator<Field[], void, undefined> {
  for (const { key, pid } of model.snapshot().processes) {
    const proc = model.live.procOf(key);
    if (proc === null) continue;
    for (const { kind, about, fromMs, toMs, open, where } of waitsOf(model, proc)) {
      yield [key, pid, kind.replace('blocked-', ''), about, about === null ? null : names.of(about), fromMs, toMs, toMs - fromMs, open, ...place(where)];
    }
  }
}

function place(where: SourceRef | null): [string | null, number | null] {
  return where === null ? [null, null] : [where.file, where.line];
}

function* map<T>(rows: Iterable<T>, of: (row: T) => Field[]): Generator<Field[], void, undefined> {
  for (const row of rows) yield of(row);
}

function file(name: string, header: readonly string[], rows: Iterable<Field[]>): CsvFile {
  return { name, chunks: written(header, rows) };
}

function* written(header: readonly string[], rows: Iterable<Field[]>): Generator<string, void, undefined> {
  let text = line(header);
  for (const row of rows) {
    text += line(row);
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  yield text;
}

function line(fields: readonly Field[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

/** Times to the nanosecond, which is what was recorded; more digits are those of a sum. */
function field(value: Field): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toFixed(6)));
  if (typeof value === 'boolean') return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
