/** Channels by the objects that are their ends. */
import { Channel, channelKind } from './channel.js';
import { Stream } from './direction.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { ChannelNewFlag, EndFlag } from './record-types.js';

export class ChannelTable {
  readonly all: Channel[] = [];
  /** Rows of these are to be made again. */
  readonly dirty = new Set<Channel>();
  /** Channels that turned out to be part of another, for the view to take away. */
  readonly merged: Channel[] = [];
  private readonly streams = new Map<number, Stream>();
  private readonly byObject = new Map<number, Channel>();

  constructor(private readonly compare: CompareImages) {}

  at(obj: number): Channel | null {
    return this.byObject.get(obj) ?? null;
  }

  stream(obj: number): Stream {
    let stream = this.streams.get(obj);
    if (stream === undefined) {
      stream = new Stream(obj, this.compare);
      this.streams.set(obj, stream);
    }
    return stream;
  }

  /** The channel that an object is an end of; made at its first mention. */
  of(obj: number, t: number): Channel {
    let channel = this.byObject.get(obj);
    if (channel === undefined) {
      channel = new Channel([this.stream(obj)], t);
      this.byObject.set(obj, channel);
      this.all.push(channel);
      this.touch(channel);
    } else if (t < channel.firstMs) channel.firstMs = t;
    return channel;
  }

  touch(channel: Channel): void {
    if (channel.dirty) return;
    channel.dirty = true;
    this.dirty.add(channel);
  }

  /** CHANNEL_NEW: the ends it names are this channel, open in the image that made them. */
  created(image: Image, fact: RecordFact, channel: Channel): void {
    const both = EndFlag.READ | EndFlag.WRITE;
    image.noteEnd(fact.obj, fact.t0, both, 1);
    const second = fact.a !== fact.obj && fact.a !== 0 ? fact.a : null;
    if (second !== null) {
      image.noteEnd(second, fact.t0, both, 1);
      const other = this.byObject.get(second);
      if (other !== undefined && other !== channel) this.merge(other, channel);
      this.byObject.set(second, channel);
      channel.link(this.stream(fact.obj), this.stream(second));
    }
    channel.announce({
      kind: channelKind(fact.s1) ?? 'Pipe',
      image: image.id,
      t: fact.t0,
      site: fact.site,
      maxsize: fact.b,
      duplex: (fact.flags & ChannelNewFlag.DUPLEX) !== 0,
      internal: (fact.flags & ChannelNewFlag.INTERNAL) !== 0,
    });
  }

  /** Traffic on the second end was told before the pipe was: what was shown as a channel of its own is this one. */
  private merge(from: Channel, into: Channel): void {
    into.taskDone += from.taskDone;
    into.firstMs = Math.min(into.firstMs, from.firstMs);
    if (into.key === null) into.key = from.key;
    from.mergedInto = into;
    this.all.splice(this.all.indexOf(from), 1);
    this.dirty.delete(from);
    this.merged.push(from);
  }
}
