/**
 * What a person does is drawn a frame or two later; on a machine that others use that may take longer than the way from a test to its next
 * question. So each press and click of a test is over only when the page has drawn some frames after it.
 */
import type { Locator, Page } from 'playwright-core';

/** A signal is told in the frame after the event, rows are made in the next, and what effects ask for comes with a third. */
const FRAMES = 3;
/** A page in which no frame is drawn (it went away, it is stopped) keeps no test. Milliseconds. */
const PATIENCE_MS = 2000;

async function drawn(page: Page): Promise<void> {
  const frames = page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
  }, FRAMES);
  // A page that was closed or left by the click has nothing more to draw.
  await Promise.race([frames.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}

type Act = (...args: unknown[]) => Promise<unknown>;

function wrap(target: object, names: readonly string[], pageOf: (self: object) => Page): void {
  for (const name of names) {
    const act = Reflect.get(target, name) as Act;
    Reflect.set(target, name, async function (this: object, ...args: unknown[]): Promise<unknown> {
      const result = await act.apply(this, args);
      await drawn(pageOf(this));
      return result;
    });
  }
}

const patched = new WeakSet<object>();

/** @returns the same page, which from here on waits for its drawing after each press and click, by itself and by its locators. */
export function letDraw(page: Page): Page {
  wrap(page.mouse, ['click', 'dblclick', 'up', 'wheel'], () => page);
  wrap(page.keyboard, ['press', 'type', 'up'], () => page);
  // Locators are made anew for each question: what they do is their class's.
  const locators = Object.getPrototypeOf(page.locator('body')) as object;
  if (!patched.has(locators)) wrap(locators, ['click', 'dblclick', 'press', 'fill'], (self) => (self as Locator).page());
  patched.add(locators);
  return page;
}
