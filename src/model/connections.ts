/**
 * Listener and Client: which accepted end and which connected end are one connection. TCP ends know each other's addresses. An end
 * of AF_UNIX has no address, but the acceptor knows the other's pid: the connections that a process made to one address are
 * accepted in the order in which it made them. Joined again from all that is known whenever more of an address is told.
 */
import type { Announcement, Channel } from './channel.js';
import type { ChannelTable } from './channel-table.js';
import type { RecordFact } from './facts.js';
import type { Image } from './image.js';
import type { CompareImages } from './logs.js';
import { isEarlier } from './made.js';
import { ConnectFlag, EndFlag, RecordType } from './record-types.js';
import { same } from './same.js';

/** One end, by the record of its making. */
interface End {
  readonly obj: number;
  readonly image: Image;
  readonly t0: number;
  readonly t1: number;
  readonly site: number;
  readonly internal: boolean;
  /** Of the listener, as this side knows it. */
  readonly address: string | null;
  /** Id of the listener; 0 of a connector. */
  readonly listener: number;
  /** Who is at the other end, as the acceptor knows it; -1 unknown. Of a connector: itself. */
  readonly pid: number;
  /** What was last said of it as the first end of a connection; null: nothing. */
  said: { readonly second: number | null; readonly address: string | null; readonly why: string | null } | null;
}

/** Connected ends by begin; those before `next` are taken. */
interface Queue {
  readonly ends: readonly End[];
  next: number;
  /** By position: others were being connected in the same time. */
  readonly rivals: readonly boolean[];
}

/** All ends that may belong together. */
interface Group {
  /** By begin; accepted ones by end: then the other was there. */
  readonly connected: End[];
  readonly accepted: End[];
  /** An address of its own at either end: no guess is needed. */
  readonly certain: boolean;
}

function whyByOrder(): string {
  return 'Several connections to this address were being made at once: which Client() got which accept() is inferred from the order of time.';
}

export class Connections {
  private readonly groups = new Map<string, Group>();
  private readonly dirty = new Set<Group>();
  private readonly groupOf = new Map<number, Group>();
  private readonly listeners = new Map<number, { readonly image: Image; readonly t: number; readonly address: string }>();
  private readonly groupsOfListener = new Map<number, Set<Group>>();

  /** Ends whose authentication failed: they were opened and closed, and nobody ever had a connection. */
  private readonly refused = new Set<number>();

  constructor(
    private readonly channels: ChannelTable,
    private readonly compare: CompareImages,
    private readonly endsChanged: () => void,
  ) {}

  record(image: Image, fact: RecordFact): void {
    switch (fact.type) {
      case RecordType.LISTENER_NEW:
        if (fact.s1 !== null) this.listens(image, fact, fact.s1);
        return;
      case RecordType.ACCEPT:
        // A manager's server always waits for somebody: that is no wait of the user's.
        if ((fact.flags & ConnectFlag.INTERNAL) === 0) image.waited(fact, 'blocked-other', fact.a);
        if (fact.flags & ConnectFlag.FAILED) this.refused.add(fact.a);
        if (fact.flags & ConnectFlag.FAILED || fact.a === 0) return;
        this.holds(image, fact.a, fact.t1);
        this.accepted(image, fact);
        return;
      case RecordType.CONNECT: {
        image.waited(fact, 'blocked-other', fact.obj);
        if (fact.flags & ConnectFlag.FAILED) this.refused.add(fact.obj);
        if (fact.flags & ConnectFlag.FAILED || fact.obj === 0) return;
        this.holds(image, fact.obj, fact.t1);
        const group = this.group(fact.s2, fact.s1);
        insert(group.connected, this.end(image, fact, fact.obj, fact.s1, 0, image.info.pid), (a, b) => a.t0 - b.t0 || this.compare(a.image.id, b.image.id));
        this.groupOf.set(fact.obj, group);
        this.dirty.add(group);
      }
    }
  }

  /** Whether a channel is nothing but an end that was refused: no row is due to it. */
  isRefused(channel: Channel): boolean {
    return this.refused.size > 0 && channel.announced === null && channel.sent === 0 && channel.received === 0 && channel.streams.every(({ obj }) => this.refused.has(obj));
  }

  /** Joins what belongs together by now. */
  settle(): void {
    for (const obj of this.channels.fresh.splice(0)) {
      const group = this.groupOf.get(obj);
      if (group !== undefined) this.dirty.add(group);
    }
    for (const group of this.dirty) this.join(group);
    this.dirty.clear();
    // What was made just now was asked for by the joining itself.
    this.channels.fresh.length = 0;
  }

  private holds(image: Image, obj: number, t: number): void {
    image.noteEnd(obj, t, EndFlag.READ | EndFlag.WRITE, 1);
    this.endsChanged();
  }

  private listens(image: Image, fact: RecordFact, address: string): void {
    const listener = fact.obj;
    const known = this.listeners.get(listener);
    if (known !== undefined && !isEarlier(image, fact.t0, known, this.compare)) return;
    this.listeners.set(listener, { image, t: fact.t0, address });
    for (const group of this.groupsOfListener.get(listener) ?? []) this.dirty.add(group);
  }

  private accepted(image: Image, fact: RecordFact): void {
    const group = this.group(fact.s1, fact.s2);
    insert(group.accepted, this.end(image, fact, fact.a, fact.s2, fact.obj, fact.b), (a, b) => a.t1 - b.t1 || this.compare(a.image.id, b.image.id));
    this.groupOf.set(fact.a, group);
    const groups = this.groupsOfListener.get(fact.obj);
    if (groups === undefined) this.groupsOfListener.set(fact.obj, new Set([group]));
    else groups.add(group);
    this.dirty.add(group);
  }

  private end(image: Image, fact: RecordFact, obj: number, address: string | null, listener: number, pid: number): End {
    return { obj, image, t0: fact.t0, t1: fact.t1, site: fact.site, internal: (fact.flags & ConnectFlag.INTERNAL) !== 0, address, listener, pid, said: null };
  }

  /** @param client the connector's own address, where it has one */
  private group(client: string | null, listener: string | null): Group {
    const certain = client !== null && client !== '';
    const key = certain ? `from ${client}` : `to ${listener ?? ''}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { connected: [], accepted: [], certain };
      this.groups.set(key, group);
    }
    return group;
  }

  private join({ connected, accepted, certain }: Group): void {
    const left = new Set(connected);
    const all = queueOf(connected);
    const byPid = new Map<number, Queue>();
    for (const accept of accepted) {
      // Of a TCP end its address says enough; a pid cannot be asked for everywhere.
      const anyOne = certain || accept.pid < 0;
      let queue = anyOne ? all : byPid.get(accept.pid);
      if (queue === undefined) {
        queue = queueOf(connected.filter((end) => end.pid === accept.pid));
        byPid.set(accept.pid, queue);
      }
      while (queue.next < queue.ends.length && !left.has(queue.ends[queue.next]!)) queue.next++;
      const mine = queue.ends[queue.next];
      // One that began only after this was accepted is not it.
      if (mine === undefined || mine.t0 > accept.t1) {
        this.tell(accept, null, null);
        continue;
      }
      left.delete(mine);
      this.tell(mine, accept, !certain && queue.rivals[queue.next] === true ? whyByOrder() : null);
    }
    for (const alone of left) this.tell(alone, null, null);
  }

  private tell(first: End, second: End | null, why: string | null): void {
    const internal = first.internal || second?.internal === true;
    // The library's own come and go by the thousand, and carry nothing that is told: no row, but where somebody told of traffic.
    if (internal && this.channels.at(first.obj) === null && (second === null || this.channels.at(second.obj) === null)) return;
    const accepted = second ?? first;
    const address = this.listeners.get(accepted.listener)?.address ?? accepted.address;
    const said = { second: second?.obj ?? null, address, why };
    if (first.said !== null && same(first.said, said)) return;
    first.said = said;
    if (second !== null) second.said = null;
    const news: Announcement = { kind: 'Connection', image: first.image.id, t: first.t0, site: first.site, maxsize: 0, duplex: true, internal };
    this.channels.connect(first.obj, said.second, first.t0, news, address, why);
  }
}

function queueOf(ends: readonly End[]): Queue {
  let latest = -Infinity;
  const rivals = ends.map((end, i) => {
    const before = latest > end.t0;
    latest = Math.max(latest, end.t1);
    const next = ends[i + 1];
    return before || (next !== undefined && next.t0 < end.t1);
  });
  return { ends, next: 0, rivals };
}

function insert(list: End[], end: End, compare: (a: End, b: End) => number): void {
  let at = list.length;
  while (at > 0 && compare(list[at - 1]!, end) > 0) at--;
  list.splice(at, 0, end);
}
