/** Objects that managers hold for others: what their servers tell of them, and what is told of calls on their proxies. */
import { times } from './columns.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { isEarlier, Made, MadeTable, wholeNs, type Origin } from './made.js';
import { CallFlag, RecordType } from './record-types.js';
import { Took } from './task-log.js';

/** The call that makes an object: it is told as one on the object that it made. No method can have this name. */
const CREATE = '#CREATE';

interface Word extends Origin {
  readonly typeId: string | null;
  readonly address: string | null;
}

export class Shared extends Made {
  /** What the server said, what a process with a proxy said first; and who asked for its making. */
  private server: Word | null = null;
  private proxy: Word | null = null;
  private creation: Origin | null = null;
  /** Type as a call on it says. */
  private called: string | null = null;
  calls = 0;
  failed = 0;
  readonly took = new Took();
  /** How long each call took. */
  readonly lengths = times();
  readonly methods = new Map<string, { calls: number; ns: number }>();
  /** Images that have a proxy of it. */
  readonly users = new Set<Image>();

  get typeId(): string {
    return this.server?.typeId ?? this.proxy?.typeId ?? this.called ?? '';
  }

  get address(): string | null {
    return this.server?.address ?? this.proxy?.address ?? null;
  }

  /** The image of the server that told of its making. */
  get serverImage(): Image | null {
    return this.server?.image ?? null;
  }

  /** The server says that it was made, but only the process that asked for it knows the line. */
  announce(image: Image, fact: RecordFact, compare: CompareImages): void {
    const word: Word = { image, t: fact.t0, site: fact.site, typeId: fact.s1, address: fact.s2 };
    if (fact.type === RecordType.SHARED_NEW) {
      if (this.server === null || isEarlier(image, fact.t0, this.server, compare)) this.server = word;
    } else if (this.proxy === null || isEarlier(image, fact.t0, this.proxy, compare)) this.proxy = word;
    this.origin = this.creation ?? this.proxy ?? this.server;
  }

  call(image: Image, fact: RecordFact, compare: CompareImages): void {
    const { t0, t1, s1, s2 } = fact;
    this.users.add(image);
    if (s2 !== null && (this.called === null || s2 < this.called)) this.called = s2;
    if (s1 === CREATE) {
      if (this.creation === null || isEarlier(image, t0, this.creation, compare)) this.origin = this.creation = { image, t: t0, site: fact.site };
      return;
    }
    const ms = Math.max(0, t1 - t0);
    this.calls++;
    if (fact.flags & CallFlag.RAISED) this.failed++;
    this.took.add(ms);
    this.lengths.push(ms);
    const name = s1 ?? '';
    const method = this.methods.get(name);
    if (method === undefined) this.methods.set(name, { calls: 1, ns: wholeNs(ms) });
    else {
      method.calls++;
      method.ns += wholeNs(ms);
    }
  }
}

export class SharedTable extends MadeTable<Shared> {
  private readonly servers = new Map<string, Set<Image>>();

  constructor(private readonly compare: CompareImages) {
    super((obj, t, dirty) => new Shared(obj, t, dirty));
  }

  record(image: Image, fact: RecordFact): void {
    if (fact.type === RecordType.SERVER_NEW) {
      this.serves(fact.s2, image);
      return;
    }
    if (fact.type === RecordType.PROXY_CALL) image.waited(fact, 'blocked-other', fact.obj);
    if (fact.obj === 0) return;
    const shared = this.of(fact.obj, fact.t0);
    shared.touch();
    switch (fact.type) {
      case RecordType.SHARED_NEW:
        this.serves(fact.s2, image);
        shared.announce(image, fact, this.compare);
        return;
      case RecordType.PROXY_NEW:
        shared.users.add(image);
        shared.announce(image, fact, this.compare);
        return;
      case RecordType.PROXY_CALL:
        shared.call(image, fact, this.compare);
    }
  }

  /** The image of the server that holds it: by its own word, else the one server of that address; null where none is known. */
  serverOf(shared: Shared): Image | null {
    if (shared.serverImage !== null) return shared.serverImage;
    const images = shared.address === null ? undefined : this.servers.get(shared.address);
    const [only] = images ?? [];
    return only !== undefined && images?.size === 1 ? only : null;
  }

  private serves(address: string | null, image: Image): void {
    if (address === null) return;
    const images = this.servers.get(address);
    if (images === undefined) this.servers.set(address, new Set([image]));
    else if (images.has(image)) return;
    else images.add(image);
    for (const shared of this.all) if (shared.address === address) shared.touch();
  }
}
