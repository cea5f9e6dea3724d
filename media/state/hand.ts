/** Whether a hand moves something just now: what can wait waits for it. */

/** A hand that has not moved for so long rests. Milliseconds. */
const REST_MS = 500;

let movedAt = -Infinity;

function moves(event: Event): void {
  if (event instanceof PointerEvent && event.buttons === 0) return;
  movedAt = performance.now();
}

for (const type of ['pointermove', 'wheel']) addEventListener(type, moves, { capture: true, passive: true });

/** @returns whether the wheel turned, or something was dragged, within the last half second */
export function handMoves(): boolean {
  return performance.now() - movedAt < REST_MS;
}
