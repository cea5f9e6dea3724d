/** The messages of a channel for who looks at them: a window of all, or of those that pass a filter. */
import type { MessageFilter, MessageQuery, MessageReply } from '../protocol/message-query.js';
import type { MessageRow } from '../protocol/view.js';
import type { Channel } from './channel.js';
import { holdersOf } from './ends.js';
import { isOpen, Sieve, type FilterContext } from './message-filter.js';
import { MessageLists } from './message-lists.js';
import { Merged, type Placed, type Sequence } from './message-order.js';
import { messageRow, type RowContext } from './message-row.js';
import { MessageSearch } from './message-search.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import type { World } from './world.js';

/** Searches that are kept, of all panels and channels: who types makes one a letter. */
const SEARCHES = 4;
/** Who holds an end is dear to find out. */
const HOLDERS_MS = 250;
/** More names are not chosen from. */
const PEOPLE = 200;

export interface Answer {
  readonly reply: MessageReply;
  /** The search goes on: to be asked again soon, though nothing more is told. */
  readonly more: boolean;
}

/** What it needs to know of the view: keys, and who has one. */
export interface Shown extends Keys {
  procOf(key: string): Proc | null;
  readonly now: number;
}

interface Search {
  readonly id: string;
  readonly channel: Channel;
  /** It stands for a pair of ways that may be joined to others. */
  readonly of: Channel['directions'];
  readonly search: MessageSearch;
}

export class Messages {
  private readonly lists = new WeakMap<Channel['directions'], readonly MessageLists[]>();
  private searches: Search[] = [];
  private readonly holders = new WeakMap<Channel, { readonly until: number; readonly now: number; readonly readable: readonly boolean[] }>();

  constructor(
    private readonly world: World,
    private readonly shown: Shown,
    private readonly previewsTold: () => number,
  ) {}

  /** The latest `limit`, oldest first. */
  latest(channel: Channel, limit: number): { total: number; rows: MessageRow[] } {
    const all = new Merged(this.groups(channel, Infinity));
    const first = Math.max(0, all.length - limit);
    return { total: all.length, rows: this.rows(channel, all, all.window(first, limit), Infinity) };
  }

  /**
   * @param channel null: there is none of that key
   * @param late whether the time for searching is up; what was found until then is told
   */
  answer(channel: Channel | null, query: MessageQuery, late: () => boolean): Answer {
    const { first, serial } = query;
    if (channel === null) return { reply: { channel: query.channel, serial, total: 0, matching: 0, searched: null, senders: [], receivers: [], first, rows: [] }, more: false };
    const until = query.untilMs ?? Infinity;
    const all = new Merged(this.groups(channel, until));
    let matches = all;
    let searched: number | null = null;
    let more = false;
    if (query.filter !== null && !isOpen(query.filter)) {
      const search = this.searchFor(channel, query.filter, until);
      searched = search.step(() => ({ stamp: this.stamp(channel, query.filter!), groups: this.groups(channel, until) }), late);
      more = search.busy;
      ({ matches } = search);
    }
    const length = Math.min(query.upTo ?? Infinity, matches.length);
    const rows = this.window(channel, all, matches, query, length, until);
    return { reply: { channel: query.channel, serial, total: all.length, matching: matches.length, searched, ...this.people(channel), first, rows }, more };
  }

  private window(channel: Channel, all: Merged, matches: Merged, { order, first, count }: MessageQuery, length: number, until: number): MessageRow[] {
    const from = order === 'oldest' ? Math.min(first, length) : Math.max(0, length - first - count);
    const to = order === 'oldest' ? Math.min(length, first + count) : Math.max(0, length - first);
    const rows = this.rows(channel, all, matches.window(from, to - from), until, matches === all ? from : null);
    return order === 'oldest' ? rows : rows.reverse();
  }

  /** @param from index of the first row where they are all in a row, as they are without a filter */
  private rows(channel: Channel, all: Merged, placed: readonly Placed[], until: number, from: number | null = all.length - placed.length): MessageRow[] {
    const readable = this.readable(channel, until);
    const context: RowContext = { world: this.world, keys: this.shown, until, readable: (way) => readable[way] ?? true };
    return placed.map(({ spot, place }, i) => messageRow(context, channel.directions[spot.way]!, spot, from === null ? all.rankOf(spot.kind, spot.way, place) : from + i));
  }

  private people({ directions }: Channel): Pick<MessageReply, 'senders' | 'receivers'> {
    const senders = new Set<string>();
    const receivers = new Set<string>();
    const add = (people: Set<string>, image: number): void => {
      const key = people.size < PEOPLE ? this.shown.process(this.world.imageOf(image).proc) : null;
      if (key !== null) people.add(key);
    };
    for (const { pairing, from } of directions) {
      for (const [image, feeder] of from.puts.feeders) if (feeder.rows.length > 0) add(senders, image);
      for (const { fromImage, toImage, messages } of pairing.edges()) {
        if (messages === 0) continue;
        add(senders, fromImage);
        add(receivers, toImage);
      }
    }
    return { senders: [...senders], receivers: [...receivers] };
  }

  /** What is put and not sent comes behind what is sent, for that is when it will get there. */
  private groups(channel: Channel, until: number): readonly (readonly Sequence[])[] {
    const lists = this.listsOf(channel);
    return [lists.flatMap((list) => [list.sent(until), list.received(until)]), lists.map((list) => list.put(until))];
  }

  private listsOf(channel: Channel): readonly MessageLists[] {
    let lists = this.lists.get(channel.directions);
    if (lists === undefined) {
      lists = channel.directions.map((direction, way) => new MessageLists(this.world, direction, way === 0 ? 0 : 1));
      this.lists.set(channel.directions, lists);
    }
    return lists;
  }

  private searchFor(channel: Channel, filter: MessageFilter, until: number): MessageSearch {
    const id = JSON.stringify([filter, until === Infinity ? null : until]);
    const known = this.searches.find((one) => one.id === id && one.channel === channel && one.of === channel.directions);
    if (known !== undefined) {
      this.searches = [known, ...this.searches.filter((one) => one !== known)];
      return known.search;
    }
    const context: FilterContext = {
      world: this.world,
      procOf: (key) => this.shown.procOf(key),
      until,
      readable: (way) => this.readable(channel, until)[way] ?? true,
      now: () => this.shown.now,
    };
    const search = new MessageSearch(channel.directions, channel.directions.map((direction, way) => new Sieve(filter, direction, way === 0 ? 0 : 1, context)));
    this.searches = [{ id, channel, of: channel.directions, search }, ...this.searches].slice(0, SEARCHES);
    return search;
  }

  /** Another one means that what was found may no longer be all. */
  private stamp(channel: Channel, filter: MessageFilter): string {
    const counts = channel.directions.map(({ from, to, pairing }) => `${from.puts.count} ${from.sends.order.length} ${to.receives.order.length} ${pairing.pairs} ${pairing.takenBack.length}`);
    const readable = filter.state === null ? '' : this.readable(channel, Infinity).join();
    const people = [filter.from, filter.to].map((key) => (key !== null && this.shown.procOf(key) === null ? '?' : '')).join('');
    // What waits gets older.
    const age = filter.minLatencyMs === null ? '' : String(Math.floor(this.shown.now / HOLDERS_MS));
    return [...counts, readable, people, age, filter.text === '' ? '' : this.previewsTold()].join('|');
  }

  /** By way: whether somebody lives who can read it. */
  private readable(channel: Channel, until: number): readonly boolean[] {
    const { now } = this.shown;
    const known = this.holders.get(channel);
    if (known !== undefined && known.until === until && Math.abs(now - known.now) < HOLDERS_MS) return known.readable;
    const time = until === Infinity ? null : until;
    const readable = channel.directions.map((_, way) => holdersOf(this.world, channel, channel.directions.length === 1 ? null : way, time).readers.length > 0);
    this.holders.set(channel, { until, now, readable });
    return readable;
  }
}
