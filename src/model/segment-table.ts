/** Shared memory: named segments, and the values and arrays that lie in nameless ones. */
import type { SegmentRow } from '../protocol/view.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { isEarlier, Made, MadeTable, type Origin } from './made.js';
import { EndFlag, RecordType, SegmentFlag, Tracking } from './record-types.js';

type SegmentKind = SegmentRow['kind'];
const NAMED: readonly string[] = ['SharedMemory', 'ShareableList'];
const NAMELESS: readonly string[] = ['Value', 'Array', 'RawValue', 'RawArray'];

/** One name may be created again and again. */
export interface Creation extends Origin {
  /** No resource tracker was told. */
  readonly untracked: boolean;
}

interface SegmentWord {
  readonly kind: SegmentKind;
  readonly name: string | null;
  readonly type: string | null;
  readonly bytes: number;
  readonly lock: number;
}

export class Segment extends Made {
  private made: SegmentWord | null = null;
  private attached: { readonly word: SegmentWord; readonly image: Image; readonly t: number } | null = null;
  /** The latest: what was created under this name before is another's story. */
  creation: Creation | null = null;
  private readonly unlinks: { readonly t: number; readonly image: Image }[] = [];
  /** Images that opened it by name. */
  readonly users = new Set<Image>();

  private get word(): SegmentWord | null {
    return this.made ?? this.attached?.word ?? null;
  }

  get kind(): SegmentKind {
    return this.word?.kind ?? 'SharedMemory';
  }

  /** It has a name by which others can map it. */
  get isNamed(): boolean {
    return NAMED.includes(this.kind);
  }

  get systemName(): string | null {
    return this.word?.name ?? null;
  }

  get type(): string | null {
    return this.word?.type ?? null;
  }

  get bytes(): number {
    return this.word?.bytes ?? 0;
  }

  /** Object id of its lock; 0 none. */
  get lock(): number {
    return this.word?.lock ?? 0;
  }

  /** It was created in this run. */
  get isCreated(): boolean {
    return this.creation !== null;
  }

  /** Unlinked since it was last created. `counts`: not all who unlink do it for the script. */
  isUnlinked(counts: (image: Image) => boolean): boolean {
    const since = this.creation?.t ?? -Infinity;
    return this.unlinks.some(({ t, image }) => t >= since && counts(image));
  }

  opened(image: Image, fact: RecordFact, compare: CompareImages): void {
    const nameless = fact.type === RecordType.VALUE_NEW;
    const word: SegmentWord = {
      kind: kindOf(nameless ? fact.s1 : fact.s2, nameless),
      name: nameless ? null : fact.s1,
      type: nameless ? fact.s2 : null,
      bytes: fact.a,
      lock: nameless ? fact.b : 0,
    };
    if (nameless || fact.flags & SegmentFlag.CREATED) {
      if (this.madeBy(image, fact, compare)) this.made = word;
      const { creation } = this;
      if (!nameless && (creation === null || !isEarlier(image, fact.t0, creation, compare))) {
        this.creation = { image, t: fact.t0, site: fact.site, untracked: (fact.flags & SegmentFlag.UNTRACKED) !== 0 };
      }
    } else {
      const { attached } = this;
      if (attached === null || (fact.t0 - attached.t || compare(image.id, attached.image.id)) < 0) this.attached = { word, image, t: fact.t0 };
    }
    if (nameless) return;
    this.users.add(image);
    image.noteEnd(this.obj, fact.t0, EndFlag.READ, 1);
  }

  closed(image: Image, t: number): void {
    image.noteEnd(this.obj, t, EndFlag.READ, -1);
  }

  unlinked(image: Image, t: number): void {
    this.unlinks.push({ t, image });
  }
}

export class SegmentTable extends MadeTable<Segment> {
  /** Values and arrays by their lock. */
  private readonly byLock = new Map<number, Segment[]>();

  /** What the resource tracker was told last, by segment; a tracker may hear of names that nobody opened. */
  private readonly trackings = new Map<number, { registered: number; unregistered: number }>();

  constructor(private readonly compare: CompareImages) {
    super((obj, t, dirty) => new Segment(obj, t, dirty));
  }

  /** Whether the resource tracker was told of it, and not told to forget it: then it removes it in the end. */
  isTracked(obj: number): boolean {
    const told = this.trackings.get(obj);
    return told !== undefined && told.registered > told.unregistered;
  }

  record(image: Image, fact: RecordFact): void {
    if (fact.obj === 0) return;
    if (fact.type === RecordType.TRACKED) {
      if (fact.s2 === 'shared_memory') this.tracked(fact);
      return;
    }
    const segment = this.of(fact.obj, fact.t0);
    segment.touch();
    switch (fact.type) {
      case RecordType.SEGMENT_NEW:
        segment.opened(image, fact, this.compare);
        return;
      case RecordType.VALUE_NEW:
        segment.opened(image, fact, this.compare);
        if (fact.b !== 0) this.locks(fact.b, segment);
        return;
      case RecordType.SEGMENT_CLOSED:
        segment.closed(image, fact.t0);
        return;
      case RecordType.SEGMENT_UNLINKED:
        segment.unlinked(image, fact.t0);
    }
  }

  /** The value or array whose lock this is, where it is that of one only. */
  ofLock(lock: number): Segment | null {
    const segments = (this.byLock.get(lock) ?? []).filter((segment) => segment.lock === lock);
    return segments.length === 1 ? segments[0]! : null;
  }

  private tracked({ obj, t0, flags }: RecordFact): void {
    let told = this.trackings.get(obj);
    if (told === undefined) {
      told = { registered: -Infinity, unregistered: -Infinity };
      this.trackings.set(obj, told);
    }
    if (flags === Tracking.REGISTER) told.registered = Math.max(told.registered, t0);
    else if (flags === Tracking.UNREGISTER) told.unregistered = Math.max(told.unregistered, t0);
  }

  private locks(lock: number, segment: Segment): void {
    const segments = this.byLock.get(lock);
    if (segments === undefined) this.byLock.set(lock, [segment]);
    else if (!segments.includes(segment)) segments.push(segment);
  }
}

function kindOf(word: string | null, nameless: boolean): SegmentKind {
  const known = nameless ? NAMELESS : NAMED;
  return (word !== null && known.includes(word) ? word : known[0]) as SegmentKind;
}
