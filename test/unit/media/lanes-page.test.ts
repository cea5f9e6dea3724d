import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPages, executablePath, heard, last } from './pages.js';

describe.skipIf(executablePath === null)('the lanes of the page', { timeout: 120_000 }, () => {
  const { blank, address } = browserPages();

  async function open(query = 'still'): Promise<Page> {
    const page = await blank();
    await page.goto(address(query));
    await page.locator('[data-row=p1]').waitFor();
    await expect.poll(() => asked(page), { timeout: 20_000 }).not.toBeNull();
    return page;
  }

  /** The latest range of time that the page asked for. */
  async function asked(page: Page): Promise<{ fromMs: number; toMs: number } | null> {
    return (await last(page, 'lanes'))?.query ?? null;
  }

  const span = async (page: Page): Promise<number> => {
    const query = await asked(page);
    return query === null ? 0 : query.toMs - query.fromMs;
  };

  async function lanes(page: Page): Promise<{ x: number; y: number; width: number }> {
    const box = await page.locator('.lanes').boundingBox();
    return box ?? { x: 0, y: 0, width: 0 };
  }

  it('shows the stretch that is drawn open with Shift, and says meanwhile how long it is', async () => {
    const page = await open();
    const whole = await span(page);
    const { x, y, width } = await lanes(page);
    await page.keyboard.down('Shift');
    await page.mouse.move(x + width * 0.4, y + 120);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 120, { steps: 4 });
    await expect.poll(() => page.locator('.stretch').innerText()).toMatch(/s$/);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await expect.poll(() => page.locator('.stretch').count()).toBe(0);
    await expect.poll(() => span(page), { timeout: 20_000 }).toBeLessThan(whole * 0.4);
    await page.close();
  });

  it('forgets a stretch at Escape', async () => {
    const page = await open();
    const whole = await span(page);
    const { x, y, width } = await lanes(page);
    await page.locator('.lanes').focus();
    await page.keyboard.down('Shift');
    await page.mouse.move(x + width * 0.4, y + 120);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 120, { steps: 4 });
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await expect.poll(() => page.locator('.stretch').count()).toBe(0);
    await expect.poll(() => span(page)).toBe(whole);
    await page.close();
  });

  it('zooms to the life of the chosen process by key and by button, and shows all again', async () => {
    const page = await open();
    await page.locator('[data-row=p2]').click();
    const closeUp = async (): Promise<number> => {
      await page.locator('.lanes').focus();
      for (let i = 0; i < 9; i++) await page.keyboard.press('+');
      await page.waitForTimeout(500);
      return span(page);
    };
    const near = await closeUp();
    await page.keyboard.press('z');
    await expect.poll(() => span(page), { timeout: 20_000 }).toBeGreaterThan(near * 2);
    const life = await span(page);
    expect(await closeUp()).toBeLessThan(life);
    await page.getByRole('button', { name: 'Zoom to what is chosen' }).click();
    await expect.poll(() => span(page), { timeout: 20_000 }).toBeCloseTo(life, 0);
    await page.close();
  });

  it('opens the line of a row on a double click in its lane and on Enter, and shows all on one at the axis', async () => {
    const page = await open();
    const row = await page.locator('[data-row=p2]').boundingBox();
    const { x, y, width } = await lanes(page);
    await page.mouse.dblclick(x + width * 0.9, (row?.y ?? 0) + 12);
    const opened = async (): Promise<number> => (await heard(page)).filter((message) => message.type === 'open').length;
    await expect.poll(opened, { timeout: 20_000 }).toBe(1);
    await page.locator('.lanes').press('Enter');
    await expect.poll(opened, { timeout: 20_000 }).toBe(2);
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    await page.waitForTimeout(300);
    const near = await span(page);
    await page.mouse.dblclick(x + width * 0.5, y + 12);
    await expect.poll(() => span(page), { timeout: 20_000 }).toBeGreaterThan(near);
    expect(await opened()).toBe(2);
    await page.close();
  });
});
