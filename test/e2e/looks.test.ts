/** The panel as it looks with the sample of `npm start`, in every kind of theme, to eyes, screen readers and the keyboard. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/vscode.mjs';
import { Panel } from './panel.js';
import { until, Workbench, type Theme } from './workbench.js';

const themes: readonly Theme[] = ['dark', 'light', 'hc-dark', 'hc-light'];
const tabs = ['Findings', 'Details', 'Channels'] as const;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let bench: Workbench;
let panel: Panel;

/** What axe-core finds in the page, as lines. */
async function violations(): Promise<string[]> {
  const frame = await bench.panelFrame();
  await frame.evaluate(axe);
  const options: RunOptions = { resultTypes: ['violations'] };
  const { violations: found } = await frame.evaluate(async (how): Promise<Pick<AxeResults, 'violations'>> => {
    const { axe: tool } = globalThis as unknown as { axe: { run(context: Document, how: RunOptions): Promise<AxeResults> } };
    return tool.run(document, how);
  }, options);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`));
}

/** What sticks out of the page, or has more text than room: names and sentences, not previews that end in an ellipsis. */
async function cutOff(): Promise<string[]> {
  const frame = await bench.panelFrame();
  return frame.evaluate(() => {
    const found: string[] = [];
    const { clientWidth, clientHeight, scrollWidth, scrollHeight } = document.documentElement;
    if (scrollWidth > clientWidth || scrollHeight > clientHeight) found.push(`the page scrolls: ${scrollWidth} × ${scrollHeight} in ${clientWidth} × ${clientHeight}`);
    for (const element of document.querySelectorAll<HTMLElement>('button, vscode-button, vscode-panel-tab, h1, header .chip, .about > span:not(.extra)')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0 || !element.checkVisibility()) continue;
      const what = element.getAttribute('aria-label') ?? element.textContent ?? element.tagName;
      if (box.left < -0.5 || box.right > clientWidth + 0.5) found.push(`${what}: from ${box.left} to ${box.right} of ${clientWidth}`);
    }
    return found;
  });
}

describe('the sample in the panel', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ copyOf: join(root, 'examples') });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('looks as it should in every theme, and axe-core finds nothing on any tab', async () => {
    await bench.openFile('pipeline.py');
    await bench.command('Procession: Run Python File');
    await panel.process('clumsy').waitFor();
    await bench.page.keyboard.press('Control+2');
    await bench.command('View: Toggle Maximize Editor Group');
    await bench.command('View: Toggle Primary Side Bar Visibility');
    await bench.command('View: Toggle Panel Visibility');
    await bench.command('Notifications: Clear All Notifications');
    const elapsed = async () => /(\d\d):(\d\d)/.exec(await panel.frame.locator('header .elapsed').innerText()) ?? [];
    await until('twelve seconds', async () => {
      const [, minutes, seconds] = await elapsed();
      return Number(minutes) * 60 + Number(seconds) >= 12;
    }, 60_000);
    await panel.channel('photos').locator('.cell.depth').click();
    for (const theme of themes) {
      await bench.theme(theme);
      await panel.frame.locator({ dark: 'body.vscode-dark', light: 'body.vscode-light', 'hc-dark': 'body.vscode-high-contrast', 'hc-light': 'body.vscode-high-contrast-light' }[theme]).waitFor();
      await bench.page.waitForTimeout(700);
      await bench.picture(`panel-${theme}`);
    }
    const found: string[] = [];
    for (const theme of themes) {
      await bench.theme(theme);
      for (const tab of tabs) {
        await panel.tab(tab);
        await bench.page.waitForTimeout(300);
        if (theme === 'dark' || theme === 'hc-light') await bench.picture(`tab-${theme}-${tab.toLowerCase()}`);
        found.push(...(await violations()).map((line) => `${theme}, ${tab}: ${line}`));
        found.push(...(await cutOff()).map((line) => `${theme}, ${tab}: cut off: ${line}`));
      }
    }
    expect(found).toEqual([]);
  }, 240_000);

  test('nothing that matters is cut off at a width of 400 pixels', async () => {
    await bench.theme('dark');
    const frame = await bench.panelFrame();
    const width = () => frame.evaluate(() => innerWidth);
    await bench.page.setViewportSize({ width: 1440 - (await width()) + 400, height: 900 });
    await until('400 pixels', async () => Math.abs((await width()) - 400) <= 20);
    for (const tab of tabs) {
      await panel.tab(tab);
      await bench.page.waitForTimeout(400);
      await bench.picture(`narrow-${tab.toLowerCase()}`);
      expect({ tab, cut: await cutOff() }).toEqual({ tab, cut: [] });
      expect({ tab, found: await violations() }).toEqual({ tab, found: [] });
    }
    const row = await panel.process('MainProcess').innerText();
    expect(row).toContain('MainProcess');
  });

  test('is started, walked through and asked by the keyboard alone', async () => {
    const { page } = bench;
    await page.setViewportSize({ width: 1440, height: 900 });
    await bench.command('View: Toggle Maximize Editor Group');
    const before = await panel.rootPid();
    await bench.showTab(/^pipeline\.py$/);
    await bench.command('Procession: Run Python File');
    // The run before has the same rows, and its panel is in front until the new one is there.
    await until('another run is shown', async () => ![before, undefined].includes(await panel.rootPid()));
    await panel.process('clumsy').waitFor();
    await bench.page.keyboard.press('Control+2');
    const focused = () => panel.frame.locator(':focus').first().getAttribute('role', { timeout: 1000 }).catch(() => null);
    for (let presses = 0; (await focused()) !== 'treegrid'; presses += 1) {
      if (presses === 15) throw new Error('fifteen presses of Tab do not reach the tree');
      await page.keyboard.press('Tab');
    }
    const current = () => panel.tree.locator('[role=row][aria-selected=true] [role=rowheader] .text').innerText();
    await page.keyboard.press('Home');
    await until('the first row', async () => (await current()) === 'MainProcess');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const second = (await panel.rows())[2]?.name;
    await until('the third row', async () => (await current()) === second);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await until('it is folded', async () => (await panel.rows()).length === 1);
    await page.keyboard.press('ArrowRight');
    await until('it is unfolded', async () => (await panel.rows()).length > 5);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+F10');
    await panel.frame.getByRole('menu').waitFor();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => panel.frame.locator('[role=menuitem]:focus').innerText()).toMatch(/^Open where it waits|^Stacks|^Interrupt/);
    await page.keyboard.press('Escape');
    await panel.frame.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => focused()).toBe('treegrid');
    await page.keyboard.press('Enter');
    await until('the source is shown', async () => /Ln (?!1,)\d+/.test(await page.locator('.statusbar').innerText()));
  });

  test('the page wrote no error to the console, and broke no security policy', () => {
    expect(bench.complaints.filter((line) => /procession|Content Security Policy|^uncaught/i.test(line))).toEqual([]);
  });
});
