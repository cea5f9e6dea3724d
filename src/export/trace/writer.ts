/**
 * Events of the Trace Event Format, as JSON text, and the tracks that they stand on. Perfetto's page and chrome://tracing draw slices
 * of one thread as a stack: two that overlap without one lying in the other are wrong there. So each slice asks for a place on a
 * track of its kind, and gets the first copy of that track on which it begins after the last one's end.
 *
 * Times are whole nanoseconds from the run's start; the format has them in microseconds.
 */

export type Args = Readonly<Record<string, string | number | boolean | null>>;

/** A track: a thread of the format. */
export interface Track {
  readonly pid: number;
  readonly tid: number;
}

/** Shorter than this a slice could not be seen or pressed, nor could a flow end on it. */
const LEAST_NS = 1_000;

interface Kind {
  readonly name: string;
  readonly sort: number;
  /** Of each copy: where its last slice ends. */
  readonly ends: number[];
  readonly tracks: Track[];
}

export function nanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}

export class TraceWriter {
  #text = '';
  #first = true;
  #flows = 0;
  readonly #kinds = new Map<number, Map<string, Kind>>();
  readonly #tids = new Map<number, number>();

  /** Characters that wait to be taken. */
  get length(): number {
    return this.#text.length;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** A process of the format, by a number that no other has. `order`: its place from the top. */
  process(pid: number, name: string, order: number, labels: string | null): void {
    this.#meta('process_name', pid, 0, { name });
    this.#meta('process_sort_index', pid, 0, { sort_index: order });
    if (labels !== null) this.#meta('process_labels', pid, 0, { labels });
  }

  /** A number for a flow: an arrow from slice to slice. */
  flow(): number {
    return ++this.#flows;
  }

  /** A place for a slice on a track of this name: the first copy of it that is free. `sort`: the name's place in its process. */
  place(pid: number, name: string, sort: number, fromNs: number, toNs: number): Track {
    let kinds = this.#kinds.get(pid);
    if (kinds === undefined) {
      kinds = new Map();
      this.#kinds.set(pid, kinds);
    }
    let kind = kinds.get(name);
    if (kind === undefined) {
      kind = { name, sort, ends: [], tracks: [] };
      kinds.set(name, kind);
    }
    const free = kind.ends.findIndex((end) => end <= fromNs);
    const track = kind.tracks[free] ?? this.#copy(pid, kind);
    kind.ends[free >= 0 ? free : kind.ends.length] = toNs;
    return track;
  }

  /** @returns where it ends, which is at least LEAST_NS after its begin */
  static endOf(fromNs: number, toNs: number): number {
    return Math.max(toNs, fromNs + LEAST_NS);
  }

  slice(track: Track, category: string, name: string, fromNs: number, toNs: number, args: Args | null): void {
    this.#event(`"ph":"X","cat":"${category}","name":${JSON.stringify(name)},${this.#at(track, fromNs)},"dur":${(toNs - fromNs) / 1000}${this.#args(args)}`);
  }

  /** Begin (`s`), step (`t`) or end (`f`) of a flow, on the slice that begins at this time on this track and was written before. */
  arrow(phase: 's' | 't' | 'f', flow: number, track: Track, category: string, name: string, ns: number): void {
    this.#event(`"ph":"${phase}","bp":"e","id":${flow},"cat":"${category}","name":${JSON.stringify(name)},${this.#at(track, ns)}`);
  }

  /** A moment: on its track, or across the whole trace. */
  instant(track: Track, wide: boolean, category: string, name: string, ns: number, args: Args | null): void {
    this.#event(`"ph":"i","s":"${wide ? 'g' : 't'}","cat":"${category}","name":${JSON.stringify(name)},${this.#at(track, ns)}${this.#args(args)}`);
  }

  /** A value from this time on. Drawn as `name series`. */
  counter(pid: number, name: string, series: string, ns: number, value: number): void {
    this.#event(`"ph":"C","name":${JSON.stringify(name)},"pid":${pid},"tid":0,"ts":${ns / 1000},"args":{${JSON.stringify(series)}:${value}}`);
  }

  #copy(pid: number, kind: Kind): Track {
    const tid = (this.#tids.get(pid) ?? 0) + 1;
    this.#tids.set(pid, tid);
    const track = { pid, tid };
    const copy = kind.tracks.push(track) - 1;
    this.#meta('thread_name', pid, tid, { name: copy === 0 ? kind.name : `${kind.name} (${copy + 1})` });
    this.#meta('thread_sort_index', pid, tid, { sort_index: kind.sort * 1000 + copy });
    return track;
  }

  #meta(what: string, pid: number, tid: number, args: Args): void {
    this.#event(`"ph":"M","name":"${what}","pid":${pid},"tid":${tid},"ts":0${this.#args(args)}`);
  }

  #at({ pid, tid }: Track, ns: number): string {
    return `"pid":${pid},"tid":${tid},"ts":${ns / 1000}`;
  }

  /** Facts that are absent are left out. */
  #args(args: Args | null): string {
    if (args === null) return '';
    const known = Object.entries(args).filter(([, value]) => value !== null);
    return known.length === 0 ? '' : `,"args":${JSON.stringify(Object.fromEntries(known))}`;
  }

  #event(body: string): void {
    this.#text += this.#first ? `\n{${body}}` : `,\n{${body}}`;
    this.#first = false;
  }
}
