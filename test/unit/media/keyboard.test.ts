/** The page by keyboard, by ear and without motion, before a stand-in for VS Code: docs/accessibility.md says what is promised. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { FromWebview, ToWebview } from '../../../src/protocol/messages.js';
import type { FindingRow, Snapshot } from '../../../src/protocol/view.js';
import { browserPages, executablePath } from './pages.js';

/** What media/dev/harness.ts offers. */
interface Harness {
  readonly sent: readonly FromWebview[];
  tellFindings(of: (now: readonly FindingRow[]) => readonly FindingRow[]): void;
  end(exitCode: number): void;
  say(message: ToWebview): void;
  snapshot(): Snapshot;
}
type World = typeof globalThis & Harness;

describe.skipIf(executablePath === null)('the page for everybody', { timeout: 60_000 }, () => {
  const { blank, address } = browserPages();

  async function open(query: string, width = 1440, height = 900): Promise<Page> {
    const page = await blank({ width, height, reducedMotion: 'reduce' });
    await page.goto(address(query));
    await page.waitForSelector('[role=treegrid] [data-row]', { timeout: 20_000 });
    await page.waitForTimeout(300);
    return page;
  }

  const state = (kept: object): string => `state=${encodeURIComponent(JSON.stringify(kept))}`;
  /** What has the focus, by role and name. */
  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => {
      const at = document.activeElement;
      if (at === null || at === document.body) return 'nothing';
      const name = at.getAttribute('aria-label') ?? document.getElementById(at.getAttribute('aria-labelledby') ?? '')?.textContent ?? at.textContent ?? '';
      return `${at.getAttribute('role') ?? at.tagName.toLowerCase()}: ${name.trim().replace(/\s+/g, ' ').slice(0, 40)}`;
    });

  /** All stops of the Tab key from the page's start, until the focus leaves the page. */
  async function walk(page: Page, each?: (stop: string) => Promise<void>): Promise<string[]> {
    const stops: string[] = [];
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab');
      const now = await focused(page);
      if (now === 'nothing') break;
      stops.push(now);
      await each?.(now);
    }
    return stops;
  }

  it('is walked by Tab from the top to the bottom, and nothing that can be pressed is left out', async () => {
    const page = await open(`phase=ended&${state({ tab: 'channels', process: 'p1' })}`);
    const stops = await walk(page);
    const at = (start: string): number => stops.findIndex((stop) => stop.startsWith(start));
    const order = ['button: 1 zombie', 'button: 4 findings', 'vscode-text-field: Filter', 'vscode-button: Run again', 'vscode-button: Save', 'vscode-button: Keys', 'button: Event before', 'slider: Moment shown', 'button: Evidence', 'treegrid: Process tree', 'application: Timeline', 'button: Zoom out', 'separator: Width of the process tree', 'separator: Height of the processes', 'tab: Channels', 'grid: Channels', 'separator: Width of the table', 'grid: Messages of'];
    expect(order.filter((start) => at(start) === -1)).toEqual([]);
    expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
    // Of rows and cells, one stop each: what is in them has keys of its own.
    const left = await page.evaluate(() => {
      const out: string[] = [];
      for (const one of document.querySelectorAll<HTMLElement>('button, vscode-button, vscode-text-field, a[href], [role=separator]')) {
        if (!one.checkVisibility() || one.tabIndex >= 0 || (one.tagName.startsWith('VSCODE-') && !one.hasAttribute('tabindex')) || one.closest('[role=treegrid] [role=row], [role=grid] [role=row]') !== null || one.matches('.menu-line')) continue;
        out.push(one.outerHTML.slice(0, 120));
      }
      return out;
    });
    expect(left).toEqual([]);
    const visible = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('button, vscode-button, vscode-text-field')].filter((one) => one.checkVisibility() && !one.matches(':disabled') && (one.tabIndex >= 0 || (one.tagName.startsWith('VSCODE-') && !one.hasAttribute('tabindex')))).length);
    expect(stops.filter((stop) => /^(button|vscode-button|vscode-text-field):/.test(stop))).toHaveLength(visible);
    await page.close();
  });

  it.each(['dark', 'hc-light'])('shows where the focus is at each stop, in %s', async (theme) => {
    const page = await open(`phase=ended&theme=${theme}&${state({ tab: 'locks', process: 'p3' })}`, 1280, 800);
    const unseen: string[] = [];
    const shown: string[] = [];
    await walk(page, async (stop) => {
      if (shown.includes(stop)) return;
      shown.push(stop);
      const clip = await page.evaluate(() => {
        const { left, top, right, bottom } = document.activeElement?.getBoundingClientRect() ?? new DOMRect();
        const x = Math.max(0, left - 4);
        const y = Math.max(0, top - 4);
        return { x, y, width: Math.max(1, Math.min(innerWidth, right + 4) - x), height: Math.max(1, Math.min(innerHeight, bottom + 4) - y) };
      });
      const withFocus = await page.screenshot({ clip, caret: 'hide' });
      await page.evaluate(() => {
        const at = document.activeElement as HTMLElement;
        Object.assign(globalThis, { at });
        // Not by blur(): that would be taken for a loss and mended.
        dispatchEvent(new PointerEvent('pointerdown'));
        at.blur();
      });
      const without = await page.screenshot({ clip, caret: 'hide' });
      if (withFocus.equals(without)) unseen.push(stop);
      await page.evaluate(() => (globalThis as unknown as { at: HTMLElement }).at.focus());
    });
    expect(shown.length).toBeGreaterThan(15);
    expect(unseen).toEqual([]);
    await page.close();
  });

  it('keeps focus and choice while a run goes on', async () => {
    const page = await open(`every=30&${state({ tab: 'channels' })}`);
    await page.locator('[role=treegrid]').focus();
    for (const key of ['Home', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    const chosen = page.locator('[role=treegrid] [role=row][aria-selected=true]');
    await expect.poll(() => chosen.getAttribute('data-row')).toBe('p3');
    await page.waitForTimeout(700);
    await expect.poll(() => focused(page)).toBe('treegrid: Process tree');
    await expect.poll(() => chosen.getAttribute('data-row')).toBe('p3');
    await page.getByRole('grid', { name: /^Messages of / }).focus();
    await page.keyboard.press('ArrowDown');
    const row = page.getByRole('grid', { name: /^Messages of / }).locator('[role=row][aria-selected=true]');
    const key = await row.getAttribute('data-key');
    await page.waitForTimeout(700);
    await expect.poll(() => focused(page)).toMatch(/^grid: Messages of /);
    await expect.poll(() => row.getAttribute('data-key')).toBe(key);
    await page.close();
  });

  it('keeps the focus where findings come, move and go', async () => {
    const page = await open(`still&${state({ tab: 'findings' })}`);
    const link = page.locator('.findings > li').nth(1).locator('.facts .link').first();
    const key = await page.locator('.findings > li').nth(1).getAttribute('data-key');
    await link.focus();
    const before = await focused(page);
    const holder = (): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.closest('[data-key]')?.getAttribute('data-key'));
    // It becomes the worst, and so the first.
    await page.evaluate((moved) => (globalThis as World).tellFindings((now) => now.map((f) => (f.key === moved ? { ...f, severity: 'error' as const, sinceMs: 0 } : { ...f, severity: 'info' as const }))), key);
    await expect.poll(() => page.locator('.findings > li').first().getAttribute('data-key')).toBe(key);
    await page.waitForTimeout(100);
    await expect.poll(() => focused(page)).toBe(before);
    expect(await holder()).toBe(key);
    // It goes: the next one has the focus, not nobody.
    await page.evaluate((gone) => (globalThis as World).tellFindings((now) => now.filter((f) => f.key !== gone)), key);
    await expect.poll(() => page.locator(`.findings > [data-key="${key}"]`).count()).toBe(0);
    await page.waitForTimeout(100);
    expect(await page.evaluate(() => document.activeElement?.closest('.findings') !== null)).toBe(true);
    // All go, with the list that held it.
    await page.evaluate(() => (globalThis as World).tellFindings(() => []));
    await page.waitForTimeout(200);
    await expect.poll(() => focused(page)).not.toBe('nothing');
    await page.close();
  });

  it('keeps the focus in the header when the run ends and its buttons go', async () => {
    const page = await open('still');
    await page.locator('vscode-button.stop').focus();
    await page.evaluate(() => (globalThis as World).end(0));
    await page.locator('vscode-button.stop').waitFor({ state: 'detached' });
    await page.waitForTimeout(100);
    expect(await page.evaluate(() => document.activeElement?.closest('header') !== null)).toBe(true);
    await page.close();
  });

  it('shows its keys on a sheet that keeps the focus and gives it back', async () => {
    const page = await open('still');
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys' });
    await sheet.waitFor();
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press('Tab');
      // The browser's own chrome is a stop too; the page behind is none.
      expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(true);
    }
    const [, told = ''] = readFileSync(new URL('../../../docs/accessibility.md', import.meta.url), 'utf8').split(/^## .*$/m);
    const parts = await sheet.locator('section').evaluateAll((all) => all.map((part) => ({ title: part.querySelector('h3')?.textContent ?? '', keys: [...part.querySelectorAll('kbd')].map((one) => one.textContent) })));
    expect(parts.map(({ title }) => title)).toContain('Time');
    for (const { title, keys } of parts) {
      const [, row = ''] = told.split(`\n| ${title} |`);
      const cells = row.split(/\n\| [A-Z]/)[0]?.split('\n').map((line) => line.split('|').at(-3) ?? '') ?? [];
      for (const key of keys) expect(cells.join(' '), `${title}: docs/accessibility.md tells of ${key}`).toContain(key);
    }
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('treegrid: Process tree');
    // In the filter it is a letter like others.
    await page.locator('.deeds vscode-text-field.filter').click();
    await page.keyboard.type('what?');
    await expect.poll(() => sheet.count()).toBe(0);
    await page.locator('vscode-button.help').focus();
    await page.keyboard.press('Enter');
    await sheet.waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page)).toBe('vscode-button: Keys');
    await page.close();
  });

  it('closes a menu and a notice by Escape', async () => {
    const page = await open('still');
    await page.locator('[role=treegrid]').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+F10');
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('treegrid: Process tree');
    // The stand-in refuses to save: what went wrong stays until it was read.
    await page.getByRole('button', { name: 'Save…' }).click();
    await page.locator('.toast.bad').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.toast').waitFor({ state: 'detached' });
    await page.close();
  });

  it('tells certain findings and the end by ear, once, and no guesses', async () => {
    const page = await open('still');
    const news = page.locator('.news[role=status]');
    await expect.poll(() => news.textContent()).toBe('');
    await page.evaluate(() => (globalThis as World).tellFindings((now) => [...now, ...now.slice(0, 1).map((f) => ({ ...f, key: 'guess', certain: false }))]));
    await page.waitForTimeout(1200);
    await expect.poll(() => news.textContent()).toBe('');
    await page.evaluate(() => (globalThis as World).tellFindings((now) => [...now, ...now.slice(0, 1).map((f) => ({ ...f, key: 'sure', message: { template: '{0} sleeps for ever', args: ['checker'] } }))]));
    await expect.poll(() => news.textContent(), { timeout: 5000 }).toBe('Error, Certain: checker sleeps for ever');
    await page.evaluate(() => (globalThis as World).end(3));
    await expect.poll(() => news.textContent(), { timeout: 8000 }).toBe('pipeline.py: exited 3, 6 findings.');
    await page.close();
  });

  it('tells nothing of a moment that is looked back at, but the end, and afterwards what came meanwhile', async () => {
    const page = await open('still');
    const news = page.locator('.news[role=status]');
    const add = (key: string): Promise<void> => page.evaluate((as) => (globalThis as World).tellFindings((now) => [...now, ...now.slice(0, 1).map((f) => ({ ...f, key: as, message: { template: '{0} sleeps for ever', args: [as] } }))]), key);
    await page.getByRole('slider', { name: 'Moment shown' }).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => page.evaluate(() => (globalThis as World).sent.filter(({ type }) => type === 'moment').length)).toBe(1);
    await page.waitForTimeout(300);
    // What was wrong then and was mended since is no news.
    await page.evaluate(() => {
      const { totals, findings } = (globalThis as World).snapshot();
      const then = findings.slice(0, 1).map((f) => ({ ...f, key: 'then' }));
      (globalThis as World).say({ type: 'past', past: { atMs: 0, exact: true, totals, processes: [], channels: [], locks: null, pools: null, segments: null, shared: null, gone: [], findings: then } });
    });
    await page.waitForTimeout(1200);
    expect(await news.textContent()).toBe('');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(1200);
    expect(await news.textContent()).toBe('');
    await add('checker');
    await expect.poll(() => news.textContent(), { timeout: 5000 }).toBe('Error, Certain: checker sleeps for ever');
    await page.getByRole('slider', { name: 'Moment shown' }).focus();
    await page.keyboard.press('Home');
    await page.waitForTimeout(300);
    await page.evaluate(() => {
      const { nowMs, run } = (globalThis as World).snapshot();
      (globalThis as World).say({ type: 'present', nowMs, run: { ...run, phase: 'ended', durationMs: nowMs, exitCode: 3 } });
    });
    await expect.poll(() => news.textContent(), { timeout: 8000 }).toBe('pipeline.py: exited 3.');
    await page.close();
  });

  it('has a text behind each drawing, and a language', async () => {
    const page = await open(`still&lang=zh-cn&${state({ tab: 'channels' })}`);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-cn');
    await page.goto(address(`still&${state({ tab: 'channels' })}`));
    const table = page.getByRole('table', { name: /^Timeline of the processes/ });
    await expect.poll(() => table.getByRole('row').count(), { timeout: 5000 }).toBeGreaterThan(5);
    // Inside an application a screen reader does not read tables.
    expect(await table.evaluate((element) => element.closest('[role=application]'))).toBeNull();
    const bare = await page.evaluate(() => [...document.querySelectorAll('canvas, svg')].filter((one) => one.getAttribute('aria-hidden') !== 'true' && (one.getAttribute('role') !== 'img' || (one.getAttribute('aria-label') ?? '') === '')).map((one) => one.outerHTML.slice(0, 100)));
    expect(bare).toEqual([]);
    await expect.poll(() => page.locator('.spark').first().getAttribute('aria-label')).toMatch(/^from [\d,]+ over [\d,]+ at most to [\d,]+$/);
    await page.close();
  });

  it('moves nothing by itself where motion is not wanted', async () => {
    for (const query of ['phase=live', 'phase=silent']) {
      const page = await blank({ width: 900, height: 700, reducedMotion: 'reduce' });
      await page.goto(address(query));
      await page.waitForTimeout(2000);
      expect(await page.evaluate(() => document.getAnimations().map((one) => one.constructor.name))).toEqual([]);
      expect(await page.evaluate(() => [...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).scrollBehavior === 'smooth').length)).toBe(0);
      await page.close();
    }
  });

  it('says what to do next where there is nothing to show', async () => {
    const page = await blank();
    const at = async (phase: string): Promise<void> => {
      await page.goto(address(`phase=${phase}`));
      await page.locator('.alone').waitFor({ timeout: 5000 });
    };
    const went = (): Promise<readonly FromWebview[]> => page.evaluate(() => (globalThis as World).sent);
    await at('starting');
    await page.getByRole('button', { name: 'Show the terminal' }).click();
    expect((await went()).at(-1)).toEqual({ type: 'go', to: 'terminal' });
    await at('failed');
    await page.getByRole('button', { name: 'Open a recording…' }).click();
    expect((await went()).at(-1)).toEqual({ type: 'go', to: 'recording' });
    await at('empty');
    await page.getByRole('button', { name: 'Run again' }).first().click();
    expect((await went()).findLast((message) => message.type === 'rerun')).toBeDefined();
    await at('silent');
    await page.getByRole('button', { name: 'Ask again' }).click({ timeout: 12_000 });
    expect((await went()).filter((message) => message.type === 'ready')).toHaveLength(2);
    await page.close();
  });
});
