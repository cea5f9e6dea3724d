/** The lines of the script behind what the lanes show: by the pointer, and by keys from piece to piece. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { errorsOf, executablePath, heard, last, pages } from './pages.js';

/** Of the made-up run: how long it took, and the room beside its lanes. */
const WHOLE_MS = 12_400;
const LEFT = 10;
const ROOM = 24;

describe.skipIf(executablePath === null)('the lines behind the lanes', { timeout: 120_000 }, () => {
  const open = pages();
  const ended = async (kept: object = {}): Promise<Page> => {
    const page = await open(`phase=ended&state=${encodeURIComponent(JSON.stringify({ topShare: 0.7, ...kept }))}`);
    await expect.poll(() => last(page, 'lanes'), { timeout: 20_000 }).toBeDefined();
    await page.waitForTimeout(300);
    return page;
  };

  /** Where a moment of a process's lane is on the page. @param band -1 above its bar, 1 below it */
  async function spot(page: Page, process: string, ms: number, band: -1 | 0 | 1 = 0): Promise<[x: number, y: number]> {
    const row = await page.locator(`[data-row="${process}"]`).boundingBox();
    const lanes = await page.locator('.lanes').boundingBox();
    if (row === null || lanes === null) throw new Error(`${process} is not on the screen`);
    return [lanes.x + LEFT + (ms / WHOLE_MS) * (lanes.width - ROOM), row.y + row.height / 2 + band * 9];
  }

  /** The line that a double click opens. */
  async function opened(page: Page, process: string, ms: number, band: -1 | 0 | 1 = 0): Promise<number | undefined> {
    const before = (await heard(page)).filter(({ type }) => type === 'open').length;
    await page.mouse.dblclick(...(await spot(page, process, ms, band)));
    await expect.poll(async () => (await heard(page)).filter(({ type }) => type === 'open').length, { timeout: 10_000 }).toBe(before + 1);
    return (await last(page, 'open'))?.where.line;
  }

  const note = (page: Page): Promise<string[]> => page.locator('.tip > *').allInnerTexts();
  const answer = async (page: Page): Promise<string> => (await page.locator('.answer').textContent()) ?? '';

  /** Presses a key in the lanes and waits for its answer; again where what is shown was still to be told. */
  async function ask(page: Page, key: string): Promise<string> {
    const before = await answer(page);
    for (let i = 0; i < 10; i++) {
      await page.locator('.lanes').press(key);
      for (let wait = 0; wait < 20; wait++) {
        const now = await answer(page);
        if (now !== before) return now.replace(/\u00a0$/, '');
        await page.waitForTimeout(25);
      }
    }
    throw new Error(`nothing is said after ${before}`);
  }

  it('opens the line of the wait that is pressed twice, not that of another or of the process', async () => {
    const page = await ended();
    expect(await opened(page, 'p2', 3_500)).toBe(36);
    expect(await opened(page, 'p1', 1_600)).toBe(71);
    expect(await opened(page, 'p1', 11_000)).toBe(88);
    expect(await opened(page, 'p6', 3_300)).toBe(118);
    // Of what is not known the page tells what it told before: where the process waits now, where it was made.
    expect(await opened(page, 'p3', 11_000)).toBe(41);
    expect(await opened(page, 'p9', 3_000)).toBe(80);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('opens the line of the task, the exception, the signal, and the messages above and below a bar', async () => {
    const page = await ended();
    expect(await opened(page, 'p5', 2_500)).toBe(86);
    expect(await opened(page, 'p11', 8_300)).toBe(57);
    expect(await opened(page, 'p9', 5_400)).toBe(90);
    expect(await opened(page, 'p4', 6_100, 0)).toBe(52);
    expect(await opened(page, 'p4', 6_100, -1)).toBe(55);
    expect(await opened(page, 'p1', 1_600, -1)).toBe(72);
    expect(await opened(page, 'p1', 4_000, 1)).toBe(71);
    await page.close();
  });

  it('says the line under the pointer', async () => {
    const page = await ended();
    await page.mouse.move(...(await spot(page, 'p6', 3_300)));
    await expect.poll(() => note(page), { timeout: 10_000 }).toContain('3.10 s to 3.50 s · pipeline.py:118');
    expect((await note(page)).some((line) => line.endsWith('pipeline.py:86'))).toBe(true);
    await page.close();
  });

  it('goes from piece to piece by Shift and arrows, and says and opens each as the pointer does', async () => {
    const page = await ended({ process: 'p2' });
    const press = (key: string): Promise<string> => ask(page, key);
    expect(await press('Shift+ArrowRight')).toBe('producer-1; waits at queue jobs · 800 ms; 3.10 s to 3.90 s · pipeline.py:36');
    await expect.poll(() => note(page)).toEqual(['producer-1 · 3.10 s', 'waits at queue jobs · 800 ms', '3.10 s to 3.90 s · pipeline.py:36']);
    await page.locator('.lanes').press('Enter');
    await expect.poll(async () => (await last(page, 'open'))?.where.line).toBe(36);
    expect(await press('Shift+ArrowRight')).toBe('waits at queue jobs · 400 ms; 5.20 s to 5.60 s · pipeline.py:36');
    expect(await press('Shift+ArrowRight')).toBe('exited 0 · 7.90 s');
    expect(await press('Shift+ArrowRight')).toBe('Nothing comes after it.');
    expect(await press('Shift+ArrowLeft')).toBe('waits at queue jobs · 400 ms; 5.20 s to 5.60 s · pipeline.py:36');
    // In the next row it goes on at that time.
    await page.locator('.lanes').press('ArrowDown');
    await expect.poll(() => page.locator('.tip').count()).toBe(0);
    expect(await press('Shift+ArrowRight')).toMatch(/^producer-2; waits at pipe results/);
    await page.locator('.lanes').press('Escape');
    await expect.poll(() => page.locator('.tip').count()).toBe(0);
    // Without a piece Enter opens what it always did.
    await page.locator('.lanes').press('Enter');
    await expect.poll(async () => (await last(page, 'open'))?.where.line).toBe(41);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('has the pointer\'s note of what the keys are at where the pointer is put on it', async () => {
    const page = await ended({ process: 'p4' });
    await ask(page, 'Shift+ArrowRight');
    const byKeys = (await note(page)).slice(1);
    expect(byKeys[0]).toBe('waits at queue jobs · 200 ms');
    await page.locator('.lanes').press('Escape');
    await page.mouse.move(...(await spot(page, 'p4', 2_500)));
    await expect.poll(() => note(page), { timeout: 10_000 }).toEqual(expect.arrayContaining(byKeys));
    await page.close();
  });

  it('tells of a row of several processes that it has to be unfolded', async () => {
    const page = await ended();
    await page.locator('[data-row="p1/w1"], [data-row="p1/workers"]').first().click();
    await page.keyboard.press('ArrowLeft');
    expect(await ask(page, 'Shift+ArrowRight')).toMatch(/unfold it/);
    await page.close();
  });

  it('moves a close-up to the piece, on and on to the end, and leaves none out', async () => {
    const page = await ended({ process: 'p7' });
    const lanes = page.locator('.lanes');
    const walk = async (key: string, most: number): Promise<string[]> => {
      const said: string[] = [];
      for (let i = 0; i < most; i++) {
        const now = (await ask(page, key)).replace(/^ForkPoolWorker-3; /, '');
        if (now.startsWith('Nothing comes')) break;
        if (!/^Nothing (up|back) to/.test(now)) said.push(now);
      }
      return said;
    };
    const whole = await walk('Shift+ArrowRight', 40);
    expect(whole.length).toBeGreaterThan(4);
    expect(whole.at(-1)).toMatch(/^SIGKILL/);
    const asked = async (): Promise<number> => ((await last(page, 'lanes'))?.query?.toMs ?? 0) - ((await last(page, 'lanes'))?.query?.fromMs ?? 0);
    for (let i = 0; i < 7; i++) await lanes.press('+');
    await lanes.press('Home');
    await expect.poll(asked, { timeout: 10_000 }).toBeLessThan(WHOLE_MS / 4);
    await page.waitForTimeout(300);
    const close = await walk('Shift+ArrowRight', 80);
    expect(close).toEqual(whole);
    const back = await walk('Shift+ArrowLeft', 80);
    expect(back).toEqual(whole.slice(0, -1).reverse());
    expect(await asked()).toBeLessThan(WHOLE_MS / 4);
    await page.close();
  });

  it('leaves the present, so that what is read out stays where it is', async () => {
    const page = await open(`state=${encodeURIComponent(JSON.stringify({ process: 'p2' }))}`);
    await expect.poll(() => last(page, 'lanes'), { timeout: 20_000 }).toBeDefined();
    await page.waitForTimeout(300);
    expect(await ask(page, 'Shift+ArrowRight')).toMatch(/^producer-1; waits at queue jobs/);
    await expect.poll(() => page.evaluate(() => (globalThis as unknown as { kept(): { following?: boolean } }).kept().following)).toBe(false);
    await page.close();
  });
});
