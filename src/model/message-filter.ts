/** Whether one message passes a filter: asked of the columns, the cheap questions first, a preview read only where it decides. */
import type { MessageFilter } from '../protocol/message-query.js';
import type { MessageState } from '../protocol/view.js';
import type { Direction } from './direction.js';
import type { Image } from './image.js';
import { partsOf, stateOf } from './message-row.js';
import type { Spot, SpotKind } from './message-order.js';
import { decodePreview } from './preview.js';
import type { Proc } from './process.js';
import type { World } from './world.js';

/** A preview may be told this long after its message, in milliseconds; then there is none. */
const PREVIEW_COMES = 5000;

const SITE_SPAN = 2 ** 26;

/** What was found of a preview. */
const Seen = { Nothing: 0, Found: 1, Missing: 2 } as const;

/** True where a filter asks nothing. */
export function isOpen(filter: MessageFilter): boolean {
  return filter.text === '' && filter.from === null && filter.to === null && filter.direction === null && filter.state === null && filter.minBytes === null && filter.minLatencyMs === null;
}

export interface FilterContext {
  readonly world: World;
  readonly procOf: (key: string) => Proc | null;
  readonly until: number;
  readonly readable: (way: 0 | 1) => boolean;
  readonly now: () => number;
}

/** A filter on one way of one channel. It remembers what it read, so that asking again of all is cheap. */
export class Sieve {
  private readonly text: string;
  private from: Proc | null = null;
  private to: Proc | null = null;
  /** By row of the send. */
  private previews = new Uint8Array(0);
  private readonly names = new Map<number, boolean>();
  private readonly places = new Map<number, boolean>();

  constructor(
    private readonly filter: MessageFilter,
    private readonly direction: Direction,
    private readonly way: 0 | 1,
    private readonly context: FilterContext,
  ) {
    this.text = filter.text.toLowerCase();
  }

  /** A process may have got another name since, or a key. */
  refresh(): void {
    const { filter, context } = this;
    this.names.clear();
    this.from = filter.from === null ? null : context.procOf(filter.from);
    this.to = filter.to === null ? null : context.procOf(filter.to);
  }

  passes(kind: SpotKind, at: number): boolean {
    const { filter, direction, way, context } = this;
    if (filter.direction !== null && filter.direction !== way) return false;
    const spot: Spot = { way, kind, at };
    const { sends, puts } = direction.from;
    const { receives } = direction.to;
    const { put, send, receive } = partsOf(direction, spot, context.until);
    if (filter.minBytes !== null) {
      if (send < 0 && receive < 0) return false;
      if ((send >= 0 ? sends.bytes.at(send) : receives.bytes.at(receive)) < filter.minBytes) return false;
    }
    const sender = send >= 0 ? sends.image.at(send) : put >= 0 ? puts.image.at(put) : -1;
    const receiver = receive < 0 ? -1 : receives.image.at(receive);
    if (filter.from !== null && (sender < 0 || this.proc(sender) !== this.from)) return false;
    if (filter.to !== null && (receiver < 0 || this.proc(receiver) !== this.to)) return false;
    if (filter.minLatencyMs !== null) {
      const begun = put >= 0 ? puts.t0.at(put) : send >= 0 ? sends.t0.at(send) : Infinity;
      const ended = receive >= 0 ? receives.t1.at(receive) : Math.min(context.until, context.now());
      if (!(ended - begun >= filter.minLatencyMs)) return false;
    }
    if (filter.state !== null && this.state(spot, put, send, receive) !== filter.state) return false;
    return this.text === '' || this.hasText(put, send, receive, sender, receiver);
  }

  /** Whether the word about a paired message will stay. */
  isFinal(position: number): boolean {
    const { from, to } = this.filter;
    if ((from !== null && this.from === null) || (to !== null && this.to === null)) return false;
    if (this.text === '') return true;
    const { sends } = this.direction.from;
    const row = sends.order.row(position);
    return this.seen(row) !== Seen.Nothing || sends.t0.at(row) < this.context.now() - PREVIEW_COMES;
  }

  private proc(image: number): Proc {
    return this.context.world.imageOf(image).proc;
  }

  private state(spot: Spot, put: number, send: number, receive: number): MessageState {
    return stateOf(this.direction, { put, send, receive }, spot.kind, this.context.readable(this.way));
  }

  private hasText(put: number, send: number, receive: number, sender: number, receiver: number): boolean {
    const { sends, puts } = this.direction.from;
    const { receives } = this.direction.to;
    if ((sender >= 0 && this.nameHas(sender)) || (receiver >= 0 && this.nameHas(receiver))) return true;
    if (put >= 0 && this.placeHas(sender, puts.site.at(put))) return true;
    if (send >= 0 && this.placeHas(sender, sends.site.at(send))) return true;
    if (receive >= 0 && this.placeHas(receiver, receives.site.at(receive))) return true;
    return send >= 0 && this.seen(send) === Seen.Found;
  }

  private nameHas(image: number): boolean {
    let known = this.names.get(image);
    if (known === undefined) {
      const { world } = this.context;
      known = world.derived(world.imageOf(image).proc).name.toLowerCase().includes(this.text);
      this.names.set(image, known);
    }
    return known;
  }

  private placeHas(image: number, site: number): boolean {
    if (site === 0) return false;
    const key = image * SITE_SPAN + site;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    const where = this.context.world.imageOf(image).site(site);
    // Its text may not have been told yet.
    if (where === null) return false;
    const file = where.file.slice(where.file.lastIndexOf('/') + 1);
    const has = `${file}:${where.line} ${where.function ?? ''}`.toLowerCase().includes(this.text);
    this.places.set(key, has);
    return has;
  }

  private seen(send: number): number {
    const { sends } = this.direction.from;
    if (send >= this.previews.length) {
      const larger = new Uint8Array(Math.max(1024, sends.rows + (sends.rows >>> 1)));
      larger.set(this.previews);
      this.previews = larger;
    }
    const known = this.previews[send]!;
    if (known !== Seen.Nothing) return known;
    const image: Image = this.context.world.imageOf(sends.image.at(send));
    const bytes = image.preview(sends.index.at(send));
    if (bytes === null) return Seen.Nothing;
    const found = decodePreview(bytes, sends.bytes.at(send)).toLowerCase().includes(this.text) ? Seen.Found : Seen.Missing;
    // A preview is told in parts: what is not found in the first may be in the next.
    if (found === Seen.Found || image.previewIsWhole(sends.index.at(send))) this.previews[send] = found;
    return found;
  }
}
