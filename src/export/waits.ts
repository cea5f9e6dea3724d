/** Every wait of a process that was recorded, and those that it is in. */
import { aboutKey, waysOfItsPools } from '../model/lanes.js';
import type { Model } from '../model/index.js';
import { joinedProcess, operationOf } from '../model/present.js';
import type { Proc } from '../model/process.js';
import { SHORTEST_WAIT, SPAN_KINDS, type SpanPiece } from '../model/spans.js';
import { spanKindOf } from '../model/wait-kinds.js';
import type { SourceRef, SpanKind } from '../protocol/view.js';

export interface Wait {
  readonly kind: SpanKind;
  /** Milliseconds from the run's start. */
  readonly fromMs: number;
  readonly toMs: number;
  /** It lasts, or lasted when the process ended. */
  readonly open: boolean;
  /** Key of the channel, lock, pool, shared object or process that it is about. */
  readonly about: string | null;
  readonly where: SourceRef | null;
}

/** In the order of their begin. Waits shorter than a millisecond are calls, and not kept by the model. */
export function waitsOf(model: Model, proc: Proc): Wait[] {
  const { world, live } = model;
  const waits: Wait[] = [];
  const end = world.derived(proc).end?.ms ?? live.now;
  for (const image of proc.images) {
    const own = waysOfItsPools(world, image);
    const take = (piece: SpanPiece, open: boolean): void => {
      const kind = SPAN_KINDS[piece.kind] ?? 'blocked-other';
      if (own.has(piece.about) && kind !== 'blocked-result') return;
      waits.push({ kind, fromMs: piece.fromMs, toMs: piece.toMs, open, about: aboutKey(world, piece, live), where: image.site(piece.site) });
    };
    // No grain is that small: nothing is merged.
    image.spans.visit(-Infinity, Infinity, -1, (piece) => take(piece, false));
    for (const slot of image.slots) {
      const op = operationOf(world, slot);
      if (op === null || end - slot.sinceMs <= SHORTEST_WAIT) continue;
      const joined = joinedProcess(world, slot);
      take({ fromMs: slot.sinceMs, toMs: end, kind: SPAN_KINDS.indexOf(spanKindOf(op)), about: joined === null ? slot.obj : -joined.pid, site: slot.site }, true);
    }
  }
  return waits.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}
