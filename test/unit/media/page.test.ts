/** The page in a browser, before a stand-in for VS Code (media/dev): what a person does, and what the host hears of it. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../../media/dev/serve.mjs';
import { findChromium, flags } from '../../../scripts/chromium.mjs';
import type { FromWebview } from '../../../src/protocol/messages.js';

const executablePath = findChromium();

describe.skipIf(executablePath === null)('the page', { timeout: 60_000 }, () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    site = await serve();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    site.close();
  });

  async function open(query = '', width = 1440): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 860 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    Object.assign(page, { errors });
    await page.goto(`${site.url}/?still&${query}`);
    await page.waitForSelector('[role=treegrid] [data-row]', { timeout: 20_000 });
    return page;
  }

  const errorsOf = (page: Page): readonly string[] => (page as Page & { errors: string[] }).errors;
  const heard = (page: Page): Promise<readonly FromWebview[]> => page.evaluate(() => (globalThis as unknown as { sent: FromWebview[] }).sent);
  const last = async <T extends FromWebview['type']>(page: Page, type: T): Promise<Extract<FromWebview, { type: T }> | undefined> =>
    (await heard(page)).findLast((message): message is Extract<FromWebview, { type: T }> => message.type === type);
  const active = (page: Page): Promise<string | null> =>
    page.evaluate(() => document.getElementById(document.querySelector('[role=treegrid]')?.getAttribute('aria-activedescendant') ?? '')?.dataset['row'] ?? null);

  it('draws without an error and within its content security policy', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'Findings' }).click();
    await page.getByRole('tab', { name: 'Details' }).click();
    await page.waitForTimeout(200);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('is walked by the arrow keys: rows, folds, parents', async () => {
    const page = await open();
    await page.locator('[role=treegrid]').focus();
    await expect.poll(() => active(page)).toBe('p1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => active(page)).toBe('p3');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => active(page)).toBe('p1');
    const rows = page.locator('[role=treegrid] [data-row]');
    const before = await rows.count();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => rows.count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => rows.count()).toBe(before);
    await page.keyboard.press('End');
    await expect.poll(() => active(page)).toBe('p1/helpers');
    await page.close();
  });

  it('opens the source of the chosen process on Enter', async () => {
    const page = await open();
    await page.locator('[data-row=p2]').click();
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press('Enter');
    expect((await last(page, 'open'))?.where).toMatchObject({ line: 74 });
    await page.close();
  });

  it('signals a process from the menu of its row, by keyboard alone', async () => {
    const page = await open();
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('t');
    await page.keyboard.press('Enter');
    expect(await last(page, 'signal')).toMatchObject({ process: 'p3', tree: false, signal: 'SIGTERM' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('treegrid');
    await expect.poll(() => page.getByRole('status').textContent()).toContain('SIGTERM');
    await page.close();
  });

  it('offers no signal to a process that has ended', async () => {
    const page = await open();
    await page.locator('[data-row=p2]').click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Kill/ }).click({ force: true });
    expect(await last(page, 'signal')).toBeUndefined();
    await page.close();
  });

  it('stops following when it is moved in time, and follows again when asked', async () => {
    const page = await open();
    const button = page.locator('vscode-button', { hasText: 'Follow' });
    await page.locator('.lanes').focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('f');
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true');
    await page.close();
  });

  it('asks for lanes of the rows on the screen only, and for finer ones when zoomed', async () => {
    const page = await open('many=500');
    await page.waitForTimeout(300);
    const first = await last(page, 'lanes');
    expect(first?.query?.rows.length).toBeLessThan(60);
    await page.locator('.lanes').focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('+');
    await page.waitForTimeout(400);
    const next = await last(page, 'lanes');
    const span = (query: { fromMs: number; toMs: number } | null | undefined): number => (query == null ? 0 : query.toMs - query.fromMs);
    expect(span(next?.query)).toBeLessThan(span(first?.query) / 3);
    await page.close();
  });

  it('keeps as few rows in the page as fit it, and the active one wherever it is scrolled to', async () => {
    const page = await open('many=500');
    expect(await page.locator('[role=treegrid] [data-row]').count()).toBeLessThan(50);
    await page.locator('[data-row=p1]').click();
    await page.locator('.processes > .scroller').evaluate((element) => (element.scrollTop = 8_000));
    await page.waitForTimeout(200);
    expect(await active(page)).toBe('p1');
    await page.close();
  });

  it('filters rows, keeping who is above them', async () => {
    const page = await open();
    await page.locator('vscode-text-field input').fill('Process-6');
    await expect.poll(() => page.locator('[role=treegrid] [data-row]').evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['row']))).toEqual(['p1', 'p9', 'p10']);
    await page.close();
  });

  it('keeps choices and the host\'s token, and comes back with them', async () => {
    const page = await open();
    await page.locator('[data-row=p4]').click();
    await page.getByRole('tab', { name: 'Details' }).click();
    await page.waitForTimeout(400);
    const state = await page.evaluate(() => (globalThis as unknown as { kept: () => unknown }).kept());
    expect(state).toMatchObject({ process: 'p4', tab: 'details', token: 'dev' });
    await page.close();
    const again = await open(`state=${encodeURIComponent(JSON.stringify(state))}`);
    await expect.poll(() => again.locator('.details h2').textContent()).toBe('consumer');
    await again.close();
  });

  it('shows the messages of a channel and opens both of their source lines', async () => {
    const page = await open();
    await page.locator('[data-key=c2]').click();
    await page.waitForSelector('[data-key^="0-"]');
    expect(await last(page, 'messages')).toMatchObject({ channel: 'c2' });
    await page.locator('[data-key^="0-"] .places .link').nth(0).click();
    const row = page.locator('[data-key^="0-"]').filter({ hasText: 'MainProcess' }).first();
    await row.locator('.places .link').nth(1).click();
    expect((await last(page, 'open'))?.where.line).toBe(90);
    await page.close();
  });

  it('asks the host to stop, and says what became of saving', async () => {
    const page = await open();
    await page.locator('vscode-button', { hasText: 'Stop' }).click();
    expect(await last(page, 'stop')).toBeDefined();
    await page.locator('vscode-button', { hasText: 'Save' }).click();
    await expect.poll(() => page.getByRole('status').textContent()).toContain('Choose another one');
    await page.close();
  });

  it('never scrolls sideways, however narrow', async () => {
    for (const width of [400, 720, 900]) {
      const page = await open('', width);
      const overflow = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('#root, .bar, .scroller, .panes')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className));
      expect(overflow).toEqual([]);
      await page.close();
    }
  });
});
