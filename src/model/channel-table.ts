/** Channels by the objects that are their ends. */
import { Channel, channelKind, type Announcement } from './channel.js';
import { Stream, type StreamThen } from './direction.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { ChannelNewFlag, EndFlag } from './record-types.js';

export class ChannelTable {
  readonly all: Channel[] = [];
  /** Rows of these are to be made again. */
  readonly dirty = new Set<Channel>();
  /** Objects that got a channel since somebody looked. */
  readonly fresh: number[] = [];
  /** Channels that turned out to be part of another, for the view to take away. */
  readonly merged: Channel[] = [];
  private readonly streams = new Map<number, Stream>();
  private readonly byObject = new Map<number, Channel>();

  constructor(
    private readonly compare: CompareImages,
    /** What is known of an object's messages from the beginning. */
    private readonly then: (obj: number) => StreamThen | null = () => null,
  ) {}

  at(obj: number): Channel | null {
    return this.byObject.get(obj) ?? null;
  }

  allStreams(): Iterable<Stream> {
    return this.streams.values();
  }

  stream(obj: number): Stream {
    let stream = this.streams.get(obj);
    if (stream === undefined) {
      stream = new Stream(obj, this.compare, false, this.then(obj));
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
      this.fresh.push(obj);
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

  /**
   * One end of a connection, alone for all that is known (`second` null), or the two ends that belong together. What was said before
   * of either is taken back: whoever joins them may have been told more since.
   */
  connect(first: number, second: number | null, t: number, news: Announcement, address: string | null, why: string | null): void {
    const channel = this.of(first, t);
    for (const stream of [...channel.streams]) if (!stream.unknown && stream.obj !== first && stream.obj !== second) this.separate(stream);
    if (second !== null) {
      const other = this.of(second, t);
      if (other !== channel) {
        for (const stream of [...other.streams]) if (!stream.unknown && stream.obj !== second) this.separate(stream);
        this.merge(other, channel);
        this.byObject.set(second, channel);
      }
    }
    channel.setEnds(this.stream(first), second === null ? this.unknownEnd(first) : this.stream(second));
    channel.announced = news;
    channel.address = address;
    channel.joinedWhy = why;
    this.touch(channel);
  }

  /** The stand-in for what is at the other end of an object. Ids are positive, so that no object has its number. */
  private unknownEnd(obj: number): Stream {
    let stream = this.streams.get(-obj);
    if (stream === undefined) {
      stream = new Stream(-obj, this.compare, true);
      this.streams.set(-obj, stream);
    }
    return stream;
  }

  /** An end that was joined with another by mistake is a channel of its own again. */
  private separate(stream: Stream): void {
    const channel = new Channel([stream], this.byObject.get(stream.obj)?.firstMs ?? Infinity);
    this.byObject.set(stream.obj, channel);
    this.all.push(channel);
    this.touch(channel);
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
