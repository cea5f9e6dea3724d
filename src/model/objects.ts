/** All that is told of locks, pools, what managers hold, connections and shared memory: which table a record belongs to, and which rows it touches. */
import type { ChannelTable } from './channel-table.js';
import { Connections } from './connections.js';
import type { HeldFact, RecordFact, SlotFact } from './facts.js';
import type { Image } from './image.js';
import { LockTable } from './lock-table.js';
import type { CompareImages } from './logs.js';
import { PoolTable } from './pool-table.js';
import type { Proc } from './process.js';
import { RecordType } from './record-types.js';
import { SegmentTable } from './segment-table.js';
import { SharedTable } from './shared-table.js';

export class Objects {
  readonly locks: LockTable;
  readonly pools: PoolTable;
  readonly shared: SharedTable;
  readonly segments: SegmentTable;
  readonly connections: Connections;
  /** Images by the locks that they hold. */
  readonly heldBy = new Map<number, Set<Image>>();
  /** Images that hold more locks than they have words for, or may do so. */
  readonly unseen = new Set<Image>();
  /** Images of which it is not known what they hold. */
  readonly unknown = new Set<Image>();
  /** Ids of objects whose rows speak of each other by their keys. */
  private readonly related = new Map<number, Set<number>>();

  constructor(
    compare: CompareImages,
    channels: ChannelTable,
    endsChanged: () => void,
    private readonly slotsOn: ReadonlyMap<number, ReadonlySet<Image>>,
    /** The row of a process says what it waits for. */
    private readonly touchRow: (proc: Proc) => void,
  ) {
    this.locks = new LockTable(compare);
    this.pools = new PoolTable(compare);
    this.shared = new SharedTable(compare);
    this.segments = new SegmentTable(compare);
    this.connections = new Connections(channels, compare, endsChanged);
  }

  record(image: Image, fact: RecordFact): void {
    const { type, obj } = fact;
    if (type >= RecordType.SEGMENT_NEW) {
      this.segments.record(image, fact);
      if (type !== RecordType.VALUE_NEW) return;
      if (fact.b !== 0) this.relate(obj, fact.b);
      // A lock says whose it is.
      for (const other of this.related.get(obj) ?? []) this.locks.at(other)?.touch();
      return;
    }
    if (type >= RecordType.LISTENER_NEW) {
      this.connections.record(image, fact);
      return;
    }
    if (type >= RecordType.SERVER_NEW) {
      this.shared.record(image, fact);
      return;
    }
    if (obj === 0) return;
    if (type >= RecordType.POOL_NEW) {
      this.pools.record(image, fact);
      if (type === RecordType.POOL_NEW) this.relate(obj, fact.a);
      return;
    }
    this.locks.record(image, fact);
    if ((type === RecordType.LOCK_NEW || type === RecordType.LOCK_HELD) && fact.b !== 0) this.relate(obj, fact.b);
  }

  slots(before: readonly SlotFact[], now: readonly SlotFact[]): void {
    for (const slot of before) this.touchOn(slot.obj);
    for (const slot of now) this.touchOn(slot.obj);
  }

  held(image: Image, before: HeldFact, now: HeldFact): void {
    for (const obj of before.locks) if (!now.locks.includes(obj)) this.heldBy.get(obj)?.delete(image);
    for (const obj of now.locks) {
      const holders = this.heldBy.get(obj);
      if (holders === undefined) this.heldBy.set(obj, new Set([image]));
      else holders.add(image);
    }
    for (const obj of [...before.locks, ...now.locks]) this.locks.at(obj)?.touch();
    if (now.unknown === true) this.unknown.add(image);
    else this.unknown.delete(image);
    if (before.unseen === now.unseen && before.unknown === now.unknown) return;
    if (now.unseen) this.unseen.add(image);
    else this.unseen.delete(image);
    this.locks.touchAll();
  }

  /** An image said that it dropped records: what it used may be known in part only. */
  lossy(image: Image): void {
    for (const lock of this.locks.all) if (lock.users.has(image)) lock.touch();
  }

  /** A process came to its end or became another by exec: rows of what it used say so. */
  touchOf(proc: Proc): void {
    for (const image of proc.images) {
      for (const slot of image.slots) this.touchOn(slot.obj);
      for (const obj of image.held.locks) {
        this.locks.at(obj)?.touch();
        this.touchWaiters(obj);
      }
      for (const pool of this.pools.servedBy.get(image) ?? []) pool.touch();
    }
  }

  /** Something got a key: rows that speak of it can say so now. */
  named(obj: number): void {
    for (const other of this.related.get(obj) ?? []) {
      this.locks.at(other)?.touch();
      this.pools.at(other)?.touch();
      this.segments.at(other)?.touch();
    }
    // It speaks of the channel with its own id, announced or not.
    this.pools.at(obj)?.touch();
    this.touchWaiters(obj);
  }

  /** Whom a process waits for depends on what is known of the object that it waits for: who holds a lock, who has a task. */
  touchAwaiting(): void {
    for (const table of [this.locks, this.pools, this.shared]) for (const { obj } of table.dirty) this.touchWaiters(obj);
  }

  touchAll(): void {
    for (const table of [this.locks, this.pools, this.shared, this.segments]) table.touchAll();
  }

  private touchOn(obj: number): void {
    if (obj === 0) return;
    this.locks.at(obj)?.touch();
    this.pools.at(obj)?.touch();
    this.shared.at(obj)?.touch();
  }

  private touchWaiters(obj: number): void {
    for (const image of this.slotsOn.get(obj) ?? []) this.touchRow(image.proc);
  }

  private relate(a: number, b: number): void {
    for (const [one, other] of [[a, b], [b, a]] as const) {
      const others = this.related.get(one);
      if (others === undefined) this.related.set(one, new Set([other]));
      else others.add(other);
    }
  }
}
