/** All messages of a channel, one by one: taken down as row numbers at once, looked up when they are wanted. */
import type { Channel } from '../model/channel.js';
import type { Direction } from '../model/direction.js';
import type { Image } from '../model/image.js';
import { NO_PLACE } from '../model/logs.js';
import { decodePreview } from '../model/preview.js';
import type { World } from '../model/world.js';
import type { SourceRef } from '../protocol/view.js';

/** Times are milliseconds from the run's start. A moment that nobody recorded is null. */
export interface Message {
  /** Number in its direction, by time of sending, from 0. */
  readonly index: number;
  readonly direction: 0 | 1;
  readonly from: Image | null;
  readonly to: Image | null;
  readonly put: Span | null;
  /** Where it passed a feeder thread, that thread's. */
  readonly send: Span | null;
  readonly byFeeder: boolean;
  readonly receive: Span | null;
  readonly bytes: number | null;
  readonly putWhere: SourceRef | null;
  readonly getWhere: SourceRef | null;
  /** What its first bytes say; null: none were kept. */
  preview(): string | null;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const NONE = -1;
const FIELDS = 3;

/**
 * Sends in their order, then items put and not sent, then receives whose send nobody recorded. Rows of the logs stay where they are
 * while more is told, their order does not: so the rows are taken down first, and a consumer may take its time with the messages.
 */
export function* messagesOf(world: World, channel: Channel): Generator<Message, void, undefined> {
  channel.settle(Infinity);
  const taken = channel.directions.map((direction) => ({ direction, rows: rowsOf(direction) }));
  for (const [way, { direction, rows }] of taken.entries()) {
    for (let at = 0; at < rows.length; at += FIELDS) {
      yield messageAt(world, direction, way === 0 ? 0 : 1, at / FIELDS, rows[at] ?? NONE, rows[at + 1] ?? NONE, rows[at + 2] ?? NONE);
    }
  }
}

/** `put, send, receive` of each. */
function rowsOf(direction: Direction): Int32Array {
  const { pairing } = direction;
  const sends = direction.from.sends.order;
  const receives = direction.to.receives.order;
  const waiting: number[] = [];
  for (const feeder of direction.from.puts.feeders.values()) for (let place = feeder.taken; place < feeder.rows.length; place++) waiting.push(feeder.rows.at(place));
  const unsent: number[] = [];
  for (let at = 0; at < receives.length; at++) if (!pairing.hasSend(at)) unsent.push(receives.row(at));
  const rows = new Int32Array(FIELDS * (sends.length + waiting.length + unsent.length)).fill(NONE);
  let to = 0;
  for (let at = 0; at < sends.length; at++, to += FIELDS) {
    const send = sends.row(at);
    rows[to] = pairing.putOf(send);
    rows[to + 1] = send;
    rows[to + 2] = pairing.receiveOf(at);
  }
  for (const put of waiting) {
    rows[to] = put;
    to += FIELDS;
  }
  for (const receive of unsent) {
    rows[to + 2] = receive;
    to += FIELDS;
  }
  return rows;
}

function messageAt(world: World, direction: Direction, way: 0 | 1, index: number, put: number, send: number, receive: number): Message {
  const { sends, puts } = direction.from;
  const { receives } = direction.to;
  const from = send >= 0 ? world.imageOf(sends.image.at(send)) : put >= 0 ? world.imageOf(puts.image.at(put)) : null;
  const to = receive < 0 ? null : world.imageOf(receives.image.at(receive));
  const byFeeder = send >= 0 && sends.place.at(send) !== NO_PLACE;
  const putSite = put < 0 || from === null ? null : from.site(puts.site.at(put));
  const sendSite = send < 0 || from === null ? null : from.site(sends.site.at(send));
  return {
    index,
    direction: way,
    from,
    to,
    put: put < 0 ? null : { fromMs: puts.t0.at(put), toMs: puts.t1.at(put) },
    send: send < 0 ? null : { fromMs: sends.t0.at(send), toMs: sends.t1.at(send) },
    byFeeder,
    receive: receive < 0 ? null : { fromMs: receives.t0.at(receive), toMs: receives.t1.at(receive) },
    bytes: send >= 0 ? sends.bytes.at(send) : receive >= 0 ? receives.bytes.at(receive) : null,
    // A feeder thread has no line of the user's: the put has.
    putWhere: byFeeder ? (putSite ?? sendSite) : (sendSite ?? putSite),
    getWhere: to === null ? null : to.site(receives.site.at(receive)),
    preview: () => {
      const first = send < 0 || from === null ? null : from.preview(sends.index.at(send));
      return first === null ? null : decodePreview(first, sends.bytes.at(send));
    },
  };
}
