/** Looking back in the page: what a person does, and what the host hears of it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ToWebview } from '../../../src/protocol/messages.js';
import { executablePath, heard, last, pages } from './pages.js';

const kept = (state: object): string => `state=${encodeURIComponent(JSON.stringify(state))}`;
const say = (page: Page, message: ToWebview): Promise<void> => page.evaluate((told) => (globalThis as unknown as { say: (of: ToWebview) => void }).say(told), message);

describe.skipIf(executablePath === null)('time in the page', { timeout: 60_000 }, () => {
  const open = pages();
  const rows = (page: Page): Promise<number> => page.locator('[role=treegrid] [data-row]').count();
  const slider = (page: Page) => page.getByRole('slider', { name: 'Moment shown' });
  const moment = async (page: Page): Promise<number | null> => (await last(page, 'moment'))?.atMs ?? null;

  it('is dragged back along the line of all of it: rows are those of the moment, and the present comes back whole', async () => {
    const page = await open();
    const before = await rows(page);
    const box = (await slider(page).boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    const asked = await expect.poll(() => moment(page)).toBeGreaterThan(2000).then(() => moment(page));
    expect(asked).toBeLessThan(3200);
    await expect.poll(() => rows(page)).toBeLessThan(before);
    await expect.poll(() => page.locator('.scrubber .reading').innerText()).toBe(`${((asked ?? 0) / 1000).toFixed(3)} s`);
    // What is shown of the past is not what a signal would reach.
    await page.locator('[data-row=p1]').click({ button: 'right' });
    await expect.poll(() => page.getByRole('menuitem', { name: /^Kill/ }).first().getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Back to the present' }).click();
    await expect.poll(() => rows(page)).toBe(before);
    expect(await moment(page)).toBeNull();
    await page.close();
  });

  it('stays in the past as long as the hand that drags is on the line, also near its end', async () => {
    for (const width of [1440, 400]) {
      const page = await open('', width);
      const box = (await slider(page).boundingBox())!;
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.97, y);
      await page.mouse.down();
      for (let i = 0; i < 8; i++) await page.mouse.move(box.x + box.width * 0.97 + i / 4, y);
      await page.waitForTimeout(200);
      expect((await heard(page)).filter((said) => said.type === 'moment').map((said) => said.atMs)).not.toContain(null);
      expect(await slider(page).boundingBox()).toEqual(box);
      await page.mouse.move(box.x + box.width + 3, y);
      await page.mouse.up();
      await expect.poll(() => moment(page)).toBeNull();
      await page.close();
    }
  });

  it('is walked by keys, from event to event, and left with Escape', async () => {
    const page = await open();
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press(',');
    await expect.poll(() => last(page, 'step')).toMatchObject({ forward: false, of: null });
    await expect.poll(() => page.locator('.scrubber .event').innerText()).not.toBe('');
    const first = await moment(page);
    await page.keyboard.press(',');
    await expect.poll(() => moment(page)).toBeLessThan(first ?? 0);
    await page.keyboard.press('.');
    await expect.poll(() => moment(page)).toBe(first);
    // Two quick presses are two steps, though the first is not answered when the second comes.
    await page.locator('[role=treegrid]').evaluate((grid) => {
      for (const key of [',', '.']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    const told = async (): Promise<string[]> => (await heard(page)).filter(({ type }) => type === 'moment' || type === 'step').map(({ type }) => type).slice(-4);
    await expect.poll(told).toEqual(['step', 'moment', 'step', 'moment']);
    expect(await moment(page)).toBe(first);
    // Who has gone back to the present before the answer is not taken away from it.
    const asked = (await heard(page)).length;
    await page.locator('[role=treegrid]').evaluate((grid) => {
      for (const key of [',', 'Escape']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    await page.waitForTimeout(300);
    expect((await heard(page)).slice(asked).map(({ type }) => type)).toContain('step');
    expect([await moment(page), await page.locator('.scrubber.back').count()]).toEqual([null, 0]);
    await page.locator('[role=treegrid]').press(',');
    await expect.poll(() => moment(page)).toBe(first);
    await slider(page).focus();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => moment(page)).toBeCloseTo((first ?? 0) - 10, 3);
    await page.keyboard.press('Home');
    await expect.poll(() => moment(page)).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.scrubber.back').count()).toBe(0);
    // In a text it is a letter like others.
    const sent = (await heard(page)).length;
    await page.locator('.deeds vscode-text-field').click();
    await page.keyboard.type('a,b.');
    expect((await heard(page)).slice(sent).some(({ type }) => type === 'step')).toBe(false);
    await page.close();
  });

  it('is kept over a reload for the run that it is of, and for no other', async () => {
    const page = await open(kept({ momentMs: 5000, token: 'dev' }));
    await expect.poll(() => moment(page)).toBe(5000);
    await page.close();
    const other = await open(kept({ momentMs: 5000, token: 'another run' }));
    await other.waitForTimeout(500);
    expect([await moment(other), await other.locator('.scrubber.back').count()]).toEqual([null, 0]);
    await other.close();
  });

  it('is asked for once, and is known to be told, though it is chosen again', async () => {
    const page = await open();
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => page.locator('.scrubber .reading').innerText()).toBe('0.000 s');
    await page.keyboard.press('Home');
    await page.waitForTimeout(300);
    expect(await page.locator('.scrubber .reading').innerText()).toBe('0.000 s');
    expect((await heard(page)).filter(({ type }) => type === 'moment')).toHaveLength(1);
    await page.close();
  });

  it('stays where it is while Escape closes a sheet over it', async () => {
    const page = await open();
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => moment(page)).toBe(0);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press(',');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect([await moment(page), await last(page, 'step')]).toEqual([0, undefined]);
    await page.close();
  });

  it('follows the present again after it, also where the page was made anew meanwhile', async () => {
    const page = await open();
    const following = (of: Page): Promise<string | null> => of.locator('vscode-button', { hasText: 'Follow' }).getAttribute('aria-pressed');
    await expect.poll(() => following(page)).toBe('true');
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => following(page)).toBe('false');
    await page.waitForTimeout(400);
    const state = await page.evaluate(() => (globalThis as unknown as { kept: () => object }).kept());
    await page.close();
    const again = await open(kept(state));
    await expect.poll(() => moment(again)).toBe(0);
    await expect.poll(() => following(again)).toBe('false');
    await again.getByRole('button', { name: 'Back to the present' }).click();
    await expect.poll(() => following(again)).toBe('true');
    // The key that follows leaves the past as its button does.
    await slider(again).focus();
    await again.keyboard.press('Home');
    await expect.poll(() => moment(again)).toBe(0);
    await again.locator('.lanes').focus();
    await again.keyboard.press('f');
    await expect.poll(() => moment(again)).toBeNull();
    // The button says so with the next frame that is drawn.
    await expect.poll(() => following(again)).toBe('true');
    await again.close();
    // Run again in the same panel: the moment is none of the new run's, and the present is followed as before.
    const other = await open(kept({ ...state, token: 'another run' }));
    await expect.poll(() => following(other)).toBe('true');
    await other.close();
  });

  it('ends at the present: what happened after it is shown there', async () => {
    const page = await open();
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => moment(page)).toBe(0);
    await say(page, { type: 'stepped', event: { atMs: 1e9, kind: 'end', process: null, what: { template: '{0} (PID {1}) exited with {2}', args: ['tracker', 7, 0] } } });
    await expect.poll(() => moment(page)).toBeNull();
    await expect.poll(() => page.locator('.scrubber .event').innerText()).toBe('tracker (PID 7) exited with 0');
    await page.close();
  });

  it('is looked at on the axis of the lanes, too', async () => {
    const page = await open();
    const box = (await page.locator('.lanes').boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + 12);
    await expect.poll(() => moment(page)).toBeGreaterThan(4000);
    await page.close();
  });
});
