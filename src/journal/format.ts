/** Numbers of docs/journal-format.md, version 1. The golden files pin them for both sides. */

export const RUN_SCHEMA = 'procession-run/1';
export const RUN_FILE = 'run.json';
export const OBSERVER_FILE = 'observer.jsonl';
export const DONE_FILE = 'done';
/** Ends of forked children that had nothing else to tell and so no journal. */
export const QUIET_FILE = 'quiet';

/** `PRCSSN\r\n`, written last when a segment is made. */
export const MAGIC: Uint8Array = new Uint8Array([0x50, 0x52, 0x43, 0x53, 0x53, 0x4e, 0x0d, 0x0a]);
export const VERSION = 1;
export const RECORD_BYTES = 64;
export const HEADER_BYTES = 4096;
export const SLOT_BYTES = 128;
export const SLOT_COUNT = 64;
/** Where records begin: segment 0 keeps the in-flight slots in front of them. */
export const FIRST_RECORDS_AT = HEADER_BYTES + SLOT_COUNT * SLOT_BYTES;
export const LATER_RECORDS_AT = HEADER_BYTES;

/** Offsets in the header page. */
export const Header = {
  version: 8,
  recordBytes: 10,
  flags: 12,
  pid: 16,
  ppid: 20,
  start: 24,
  openedMono: 32,
  segment: 48,
  capacity: 52,
  firstIndex: 56,
  dropped: 64,
  countingSince: 72,
  parentStart: 80,
  counters: 256,
} as const;

export const IMAGE_BY_FORK = 1;
export const IMAGE_BY_LAUNCHER = 2;

export const COUNTER_BYTES = 64;
export const COUNTER_ROWS = 60;

/** Offsets in an in-flight slot. */
export const Slot = {
  since: 0,
  obj: 8,
  operand: 16,
  deadline: 24,
  site: 32,
  op: 36,
  flags: 38,
  nativeThread: 40,
  /** Here end the thread's own words; the image's held words follow. */
  held: 64,
} as const;

/** Offsets in a record. */
export const Rec = {
  t0: 0,
  t1: 8,
  obj: 16,
  a: 24,
  b: 32,
  thread: 40,
  site: 44,
  s1: 48,
  s2: 52,
  type: 56,
  flags: 58,
  commit: 60,
} as const;

/** Offsets in a record that carries a piece of a string or of a preview. */
export const Chunk = {
  id: 0,
  total: 4,
  part: 8,
  data: 12,
  dataBytes: 44,
  type: 56,
  length: 58,
} as const;

/** A string is at most this long in bytes; a chunk that says more is garbage. */
export const MOST_STRING_BYTES = 16 * 1024;

export const Type = {
  BOOT: 1,
  START: 3,
  START_FAILED: 4,
  BOOTSTRAP: 5,
  BOOTSTRAP_END: 6,
  EXCEPTION: 7,
  EXIT: 8,
  REAPED: 9,
  JOIN: 10,
  SIGNAL: 11,
  FORK: 12,
  EXEC: 13,
  SPAWNED: 14,
  SUBPROCESS: 15,
  QUIET: 16,
  THREAD: 17,
  NOTE: 18,
  CHANNEL_NEW: 32,
  CHANNEL_HELD: 33,
  CHANNEL_CLOSED: 34,
  PUT: 40,
  SEND: 41,
  RECV: 42,
  GET_EMPTY: 43,
  FEEDER_ERROR: 44,
  POLL: 45,
  TASK_DONE: 46,
  QUEUE_JOIN: 47,
  QUEUE_CLOSE: 48,
  COUNTING: 49,
  STRING: 60,
  PREVIEW: 61,
  LOCK_NEW: 64,
  LOCK_HELD: 65,
  LOCK_WAIT: 66,
  LOCK_FREED: 67,
  SYNC_WAIT: 68,
  SYNC_TELL: 69,
  POOL_NEW: 72,
  TASK_SUBMIT: 73,
  TASK_BEGIN: 74,
  TASK_END: 75,
  TASK_RESULT: 76,
  TASK_WAIT: 77,
  POOL_STATE: 78,
  POOL_WORKER: 79,
  SERVER_NEW: 84,
  SHARED_NEW: 85,
  PROXY_CALL: 86,
  PROXY_NEW: 87,
  LISTENER_NEW: 88,
  ACCEPT: 89,
  CONNECT: 90,
  LISTENER_CLOSED: 91,
  SEGMENT_NEW: 96,
  SEGMENT_CLOSED: 97,
  SEGMENT_UNLINKED: 98,
  VALUE_NEW: 99,
  TRACKED: 100,
} as const;

/** By type number: 1 where this version knows the type. */
export const KNOWN: Uint8Array = (() => {
  const known = new Uint8Array(65_536);
  for (const type of Object.values(Type)) known[type] = 1;
  return known;
})();

/** `<pid>-<start>-<mono>.<n>`: start in decimal clock ticks, mono in hexadecimal. */
const SEGMENT_NAME = /^(\d{1,10})-(\d{1,20})-([0-9a-f]{1,16})\.(\d{1,6})$/;

export interface SegmentName {
  /** Names the image: the file's name without the segment number. */
  readonly image: string;
  readonly pid: number;
  readonly start: number;
  readonly mono: bigint;
  readonly segment: number;
}

/** Null where the name is not a segment's. */
export function parseSegmentName(name: string): SegmentName | null {
  const match = SEGMENT_NAME.exec(name);
  if (match === null) return null;
  const [, pid = '', start = '', mono = '', segment = ''] = match;
  return { image: `${pid}-${start}-${mono}`, pid: Number(pid), start: Number(start), mono: BigInt(`0x${mono}`), segment: Number(segment) };
}
