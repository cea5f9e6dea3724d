/**
 * The page's one animation-frame scheduler. Host messages, Preact's rendering and the canvas all run inside the same frame, in
 * this order, so that a burst of deltas costs one layout and one paint.
 */
type Task = () => void;

/** The order within a frame. */
export const enum Stage {
  /** Apply what the host said. */
  Apply = 0,
  /** Let Preact render what changed. */
  Render = 1,
  /** Draw canvases from the state and sizes that are now true. */
  Draw = 2,
}

const stages: [Set<Task>, Set<Task>, Set<Task>] = [new Set(), new Set(), new Set()];
let asked = false;

/** Frames do not fire while the window is hidden, but what the host sends must not pile up: a slow timer stands in. */
const HIDDEN_MS = 250;

function ask(): void {
  if (asked) return;
  asked = true;
  if (document.hidden) setTimeout(run, HIDDEN_MS);
  else requestAnimationFrame(run);
}

function run(): void {
  asked = false;
  for (const tasks of stages) {
    // Rendering may ask for more rendering (a layout effect that measures): a few rounds belong to this frame, the rest to the next.
    for (let round = 0; tasks.size > 0 && round < 4; round++) {
      const now = [...tasks];
      tasks.clear();
      for (const task of now) task();
    }
  }
  if (stages.some((tasks) => tasks.size > 0)) ask();
}

/** Runs `task` once in the next frame; asking twice for the same function is asking once. */
export function inFrame(stage: Stage, task: Task): void {
  stages[stage].add(task);
  ask();
}

document.addEventListener('visibilitychange', () => {
  // A frame that was asked for just before hiding would wait for as long as the page is hidden.
  if (!stages.some((tasks) => tasks.size > 0)) return;
  asked = false;
  ask();
});
