/** The page in a browser: what a person does, and what the host hears of it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { active, errorsOf, executablePath, last, pages } from './pages.js';

describe.skipIf(executablePath === null)('the page', { timeout: 60_000 }, () => {
  const open = pages();
  const details = (process: string): string => `state=${encodeURIComponent(JSON.stringify({ process, tab: 'details', arrows: 'process' }))}`;

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
    await expect.poll(() => page.locator('.toasts[role=status]').textContent()).toContain('SIGTERM');
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
    await expect.poll(() => page.locator('[role=treegrid] [data-row]').count()).toBeLessThan(50);
    await page.locator('[data-row=p1]').click();
    await page.locator('.processes > .scroller').evaluate((element) => (element.scrollTop = 8_000));
    await page.waitForTimeout(200);
    await expect.poll(() => active(page)).toBe('p1');
    await page.close();
  });

  it('filters rows, keeping who is above them', async () => {
    const page = await open();
    await page.getByRole('textbox', { name: /^Filter/ }).fill('Process-6');
    await expect.poll(() => page.locator('[role=treegrid] [data-row]').evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['row']))).toEqual(['p1', 'p9', 'p10']);
    await page.close();
  });

  const shownRows = (page: Page) => page.locator('[role=treegrid] [data-row]').evaluateAll((all) => [...all].sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex'))).map((row) => (row as HTMLElement).dataset['row']));

  it('filters by fields, says how many it finds, dims who is not found, and offers a way out where nothing is', async () => {
    const page = await open();
    const all = await shownRows(page);
    const box = page.locator('.deeds vscode-text-field input');
    await box.fill('state:orphan,zombie');
    await expect.poll(() => shownRows(page)).toEqual(['p1', 'p9', 'p10', 'p11']);
    await expect.poll(() => page.locator('.filter-strip .found').textContent()).toBe('2 of 20 processes');
    expect(await page.locator('.row.context').evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset['row']))).toEqual(['p1', 'p9']);
    await page.getByRole('button', { name: 'Only living' }).click();
    await expect.poll(() => shownRows(page)).toEqual(['p1', 'p9', 'p10']);
    await expect.poll(() => box.inputValue()).toBe('state:orphan,zombie state:alive');
    await box.fill('pid:1');
    await page.getByText('No process matches pid:1').waitFor();
    await page.locator('.no-match').getByRole('button', { name: 'Clear the filter' }).click();
    await expect.poll(() => shownRows(page)).toEqual(all);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('folds what has ended, workers and helpers by choice, and remembers it', async () => {
    const page = await open(`state=${encodeURIComponent(JSON.stringify({ tree: { folds: { p1: false, 'graph:w1': true } } }))}`);
    const tree = (): Promise<{ folds: unknown; folding: unknown }> => page.evaluate(() => (globalThis as unknown as { kept: () => { tree: { folds: unknown; folding: unknown } } }).kept().tree);
    const menu = page.getByRole('button', { name: 'Filters and folds' });
    await menu.click();
    await page.getByRole('menuitemcheckbox', { name: /Fold what has ended/ }).click();
    await expect.poll(() => shownRows(page)).toContain('p1/ended');
    await expect.poll(() => page.getByRole('menuitemcheckbox', { name: /Fold what has ended/ }).getAttribute('aria-checked')).toBe('true');
    await page.getByRole('menuitemcheckbox', { name: /Fold pool workers/ }).click();
    await page.getByRole('menuitemcheckbox', { name: /Fold helpers/ }).click();
    await expect.poll(() => shownRows(page)).toContain('p14');
    await expect.poll(() => shownRows(page)).not.toContain('p5');
    // What was opened by hand in the tree counts no more; the graph's folds are another matter.
    await expect.poll(async () => (await tree()).folds).toEqual({ 'graph:w1': true });
    await page.keyboard.press('Escape');
    await menu.click();
    await page.getByRole('menuitem', { name: 'Collapse all' }).click();
    await expect.poll(() => shownRows(page)).not.toContain('p10');
    await expect.poll(() => page.locator('[data-row=p9] .trouble').textContent()).toContain('1');
    await menu.click();
    await page.getByRole('menuitem', { name: 'Expand all' }).click();
    await expect.poll(() => shownRows(page)).toContain('p2');
    await page.waitForTimeout(300);
    expect((await tree()).folding).toEqual({ helpers: 'never', ended: 'always', workers: 'always' });
    await page.close();
  });

  it('sorts by a column within siblings, back to the order of start with the third press, and sizes it by keys and by drag', async () => {
    const page = await open();
    const start = await shownRows(page);
    const cpu = page.getByRole('columnheader', { name: 'CPU' });
    await cpu.getByRole('button').click();
    await expect.poll(() => cpu.getAttribute('aria-sort')).toBe('descending');
    expect((await shownRows(page)).slice(0, 3)).toEqual(['p1', 'p1/w1', 'p5']);
    await cpu.getByRole('button').press('Enter');
    await expect.poll(() => cpu.getAttribute('aria-sort')).toBe('ascending');
    await cpu.getByRole('button').press('Enter');
    await expect.poll(() => cpu.getAttribute('aria-sort')).toBeNull();
    await expect.poll(() => shownRows(page)).toEqual(start);
    const width = async (): Promise<number> => (await cpu.boundingBox())?.width ?? 0;
    const before = await width();
    await cpu.getByRole('button').press('Shift+ArrowRight');
    await expect.poll(width).toBe(before + 8);
    const box = await cpu.boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 10);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) + 18, (box?.y ?? 0) + 10);
    await page.mouse.up();
    await expect.poll(width).toBe(before + 28);
    await cpu.getByRole('button').press('ArrowRight');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['column'])).toBe('memory');
    await page.close();
  });

  it('gives a column that is chosen its room', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Choose columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: /^Tasks/ }).click();
    await page.getByRole('menuitemcheckbox', { name: /^Lived/ }).click();
    await expect.poll(() => page.getByRole('columnheader').allTextContents()).toEqual(expect.arrayContaining(['Tasks', 'Lived']) as string[]);
    await page.close();
  });

  it('puts two processes side by side: held with Ctrl, by click or by key, and let go again', async () => {
    const page = await open();
    await page.locator('[data-row=p5]').click();
    await page.locator('[data-row=p6]').click({ modifiers: ['ControlOrMeta'] });
    const table = page.getByRole('region', { name: 'ForkPoolWorker-1 and ForkPoolWorker-2 compared' });
    await expect.poll(() => table.locator('tr', { hasText: 'CPU' }).locator('td').allTextContents()).toEqual(['98 %, the larger', '90 %', '\u22128 % × 1.1']);
    await expect.poll(() => page.locator('[data-row=p6]').getAttribute('aria-selected')).toBe('true');
    await table.getByRole('button', { name: 'Swap' }).click();
    await page.getByRole('region', { name: 'ForkPoolWorker-2 and ForkPoolWorker-1 compared' }).waitFor();
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press('Control+ ');
    await page.getByRole('button', { name: 'Stop comparing' }).click();
    await expect.poll(() => page.locator('.comparison, .held').count()).toBe(0);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('keeps its first line and the worst finding in sight in a low panel, whatever is shown in the details', async () => {
    const page = await open(`state=${encodeURIComponent(JSON.stringify({ process: 'p1', tab: 'channels' }))}`, 1000);
    await page.setViewportSize({ width: 1000, height: 420 });
    await page.getByRole('tab', { name: /^Findings/ }).click();
    await page.getByRole('button', { name: /^Evidence/ }).first().click();
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => [document.querySelector('.bar'), document.querySelector('.banner')].map((e) => Math.round(e?.getBoundingClientRect().top ?? -1)))).toEqual([0, expect.any(Number)]);
    const banner = await page.locator('.banner').boundingBox();
    expect(banner?.y).toBeGreaterThan(0);
    expect(banner?.height).toBeLessThan(34);
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

  it('reads the stacks of a process, tells the script\'s frames from others, and opens a frame\'s line', async () => {
    const page = await open(details('p4'));
    await page.getByRole('button', { name: 'Stacks', exact: true }).click();
    expect(await last(page, 'stacks')).toMatchObject({ process: 'p4' });
    const stacks = page.getByRole('region', { name: 'Stacks', exact: true });
    await expect.poll(() => stacks.innerText()).toMatch(/by py-spy, at 12\.40 s; the process was paused for that moment/);
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
    await expect.poll(() => stacks.innerText()).toMatch(/from the records, at 12\.40 s: only where it waits\s[^]*py-spy is not installed/);
    await expect.poll(() => stacks.locator('.frames').count()).toBe(2);
    expect(await page.evaluate(() => [...document.querySelectorAll('.details, .details .stacks *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map((e) => e.className))).toEqual([]);
    await page.locator('[data-row=p2]').click({ button: 'right' });
    await expect.poll(() => page.getByRole('menuitem', { name: 'Stacks' }).count()).toBe(0);
    await page.close();
    const recording = await open(`phase=recording&${details('p4')}`);
    await recording.getByRole('region', { name: 'Details of consumer' }).waitFor();
    await expect.poll(() => recording.getByRole('button', { name: 'Stacks', exact: true }).count()).toBe(0);
    await recording.close();
  });

  const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) });

  it('has no tabs for kinds that the run has none of', async () => {
    const page = await open('plain');
    await expect.poll(() => page.getByRole('tab').evaluateAll((all) => all.filter((one) => (one as HTMLElement).offsetWidth > 0).map((one) => one.textContent.replace(/\d+.*/, '')))).toEqual(['Channels', 'Findings', 'Graph', 'Details']);
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
    await expect.poll(() => grid.locator('[data-key]').count()).toBe(7);
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
    await expect.poll(() => tasks.locator('[data-key]').count()).toBeLessThan(40);
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

  it('does not say of a lock that nobody had to wait for it while somebody does for the first time', async () => {
    const page = await open();
    for (const [lock, says] of [['l2', 'the first wait goes on'], ['l7', 'never']] as const) {
      await tab(page, 'Locks').click();
      await page.locator(`[data-key=${lock}]`).click();
      await tab(page, 'Details').click();
      await expect.poll(() => page.locator('.details').innerText()).toContain(says);
    }
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
    await expect.poll(() => page.locator('.toasts[role=status]').textContent()).toContain('Choose another one');
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
