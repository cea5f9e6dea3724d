/** The messages of a channel in the page: what a person does, and what the host hears of it. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { errorsOf, executablePath, last, pages } from './pages.js';

describe.skipIf(executablePath === null)('the messages of a channel in the page', { timeout: 60_000 }, () => {
  const open = pages();
  const big = `state=${encodeURIComponent(JSON.stringify({ channel: 'c1', tab: 'channels', topShare: 0.3, channelShare: 0.3 }))}`;
  const messageGrid = (page: Page): Locator => page.getByRole('grid', { name: /^Messages of / });

  it('shows the messages of a channel and opens both of their source lines', async () => {
    const page = await open();
    await page.locator('[data-key=c2]').click();
    await messageGrid(page).locator('[data-index="0"]').waitFor();
    expect(await last(page, 'messages')).toMatchObject({ query: { channel: 'c2', order: 'newest', first: 0, filter: null, upTo: null } });
    await messageGrid(page).locator('[data-key] .places .link').nth(0).click();
    await page.locator('[data-key=c1]').click();
    const row = messageGrid(page).locator('[data-key]').filter({ hasText: 'MainProcess' }).first();
    await row.locator('.places .link').nth(1).click();
    expect((await last(page, 'open'))?.where.line).toBe(90);
    await page.close();
  });

  it('walks a million messages by keys, with as few rows in the page as fit it', async () => {
    const page = await open(`messages=1000000&${big}`);
    const grid = messageGrid(page);
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('1000001');
    await grid.focus();
    await page.keyboard.press('End');
    await expect.poll(() => grid.getAttribute('aria-activedescendant')).toBe('message-999999');
    const active = grid.locator('#message-999999');
    await expect.poll(() => active.getAttribute('aria-rowindex')).toBe('1000001');
    await expect.poll(() => active.locator('.cell.time').innerText()).toBe('0.400');
    const details = page.getByRole('region', { name: 'The chosen message' });
    await expect.poll(() => details.innerText()).toContain('Message 0');
    // It is really in sight: not below the edge, though no page is that high.
    const [row, box] = [await active.boundingBox(), await grid.locator('xpath=..').boundingBox()];
    expect(row!.y + row!.height).toBeLessThanOrEqual(box!.y + box!.height + 1);
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    const index = async (): Promise<number> => Number((await grid.getAttribute('aria-activedescendant'))?.slice('message-'.length));
    await expect.poll(index).toBeLessThan(999_998);
    expect(await index()).toBeGreaterThan(999_940);
    await page.keyboard.press('Home');
    await expect.poll(() => grid.getAttribute('aria-activedescendant')).toBe('message-0');
    await expect.poll(() => grid.locator('.long-rows > .row').count()).toBeLessThan(60);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('scrolls to any of a million messages with the bar and on with the wheel', async () => {
    const page = await open(`messages=1000000&${big}`);
    const grid = messageGrid(page);
    await grid.locator('[data-index="0"]').waitFor();
    const firstRow = async (): Promise<number> => Number(await grid.locator('.long-rows > .row').first().getAttribute('data-index'));
    await grid.evaluate((element) => { const scroller = element.parentElement!; scroller.scrollTop = scroller.scrollHeight / 2; });
    await expect.poll(firstRow).toBeGreaterThan(490_000);
    const before = await firstRow();
    expect(before).toBeLessThan(510_000);
    await expect.poll(() => grid.locator('.row.coming').count()).toBe(0);
    await page.waitForTimeout(300);
    const box = await grid.locator('xpath=..').boundingBox();
    await page.mouse.move(box!.x + 100, box!.y + 100);
    await page.mouse.wheel(0, 26 * 5);
    await expect.poll(firstRow).toBe(before + 5);
    await page.close();
  });

  it('searches and narrows the messages, and says when none passes', async () => {
    const page = await open(big);
    const grid = messageGrid(page);
    const status = page.locator('.messages .caption .found');
    await page.locator('.messages vscode-text-field.filter').locator('input').fill("'frame': 20100");
    await expect.poll(() => status.innerText()).toBe('1 of 20,112 messages');
    expect((await last(page, 'messages'))?.query?.filter).toMatchObject({ text: "'frame': 20100" });
    await page.locator('.messages vscode-text-field.filter').locator('input').fill('');
    await page.getByRole('button', { name: 'Conditions' }).click();
    await page.getByRole('combobox', { name: 'Sender' }).selectOption({ label: 'producer-2' });
    await page.getByRole('textbox', { name: 'Least size' }).fill('40 K');
    await expect.poll(async () => (await last(page, 'messages'))?.query?.filter).toMatchObject({ from: 'p3', minBytes: 40 * 1024 });
    await expect.poll(() => grid.locator('[data-index="0"] .cell.ends').innerText()).toContain('producer-2');
    await page.getByRole('textbox', { name: 'Least size' }).fill('40 apples');
    await expect.poll(() => page.getByRole('textbox', { name: 'Least size' }).getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('textbox', { name: 'Least latency' }).fill('1000 s');
    await page.getByText('No message passes the filter.').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await expect.poll(() => status.innerText()).toBe('20,112 messages');
    await expect.poll(() => page.getByRole('textbox', { name: 'Least size' }).inputValue()).toBe('');
    await page.close();
  });

  it('asks for all that was typed in several fields at once, and leaves a space at the end where it is', async () => {
    const page = await open(big);
    await messageGrid(page).locator('[data-index="0"]').waitFor();
    const search = page.locator('.messages vscode-text-field.filter').locator('input');
    await page.getByRole('button', { name: 'Conditions' }).click();
    await page.getByRole('textbox', { name: 'Least latency' }).waitFor();
    const asked = async () => (await last(page, 'messages'))?.query?.filter ?? null;
    /** In one go, as no hand can. */
    const type = (texts: Readonly<Record<string, string>>): Promise<void> => page.evaluate((all) => {
      const inputs = [document.querySelector('.messages vscode-text-field.filter')?.shadowRoot?.querySelector('input'), ...document.querySelectorAll<HTMLInputElement>('.messages input.amount')];
      for (const [label, text] of Object.entries(all)) {
        const input = inputs.find((one) => one?.getAttribute('aria-label') === label);
        if (input == null) throw new Error(`there is no field ${label}`);
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
      }
    }, texts);
    await type({ 'Search messages': 'frame ', 'Least size': '4 K', 'Least latency': '1 ms' });
    await expect.poll(asked).toMatchObject({ text: 'frame', minBytes: 4096, minLatencyMs: 1 });
    expect(await search.inputValue()).toBe('frame ');
    // The button that takes the conditions away leaves the words, also those that are only just typed.
    await type({ 'Search messages': 'shot' });
    await page.getByRole('button', { name: 'Conditions: 2' }).click();
    await expect.poll(asked).toMatchObject({ text: 'shot', minBytes: null, minLatencyMs: null });
    await page.waitForTimeout(300);
    expect([(await asked())?.text, await search.inputValue()]).toEqual(['shot', 'shot']);
    await page.close();
  });

  it('lets the list stand still while it is looked at, and follows the newest when asked', async () => {
    const page = await open(`every=100&${big}`, 1440, false);
    const grid = messageGrid(page);
    const newest = (): Promise<string | null> => grid.locator('[data-index="0"]').getAttribute('data-key');
    const first = await newest();
    await expect.poll(newest).not.toBe(first);
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    const still = await newest();
    const follow = page.locator('.caption .follow');
    await expect.poll(() => follow.innerText()).toMatch(/newer/);
    expect(await newest()).toBe(still);
    await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('false');
    await follow.click();
    await expect.poll(newest).not.toBe(still);
    await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('true');
    await page.close();
  });

  it('says in words and in a table what the drawings of a channel show', async () => {
    const page = await open(big);
    const flow = page.getByRole('region', { name: 'jobs over time' });
    await expect.poll(() => flow.getByRole('img', { name: /^Depth over time: \d+ of 100 now, at most 100/ }).count()).toBe(1);
    await expect.poll(() => flow.getByRole('img', { name: /p50 18 ms, p99 240 ms, at most 800 ms/ }).count()).toBe(1);
    await expect.poll(() => flow.getByRole('table', { name: 'Depth and messages over time' }).getByRole('row').count()).toBeGreaterThan(5);
    // Something is drawn on each.
    const inked = await flow.locator('canvas').evaluateAll((all) => all.map((one) => one instanceof HTMLCanvasElement && one.getContext('2d')!.getImageData(0, 0, one.width, one.height).data.some((value) => value > 0)));
    expect(inked).toEqual([true, true, true]);
    await flow.getByRole('button', { name: /over time/ }).click();
    await expect.poll(() => flow.locator('canvas').count()).toBe(0);
    await expect.poll(() => last(page, 'flow')).toMatchObject({ query: null });
    await page.close();
  });

});
