/** The latest messages of a channel, as rows; the others stay columns. */
import type { MessageRow, SourceRef } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Direction } from './direction.js';
import { NO_PLACE } from './logs.js';
import { decodePreview } from './preview.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Where a row of the list is: sends by their order, then items put and not sent yet, then receives without a send. */
interface Spot {
  readonly time: number;
  readonly direction: 0 | 1;
  readonly kind: 'sent' | 'put' | 'received';
  /** Position in the order of sends or receives; row of the put. */
  readonly at: number;
}

export function latestMessages(world: World, channel: Channel, limit: number, keys: Keys): { total: number; rows: MessageRow[] } {
  const spots: Spot[] = [];
  let total = 0;
  channel.directions.forEach((direction, index) => {
    const which = index === 0 ? 0 : 1;
    const sends = direction.from.sends.order;
    for (let at = Math.max(0, sends.length - limit); at < sends.length; at++) spots.push({ time: sends.keyAt(at), direction: which, kind: 'sent', at });
    const waiting = waitingPuts(direction, limit);
    for (const row of waiting.rows) spots.push({ time: direction.from.puts.t1.at(row), direction: which, kind: 'put', at: row });
    const unsent = receivesWithoutSend(direction, limit);
    for (const at of unsent) spots.push({ time: direction.to.receives.order.keyAt(at), direction: which, kind: 'received', at });
    total += sends.length + waiting.total + unsent.length;
  });
  const inBuffer = (spot: Spot): number => Number(spot.kind === 'put');
  // Of items that were put at the same moment: by process, not by who was read first.
  const putter = (spot: Spot): number => (spot.kind === 'put' ? world.imageOf(channel.directions[spot.direction]!.from.puts.image.at(spot.at)).proc.pid : 0);
  spots.sort((a, b) => inBuffer(a) - inBuffer(b) || a.time - b.time || a.direction - b.direction || putter(a) - putter(b));
  const latest = spots.slice(Math.max(0, spots.length - limit));
  const first = total - latest.length;
  return { total, rows: latest.map((spot, i) => messageRow(world, channel.directions[spot.direction]!, spot, first + i, keys)) };
}

/** Items in the buffers of feeders. */
function waitingPuts(direction: Direction, limit: number): { readonly total: number; readonly rows: readonly number[] } {
  const rows: number[] = [];
  let total = 0;
  for (const feeder of direction.from.puts.feeders.values()) {
    const waiting = Math.max(0, feeder.rows.length - feeder.taken);
    total += waiting;
    for (let place = Math.max(feeder.taken, feeder.rows.length - limit); place < feeder.rows.length; place++) rows.push(feeder.rows.at(place));
  }
  return { total, rows };
}

/** Received, and nobody recorded the send: only looked for where the senders told of fewer than were received. */
function receivesWithoutSend(direction: Direction, limit: number): readonly number[] {
  const { pairing, to } = direction;
  if (to.receives.count <= direction.from.sends.count) return [];
  const positions: number[] = [];
  for (let at = to.receives.order.length - 1; at >= 0 && positions.length < limit && at >= to.receives.order.length - 2 * limit; at--) {
    if (!pairing.hasSend(at)) positions.push(at);
  }
  return positions;
}

function messageRow(world: World, direction: Direction, spot: Spot, index: number, keys: Keys): MessageRow {
  if (spot.kind === 'put') return putRow(world, direction, spot, index, keys);
  const { pairing } = direction;
  const { sends, puts } = direction.from;
  const { receives } = direction.to;
  const send = spot.kind === 'sent' ? sends.order.row(spot.at) : -1;
  const receive = spot.kind === 'sent' ? pairing.receiveOf(spot.at) : receives.order.row(spot.at);
  const put = send < 0 ? -1 : pairing.putOf(send);
  const sender = send < 0 ? null : world.imageOf(sends.image.at(send));
  const receiver = receive < 0 ? null : world.imageOf(receives.image.at(receive));
  const sentMs = send < 0 ? null : sends.t0.at(send);
  const putMs = put < 0 ? null : puts.t0.at(put);
  const receivedMs = receive < 0 ? null : receives.t1.at(receive);
  const from = putMs ?? sentMs;
  const byFeeder = send >= 0 && sends.place.at(send) !== NO_PLACE;
  return {
    index,
    direction: spot.direction,
    from: sender === null ? null : keys.process(sender.proc),
    to: receiver === null ? null : keys.process(receiver.proc),
    putMs,
    sentMs,
    receivedMs,
    latencyMs: from === null || receivedMs === null ? null : Math.max(0, receivedMs - from),
    bytes: send >= 0 ? sends.bytes.at(send) : receives.bytes.at(receive),
    preview: send < 0 || sender === null ? null : previewOf(sender.preview(sends.index.at(send)), sends.bytes.at(send)),
    putWhere: sender === null ? null : putWhere(sender.site(sends.site.at(send)), put < 0 ? null : sender.site(puts.site.at(put)), byFeeder),
    getWhere: receiver === null ? null : receiver.site(receives.site.at(receive)),
  };
}

function putRow(world: World, direction: Direction, spot: Spot, index: number, keys: Keys): MessageRow {
  const { puts } = direction.from;
  const image = world.imageOf(puts.image.at(spot.at));
  return {
    index,
    direction: spot.direction,
    from: keys.process(image.proc),
    to: null,
    putMs: puts.t0.at(spot.at),
    sentMs: null,
    receivedMs: null,
    latencyMs: null,
    bytes: null,
    preview: null,
    putWhere: image.site(puts.site.at(spot.at)),
    getWhere: null,
  };
}

/** A feeder thread has no line of the user's: the put has. */
function putWhere(send: SourceRef | null, put: SourceRef | null, byFeeder: boolean): SourceRef | null {
  return byFeeder ? (put ?? send) : (send ?? put);
}

function previewOf(bytes: Uint8Array | null, length: number): string | null {
  return bytes === null ? null : decodePreview(bytes, length);
}
