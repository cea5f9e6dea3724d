/** One image at a moment in the past: what its threads were in, what it held and what it had counted, as far as that can be known. */
import type { CounterFact, HeldFact, ImageInfo, SlotFact, StuckFact } from './facts.js';
import { outermost, type Flight } from './in-flight.js';
import { NO_THREAD } from './record-types.js';

/** A slot is written a moment after its operation's record says it began. Milliseconds. */
const SLOT_LAG = 20;
/** A thread that is not told to wait while it has nothing to do, and takes no lock that a script made. */
const FEEDER = 'QueueFeederThread';

export class CutImage {
  /** System's number and name of its threads, by their slots. */
  readonly natives = new Map<number, { readonly native: number; readonly name: string | null }>();
  /** A record of after the moment was told. */
  past = false;
  /** One of those that are not recorded any more once a process counts instead. */
  recordsOn = false;
  /** Index of the first message that was sent after the moment. */
  firstSendOut: number | null = null;
  counted: { readonly dropped: number; readonly rows: readonly CounterFact[] } = { dropped: 0, rows: [] };
  /** Locks that it is known to have held then. */
  readonly provenHeld = new Set<number>();
  private readonly flights: SlotFact[] = [];
  private last: readonly SlotFact[] = [];
  private words: HeldFact | null = null;
  /** The latest end of an operation of the main thread by the moment. */
  private mainMs = -Infinity;

  constructor(
    readonly id: number,
    readonly info: ImageInfo,
    private readonly atMs: number,
  ) {}

  /** A record of by then. */
  saw(thread: number, t1: number): void {
    if (t1 > this.mainMs && this.isMain(thread)) this.mainMs = t1;
  }

  /** Of records of by then: the latest end of those of the main thread. */
  sawMain(t1: number): void {
    if (t1 > this.mainMs) this.mainMs = t1;
  }

  /** A record whose end is after the moment. @returns whether it began by then */
  isOver(t0: number, often: boolean): boolean {
    this.past = true;
    if (often) this.recordsOn = true;
    return t0 <= this.atMs;
  }

  inProgress(flight: Flight, sinceMs: number, thread: number, site: number): void {
    if (thread === NO_THREAD) return;
    this.flights.push({ ...flight, slot: thread, sinceMs, site, nativeThread: this.natives.get(thread)?.native ?? (thread === 0 ? this.info.pid : 0) });
  }

  /** Of a run that goes on slots may be told again: what was in one at any time since the moment, and began by then, was in it then. */
  slots(busy: readonly SlotFact[]): void {
    this.last = busy;
    for (const slot of busy) if (slot.sinceMs <= this.atMs) this.flights.push(slot);
  }

  holds(held: HeldFact): void {
    this.words = held;
  }

  /**
   * It was seen to wait in vain. A wait that an interrupt ended may have left no record; it lasted at least until it was seen, and for all
   * that is known until its thread did something else. To be told of the latest first.
   */
  sawStuck(t: number, [, , sinceMs, op, flags, obj, operand, site]: StuckFact): void {
    if (sinceMs > this.atMs) return;
    if (t < this.atMs && (this.mainMs > t || this.flights.some((flight) => flight.sinceMs > t && this.isMain(flight.slot)))) return;
    const same = this.flights.findIndex((flight) => flight.op === op && flight.obj === obj && this.isMain(flight.slot) && Math.abs(flight.sinceMs - sinceMs) < SLOT_LAG);
    const slot = { slot: this.flights[same]?.slot ?? 0, sinceMs, op, flags, obj, operand, site, deadlineMs: null, nativeThread: this.info.pid };
    if (same < 0) this.flights.push(slot);
    // What a look finds again is told by the slot's own words.
    else this.flights[same] = slot;
  }

  /** Whether its main thread is taken to have been in this wait at the moment. */
  standsIn([, , sinceMs, op, , obj]: StuckFact): boolean {
    return outermost(this.flights).some((slot) => slot.sinceMs === sinceMs && slot.op === op && slot.obj === obj);
  }

  /** Its slots: of one that had ended by then, what its threads were in at its end. */
  busy(): SlotFact[] {
    return outermost(this.flights);
  }

  /** Null: nothing is to be told. */
  heldAt(ended: boolean): HeldFact | null {
    if (ended || this.stood()) return this.words;
    return { locks: [...this.provenHeld], unseen: false, unknown: true };
  }

  /** Whether all of its threads have been in one operation each from the moment to the last look at its words. */
  private stood(): boolean {
    const inside = new Set(this.last.filter((slot) => slot.sinceMs <= this.atMs).map(({ slot }) => slot));
    if (![...inside].some((slot) => this.isMain(slot))) return false;
    for (const [thread, { name }] of this.natives) if (name !== FEEDER && !inside.has(thread)) return false;
    return true;
  }

  private isMain(thread: number): boolean {
    const told = this.natives.get(thread);
    return told === undefined ? thread === 0 : told.native === this.info.pid;
  }
}
