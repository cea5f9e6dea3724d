/** Messages: a slice where each was put or sent, one where it was received, and an arrow between the two; and how full channels were. */
import type { Channel } from '../../model/channel.js';
import type { TimeOrder } from '../../model/time-order.js';
import type { ChannelRow } from '../../protocol/view.js';
import { messagesOf, type Message } from '../messages.js';
import { SORT, where, type Scene } from './scene.js';
import { nanoseconds, TraceWriter, type Track } from './writer.js';

/** What a call took longer than this it waited, and that is on the track of waits. */
const WAITED_MS = 1;
/** Steps of a channel's depth that are drawn one by one; of more, the most and the last of as many stretches of time are. */
const STEPS = 4_000;

export function* messageEvents(scene: Scene): Generator<void, void, undefined> {
  for (const row of scene.snapshot.channels) {
    const channel = scene.model.live.channelOf(row.key);
    if (channel === null) continue;
    yield* depths(scene, channel, row);
    yield* slices(scene, channel, row);
  }
}

function* slices(scene: Scene, channel: Channel, row: ChannelRow): Generator<void, void, undefined> {
  const { writer } = scene;
  const name = scene.names.of(row.key);
  const words = channel.isQueue ? { out: 'put', in: 'get' } : { out: 'send', in: 'recv' };
  for (const message of messagesOf(scene.model.world, channel)) {
    const sent = sentSlice(scene, message, row, `${words.out} ${name}`);
    const received = receivedSlice(scene, message, row, `${words.in} ${name}`, sent?.ns ?? 0);
    if (sent !== null && received !== null) {
      const flow = writer.flow();
      writer.arrow('s', flow, sent.track, 'message', name, sent.ns);
      writer.arrow('f', flow, received.track, 'message', name, received.ns);
    }
    yield;
  }
}

interface Drawn {
  readonly track: Track;
  readonly ns: number;
}

function sentSlice(scene: Scene, message: Message, row: ChannelRow, name: string): Drawn | null {
  const call = message.put ?? message.send;
  const pid = scene.pid(message.from?.proc ?? null);
  if (call === null || pid === null) return null;
  const from = nanoseconds(call.fromMs);
  const to = TraceWriter.endOf(from, nanoseconds(call.toMs));
  const track = scene.writer.place(pid, name, SORT.messages, from, to);
  // When the feeder thread wrote it into the pipe, after the put.
  const fedMs = message.byFeeder && message.send !== null && message.put !== null ? message.send.fromMs : null;
  scene.writer.slice(track, 'message', name, from, to, { channel: row.key, index: message.index, bytes: message.bytes, preview: message.preview(), received: message.receive !== null, fed_ms: fedMs, ...where(message.putWhere) });
  return { track, ns: from };
}

/** The end of the call, in which it came; not before it was sent. */
function receivedSlice(scene: Scene, message: Message, row: ChannelRow, name: string, notBeforeNs: number): Drawn | null {
  const call = message.receive;
  const pid = scene.pid(message.to?.proc ?? null);
  if (call === null || pid === null) return null;
  const from = Math.max(nanoseconds(Math.max(call.fromMs, call.toMs - WAITED_MS)), notBeforeNs);
  const to = TraceWriter.endOf(from, nanoseconds(call.toMs));
  const track = scene.writer.place(pid, name, SORT.messages, from, to);
  const since = message.put?.fromMs ?? message.send?.fromMs;
  scene.writer.slice(track, 'message', name, from, to, {
    channel: row.key, index: message.index, bytes: message.bytes, latency_ms: since === undefined ? null : round(Math.max(0, call.toMs - since)), call_ms: round(call.toMs - call.fromMs), matching: row.matching, ...where(message.getWhere),
  });
  return { track, ns: from };
}

function round(ms: number): number {
  return Number(ms.toFixed(6));
}

// Depth over time.

function* depths(scene: Scene, channel: Channel, row: ChannelRow): Generator<void, void, undefined> {
  channel.settle(Infinity);
  const name = scene.names.of(row.key);
  for (const [way, direction] of channel.directions.entries()) {
    // Of what goes to or comes from an end that tells nothing, nobody knows how much is on its way.
    if (direction.isOneSided) continue;
    const entries = channel.buffered ? direction.from.puts.order : direction.from.sends.order;
    const left = Float64Array.from([...keysOf(direction.to.receives.order), ...(channel.buffered ? direction.from.puts.drops : [])]).sort();
    yield* steps(scene, way === 0 ? name : `${name}, way back`, keysOf(entries), left);
  }
}

function keysOf(order: TimeOrder): Float64Array {
  return Float64Array.from({ length: order.length }, (_, at) => order.keyAt(at));
}

/** @param entered times at which something came in, ascending @param left times at which something went, ascending */
function* steps(scene: Scene, name: string, entered: Float64Array, left: Float64Array): Generator<void, void, undefined> {
  const total = entered.length + left.length;
  if (total === 0) return;
  const first = Math.min(entered[0] ?? Infinity, left[0] ?? Infinity);
  const last = Math.max(entered[entered.length - 1] ?? -Infinity, left[left.length - 1] ?? -Infinity);
  const stretch = total <= STEPS ? 0 : (last - first) / (STEPS / 2);
  let depth = 0;
  let most = -1;
  let mostAt = first;
  let border = first + stretch;
  const tell = (ms: number, value: number): void => scene.writer.counter(scene.runPid, name, 'depth', nanoseconds(ms), value);
  for (let i = 0, j = 0; i < entered.length || j < left.length; ) {
    const goes = left[j] ?? Infinity;
    const comes = entered[i] ?? Infinity;
    const going = goes <= comes;
    const at = Math.min(goes, comes);
    if (going) j++;
    else i++;
    // What was never told to come in cannot go out: a depth below zero would be a lie twice.
    depth = going ? Math.max(0, depth - 1) : depth + 1;
    if (depth > most) {
      most = depth;
      mostAt = at;
    }
    if (at < border && i + j < total) continue;
    if (most > depth && mostAt < at) tell(mostAt, most);
    tell(at, depth);
    most = -1;
    while (stretch > 0 && border <= at) border += stretch;
    if (stretch === 0) border = at;
    yield;
  }
}
