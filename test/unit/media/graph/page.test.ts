/** The tab Graph in a browser: what a person does there, and what the host hears of it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPages, errorsOf, executablePath, last } from '../pages.js';

describe.skipIf(executablePath === null)('the graph', { timeout: 60_000 }, () => {
  const { blank, address } = browserPages();

  async function open(query = 'still', width = 1440): Promise<Page> {
    const page = await blank({ width });
    await page.goto(address(`${query}&state=${encodeURIComponent(JSON.stringify({ tab: 'graph' }))}`));
    await page.waitForSelector('.graph-box', { timeout: 20_000 });
    return page;
  }

  const node = (page: Page, id: string) => page.locator(`[data-node="${id}"]`);
  const opened = (page: Page) => last(page, 'open');
  const places = (page: Page): Promise<Record<string, string | null>> =>
    page.locator('[data-node]').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.getAttribute('data-node') ?? '', one.getAttribute('transform')])));
  const focused = (page: Page): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.getAttribute('data-node'));
  const large = (page: Page) => page.getByRole('button', { name: 'Give the graph the whole page' }).click();

  it('chooses on a click what the tree shows too, and opens its line on a double click', async () => {
    const page = await open();
    await large(page);
    await node(page, 'p4').click();
    await expect.poll(() => node(page, 'p4').getAttribute('aria-pressed')).toBe('true');
    await node(page, 'c1').dblclick();
    expect(await opened(page)).toMatchObject({ where: { line: 61 } });
    await page.getByRole('tab', { name: 'Channels' }).click();
    await expect.poll(() => page.locator('[data-row=p4]').getAttribute('aria-selected')).toBe('true');
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('lets the filter of the page dim what it does not find, in the drawing and in the table', async () => {
    const page = await open();
    await large(page);
    const opacity = (id: string) => node(page, id).evaluate((element) => Number(getComputedStyle(element).opacity));
    const filter = page.locator('.deeds vscode-text-field input');
    const name = (await node(page, 'p4').locator('.name').textContent()) ?? '';
    await filter.fill(`name:"${name}"`);
    await expect.poll(() => opacity('p3')).toBeLessThan(0.5);
    expect(await opacity('p4')).toBe(1);
    // What it is joined to is seen with it.
    expect(await opacity('c1')).toBe(1);
    await page.getByRole('button', { name: /table/i }).click();
    await expect.poll(() => page.locator('.edge-table tbody tr').evaluateAll((rows, of) => rows.length > 0 && rows.every((row) => row.textContent?.includes(of)), name), { timeout: 5000 }).toBe(true);
    await filter.fill('name:nobody');
    await page.getByText('The filter finds nothing in the graph.').waitFor();
    await filter.fill('');
    await expect.poll(() => opacity('p3')).toBe(1);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('is one stop for the Tab key, walked by arrows; Enter chooses, and again opens the line', async () => {
    const page = await open();
    await large(page);
    expect(await page.locator('[data-node][tabindex="0"]').count()).toBe(1);
    await node(page, 'p3').focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('c1');
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toBe('p4');
    await page.keyboard.press('Enter');
    await expect.poll(() => node(page, 'p4').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Enter');
    expect(await opened(page)).toMatchObject({ where: { line: 77 } });
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menuitem', { name: 'Terminate' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('p4');
    await page.close();
  });

  it('unfolds a pool where it stood, and moves nobody else for it', async () => {
    const page = await open();
    await large(page);
    const before = await places(page);
    await node(page, 'w1').focus();
    await page.keyboard.press(' ');
    await node(page, 'p5').waitFor();
    const after = await places(page);
    for (const [id, place] of Object.entries(before)) expect([id, after[id]]).toEqual([id, place]);
    await node(page, 'p5').focus();
    await page.keyboard.press(' ');
    await expect.poll(() => node(page, 'p5').count()).toBe(0);
    expect(await places(page)).toEqual(before);
    await page.close();
  });

  it('stands still while its figures change', async () => {
    const page = await open('every=50');
    await page.waitForSelector('[data-node=c1]');
    const before = await places(page);
    const rates = (): Promise<string[]> => page.locator('.graph .label.tone-flow').allTextContents();
    const first = await page.locator('[data-node=c1] .says').textContent();
    await expect.poll(rates, { timeout: 10_000 }).not.toEqual([]);
    await expect.poll(() => page.locator('[data-node=c1] .says').textContent(), { timeout: 10_000 }).not.toBe(first);
    expect(await places(page)).toEqual(before);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('leaves a node where it was dragged, and lays out anew when asked', async () => {
    const page = await open();
    await large(page);
    const before = await places(page);
    const box = (await node(page, 'p4').boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 60, box.y + 120, { steps: 4 });
    await page.mouse.up();
    const after = await places(page);
    expect(after['p4']).not.toBe(before['p4']);
    expect({ ...after, p4: null }).toEqual({ ...before, p4: null });
    await page.getByRole('button', { name: 'Lay out anew' }).click();
    await expect.poll(async () => (await places(page))['p4']).toBe(before['p4']);
    await page.close();
  });

  it('zooms by wheel with Ctrl and by keys, and shows all again', async () => {
    const page = await open();
    const zoom = (): Promise<number> => page.locator('.graph > g').evaluate((g) => Number(/scale\(([\d.]+)\)/.exec(g.getAttribute('transform') ?? '')?.[1]));
    const before = await zoom();
    await node(page, 'p1').focus();
    await page.keyboard.press('+');
    await expect.poll(zoom).toBeGreaterThan(before);
    const box = (await page.locator('.graph-box').boundingBox())!;
    await page.mouse.move(box.x + 300, box.y + 100);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, 600);
    await page.keyboard.up('Control');
    await expect.poll(zoom).toBeLessThan(before);
    await page.keyboard.press('0');
    await expect.poll(() => page.locator('[data-node]').evaluateAll((all) => {
      const frame = document.querySelector('.graph-box')!.getBoundingClientRect();
      return all.filter((one) => { const b = one.getBoundingClientRect(); return b.left < frame.left || b.right > frame.right || b.top < frame.top || b.bottom > frame.bottom; }).length;
    })).toBe(0);
    await page.close();
  });

  it('shows a deadlock as a closed circle of red edges', async () => {
    const page = await open('still&circle');
    await page.waitForSelector('.edge.tone-bad');
    expect(await page.locator('.edge.tone-bad').count()).toBe(10);
    expect(await page.locator('.edge.tone-bad.dashed').count()).toBe(5);
    expect(await page.locator('.node.circle').count()).toBe(10);
    const table = page.locator('.graph-pane table');
    expect(await table.getByRole('row', { name: /philosopher-3: acquire\(forks\[3\]\).*circle of waits/ }).count()).toBe(1);
    await page.close();
  });

  it('has a table of the same, for all when asked', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Show the graph as a table too' }).click();
    const table = page.getByRole('region', { name: 'What goes between processes and channels' });
    await table.getByRole('row', { name: /consumer gets from jobs/ }).waitFor();
    await table.getByRole('button', { name: 'results' }).first().click();
    await expect.poll(() => node(page, 'c2').getAttribute('aria-pressed')).toBe('true');
    await page.close();
  });

  it('says what to do where there is nothing to see, and never scrolls sideways', async () => {
    const page = await open('phase=empty', 400);
    await page.getByText('Nothing goes between processes yet').waitFor();
    await page.close();
    const narrow = await open('still', 400);
    expect(await narrow.evaluate(() => [document.documentElement, ...document.querySelectorAll('#root, .panes, .graph-pane')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className))).toEqual([]);
    await narrow.close();
  });

  it('lays out a thousand processes as some dozens of nodes, opens a fold as far as there is room, and goes on drawing', async () => {
    const page = await open('many=1000&every=50');
    await page.waitForSelector('[data-node=c1]');
    expect(await page.locator('[data-node]').count()).toBeLessThan(60);
    const stack = page.locator('[data-node^="alike"]').first();
    await stack.focus();
    await page.keyboard.press(' ');
    await expect.poll(() => page.locator('[data-node]').count()).toBeGreaterThan(60);
    expect(await page.locator('[data-node]').count()).toBeLessThan(150);
    const frames = await page.evaluate(() => new Promise<number>((done) => {
      let count = 0;
      const until = performance.now() + 1500;
      const next = (): void => { count++; if (performance.now() < until) requestAnimationFrame(next); else done(count); };
      requestAnimationFrame(next);
    }));
    expect(frames).toBeGreaterThan(8);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });
});
