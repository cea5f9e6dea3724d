/** Looking back: asks the host for a moment, and keeps it in the sight of the lanes. */
import { currentRange, follow, presentMs, setView, view } from '../lanes/lane-state.js';
import { choices } from '../state/choices.js';
import { host } from '../state/host.js';
import { moment, settled, stop } from '../state/moment.js';
import { store } from '../state/store.js';
import type { RunEvent } from '../../src/protocol/moment.js';

/** An answer that takes longer than this is not waited for: the host may be far away. Milliseconds. */
const PATIENCE_MS = 20;

let asked: number | null = null;
let askedAt = -Infinity;
/** What was asked for last has not been told. */
let awaited = false;
/** More was told than is drawn. */
let held = false;
let later: ReturnType<typeof setTimeout> | null = null;

/** Presses that wait while the one before is answered; those of a key held down beyond these are not taken. */
const MOST_PRESSES = 3;
let stepAsked = false;
/** The step that is asked was given up: somebody went elsewhere meanwhile. */
let givenUp = false;
let presses: { readonly forward: boolean; readonly of: string | null }[] = [];

/**
 * Asks for where the hand is now. One moment is looked up while the one before is drawn: with more on their way some would be drawn
 * together, and have taken the host's time for nothing.
 */
function ask(): void {
  const atMs = moment.peek();
  if (atMs === asked) return;
  const waits = awaited && performance.now() - askedAt < PATIENCE_MS;
  if (atMs !== null && (held || waits)) {
    later ??= setTimeout(() => {
      later = null;
      ask();
    }, PATIENCE_MS);
    return;
  }
  asked = atMs;
  awaited = atMs !== null;
  askedAt = performance.now();
  host.moment(atMs);
}

/** Rows of a moment came. @param crowded those of one before are not drawn yet */
export function answered(atMs: number, crowded: boolean): void {
  if (atMs === asked) awaited = false;
  hold(crowded);
}

/** @param on moments are told that are not drawn: another is asked for when they are */
export function hold(on: boolean): void {
  held = on;
  ask();
}

/** @param ms milliseconds from the run's start; what is before it or after the present is cut off */
export function lookAt(ms: number): void {
  giveUpSteps();
  go(ms);
}

function go(ms: number): void {
  if (store.run.peek() === null) return;
  const atMs = Math.min(Math.max(0, ms), presentMs());
  const leaves = moment.peek() === null;
  stop.value = null;
  // The host does not tell again what it told last.
  if (atMs !== asked) settled.value = false;
  moment.value = atMs;
  if (leaves && view.peek().following) follow(false);
  choices.momentMs.value = atMs;
  keepInSight(atMs);
  ask();
}

/** @param follows whether the lanes follow the present from there on; by default as they did before */
export function toPresent(follows = choices.following.peek()): void {
  giveUpSteps();
  goToPresent(follows);
}

function goToPresent(follows = choices.following.peek()): void {
  if (moment.peek() === null) return;
  leave();
  ask();
  if (follows) follow(true);
}

/** Another run, or another page at the host's end: nothing was asked of it. */
export function forget(): void {
  leave();
  asked = null;
  awaited = held = stepAsked = givenUp = false;
  presses = [];
}

/** Who goes elsewhere is not taken back by the answer to a step from before. */
function giveUpSteps(): void {
  givenUp = stepAsked;
  presses = [];
}

function leave(): void {
  moment.value = null;
  choices.momentMs.value = null;
  settled.value = true;
  stop.value = null;
}

/** The page was made anew while it looked back: it goes on there. */
export function lookAgain(): void {
  asked = null;
  const kept = choices.momentMs.peek();
  if (kept !== null) go(kept);
}

/**
 * To the next event or the one before it: of the chosen channel's messages with `messages`, else of any process. From where the step
 * before leads, though that is not answered yet: two quick presses are two steps.
 */
export function step(forward: boolean, of: string | null): void {
  if (stepAsked) {
    if (presses.length < MOST_PRESSES) presses.push({ forward, of });
    return;
  }
  stepAsked = true;
  givenUp = false;
  host.step(moment.peek() ?? presentMs() + (forward ? 0 : 1), forward, of);
}

export function stepped(event: RunEvent | null): void {
  stepAsked = false;
  if (!givenUp) arrive(event);
  const next = presses.shift();
  if (next !== undefined) step(next.forward, next.of);
}

function arrive(event: RunEvent | null): void {
  if (event === null) {
    presses = [];
    stop.value = 'missing';
    return;
  }
  const from = moment.peek();
  // Helpers end a little after the script: what is shown as its end has all of that.
  if (from !== null && event.atMs > from && event.atMs >= presentMs()) goToPresent();
  else go(event.atMs);
  stop.value = event;
}

/** Moves the lanes where the moment lies outside of what they show, as little as shows it with something around it. */
function keepInSight(atMs: number): void {
  const range = currentRange();
  const span = range.toMs - range.fromMs;
  if (atMs >= range.fromMs && atMs <= range.toMs) return;
  const fromMs = atMs < range.fromMs ? atMs - span * 0.1 : atMs - span * 0.9;
  setView({ ...view.peek(), following: false, fromMs: Math.max(-span * 0.05, fromMs), toMs: Math.max(-span * 0.05, fromMs) + span });
}
