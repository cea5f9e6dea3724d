/** What is told of channels and their messages, filed by the ends that it is about. */
import { channelKind } from './channel.js';
import type { ChannelTable } from './channel-table.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import { putFlight, receiveFlight, sendFlight } from './in-flight.js';
import { NO_PLACE } from './logs.js';
import { CloseFlag, ReceiveFlag, RecordType, SendFlag } from './record-types.js';
import { SHORTEST_WAIT } from './spans.js';

/** A feeder that takes longer for one message waits for room in the pipe. Milliseconds. */
const LONG_FEED = 500;

export class Traffic {
  constructor(
    private readonly table: ChannelTable,
    /** Who holds which end may have changed. */
    private readonly endsChanged: () => void,
  ) {}

  put(image: Image, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    const channel = this.table.of(obj, t0);
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, 'blocked-queue', obj, { ...putFlight(obj, t1, seq, flags), thread, site });
    const went = this.table.stream(obj).puts.add(image.id, t0, t1, seq, flags, site, (earliest) => {
      for (const direction of channel.directions) if (direction.from.obj === obj) direction.pairing.putsWillChange(earliest);
    });
    if (went) this.table.touch(channel);
  }

  send(image: Image, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const stream = this.table.stream(obj);
    const channel = this.table.of(obj, t0);
    const failed = (flags & SendFlag.FAILED) !== 0;
    const byFeeder = (flags & SendFlag.FEEDER) !== 0;
    const place = byFeeder ? stream.puts.feeder(image.id).take(failed, t1) : NO_PLACE;
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, byFeeder ? 'blocked-queue' : 'blocked-pipe', obj, { ...sendFlight(obj, bytes, flags), thread, site });
    if (byFeeder && t1 - t0 > LONG_FEED) image.longFeeds.push({ obj, from: t0, to: t1 });
    this.table.touch(channel);
    if (failed) {
      stream.sends.missed.add(image.id, t0, t1);
      return;
    }
    stream.sends.add(image.id, index, t0, t1, bytes, crc, flags, thread, site, place);
    // A feeder thread has no line of the user's: the put has, which its process told before, but for a race that leaves this one without.
    const put = stream.puts.rowOfPlace(image.id, place);
    image.countSend(t1, bytes, put >= 0 && stream.puts.t0.at(put) <= t0 ? stream.puts.site.at(put) : site);
  }

  receive(image: Image, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const stream = this.table.stream(obj);
    const channel = this.table.of(obj, t0);
    if (t1 - t0 > SHORTEST_WAIT) image.spans.add(t0, t1, flags & ReceiveFlag.GET ? 'blocked-queue' : 'blocked-pipe', obj, { ...receiveFlight(obj, flags), thread, site });
    this.table.touch(channel);
    if (flags & ReceiveFlag.FAILED) {
      stream.receives.missed.add(image.id, t0, t1);
      return;
    }
    stream.receives.add(image.id, t0, t1, bytes, crc, flags, thread, site);
    image.countReceive(t1, bytes, site);
  }

  record(image: Image, fact: RecordFact): void {
    const { obj, t0 } = fact;
    if (!(fact.type in CHANNEL_RECORDS) || obj === 0) return;
    const channel = this.table.of(obj, t0);
    this.table.touch(channel);
    switch (fact.type) {
      case RecordType.CHANNEL_NEW:
        this.table.created(image, fact, channel);
        this.endsChanged();
        return;
      case RecordType.CHANNEL_HELD:
        image.noteEnd(obj, t0, fact.flags, 1);
        channel.held(channelKind(fact.s1));
        this.endsChanged();
        return;
      case RecordType.CHANNEL_CLOSED:
        image.noteEnd(obj, t0, fact.flags, -1);
        this.endsChanged();
        return;
      case RecordType.GET_EMPTY:
        this.table.stream(obj).gotEmpty(image.id, fact.t1, fact.site);
        image.waited(fact, 'blocked-queue', obj);
        return;
      case RecordType.POLL:
        image.waited(fact, 'blocked-pipe', obj);
        return;
      case RecordType.QUEUE_JOIN:
        image.waited(fact, 'blocked-queue', obj);
        return;
      case RecordType.QUEUE_CLOSE:
        if (fact.flags === CloseFlag.JOIN_THREAD) image.waited(fact, 'blocked-queue', obj);
        return;
      case RecordType.FEEDER_ERROR: {
        image.feederErrors.push(fact);
        const stream = this.table.stream(obj);
        stream.puts.feeder(image.id).drop(fact.t1);
        for (const direction of channel.directions) if (direction.from === stream) direction.dropped(t0);
        return;
      }
      case RecordType.TASK_DONE:
        channel.taskDone++;
        return;
      case RecordType.COUNTING: {
        const stream = this.table.stream(obj);
        stream.countingFrom = Math.min(stream.countingFrom, t0);
      }
    }
  }
}

const CHANNEL_RECORDS: Readonly<Record<number, true>> = {
  [RecordType.CHANNEL_NEW]: true,
  [RecordType.CHANNEL_HELD]: true,
  [RecordType.CHANNEL_CLOSED]: true,
  [RecordType.GET_EMPTY]: true,
  [RecordType.FEEDER_ERROR]: true,
  [RecordType.POLL]: true,
  [RecordType.TASK_DONE]: true,
  [RecordType.QUEUE_JOIN]: true,
  [RecordType.QUEUE_CLOSE]: true,
  [RecordType.COUNTING]: true,
};
