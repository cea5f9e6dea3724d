/**
 * A run as it was at a moment: everything that is told passes here, and what had happened by then goes on to the model; what was in
 * progress then becomes slots, as a look at that moment would have found them. So all that a model knows (rows, findings, chains)
 * is of that moment, by the code that works it out in the present.
 *
 * What is not known of a moment in the past, because only its last value is kept: the words of the locks that a process holds (see
 * `heldAt`) and its counters past the budget (see `countersAt`). Nothing is made up in their place.
 */
import type { CounterFact, FactSink, HeldFact, ImageId, ImageInfo, Observation, RecordBlock, RecordFact, SlotFact, StuckFact } from './facts.js';
import { CutImage } from './cut-image.js';
import type { Model } from './index.js';
import { PAIR_LAG } from './live.js';
import type { MessagesThen, Recent } from './messages-then.js';
import { isOften, putFlight, receiveFlight, recordFlight, sendFlight } from './in-flight.js';
import { PutFlag, ReceiveFlag, RecordType, SendFlag } from './record-types.js';

/** Some milliseconds' work. */
const PAIRED_AT_ONCE = 10_000;
/** Rates are of the last so many milliseconds. */
const RATE_WINDOW = 1000;

export class Cut implements FactSink {
  private readonly images: (CutImage | undefined)[] = [];
  private readonly recent: Map<number, Recent>;
  private readonly stuck: { readonly t: number; readonly p: readonly StuckFact[] }[] = [];

  /**
   * @param model new: it must have been told nothing
   * @param atMs the moment, ms from the run's start
   * @param messages those of the moment, where the model has them already: then only what was in progress is taken from what is told of them
   */
  constructor(
    private readonly model: Model,
    readonly atMs: number,
    private readonly messages: MessagesThen | null = null,
  ) {
    this.recent = messages?.recent ?? new Map<number, Recent>();
  }

  image(id: ImageId, info: ImageInfo): void {
    if (info.openedMs > this.atMs || this.images[id] !== undefined) return;
    this.images[id] = new CutImage(id, info, this.atMs);
    this.model.image(id, info);
  }

  /** Strings are no events. */
  string(id: ImageId, number: number, text: string): void {
    if (this.images[id] !== undefined) this.model.string(id, number, text);
  }

  /**
   * Whether records that were told before need not be told again for this moment: what they say of it is noted here. For a cut that has
   * its messages; blocks of an image to be asked for in their order.
   * @param previewsFrom index from which on previews are wanted
   */
  passes(id: ImageId, block: RecordBlock, previewsFrom: number): boolean {
    const image = this.images[id];
    // It begins later.
    if (image === undefined) return true;
    if (block.endMs <= this.atMs) {
      if (!block.onlyMessages || (block.previews > 0 && block.to > previewsFrom)) return false;
      image.sawMain(block.mainEndMs);
      return true;
    }
    if (block.beginMs <= this.atMs || !block.onlyTimed) return false;
    // A preview of what had been sent by then may come later.
    if (block.previewsFrom < (image.firstSendOut === null ? Infinity : image.firstSendOut % 2 ** 32)) return false;
    if (block.firstSend >= 0) image.firstSendOut ??= block.firstSend;
    image.isOver(block.beginMs, block.often);
    return true;
  }

  put(id: ImageId, t0: number, t1: number, obj: number, seq: number, flags: number, thread: number, site: number): void {
    const image = this.images[id];
    if (image === undefined) return;
    if (t1 > this.atMs) {
      if (image.isOver(t0, true)) image.inProgress(putFlight(obj, t1, seq, flags), t0, thread, site);
      return;
    }
    image.saw(thread, t1);
    if (this.messages !== null) return;
    if (t1 > this.atMs - RATE_WINDOW && (flags & PutFlag.FULL) === 0) this.recentOf(obj).puts++;
    this.model.put(id, t0, t1, obj, seq, flags, thread, site);
  }

  send(id: ImageId, index: number, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.images[id];
    if (image === undefined) return;
    if (t1 > this.atMs) {
      image.firstSendOut ??= index;
      if (image.isOver(t0, true)) image.inProgress(sendFlight(obj, bytes, flags), t0, thread, site);
      return;
    }
    image.saw(thread, t1);
    if (this.messages !== null) return;
    if (t1 > this.atMs - RATE_WINDOW && (flags & SendFlag.FAILED) === 0) this.recentOf(obj).sent++;
    this.model.send(id, index, t0, t1, obj, bytes, crc, flags, thread, site);
  }

  receive(id: ImageId, t0: number, t1: number, obj: number, bytes: number, crc: number, flags: number, thread: number, site: number): void {
    const image = this.images[id];
    if (image === undefined) return;
    if (t1 > this.atMs) {
      if (image.isOver(t0, true)) image.inProgress(receiveFlight(obj, flags), t0, thread, site);
      return;
    }
    image.saw(thread, t1);
    if (this.messages !== null) return;
    if (t1 > this.atMs - RATE_WINDOW && (flags & ReceiveFlag.FAILED) === 0) this.recentOf(obj).received++;
    this.model.receive(id, t0, t1, obj, bytes, crc, flags, thread, site);
  }

  /** A model keeps the latest of an image: those of messages to come would push out those that are listed. */
  preview(id: ImageId, sendIndex: number, total: number, part: number, bytes: Uint8Array): void {
    const image = this.images[id];
    if (image !== undefined && (image.firstSendOut === null || sendIndex < image.firstSendOut % 2 ** 32)) this.model.preview(id, sendIndex, total, part, bytes);
  }

  record(id: ImageId, fact: RecordFact): void {
    const image = this.images[id];
    if (image === undefined) return;
    if (fact.type === RecordType.THREAD) image.natives.set(fact.thread, { native: fact.a, name: fact.s1 });
    if (fact.t1 <= this.atMs) {
      image.saw(fact.thread, fact.t1);
      this.model.record(id, fact);
    } else if (image.isOver(fact.t0, isOften(fact.type))) {
      const flight = recordFlight(fact);
      if (flight !== null) image.inProgress(flight, fact.t0, fact.thread, fact.site);
    }
  }

  slots(id: ImageId, busy: readonly SlotFact[]): void {
    this.images[id]?.slots(busy);
  }

  held(id: ImageId, held: HeldFact): void {
    this.images[id]?.holds(held);
  }

  counters(id: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    const image = this.images[id];
    if (image !== undefined) image.counted = { dropped, rows };
  }

  /** They have no time, but a place among the records. */
  skipped(id: ImageId, holes: number, unknown: number): void {
    if (this.images[id]?.past === false) this.model.skipped(id, holes, unknown);
  }

  observe(seen: Observation): void {
    if (seen.k === 'stuck') this.stuck.push(seen);
    // What a source line calls an object is no event: it was told when somebody read the line.
    if (seen.k === 'name') this.model.observe({ ...seen, t: Math.min(seen.t, this.atMs) });
    else if (seen.t <= this.atMs) this.model.observe(seen);
  }

  /** Of the files as they are: how large they were then is not told. */
  size(bytes: number): void {
    this.model.size(bytes);
  }

  /** The model's time is the moment, whatever the journal's is. */
  advance(): void {
    // told in `finish`
  }

  /** All was told: what was in progress is told now, and the clock set to the moment. */
  finish(): void {
    const { model, atMs } = this;
    this.messages?.tellTo(model.world);
    this.stuck.sort((a, b) => b.t - a.t);
    for (const { t, p } of this.stuck) for (const fact of p) this.imageOf(fact, t)?.sawStuck(t, fact);
    for (const image of this.images) {
      if (image === undefined) continue;
      const busy = image.busy();
      if (busy.length > 0) model.slots(image.id, busy);
    }
    this.tellHeld();
    this.tellCounters();
    model.advance(atMs);
    this.seedRates();
  }

  /**
   * Pairs messages, piece by piece, so that whoever asks can let others have a turn in between. What the first look at the model does
   * at once else: a second's work where there are hundreds of thousands.
   */
  *pairing(): Generator<void> {
    const { world } = this.model;
    world.objects.connections.settle();
    const until = this.atMs - PAIR_LAG;
    for (const channel of [...world.channels]) {
      channel.goOn(until);
      const pieces = Math.ceil(channel.received / PAIRED_AT_ONCE);
      for (let piece = 1; piece < pieces; piece++) {
        channel.settle(channel.firstMs + ((until - channel.firstMs) * piece) / pieces);
        yield;
      }
    }
  }

  private hasEnded({ id }: CutImage): boolean {
    const { world } = this.model;
    const image = world.imageOf(id);
    return world.derived(image.proc).end !== null || image.proc.latestImage() !== image;
  }

  /**
   * Only the last value of these words is kept. It is that of the moment where the process had ended by then, or all of its threads
   * have been in one operation since. Who was seen to wait in vain for a lock was told who held it. Of all others it is not known
   * what they held, and that is what the model is told.
   */
  private tellHeld(): void {
    const { world } = this.model;
    if (world.objects.locks.all.length === 0) return;
    for (const { t, p } of this.stuck) {
      for (const fact of p) {
        const [, , , op, , obj, , , by] = fact;
        const waiter = this.imageOf(fact, t);
        const [holder, ...others] = by;
        if (op !== RecordType.LOCK_WAIT || holder === undefined || others.length > 0 || waiter?.standsIn(fact) !== true) continue;
        const other = p.find(([pid]) => pid === holder);
        const image = other === undefined ? undefined : this.imageOf(other, t);
        if (other !== undefined && image?.standsIn(other) === true) image.provenHeld.add(obj);
      }
    }
    for (const image of this.images) {
      if (image === undefined) continue;
      const held = image.heldAt(this.hasEnded(image));
      if (held !== null) this.model.held(image.id, held);
    }
  }

  /**
   * Only the last sums are kept. They are those of the moment where nothing was counted after it: the process had ended. A channel's
   * are told for all of its processes or for none, since its depth is what some put less what others got. Once a process counts it
   * goes on to, so that whoever recorded a message after the moment had counted none by then.
   */
  private tellCounters(): void {
    const open = new Set<number>();
    for (const image of this.images) {
      if (image === undefined || image.recordsOn || this.hasEnded(image)) continue;
      for (const { obj } of image.counted.rows) open.add(obj);
    }
    for (const image of this.images) {
      if (image === undefined || image.recordsOn) continue;
      const rows = image.counted.rows.filter(({ obj }) => !open.has(obj));
      if (image.counted.dropped > 0 || rows.length > 0) this.model.counters(image.id, image.counted.dropped, this.hasEnded(image) ? rows : []);
    }
  }

  /** A model takes its rates from what it saw a second ago. */
  private seedRates(): void {
    const { model, atMs } = this;
    let messages = 0;
    let before = 0;
    for (const channel of model.world.channels) {
      const recent = { puts: 0, sent: 0, received: 0 };
      for (const { obj } of channel.streams) {
        const of = this.recent.get(obj);
        recent.puts += of?.puts ?? 0;
        recent.sent += of?.sent ?? 0;
        recent.received += of?.received ?? 0;
      }
      const entered = channel.isQueue ? channel.puts - recent.puts : channel.sent - recent.sent;
      channel.arrivals.push({ t: atMs - RATE_WINDOW, entered, left: channel.received - recent.received });
      messages += Math.max(channel.sent, channel.received);
      before += Math.max(channel.sent - recent.sent, channel.received - recent.received);
    }
    if (messages > before) model.live.sawMessages(atMs - RATE_WINDOW, before);
  }

  private recentOf(obj: number): Recent {
    let recent = this.recent.get(obj);
    if (recent === undefined) {
      recent = { puts: 0, sent: 0, received: 0 };
      this.recent.set(obj, recent);
    }
    return recent;
  }

  /** The image that a process was when it was seen. */
  private imageOf([pid, start]: StuckFact, t: number): CutImage | undefined {
    let latest: CutImage | undefined;
    for (const image of this.images) {
      if (image?.info.pid !== pid || (start !== 0 && image.info.start !== 0 && image.info.start !== start) || image.info.openedMs > t) continue;
      if (latest === undefined || image.info.openedMs >= latest.info.openedMs) latest = image;
    }
    return latest;
  }
}
