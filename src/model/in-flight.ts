/**
 * From the record of an operation that is over, the slot that its thread had while it was in it (docs/journal-format.md, "In-flight slot").
 * What a slot said and a record does not is left at what is known least: no deadline.
 */
import type { RecordFact, SlotFact } from './facts.js';
import { CloseFlag, ConnectFlag, NO_THREAD, ReceiveFlag, RecordType, SendFlag, WaitFlag } from './record-types.js';

/** JOIN: not a join but a wait of `os.wait*` or subprocess. */
const NOT_A_JOIN = 2;
/** A slot's operand is unsigned, a record's field is not. */
const UNSIGNED = 2 ** 64;
const NS_IN_MS = 1e6;

export type Flight = Pick<SlotFact, 'op' | 'obj' | 'operand' | 'flags' | 'deadlineMs'>;

export function putFlight(obj: number, t1: number, seq: number, flags: number): Flight {
  // One that found no room gave up at its deadline; the number of the put is told of those that went.
  const gaveUp = flags !== 0;
  return { op: RecordType.PUT, obj, operand: seq, flags, deadlineMs: gaveUp ? t1 : null };
}

export function sendFlight(obj: number, bytes: number, flags: number): Flight {
  return { op: RecordType.SEND, obj, operand: bytes, flags: flags & (SendFlag.FEEDER | SendFlag.LOCKED), deadlineMs: null };
}

export function receiveFlight(obj: number, flags: number): Flight {
  return { op: RecordType.RECV, obj, operand: 0, flags: flags & ReceiveFlag.GET, deadlineMs: null };
}

/** Null: while it lasted its thread had no slot, or it lasts for no time. */
export function recordFlight(fact: RecordFact): Flight | null {
  const { type, flags, t0, t1, obj, a, b } = fact;
  const within = (ns: number): number | null => (ns < 0 ? null : t0 + ns / NS_IN_MS);
  switch (type) {
    case RecordType.START:
    case RecordType.START_FAILED:
      return { op: RecordType.START, obj: 0, operand: 0, flags, deadlineMs: null };
    case RecordType.JOIN:
      return { op: type, obj: 0, operand: unsigned(a), flags: flags & NOT_A_JOIN, deadlineMs: within(b) };
    case RecordType.GET_EMPTY:
      // The slot of a get is that of a receive: how it will end nobody knows.
      return { op: RecordType.RECV, obj, operand: 0, flags: ReceiveFlag.GET | flags, deadlineMs: t1 };
    case RecordType.POLL:
      return { op: type, obj, operand: 0, flags: 0, deadlineMs: flags === 0 ? t1 : null };
    case RecordType.QUEUE_JOIN:
      return { op: type, obj, operand: 0, flags, deadlineMs: null };
    case RecordType.QUEUE_CLOSE:
      return flags === CloseFlag.JOIN_THREAD ? { op: type, obj, operand: 0, flags, deadlineMs: null } : null;
    case RecordType.LOCK_WAIT:
      return { op: type, obj, operand: 0, flags: 0, deadlineMs: within(a) };
    case RecordType.SYNC_WAIT:
      return flags & WaitFlag.AT_ONCE ? null : { op: type, obj, operand: 0, flags: 0, deadlineMs: within(a) };
    case RecordType.TASK_WAIT:
      return { op: type, obj, operand: unsigned(a), flags: 0, deadlineMs: within(b) };
    case RecordType.POOL_STATE:
      return { op: type, obj, operand: 0, flags, deadlineMs: null };
    case RecordType.PROXY_CALL:
      return { op: type, obj: fact.s1 === '#CREATE' ? 0 : obj, operand: 0, flags: 0, deadlineMs: null };
    case RecordType.ACCEPT:
      return flags & ConnectFlag.INTERNAL ? null : { op: type, obj, operand: 0, flags: 0, deadlineMs: null };
    case RecordType.CONNECT:
      // The end does not exist yet.
      return { op: type, obj: 0, operand: 0, flags: flags & ConnectFlag.INTERNAL, deadlineMs: null };
    default:
      return null;
  }
}

function unsigned(value: number): number {
  return value < 0 ? value + UNSIGNED : value;
}

/** The slots of an image at a moment: of all operations that a thread was in then, the outermost. */
export function outermost(flights: Iterable<SlotFact>): SlotFact[] {
  const byThread = new Map<number, SlotFact>();
  for (const flight of flights) {
    if (flight.slot === NO_THREAD) continue;
    const other = byThread.get(flight.slot);
    // Records are written as operations end: of two that began at once the later told is around the other.
    if (other === undefined || flight.sinceMs <= other.sinceMs) byThread.set(flight.slot, flight);
  }
  return [...byThread.values()].sort((a, b) => a.slot - b.slot);
}

/** Whether it comes as often as messages: past the budget nothing more of these is recorded. */
export function isOften(type: number): boolean {
  switch (type) {
    case RecordType.PUT:
    case RecordType.SEND:
    case RecordType.RECV:
    case RecordType.GET_EMPTY:
    case RecordType.POLL:
    case RecordType.TASK_DONE:
    case RecordType.LOCK_WAIT:
    case RecordType.SYNC_WAIT:
    case RecordType.SYNC_TELL:
    case RecordType.PROXY_CALL:
      return true;
    default:
      return type >= RecordType.TASK_SUBMIT && type <= RecordType.TASK_WAIT;
  }
}
