/** Locks, semaphores, conditions, events and barriers: what is told of them. */
import type { LockKind } from '../protocol/view.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { isEarlier, Made, MadeTable, wholeNs } from './made.js';
import { LockNewFlag, RecordType, SyncTell, WaitFlag } from './record-types.js';

const KINDS: Readonly<Record<LockKind, true>> = { Lock: true, RLock: true, Semaphore: true, BoundedSemaphore: true, Condition: true, Event: true, Barrier: true };

/** What LOCK_NEW says, or LOCK_HELD where nobody told of its making. */
interface LockWord {
  readonly image: Image;
  readonly t: number;
  readonly kind: LockKind | null;
  readonly internal: boolean;
  /** First value or parties; null: not told. */
  readonly value: number | null;
  /** Object id of the lock that it is built on; 0 none. */
  readonly builtOn: number;
}

/** A word that was told of an Event: set or cleared. */
interface Tell {
  readonly image: Image;
  readonly t: number;
  readonly set: boolean;
}

export class Lock extends Made {
  private made: LockWord | null = null;
  private heldWord: LockWord | null = null;
  private guess: LockKind | null = null;
  contended = 0;
  waitNs = 0;
  longestMs = 0;
  gaveUp = 0;
  /** The latest wait that was given up. */
  lastGaveUp: { readonly image: Image; readonly t0: number; readonly t1: number; readonly site: number } | null = null;
  told = 0;
  /** The latest set or clear of an Event. */
  lastTell: Tell | null = null;
  /** Somebody released it in another's stead. */
  freed = false;
  /** Images that told of it. */
  readonly users = new Set<Image>();

  private get word(): LockWord | null {
    return this.made ?? this.heldWord;
  }

  /** Of one that nobody announced, what its records say; all are built on a plain lock. */
  get kind(): LockKind {
    return this.word?.kind ?? this.guess ?? 'Lock';
  }

  get internal(): boolean {
    return this.word?.internal ?? false;
  }

  /** First value of a semaphore, parties of a barrier. */
  get value(): number | null {
    const { kind } = this;
    return kind === 'Semaphore' || kind === 'BoundedSemaphore' || kind === 'Barrier' ? (this.made?.value ?? null) : null;
  }

  get builtOn(): number {
    return this.word?.builtOn ?? 0;
  }

  /** It is held and released, by processes. */
  get isHeld(): boolean {
    const { kind } = this;
    return kind !== 'Condition' && kind !== 'Event' && kind !== 'Barrier';
  }

  /** One process alone can hold it. */
  get isExclusive(): boolean {
    return this.kind === 'Lock' || this.kind === 'RLock' || (this.isHeld && this.value === 1);
  }

  announce(image: Image, fact: RecordFact, compare: CompareImages): void {
    const isNew = fact.type === RecordType.LOCK_NEW;
    const word: LockWord = {
      image,
      t: fact.t0,
      kind: lockKind(fact.s1),
      internal: (fact.flags & LockNewFlag.INTERNAL) !== 0,
      value: isNew ? fact.a : null,
      builtOn: fact.b,
    };
    if (isNew) {
      if (this.madeBy(image, fact, compare)) this.made = word;
    } else if (this.heldWord === null || isEarlier(image, fact.t0, this.heldWord, compare)) this.heldWord = word;
  }

  waited(image: Image, fact: RecordFact, compare: CompareImages): void {
    const ms = Math.max(0, fact.t1 - fact.t0);
    this.contended++;
    this.waitNs += wholeNs(ms);
    if (ms > this.longestMs) this.longestMs = ms;
    if ((fact.flags & WaitFlag.GAVE_UP) === 0) return;
    this.gaveUp++;
    const { lastGaveUp } = this;
    const later = lastGaveUp === null ? 1 : fact.t1 - lastGaveUp.t1 || fact.t0 - lastGaveUp.t0 || compare(image.id, lastGaveUp.image.id);
    if (later > 0) this.lastGaveUp = { image, t0: fact.t0, t1: fact.t1, site: fact.site };
  }

  tell(image: Image, fact: RecordFact, compare: CompareImages): void {
    const { flags, t0 } = fact;
    // Nobody hears of a clear.
    if (flags !== SyncTell.CLEAR) this.told++;
    if (flags === SyncTell.SET || flags === SyncTell.CLEAR) {
      this.guess = 'Event';
      if (this.lastTell === null || !isEarlier(image, t0, this.lastTell, compare)) this.lastTell = { image, t: t0, set: flags === SyncTell.SET };
    } else if (this.guess !== 'Event') this.guess = flags === SyncTell.NOTIFY && this.guess !== 'Barrier' ? 'Condition' : 'Barrier';
  }
}

export class LockTable extends MadeTable<Lock> {
  constructor(private readonly compare: CompareImages) {
    super((obj, t, dirty) => new Lock(obj, t, dirty));
  }

  record(image: Image, fact: RecordFact): void {
    const lock = this.of(fact.obj, fact.t0);
    lock.touch();
    lock.users.add(image);
    switch (fact.type) {
      case RecordType.LOCK_NEW:
      case RecordType.LOCK_HELD:
        lock.announce(image, fact, this.compare);
        return;
      case RecordType.LOCK_WAIT:
      case RecordType.SYNC_WAIT:
        if (fact.flags & WaitFlag.AT_ONCE) return;
        lock.waited(image, fact, this.compare);
        image.waited(fact, 'blocked-lock', fact.obj);
        return;
      case RecordType.LOCK_FREED:
        lock.freed = true;
        return;
      case RecordType.SYNC_TELL:
        lock.tell(image, fact, this.compare);
    }
  }
}

function lockKind(word: string | null): LockKind | null {
  return word !== null && Object.hasOwn(KINDS, word) ? (word as LockKind) : null;
}
