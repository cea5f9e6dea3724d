/** The page in a browser, before a stand-in for VS Code (media/dev): what a person does, and what the host hears of it. */
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
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

  async function open(query = '', width = 1440, still = true): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 860 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    Object.assign(page, { errors });
    await page.goto(`${site.url}/?${still ? 'still&' : ''}${query}`);
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
    await page.getByRole('textbox', { name: /^Filter/ }).fill('Process-6');
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
    expect(await active.getAttribute('aria-rowindex')).toBe('1000001');
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
    expect(await grid.locator('.long-rows > .row').count()).toBeLessThan(60);
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
    expect(await page.getByRole('textbox', { name: 'Least size' }).inputValue()).toBe('');
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
    expect(await follow.getAttribute('aria-pressed')).toBe('false');
    await follow.click();
    await expect.poll(newest).not.toBe(still);
    expect(await follow.getAttribute('aria-pressed')).toBe('true');
    await page.close();
  });

  it('says in words and in a table what the drawings of a channel show', async () => {
    const page = await open(big);
    const flow = page.getByRole('region', { name: 'jobs over time' });
    await expect.poll(() => flow.getByRole('img', { name: /^Depth over time: \d+ of 100 now, at most 100/ }).count()).toBe(1);
    expect(await flow.getByRole('img', { name: /p50 18 ms, p99 240 ms, at most 800 ms/ }).count()).toBe(1);
    expect(await flow.getByRole('table', { name: 'Depth and messages over time' }).getByRole('row').count()).toBeGreaterThan(5);
    // Something is drawn on each.
    const inked = await flow.locator('canvas').evaluateAll((all) => all.map((one) => one instanceof HTMLCanvasElement && one.getContext('2d')!.getImageData(0, 0, one.width, one.height).data.some((value) => value > 0)));
    expect(inked).toEqual([true, true, true]);
    await flow.getByRole('button', { name: /over time/ }).click();
    expect(await flow.locator('canvas').count()).toBe(0);
    await expect.poll(() => last(page, 'flow')).toMatchObject({ query: null });
    await page.close();
  });

  const details = (process: string): string => `state=${encodeURIComponent(JSON.stringify({ process, tab: 'details', arrows: 'process' }))}`;

  it('reads the stacks of a process, tells the script\'s frames from others, and opens a frame\'s line', async () => {
    const page = await open(details('p4'));
    await page.getByRole('button', { name: 'Stacks', exact: true }).click();
    expect(await last(page, 'stacks')).toMatchObject({ process: 'p4' });
    const stacks = page.getByRole('region', { name: 'Stacks', exact: true });
    expect(await stacks.innerText()).toMatch(/by py-spy, at 12\.40 s; the process was paused for that moment/);
    expect(await stacks.locator('.own').allInnerTexts()).toEqual(['consume\npipeline.py:52', '<module>\npipeline.py:140']);
    expect(await stacks.locator('.foreign .link').allInnerTexts()).toContain('multiprocessing/queues.py:103');
    await stacks.getByRole('button', { name: 'pipeline.py:52' }).click();
    expect((await last(page, 'open'))?.where).toEqual({ file: '/ada/photos/pipeline.py', line: 52, function: 'consume' });
    await stacks.getByRole('button', { name: 'Copy' }).click();
    expect((await last(page, 'copy'))?.text).toMatch(/^consumer \(PID 48217\): Stacks, by py-spy.*\n\nMainThread · idle\n(.*\n)*  File "\/ada\/photos\/pipeline\.py", line 52, in consume\n/);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('says of stacks from the records what they are, and has none to read of processes that have ended', async () => {
    const page = await open(`stacks=slots&${details('p3')}`, 400);
    await page.locator('[data-row=p3]').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Stacks' }).click();
    const stacks = page.getByRole('region', { name: 'Stacks', exact: true });
    expect(await stacks.innerText()).toMatch(/from the records, at 12\.40 s: only where it waits\s[^]*py-spy is not installed/);
    expect(await stacks.locator('.frames').count()).toBe(2);
    expect(await page.evaluate(() => [...document.querySelectorAll('.details, .details .stacks *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map((e) => e.className))).toEqual([]);
    await page.locator('[data-row=p2]').click({ button: 'right' });
    expect(await page.getByRole('menuitem', { name: 'Stacks' }).count()).toBe(0);
    await page.close();
    const recording = await open(`phase=recording&${details('p4')}`);
    await recording.getByRole('region', { name: 'Details of consumer' }).waitFor();
    expect(await recording.getByRole('button', { name: 'Stacks', exact: true }).count()).toBe(0);
    await recording.close();
  });

  const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) });

  it('has no tabs for kinds that the run has none of', async () => {
    const page = await open('plain');
    await expect.poll(() => page.getByRole('tab').evaluateAll((all) => all.filter((one) => (one as HTMLElement).offsetWidth > 0).map((one) => one.textContent.replace(/\d+.*/, '')))).toEqual(['Channels', 'Findings', 'Details']);
    await page.close();
  });

  it('walks its tabs by the arrow keys, over those that are not there', async () => {
    const page = await open('plain');
    await tab(page, 'Channels').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tab(page, 'Findings').getAttribute('aria-selected')).toBe('true');
    await page.close();
    const full = await open();
    await tab(full, 'Channels').focus();
    await full.keyboard.press('ArrowRight');
    await expect.poll(() => tab(full, 'Locks').getAttribute('aria-selected')).toBe('true');
    await full.getByRole('grid', { name: 'Locks' }).waitFor();
    await full.close();
  });

  it('shows the lock that was never released first, and says of each who holds it and who waits', async () => {
    const page = await open();
    await tab(page, 'Locks').click();
    const grid = page.getByRole('grid', { name: 'Locks' });
    await expect.poll(() => grid.locator('[aria-selected=true]').textContent()).toContain('stats_lock');
    await expect.poll(() => grid.locator('[data-key=l1]').textContent()).toMatch(/write_lock.*held by ForkPoolWorker-1.*ForkPoolWorker-2/);
    await expect.poll(() => grid.locator('[data-key=l2] .holder .tone-warn').textContent()).toBe('ForkPoolWorker-3 ended holding it');
    await expect.poll(() => grid.locator('[data-key=l7] .holder').textContent()).toBe('not known');
    expect(await grid.locator('[data-key]').count()).toBe(7);
    await page.getByRole('button', { name: /^Show 2 locks/ }).click();
    await expect.poll(() => grid.locator('[data-key]').count()).toBe(9);
    await page.close();
  });

  it('marks the processes that hold the chosen lock and wait for it, and the objects of a chosen process', async () => {
    const page = await open();
    await tab(page, 'Locks').click();
    await page.locator('[data-key=l1]').click();
    const marked = (relation: string): Promise<string[]> => page.locator(`[role=treegrid] .relation.${relation}`).evaluateAll((all) => all.map((one) => one.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? ''));
    await expect.poll(() => marked('holds')).toEqual(['p5']);
    await expect.poll(() => marked('waits')).toEqual(['p6']);
    await page.locator('[data-row=p6]').click();
    await expect.poll(() => marked('waits')).toEqual([]);
    await expect.poll(() => page.locator('[data-key=l1] .relation').getAttribute('aria-label')).toBe('the chosen process waits for it');
    await page.close();
  });

  it('asks for the tasks of the chosen pool, opens the line that submitted one, and leaves off when the tab is left', async () => {
    const page = await open();
    await tab(page, 'Pools').click();
    await page.locator('[data-key=w2]').click();
    await expect.poll(async () => (await last(page, 'tasks'))?.pool).toBe('w2');
    const tasks = page.getByRole('grid', { name: 'Latest tasks of thumbs' });
    await expect.poll(() => tasks.locator('[role=row]').filter({ hasText: 'OSError' }).count()).toBeGreaterThan(0);
    expect(await tasks.locator('[data-key]').count()).toBeLessThan(40);
    await tasks.focus();
    await page.keyboard.press('ArrowDown');
    await tasks.locator('[aria-selected=true]').waitFor();
    await page.keyboard.press('Enter');
    expect((await last(page, 'open'))?.where.line).toBe(97);
    await expect.poll(() => page.getByRole('region', { name: 'The chosen task' }).textContent()).toContain('thumbs.make');
    await tab(page, 'Memory').click();
    await expect.poll(async () => (await last(page, 'tasks'))?.pool).toBeNull();
    await page.close();
  });

  it('shows in the details what was chosen last: an object, then a process again', async () => {
    const page = await open();
    await tab(page, 'Shared objects').click();
    await page.locator('[data-key=o1]').click();
    await tab(page, 'Details').click();
    await expect.poll(() => page.locator('.details h2').textContent()).toBe('registry');
    await page.locator('.details').getByRole('button', { name: 'SyncManager-1' }).click();
    await expect.poll(() => page.locator('.details h2').textContent()).toBe('SyncManager-1');
    await page.close();
  });

  it('draws the ways of a pool\'s tasks for a chosen pool, and none for a lock', async () => {
    const page = await open();
    await tab(page, 'Pools').click();
    await page.locator('[data-key=w1]').click();
    await expect.poll(async () => (await last(page, 'lanes'))?.query?.arrowsFor).toBe('w1');
    await tab(page, 'Locks').click();
    await page.locator('[data-key=l1]').click();
    await expect.poll(async () => (await last(page, 'lanes'))?.query?.arrowsFor).toBeNull();
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
    for (const [width, chosen] of [[400, 'channels'], [400, 'locks'], [400, 'pools'], [400, 'details'], [720, 'pools'], [900, 'shared']] as const) {
      const page = await open(`state=${encodeURIComponent(JSON.stringify({ tab: chosen, object: 'w1', arrows: 'object' }))}`, width);
      const overflow = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('#root, .bar, .scroller, .panes')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className));
      expect(overflow).toEqual([]);
      await page.close();
    }
  });
});
