/** For what reason each operation is said to wait, while it lasts and when it is over. */
import type { BlockedMs, BlockedOp, SpanKind } from '../protocol/view.js';

const REASON_OF: Readonly<Record<BlockedOp, keyof BlockedMs>> = {
  put: 'queue', get: 'queue', 'feeder-send': 'queue', 'queue-join': 'queue', 'join-thread': 'queue',
  send: 'pipe', recv: 'pipe', poll: 'pipe',
  join: 'join', wait: 'join',
  lock: 'lock', condition: 'lock', event: 'lock', barrier: 'lock',
  result: 'result', 'pool-join': 'result',
  start: 'other', call: 'other', accept: 'other', connect: 'other',
};

export function reasonOf(op: BlockedOp): keyof BlockedMs {
  return REASON_OF[op];
}

export function spanKindOf(op: BlockedOp): SpanKind {
  return `blocked-${REASON_OF[op]}`;
}

/** What an operation works on: of a pool's id, which is that of a channel too, only this tells. */
export function isOnChannel(op: BlockedOp): boolean {
  return REASON_OF[op] === 'queue' || REASON_OF[op] === 'pipe';
}
