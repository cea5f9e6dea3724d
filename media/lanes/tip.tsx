/** Notes over the lanes: what is under the pointer or at the keys, and how long a stretch is that is being drawn open. */
import { signal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { layout, scrollTop } from '../processes/layout.js';
import { activeRow, tree } from '../processes/tree-state.js';
import { store } from '../state/store.js';
import { lengthWords, type Hit } from './hit.js';
import { currentScale, view } from './lane-state.js';
import { toX } from './scale.js';
import { hitOf, walked, walkedNow } from './walk.js';

type Note = Hit & { readonly x: number; readonly y: number };

/** What is under the pointer, at its place in the window; null: nothing. */
export const tip = signal<Note | null>(null);

/** The stretch of time that is being drawn open with Shift and the pointer, in pixels of the lanes. */
export const stretch = signal<{ readonly from: number; readonly to: number } | null>(null);

export function Stretch(): VNode | null {
  const now = stretch.value;
  if (now === null) return null;
  const scale = currentScale();
  const length = (Math.abs(now.to - now.from) / scale.width) * (scale.toMs - scale.fromMs);
  return (
    <div class="stretch" aria-hidden="true" style={{ left: `${Math.min(now.from, now.to)}px`, width: `${Math.abs(now.to - now.from)}px` }}>
      <span style={{ top: `${layout.value.headHeight + 4}px` }}>{lengthWords(length)}</span>
    </div>
  );
}

/** @param box the lanes' element */
export function Tip({ box }: { readonly box: RefObject<HTMLElement | null> }): VNode | null {
  const now = tip.value ?? (walked.value === null ? null : noteOfKeys(box.current));
  if (now === null) return null;
  const right = now.x > innerWidth - 360;
  const low = now.y > innerHeight - 140;
  return (
    <div class="tip" aria-hidden="true" style={{ left: right ? 'auto' : `${now.x + 14}px`, right: right ? `${innerWidth - now.x + 10}px` : 'auto', top: low ? 'auto' : `${now.y + 16}px`, bottom: low ? `${innerHeight - now.y + 10}px` : 'auto' }}>
      <b>{now.title}</b>
      {now.lines.map((line, i) => <div key={i}>{line}</div>)}
    </div>
  );
}

/** Of the piece that the keys are at: under its row, where the piece begins or comes into view. */
function noteOfKeys(box: HTMLElement | null): Note | null {
  // It moves with the view and with what is told.
  void [view.value, scrollTop.value, activeRow.value, store.lanes.value];
  const at = layout.value;
  const index = tree.value.indexOf.get(activeRow.value ?? '');
  const now = walkedNow();
  const canvas = box?.querySelector('canvas');
  if (now === null || index === undefined || canvas == null) return null;
  const top = at.headHeight + index * at.rowHeight - scrollTop.value;
  if (top < at.headHeight - at.rowHeight || top > at.height) return null;
  const place = canvas.getBoundingClientRect();
  const x = Math.min(Math.max(toX(currentScale(), now.piece.fromMs), 0), at.lanesWidth);
  return { ...hitOf(now.piece, now.process, store.lanes.value?.sites ?? []), x: place.left + x, y: place.top + top + at.rowHeight - 12 };
}
