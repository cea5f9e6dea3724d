/**
 * Keeps the keyboard's place. What has the focus may go with an update (a chip whose zombie was reaped, a row of a finding that
 * no longer holds), or be moved by one; the browser then gives the focus to nobody, and who walks by Tab starts anew.
 */

/** What Tab stops at; the library's elements pass the focus on to what is inside them. */
const STOPS = 'a[href], button, input, [tabindex], vscode-button, vscode-text-field, vscode-panel-tab';

interface Place {
  /** The element and what holds it, innermost first. */
  readonly chain: readonly HTMLElement[];
  /** Which of the stops in each of `chain` it was. */
  readonly indices: readonly number[];
}

let place: Place | null = null;

function stopsIn(box: ParentNode): readonly HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>(STOPS)].filter((stop) => isStop(stop) && !stop.hasAttribute('disabled') && stop.checkVisibility({ visibilityProperty: true }));
}

/** An element of the library's has no index of its own unless it is given one. */
function isStop(element: HTMLElement): boolean {
  return element.tabIndex >= 0 || (/^VSCODE-(BUTTON|TEXT-FIELD)$/.test(element.tagName) && !element.hasAttribute('tabindex'));
}

/** Called once: remembers where the focus is, and forgets it when somebody takes it away on purpose. */
export function watchFocus(): void {
  addEventListener('focusin', (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const chain: HTMLElement[] = [];
    for (let at: HTMLElement | null = event.target; at !== null && at !== document.body; at = at.parentElement) chain.push(at);
    place = { chain, indices: chain.map((box, i) => (i === 0 ? 0 : stopsIn(box).indexOf(chain[0] ?? box))) };
  });
  // A click beside everything is meant so.
  addEventListener('pointerdown', () => (place = null), true);
}

/** After each drawing: gives a focus that was lost in it to the same element, or to what now stands in its place. */
export function holdFocus(): void {
  if (place === null || document.activeElement !== document.body || !document.hasFocus()) return;
  const { chain, indices } = place;
  for (const [i, box] of chain.entries()) {
    if (!box.isConnected || !box.checkVisibility()) continue;
    const stops = i === 0 ? [box] : stopsIn(box);
    const target = stops[Math.min(stops.length - 1, Math.max(0, indices[i] ?? 0))] ?? (isStop(box) ? box : undefined);
    target?.focus({ preventScroll: true });
    if (target !== undefined && document.activeElement !== document.body) return;
  }
}
