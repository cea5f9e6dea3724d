/**
 * A filter over all messages of a channel: the matches, as numbers, found in slices so that the host stays alive, and continued as
 * messages come. What is paired is looked at once; what is still on its way is looked at again each time.
 */
import { words, type Words } from './columns.js';
import type { Direction } from './direction.js';
import type { Sieve } from './message-filter.js';
import { Merged, type Sequence } from './message-order.js';

/** So many are looked at between two looks at the clock. */
const STRIDE = 512;

/** What is looked at in one pass: the sequences of both ways, in the order in which they are merged. */
export interface SearchInput {
  readonly stamp: string;
  readonly groups: readonly (readonly Sequence[])[];
}

/** Matches among the sends of one way. */
class SentMatches {
  readonly settled: Words = words();
  /** Sends before it have their last word in `settled`. */
  settledTo = 0;
  private backSeen: number;

  constructor(
    private readonly direction: Direction,
    private readonly sieve: Sieve,
  ) {
    this.backSeen = direction.pairing.takenBack.length;
  }

  /** Pairs that were taken back are looked at anew. */
  rewind(): boolean {
    const { takenBack } = this.direction.pairing;
    const to = Math.min(...takenBack.slice(this.backSeen));
    this.backSeen = takenBack.length;
    if (to >= this.settledTo) return false;
    const kept = this.settled.lowerBound(to);
    const rest = Array.from({ length: kept }, (_, i) => this.settled.at(i));
    this.settled.clear();
    for (const at of rest) this.settled.push(at);
    this.settledTo = to;
    return true;
  }

  /** @returns whether the word about it will stay */
  settle(position: number, passes: boolean): boolean {
    if (position !== this.settledTo || position >= this.direction.pairing.settled || !this.sieve.isFinal(position)) return false;
    this.settledTo++;
    if (passes) this.settled.push(position);
    return true;
  }
}

/** Indices of matches in a sequence: the settled ones, then those of the last pass. */
interface Found {
  settled: number;
  later: number[];
}

export class MessageSearch {
  private readonly sent: readonly SentMatches[];
  private input: SearchInput | null = null;
  private group = 0;
  private sequence = 0;
  private at = 0;
  private looked = 0;
  /** Of the pass that is under way. */
  private fresh: Found[][] = [];
  private shown: { readonly groups: readonly (readonly Sequence[])[]; readonly found: readonly (readonly Found[])[] } | null = null;
  private doneStamp: string | null = null;

  constructor(
    directions: readonly Direction[],
    private readonly sieves: readonly Sieve[],
  ) {
    this.sent = directions.map((direction, way) => new SentMatches(direction, sieves[way]!));
  }

  /** Looks on for a while. @param late whether time is up @returns messages looked at; null: all were */
  step(make: () => SearchInput, late: () => boolean): number | null {
    for (const sent of this.sent) if (sent.rewind()) this.input = this.shown = this.doneStamp = null;
    if (this.input === null) {
      const input = make();
      if (input.stamp === this.doneStamp) return null;
      this.begin(input);
    }
    while (this.input !== null) {
      if (this.stride(this.input)) this.finish(this.input);
      else if (late()) break;
    }
    return this.input !== null && this.doneStamp === null ? this.looked : null;
  }

  /** All messages that pass, as far as is known. */
  get matches(): Merged {
    const { groups, found } = this.shown ?? { groups: this.input?.groups ?? [], found: this.fresh };
    return new Merged(groups.map((group, g) => group.map((sequence, s) => this.filtered(sequence, found[g]![s]!))));
  }

  /** Whether a pass is under way, be it only to bring the matches up to date. */
  get busy(): boolean {
    return this.input !== null;
  }

  private begin(input: SearchInput): void {
    this.input = input;
    this.group = this.sequence = this.at = this.looked = 0;
    this.fresh = input.groups.map((group) => group.map(() => ({ settled: 0, later: [] })));
    for (const sieve of this.sieves) sieve.refresh();
    this.enter(input);
  }

  private finish(input: SearchInput): void {
    this.shown = { groups: input.groups, found: this.fresh };
    this.doneStamp = input.stamp;
    this.input = null;
  }

  /** Begins with a sequence behind what is settled of it. */
  private enter({ groups }: SearchInput): void {
    const sequence = groups[this.group]?.[this.sequence];
    if (sequence?.kind !== 'sent') return;
    const sent = this.sent[sequence.way]!;
    this.at = Math.min(sent.settledTo, sequence.length);
    this.looked += this.at;
    this.fresh[this.group]![this.sequence]!.settled = sent.settled.lowerBound(sequence.length);
  }

  /** @returns whether nothing is left */
  private stride(input: SearchInput): boolean {
    const sequence = input.groups[this.group]?.[this.sequence];
    if (sequence === undefined) {
      if (this.group >= input.groups.length) return true;
      this.group++;
      this.sequence = 0;
      this.at = 0;
      this.enter(input);
      return false;
    }
    const sieve = this.sieves[sequence.way]!;
    const found = this.fresh[this.group]![this.sequence]!;
    const sent = sequence.kind === 'sent' ? this.sent[sequence.way]! : null;
    const end = Math.min(sequence.length, this.at + STRIDE);
    this.looked += end - this.at;
    for (; this.at < end; this.at++) {
      const passes = sieve.passes(sequence.kind, sequence.spotAt(this.at));
      if (sent?.settle(this.at, passes) === true) found.settled = sent.settled.length;
      else if (passes) found.later.push(this.at);
    }
    if (this.at < sequence.length) return false;
    this.sequence++;
    this.at = 0;
    this.enter(input);
    return false;
  }

  private filtered(sequence: Sequence, { settled, later }: Found): Sequence {
    const column = sequence.kind === 'sent' ? this.sent[sequence.way]!.settled : null;
    const indexAt = (i: number): number => (i < settled && column !== null ? column.at(i) : later[i - settled]!);
    return { way: sequence.way, kind: sequence.kind, length: settled + later.length, timeAt: (i) => sequence.timeAt(indexAt(i)), spotAt: (i) => sequence.spotAt(indexAt(i)), placeAt: indexAt };
  }
}
