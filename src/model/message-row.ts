/** One message as a row, made from the columns when it is looked at. */
import type { MessageRow, MessageState, SourceRef } from '../protocol/view.js';
import type { Direction } from './direction.js';
import { NO_PLACE } from './logs.js';
import type { Spot } from './message-order.js';
import { decodePreview } from './preview.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Where in the logs the parts of a message are, -1 unknown or not yet. */
export interface MessageParts {
  readonly put: number;
  readonly send: number;
  readonly receive: number;
}

/** @param until what came later is as if it had not been told */
export function partsOf(direction: Direction, spot: Spot, until: number): MessageParts {
  const { pairing, from, to } = direction;
  if (spot.kind === 'put') return { put: spot.at, send: -1, receive: -1 };
  if (spot.kind === 'received') return { put: -1, send: -1, receive: to.receives.order.row(spot.at) };
  const send = from.sends.order.row(spot.at);
  const receive = pairing.receiveOf(spot.at);
  return { put: pairing.putOf(send), send, receive: receive >= 0 && to.receives.t1.at(receive) > until ? -1 : receive };
}

/** @param readable whether somebody is there who can read it */
export function stateOf(direction: Direction, { send, receive }: MessageParts, kind: Spot['kind'], readable: boolean): MessageState {
  if (kind === 'received') return 'unmatched';
  if (receive >= 0) return 'received';
  // The other side tells nothing, or only how many they were.
  if (direction.to.unknown || (send >= 0 && direction.from.sends.t0.at(send) >= direction.pairing.cutFrom)) return 'unmatched';
  return readable ? 'flight' : 'undelivered';
}

/** What each row of a window shares. */
export interface RowContext {
  readonly world: World;
  readonly keys: Keys;
  readonly until: number;
  readonly readable: (way: 0 | 1) => boolean;
}

export function messageRow({ world, keys, until, readable }: RowContext, direction: Direction, spot: Spot, index: number): MessageRow {
  const { sends, puts } = direction.from;
  const { receives } = direction.to;
  const parts = partsOf(direction, spot, until);
  const { put, send, receive } = parts;
  const sender = send >= 0 ? world.imageOf(sends.image.at(send)) : put >= 0 ? world.imageOf(puts.image.at(put)) : null;
  const receiver = receive < 0 ? null : world.imageOf(receives.image.at(receive));
  const sentMs = send < 0 ? null : sends.t0.at(send);
  const putMs = put < 0 ? null : puts.t0.at(put);
  const receivedMs = receive < 0 ? null : receives.t1.at(receive);
  const writtenMs = send < 0 || sends.t1.at(send) > until ? null : sends.t1.at(send);
  const from = putMs ?? sentMs;
  const preview = send < 0 || sender === null ? null : sender.preview(sends.index.at(send));
  return {
    id: put >= 0 ? `p${spot.way}-${put}` : send >= 0 ? `s${spot.way}-${send}` : `r${spot.way}-${receive}`,
    index,
    state: stateOf(direction, parts, spot.kind, readable(spot.way)),
    direction: spot.way,
    from: sender === null ? null : keys.process(sender.proc),
    to: receiver === null ? null : keys.process(receiver.proc),
    putMs,
    sentMs,
    receivedMs,
    writtenMs,
    readMs: receive < 0 ? null : receives.t0.at(receive),
    latencyMs: from === null || receivedMs === null ? null : Math.max(0, receivedMs - from),
    bytes: send >= 0 ? sends.bytes.at(send) : receive >= 0 ? receives.bytes.at(receive) : null,
    preview: preview === null ? null : decodePreview(preview, sends.bytes.at(send)),
    putWhere: putWhere(send < 0 ? null : (sender?.site(sends.site.at(send)) ?? null), put < 0 ? null : (sender?.site(puts.site.at(put)) ?? null), send >= 0 && sends.place.at(send) !== NO_PLACE),
    getWhere: receiver === null ? null : receiver.site(receives.site.at(receive)),
  };
}

/** A feeder thread has no line of the user's: the put has. */
function putWhere(send: SourceRef | null, put: SourceRef | null, byFeeder: boolean): SourceRef | null {
  return byFeeder ? (put ?? send) : (send ?? put);
}
