/** Rows of channels, made from the facts as they are now. */
import type { ChannelRow, ChannelWaiter } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { historyOf, ratesOf } from './channel-history.js';
import { flowsOf } from './flows.js';
import { percentiles } from './latency.js';
import { matchingOf } from './matching.js';
import { operationOf, BLOCKED_MOMENT } from './present.js';
import type { Proc } from './process.js';
import { RecordType } from './record-types.js';
import type { Keys } from './rows.js';
import { isOnChannel } from './wait-kinds.js';
import type { World } from './world.js';

/** Keys of live processes that hold an end they can read, an end they can write. */
export interface HolderKeys {
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

export function channelRow(world: World, channel: Channel, now: number, live: boolean, holders: HolderKeys, keys: Keys): ChannelRow {
  const announced = channel.announced;
  const maker = announced === null ? null : world.imageOf(announced.image);
  const created = announced === null || maker === null ? null : maker.site(announced.site);
  const depth = channel.depth;
  const { matching, why } = matchingOf(world, channel);
  const rates = live ? ratesOf(channel, now) : { putRate: 0, getRate: 0 };
  const pairings = channel.directions.map((direction) => direction.pairing);
  const shares = percentiles(pairings.map((pairing) => pairing.latencies), [0.5, 0.99]);
  const max = Math.max(...pairings.map((pairing) => pairing.maxLatency));
  return {
    key: keys.channel(channel) ?? '',
    name: created === null ? null : world.nameAt(created.file, created.line),
    address: channel.address,
    kind: channel.kind,
    internal: announced?.internal ?? false,
    duplex: announced === null || channel.isQueue ? null : announced.duplex,
    maxsize: announced !== null && channel.buffered && announced.maxsize > 0 ? announced.maxsize : null,
    created,
    createdBy: maker === null ? null : keys.process(maker.proc),
    puts: channel.puts,
    gets: channel.gets,
    sent: channel.sent,
    received: channel.received,
    bytes: channel.bytes,
    depth,
    maxDepth: Math.max(channel.maxDepth, live ? depth : 0),
    ...historyOf(channel, now, live),
    ...rates,
    latencyMs: shares === null ? null : { p50: Math.min(shares[0]!, max), p99: Math.min(shares[1]!, max), max },
    matching,
    matchingWhy: why,
    unfinished: channel.kind === 'JoinableQueue' ? channel.puts - channel.taskDone : null,
    undelivered: holders.readers.length === 0 ? depth : 0,
    partial: partialMessages(world, channel).length,
    countedOnly: channel.countedOnly,
    waiters: waitersOf(world, channel, now, keys),
    readers: holders.readers,
    writers: holders.writers,
    flows: flowsOf(world, channel, keys),
  };
}

function waitersOf(world: World, channel: Channel, now: number, keys: Keys): ChannelWaiter[] {
  const waiters: ChannelWaiter[] = [];
  for (const stream of channel.streams) {
    for (const image of world.slotsOn.get(stream.obj) ?? []) {
      if (world.derived(image.proc).end !== null || image.proc.latestImage() !== image) continue;
      for (const slot of image.slots) {
        const op = slot.obj === stream.obj ? operationOf(world, slot) : null;
        const process = keys.process(image.proc);
        // A pool has the id of the channel that carries its tasks: who waits for a result does not wait for the channel.
        if (op !== null && isOnChannel(op) && process !== null && now - slot.sinceMs >= BLOCKED_MOMENT) waiters.push({ process, op, sinceMs: slot.sinceMs });
      }
    }
  }
  return waiters.sort((a, b) => a.sinceMs - b.sinceMs);
}

/**
 * Messages whose sender ended in the middle of writing them: the slot of its thread stays as it was.
 * A slot without a size had not begun to write: it waited for the channel's write lock.
 */
export function partialMessages(world: World, channel: Channel): { readonly proc: Proc; readonly obj: number; readonly sinceMs: number; readonly bytes: number }[] {
  const partial: { proc: Proc; obj: number; sinceMs: number; bytes: number }[] = [];
  for (const stream of channel.streams) {
    for (const image of world.slotsOn.get(stream.obj) ?? []) {
      if (world.derived(image.proc).end === null) continue;
      for (const slot of image.slots) {
        if (slot.obj === stream.obj && slot.op === RecordType.SEND && slot.operand > 0) {
          partial.push({ proc: image.proc, obj: slot.obj, sinceMs: slot.sinceMs, bytes: slot.operand });
        }
      }
    }
  }
  return partial;
}

