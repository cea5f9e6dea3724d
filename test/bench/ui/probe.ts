/** What is measured in the page itself: frames, work in them, long tasks, blanks among the rows. */
import type { Page } from 'playwright-core';

export interface Frames {
  /** From one frame to the next, ms. */
  readonly intervals: readonly number[];
  /** From a frame's first callback until it is laid out and painted, on the page's thread; ms. */
  readonly work: readonly number[];
  /** Tasks of 50 ms and more, ms each. */
  readonly long: readonly number[];
  /** Frames in which a place in the tree that ought to have a row had none. */
  readonly blank: number;
  /** Frames that the compositor may have shown with a blank, for it had scrolled to where no row was yet. */
  readonly outrun: number;
  /** Frames in which rows of processes said something else than in the one before, and such in which rows of objects did. */
  readonly processes: number;
  readonly objects: number;
}

/** What to look for in each frame, which costs: blanks among the rows, or rows that change. */
export type Look = 'blanks' | 'changes' | null;

export async function watchFrames(page: Page, what: Look): Promise<void> {
  await page.evaluate((what) => {
    const look = what === 'blanks';
    const seen = { intervals: [] as number[], work: [] as number[], long: [] as number[], blank: 0, outrun: 0, processes: 0, objects: 0, on: true };
    Object.assign(window, { benchFrames: seen });
    const observer = new PerformanceObserver((list) => {
      if (seen.on) for (const entry of list.getEntries()) seen.long.push(entry.duration);
    });
    observer.observe({ type: 'longtask' });
    const scroller = document.querySelector('.processes > .scroller');
    const head = document.querySelector('.tree .head');
    const isBlank = (): boolean => {
      if (scroller === null || head === null) return false;
      const box = scroller.getBoundingClientRect();
      // Below the last row there is room for the tools of the lanes, and no row.
      const tree = document.querySelector('.tree');
      const height = document.querySelector<HTMLElement>('.tree [data-row]')?.offsetHeight ?? 0;
      const end = (tree?.getBoundingClientRect().top ?? 0) + (head as HTMLElement).offsetHeight + (Number(tree?.getAttribute('aria-rowcount')) - 1) * height;
      const places = [];
      for (let y = head.getBoundingClientRect().bottom + 4; y < Math.min(box.bottom, end) - 4; y += 13) places.push(y);
      return places.some((y) => document.elementFromPoint(box.left + 60, y)?.closest('[data-row]') == null);
    };
    const { port1, port2 } = new MessageChannel();
    let began = 0;
    const said = { processes: false, objects: false };
    const hear = (part: 'processes' | 'objects', rows: string): void => {
      const box = document.querySelector(rows);
      if (box !== null) new MutationObserver(() => (said[part] = true)).observe(box, { subtree: true, characterData: true, childList: true });
    };
    const note = (part: 'processes' | 'objects'): void => {
      if (said[part]) seen[part]++;
      said[part] = false;
    };
    if (what === 'changes') {
      hear('processes', '.tree');
      hear('objects', '.table');
    }
    port1.onmessage = () => {
      if (what === 'changes') {
        note('processes');
        note('objects');
      }
      seen.work.push(performance.now() - began);
      if (look && isBlank()) seen.blank++;
    };
    const scrolled = (): void => {
      if (look && isBlank()) seen.outrun++;
    };
    scroller?.addEventListener('scroll', scrolled, { capture: true, passive: true });
    let last: number | null = null;
    const frame = (at: number): void => {
      if (!seen.on) {
        observer.disconnect();
        scroller?.removeEventListener('scroll', scrolled, { capture: true });
        return;
      }
      if (last !== null) seen.intervals.push(at - last);
      last = at;
      began = performance.now();
      port2.postMessage(0);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }, what);
}

export async function takeFrames(page: Page): Promise<Frames> {
  return page.evaluate(() => {
    const seen = (window as unknown as { benchFrames: Frames & { on: boolean } }).benchFrames;
    seen.on = false;
    return { intervals: seen.intervals, work: seen.work, long: seen.long, blank: seen.blank, outrun: seen.outrun, processes: seen.processes, objects: seen.objects };
  });
}
