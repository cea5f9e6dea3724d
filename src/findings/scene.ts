/** What rules look at: the facts of a run at a moment, and the names that people know things by. */
import type { Channel } from '../model/channel.js';
import type { Derived } from '../model/derive.js';
import type { SlotFact } from '../model/facts.js';
import type { Image } from '../model/image.js';
import { compareProcs } from '../model/live.js';
import type { Made } from '../model/made.js';
import type { Proc } from '../model/process.js';
import type { World } from '../model/world.js';
import type { FindingRow, SourceRef, Text } from '../protocol/view.js';

/** One rule: pure in the scene. */
export type Rule = (scene: Scene) => readonly FindingRow[];

/** An operation that a thread is in, or was in when its process ended. */
export interface Wait {
  readonly image: Image;
  readonly slot: SlotFact;
  readonly from: number;
  readonly to: number;
}

/**
 * Who was seen to wait in vain is taken to have done so for this much longer: all of them had for STUCK_AFTER by then, and rules ask for
 * a second. Milliseconds.
 */
const SEEN_MORE = 250;

export class Scene {
  readonly procs: readonly Proc[];
  private seen: ReadonlyMap<Image, readonly Wait[]> | null = null;

  constructor(
    readonly world: World,
    readonly now: number,
  ) {
    // In an order that does not depend on who was told of first.
    this.procs = world.table.all.filter((proc) => proc.known).sort((a, b) => compareProcs(world, a, b));
  }

  facts(proc: Proc): Derived {
    return this.world.derived(proc);
  }

  images(): Image[] {
    return this.procs.flatMap((proc) => [...proc.images].sort((a, b) => a.info.openedMs - b.info.openedMs));
  }

  /** `worker (PID 12)` in two arguments: every text that names a process has `{n} (PID {m})`. */
  named(proc: Proc): [string, number] {
    return [this.facts(proc).name, proc.pid];
  }

  /** How it ended, as a sentence of evidence. */
  howEnded(proc: Proc): Text {
    const { end } = this.facts(proc);
    if (end?.signal != null) return { template: '{0} (PID {1}) was ended by {2}.', args: [...this.named(proc), end.signal] };
    if (end?.code != null) return { template: '{0} (PID {1}) exited with {2}.', args: [...this.named(proc), end.code] };
    return { template: '{0} (PID {1}) is gone.', args: this.named(proc) };
  }

  /** The variable it was assigned to, else what it is and where it was made. */
  channelName(channel: Channel): string {
    const where = this.madeAt(channel);
    const name = where === null ? null : this.world.nameAt(where.file, where.line);
    if (name !== null) return name;
    return where === null ? channel.kind : `${channel.kind} (${baseName(where.file)}:${where.line})`;
  }

  /** The same of a lock, pool, segment or shared object; `kind`: what it is called where nothing better is known. */
  objectName(made: Made, kind: string): string {
    const where = this.objectMadeAt(made);
    const name = where === null ? null : this.world.nameAt(where.file, where.line);
    if (name !== null) return name;
    return where === null ? kind : `${kind} (${baseName(where.file)}:${where.line})`;
  }

  objectMadeAt({ origin }: Made): SourceRef | null {
    return origin === null ? null : origin.image.site(origin.site);
  }

  madeAt(channel: Channel): SourceRef | null {
    const { announced } = channel;
    return announced === null ? null : this.world.imageOf(announced.image).site(announced.site);
  }

  /** What the slots of an image tell: now, or as they were when its process ended. */
  waits(image: Image): Wait[] {
    if (image.proc.latestImage() !== image) return [];
    const to = this.facts(image.proc).end?.ms ?? this.now;
    return image.slots.map((slot) => ({ image, slot, from: slot.sinceMs, to }));
  }

  /** The same, and what it was seen to wait in in vain and does not any more: an interrupt clears a slot, and so the history of it. */
  waitsEver(image: Image): Wait[] {
    const now = this.waits(image);
    const before = this.seenWaits().get(image) ?? [];
    return [...now, ...before.filter(({ slot }) => !now.some((other) => other.slot.obj === slot.obj && other.slot.op === slot.op && other.slot.sinceMs === slot.sinceMs))];
  }

  /** Images that wait on an object, or were seen to in vain. */
  imagesOn(obj: number): ReadonlySet<Image> {
    const images = new Set(this.world.slotsOn.get(obj));
    for (const [image, waits] of this.seenWaits()) if (waits.some(({ slot }) => slot.obj === obj)) images.add(image);
    return images;
  }

  private seenWaits(): ReadonlyMap<Image, readonly Wait[]> {
    if (this.seen !== null) return this.seen;
    const found = new Map<Image, Map<string, Wait>>();
    for (const { t, p } of this.world.stuck) {
      for (const [pid, , sinceMs, op, flags, obj, operand, site] of p) {
        const proc = this.world.table.at(pid, t);
        const image = proc?.imageAt(t) ?? null;
        if (proc === null || image === null) continue;
        const slot: SlotFact = { slot: 0, sinceMs, obj, operand, deadlineMs: null, site, op, flags, nativeThread: pid };
        const waits = found.get(image) ?? new Map<string, Wait>();
        found.set(image, waits.set(`${op} ${obj} ${sinceMs}`, { image, slot, from: sinceMs, to: Math.min(t + SEEN_MORE, this.facts(proc).end?.ms ?? Infinity) }));
      }
    }
    this.seen = new Map([...found].map(([image, waits]) => [image, [...waits.values()]]));
    return this.seen;
  }
}

export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Whether it lies where pip and distributions put packages: then the user did not write it, and cannot change what it does. */
export function isInstalled(path: string): boolean {
  return /[\\/](?:site|dist)-packages[\\/]/.test(path);
}

/** Milliseconds that two stretches have in common. */
export function overlap(a: { readonly from: number; readonly to: number }, b: { readonly from: number; readonly to: number }): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}
