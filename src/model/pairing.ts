/**
 * Which receive got which send, one way of one channel: a fold over both logs in the order of time.
 *
 * While the order of time is the truth (each end used under the channel's lock, or by one thread alone) the k-th send is
 * the k-th receive. That fold can be taken back pair by pair when a late record lands before its end, so its outcome is
 * that of the sorted logs, however they came. Where an end is shared without a lock, or a pair contradicts itself, the
 * rest is matched by length, checksum and order among equals; that fold starts again when something lands before its end.
 */
import { signedWords, times } from './columns.js';
import { LatencyCount } from './latency.js';
import type { PutLog, ReceiveLog, SendLog } from './logs.js';
import { ReceiveFlag, SendFlag } from './record-types.js';

export interface EdgeCount {
  readonly fromImage: number;
  readonly toImage: number;
  messages: number;
  bytes: number;
}

/** The first pair that contradicts itself: what was wrong with it. */
export type Contradiction = 'length' | 'time' | 'content';

const IMAGE_SPAN = 2 ** 26;
const MAX_STEP = 1024;
/** After so many pairs at least, a multiple of MAX_STEP, and so many for each edge, what was counted is noted: one note of a thousand edges is some 100 kB. */
const NOTE_STEP = 32 * MAX_STEP;
const NOTE_STEP_AN_EDGE = 16;

/** What was counted of the pairs before a position. */
interface Note {
  readonly at: number;
  readonly latencies: LatencyCount;
  readonly edges: readonly EdgeCount[];
  readonly maximum: number;
}

export class Pairing {
  readonly latencies = new LatencyCount();
  /** Position of the first pair that is not matched by the order of time alone; -1 while all are. */
  contradictionAt = -1;
  contradiction: Contradiction | null = null;
  /** Positions from which pairs were taken back, one after another: a list made over pairs begins again there. */
  readonly takenBack: number[] = [];

  private readonly edgeCounts = new Map<number, EdgeCount>();
  private lastEdge: EdgeCount | null = null;
  /** Pairs folded by order; both logs are paired position by position below it. */
  private zipped = 0;
  /** Largest latency of the pairs before each multiple of MAX_STEP. */
  private readonly maxima: number[] = [0];
  private maximum = 0;
  private readonly notes: Note[] = [];
  /** From when on messages were counted instead of recorded, by either side. */
  private cut = Infinity;

  private byContent = false;
  private stale = false;
  /** Positions up to which sends and receives were taken in, when matched by content. */
  private sendsTaken = 0;
  private receivesTaken = 0;
  private lastReceiveEnd = -Infinity;
  private readonly waiting = new Map<number, { head: number; tail: number }>();
  private readonly nextWaiting = signedWords();
  /** Matched by content: row of the other side by row, -1 none. */
  private readonly receiveOfSend = signedWords();
  private readonly sendOfReceive = signedWords();
  private readonly contentLatencies = times();

  constructor(
    readonly sends: SendLog,
    readonly receives: ReceiveLog,
    readonly puts: PutLog,
  ) {}

  /** The position-th send will have another place from now on. */
  sendsWillChange(position: number): void {
    if (this.byContent) {
      if (position < this.sendsTaken || position <= this.contradictionAt) this.stale = true;
    } else this.takeBack(position);
  }

  receivesWillChange(position: number): void {
    if (this.byContent) {
      if (position < this.receivesTaken || position <= this.contradictionAt) this.stale = true;
    } else this.takeBack(position);
  }

  /** Sends from `earliest` on may get another put. */
  putsWillChange(earliest: number): void {
    const taken = this.byContent ? this.sendsTaken : this.zipped;
    if (this.stale || taken === 0 || earliest > this.sends.order.keyAt(taken - 1)) return;
    if (this.byContent) this.stale = true;
    else this.takeBack(this.sends.order.countBefore(earliest));
  }

  /**
   * Goes on from where another pairing stood, whose logs begin as these do: the first `sends` positions of the one, the first
   * `receives` of the other. To be told before the first fold.
   * @param cut as in cutAt
   */
  goOnFrom(other: Pairing, sends: number, receives: number, cut: number): void {
    this.cut = cut;
    if (this.sharedWithoutLock) return;
    const cutSends = this.sends.order.countBefore(cut);
    const cutReceives = this.receives.order.countBefore(cut);
    const upTo = Math.min(other.zipped, sends, receives, cutSends, cutReceives);
    const note = other.notes.findLast(({ at }) => at <= upTo);
    if (note === undefined) return;
    this.notes.push(...other.notes.slice(0, other.notes.indexOf(note) + 1));
    this.latencies.take(note.latencies);
    for (const edge of note.edges) this.edgeCounts.set(edge.fromImage * IMAGE_SPAN + edge.toImage, { ...edge });
    this.maxima.length = 0;
    this.maxima.push(...other.maxima.slice(0, note.at / MAX_STEP + 1));
    this.maximum = note.maximum;
    this.zipped = note.at;
  }

  cutAt(t: number): void {
    if (t >= this.cut) return;
    this.cut = t;
    this.stale = true;
  }

  get cutFrom(): number {
    return this.cut;
  }

  get sharedWithoutLock(): boolean {
    return this.sends.usage.sharedWithoutLock || this.receives.usage.sharedWithoutLock;
  }

  /** Pairs found. */
  get pairs(): number {
    return this.latencies.count;
  }

  /** Positions below it have their final pair, but for what `takenBack` says. */
  get settled(): number {
    return this.zipped;
  }

  /** Whether some pairs were found by what the messages hold: then a receive may be left over among paired ones. */
  get matchesByContent(): boolean {
    return this.byContent;
  }

  /** Receives for which a send was looked for, where that is done by what they hold. */
  get receivesLookedAt(): number {
    return this.receivesTaken;
  }

  get maxLatency(): number {
    return this.maximum;
  }

  /** Whether this image has a message here that was paired. */
  touches(image: number): boolean {
    for (const edge of this.edgeCounts.values()) if (edge.messages > 0 && (edge.fromImage === image || edge.toImage === image)) return true;
    return false;
  }

  edges(): Iterable<EdgeCount> {
    return this.edgeCounts.values();
  }

  /** Folds all pairs whose receive ended up to `until`; the logs' orders must be settled. */
  fold(until: number): void {
    if (!this.byContent && this.sharedWithoutLock && this.zipped > 0) this.stale = true;
    if (this.byContent && this.sends.order.length > this.sendsTaken && this.sends.order.keyAt(this.sendsTaken) <= this.lastReceiveEnd) {
      this.stale = true; // a send that an earlier receive could have got was told after that receive was matched
    }
    if (this.stale) this.restart();
    if (!this.byContent && this.sharedWithoutLock) this.byContent = true;
    if (!this.byContent) this.zip(until);
    if (this.byContent) this.matchByContent(until);
  }

  /** Row of the receive that got this send, by the send's position and row; -1 unknown or not received. */
  receiveOf(position: number): number {
    if (position < this.zipped) return this.receives.order.row(position);
    const row = this.sends.order.row(position);
    if (this.byContent) return row < this.receiveOfSend.length ? this.receiveOfSend.at(row) : -1;
    // Not folded yet: near the present the order of time may still change, so this is a first word.
    if (position >= this.receives.order.length) return -1;
    const receive = this.receives.order.row(position);
    if (this.sends.t0.at(row) >= this.cut || this.receives.t1.at(receive) >= this.cut) return -1;
    return this.disagreement(row, receive) === null ? receive : -1;
  }

  /** Whether a receive has its send. */
  hasSend(position: number): boolean {
    if (position < this.zipped) return true;
    const row = this.receives.order.row(position);
    if (this.byContent) return row < this.sendOfReceive.length && this.sendOfReceive.at(row) >= 0;
    return position < this.sends.order.length && this.receiveOf(position) >= 0;
  }

  /**
   * The put that a send came from; -1 unknown. A put that begins after the send cannot be it: then numbers are missing.
   * (That rule also means that a put told late changes nothing for the sends before it, see `putsWillChange`.)
   */
  putOf(sendRow: number): number {
    const put = this.puts.rowOfPlace(this.sends.image.at(sendRow), this.sends.place.at(sendRow));
    return put >= 0 && this.puts.t0.at(put) <= this.sends.t0.at(sendRow) ? put : -1;
  }

  /** When the item was put, or sent where it was not put. */
  originTime(sendRow: number): number {
    const put = this.putOf(sendRow);
    return put >= 0 ? this.puts.t0.at(put) : this.sends.t0.at(sendRow);
  }

  /** All latencies, exactly: for the report, which is made once. */
  allLatencies(): Float64Array {
    const all = new Float64Array(this.latencies.count);
    for (let k = 0; k < this.zipped; k++) all[k] = this.latency(this.sends.order.row(k), this.receives.order.row(k));
    for (let i = 0; i < this.contentLatencies.length; i++) all[this.zipped + i] = this.contentLatencies.at(i);
    return all;
  }

  /** Latencies of what was received by a time, and the largest. */
  latenciesUntil(until: number): { readonly count: LatencyCount; readonly max: number } {
    const count = new LatencyCount();
    let max = 0;
    const { order } = this.receives;
    const end = order.countUpTo(until);
    for (let position = 0; position < end; position++) {
      const row = order.row(position);
      const send = position < this.zipped ? this.sends.order.row(position) : row < this.sendOfReceive.length ? this.sendOfReceive.at(row) : -1;
      if (send < 0) continue;
      const latency = this.latency(send, row);
      count.add(latency);
      if (latency > max) max = latency;
    }
    return { count, max };
  }

  private latency(send: number, receive: number): number {
    return Math.max(0, this.receives.t1.at(receive) - this.originTime(send));
  }

  private zip(until: number): void {
    const { sends, receives } = this;
    const end = Math.min(sends.order.length, receives.order.length);
    while (this.zipped < end) {
      const send = sends.order.row(this.zipped);
      const receive = receives.order.row(this.zipped);
      const received = receives.t1.at(receive);
      if (received > until || received >= this.cut || sends.t0.at(send) >= this.cut) return;
      const wrong = this.disagreement(send, receive);
      if (wrong !== null) {
        this.contradictionAt = this.zipped;
        this.contradiction = wrong;
        this.byContent = true;
        this.sendsTaken = this.zipped;
        this.receivesTaken = this.zipped;
        return;
      }
      if (this.zipped % MAX_STEP === 0) {
        this.maxima[this.zipped / MAX_STEP] = this.maximum;
        this.note();
      }
      const latency = this.latency(send, receive);
      this.count(send, receive, latency);
      this.zipped++;
    }
  }

  private note(): void {
    const last = this.notes.at(-1)?.at ?? 0;
    if (this.zipped - last < Math.max(NOTE_STEP, NOTE_STEP_AN_EDGE * this.edgeCounts.size)) return;
    this.notes.push({ at: this.zipped, latencies: this.latencies.copy(), edges: [...this.edgeCounts.values()].map((edge) => ({ ...edge })), maximum: this.maximum });
  }

  private disagreement(send: number, receive: number): Contradiction | null {
    const { sends, receives } = this;
    if (sends.bytes.at(send) !== receives.bytes.at(receive)) return 'length';
    if (receives.t1.at(receive) < sends.t0.at(send)) return 'time';
    const both = (sends.flags.at(send) & SendFlag.CRC) !== 0 && (receives.flags.at(receive) & ReceiveFlag.CRC) !== 0;
    return both && sends.crc.at(send) !== receives.crc.at(receive) ? 'content' : null;
  }

  private count(send: number, receive: number, latency: number): void {
    this.latencies.add(latency);
    if (latency > this.maximum) this.maximum = latency;
    const edge = this.edge(this.sends.image.at(send), this.receives.image.at(receive));
    edge.messages++;
    edge.bytes += this.sends.bytes.at(send);
  }

  private edge(fromImage: number, toImage: number): EdgeCount {
    if (this.lastEdge !== null && this.lastEdge.fromImage === fromImage && this.lastEdge.toImage === toImage) return this.lastEdge;
    const key = fromImage * IMAGE_SPAN + toImage;
    let edge = this.edgeCounts.get(key);
    if (edge === undefined) {
      edge = { fromImage, toImage, messages: 0, bytes: 0 };
      this.edgeCounts.set(key, edge);
    }
    this.lastEdge = edge;
    return edge;
  }

  private takeBack(to: number): void {
    if (to >= this.zipped || this.stale) return;
    while ((this.notes.at(-1)?.at ?? 0) > to) this.notes.pop();
    this.takenBack.push(to);
    while (this.zipped > to) {
      this.zipped--;
      const send = this.sends.order.row(this.zipped);
      const receive = this.receives.order.row(this.zipped);
      this.latencies.remove(this.latency(send, receive));
      const edge = this.edge(this.sends.image.at(send), this.receives.image.at(receive));
      edge.messages--;
      edge.bytes -= this.sends.bytes.at(send);
    }
    const step = Math.floor(to / MAX_STEP);
    this.maxima.length = step + 1;
    this.maximum = this.maxima[step] ?? 0;
    for (let k = step * MAX_STEP; k < to; k++) {
      this.maximum = Math.max(this.maximum, this.latency(this.sends.order.row(k), this.receives.order.row(k)));
    }
  }

  private restart(): void {
    this.stale = false;
    this.takenBack.push(0);
    this.latencies.clear();
    this.edgeCounts.clear();
    this.lastEdge = null;
    this.zipped = 0;
    this.maxima.length = 1;
    this.maximum = 0;
    this.notes.length = 0;
    this.byContent = false;
    this.contradictionAt = -1;
    this.contradiction = null;
    this.sendsTaken = 0;
    this.receivesTaken = 0;
    this.lastReceiveEnd = -Infinity;
    this.waiting.clear();
    this.nextWaiting.clear();
    this.receiveOfSend.clear();
    this.sendOfReceive.clear();
    this.contentLatencies.clear();
  }

  private matchByContent(until: number): void {
    const { sends, receives } = this;
    while (this.receiveOfSend.length < sends.rows) {
      this.receiveOfSend.push(-1);
      this.nextWaiting.push(-1);
    }
    while (this.sendOfReceive.length < receives.rows) this.sendOfReceive.push(-1);
    while (this.receivesTaken < receives.order.length) {
      const receive = receives.order.row(this.receivesTaken);
      const ended = receives.t1.at(receive);
      if (ended > until || ended >= this.cut) return;
      this.lastReceiveEnd = ended;
      this.receivesTaken++;
      while (this.sendsTaken < sends.order.length) {
        const send = sends.order.row(this.sendsTaken);
        if (sends.t0.at(send) > ended || sends.t0.at(send) >= this.cut) break;
        this.wait(this.contentKey(sends.bytes.at(send), sends.crc.at(send), sends.flags.at(send)), send);
        this.sendsTaken++;
      }
      const send = this.takeWaiting(this.contentKey(receives.bytes.at(receive), receives.crc.at(receive), receives.flags.at(receive)));
      if (send < 0) continue;
      this.receiveOfSend.set(send, receive);
      this.sendOfReceive.set(receive, send);
      const latency = this.latency(send, receive);
      this.contentLatencies.push(latency);
      this.count(send, receive, latency);
    }
  }

  /** Length and checksum in one number; the flag for "has a checksum" is the same bit on both sides. */
  private contentKey(bytes: number, crc: number, flags: number): number {
    return flags & SendFlag.CRC ? bytes * 2 ** 32 + crc : -1 - bytes;
  }

  private wait(key: number, send: number): void {
    const queue = this.waiting.get(key);
    if (queue === undefined) this.waiting.set(key, { head: send, tail: send });
    else {
      this.nextWaiting.set(queue.tail, send);
      queue.tail = send;
    }
  }

  private takeWaiting(key: number): number {
    const queue = this.waiting.get(key);
    if (queue === undefined) return -1;
    const send = queue.head;
    const next = this.nextWaiting.at(send);
    if (next < 0) this.waiting.delete(key);
    else queue.head = next;
    return send;
  }
}
