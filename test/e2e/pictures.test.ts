/**
 * A picture of every view, dark, light and in high contrast, from real runs of the examples. They go to test-results/pictures/views, and with
 * `npm run pictures` to docs/pictures too. Each is taken when the page says in words what the picture is to show.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/vscode.mjs';
import { Panel } from './panel.js';
import { colours, readPng, smallPng } from './png.js';
import { pythonPath, until, Workbench, type Theme } from './workbench.js';

const themes: Readonly<Partial<Record<Theme, string>>> = { dark: 'dark', light: 'light', 'hc-dark': 'high-contrast' };
const views = ['empty', 'walkthrough', 'panel', 'filter', 'channels', 'messages', 'graph', 'findings', 'past', 'compare', 'pools', 'memory', 'shared', 'locks', 'circle', 'details', 'vscode'] as const;
type View = (typeof views)[number];

/** The examples that are run, with what makes some of them last: on a busy machine the pictures take their time. */
const examples: Readonly<Record<string, readonly [from: string, to: string] | null>> = {
  _truth: null,
  // Open until the file `close` is there.
  pipeline: ['or time.monotonic() < begin + seconds * 0.85', "or not os.path.exists('close')"],
  s14_executor: null,
  s19_values: null,
  s20_manager: null,
  s22_deadlock: ['join(timeout=2.5)', 'join(timeout=600)'],
};
const keep = process.env['PROCESSION_PICTURES'] === '1';
const results = join(root, 'test-results', 'pictures', 'views');
const documents = join(root, 'docs', 'pictures');
/** All of docs/pictures at most. Bytes. */
const ROOM = 4_000_000;

let bench: Workbench;
let panel: Panel;
/** By the names of their files. */
const taken = new Map<string, { readonly theme: Theme; readonly file: Buffer }>();

/** Words of this machine, which no picture shall show. The address of a manager is one of its own: `/tmp/pymp-…`. */
function ofThisMachine(): string[] {
  return [bench.folder, dirname(bench.folder), root, homedir(), dirname(pythonPath()), '/dev/shm/', 'procession-e2e', hostname()].filter((word) => word.length > 3);
}

/** Those of the words that can be seen: what is scrolled or clipped away is in the page, and not in the picture. */
function seen(frame: Frame, words: readonly string[]): Promise<string[]> {
  return frame.evaluate((all) => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      if (!all.some((word) => text.includes(word))) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        for (const x of [box.left + 1, (box.left + box.right) / 2, box.right - 1]) {
          for (const y of [box.top + 1, box.bottom - 1]) {
            const there = document.elementFromPoint(x, y);
            if (there !== null && there === node.parentElement) found.push(text);
          }
        }
      }
    }
    return [...new Set(found)];
  }, words);
}

/** Takes the picture of a view: of the whole window, or of the panel alone. */
async function shoot(view: View, theme: Theme, of: 'window' | 'panel' = 'panel'): Promise<void> {
  // Nothing points at a row, and nothing is told by a tip.
  if (of === 'panel') await panel.frame.locator('header h1').hover();
  await bench.page.mouse.move(2, 2);
  await bench.page.waitForTimeout(350);
  for (const frame of of === 'panel' ? [await bench.panelFrame()] : [bench.page.mainFrame(), ...(view === 'vscode' ? [await bench.panelFrame()] : [])]) {
    expect({ view, ofThisMachine: await seen(frame, ofThisMachine()) }).toEqual({ view, ofThisMachine: [] });
  }
  const clip = of === 'window' ? null : await bench.page.locator('iframe.webview.ready:visible').boundingBox();
  const file = await bench.page.screenshot({ caret: 'hide', ...(clip === null ? {} : { clip }) });
  const name = `${view}-${themes[theme]}.png`;
  writeFileSync(join(results, name), file);
  taken.set(name, { theme, file });
}

/** Does the same in each theme; the dark one first: documents show that, and of a run that lives it is the fullest of events. */
async function inThemes(shots: (theme: Theme) => Promise<void>): Promise<void> {
  for (const theme of ['dark', 'light', 'hc-dark'] satisfies readonly Theme[]) {
    await bench.theme(theme);
    await shots(theme);
  }
}

async function run(name: string): Promise<void> {
  await bench.openFile(name);
  await bench.command('Procession: Run Python File');
  await bench.page.locator('.tabs-container .tab.active').filter({ hasText: `Procession: ${name}` }).waitFor();
  await panel.tree.waitFor();
}

/** The panels alone, as wide as the window; and back. */
async function maximize(): Promise<void> {
  await bench.page.keyboard.press('Control+2');
  await bench.command('View: Toggle Maximize Editor Group');
  await bench.command('View: Toggle Primary Side Bar Visibility');
  await bench.command('View: Hide Panel');
  await bench.command('Notifications: Clear All Notifications');
}

async function show(script: string, tab: string): Promise<void> {
  await bench.showTab(`Procession: ${script}`);
  await until(`the panel of ${script}`, async () => (await panel.frame.locator('header h1').innerText({ timeout: 2000 })) === script);
  await panel.tab(tab);
}

/** Sets a splitter with its keys. @param percent of the part before it */
async function share(splitter: 'Height of the processes' | 'Width of the table', percent: number): Promise<void> {
  const bar = panel.frame.getByRole('separator', { name: splitter }).last();
  await bar.focus();
  await bench.page.keyboard.press('Home');
  for (let now = 12; now < percent; now += 2) await bench.page.keyboard.press(splitter === 'Width of the table' ? 'ArrowRight' : 'ArrowDown');
  // Away from it, or it shines in the picture.
  await panel.frame.locator('header h1').click();
}

const stateOf = async (name: string): Promise<string> => (await panel.process(name).innerText()).replace(/\s+/g, ' ');
const bottom = (): Promise<string> => panel.frame.locator('.panes .bottom').innerText();
const count = async (): Promise<number> => (await panel.rows()).length;

describe('every view in three themes', () => {
  beforeAll(async () => {
    const files = Object.entries(examples).map(([name, change]) => {
      const text = readFileSync(join(root, 'examples', `${name}.py`), 'utf8');
      if (change !== null && !text.includes(change[0])) throw new Error(`${name}.py no longer says ${change[0]}`);
      return [`${name}.py`, change === null ? text : text.replace(...change)] as const;
    });
    bench = await Workbench.open({
      folderName: 'darkroom',
      files: { ...Object.fromEntries(files), 'first_look.py': readFileSync(join(root, 'walkthrough', 'first_look.py')) },
      settings: { 'procession.notifications': false, 'breadcrumbs.enabled': false, 'editor.minimap.enabled': false },
    });
    panel = new Panel(bench.panel);
    rmSync(results, { recursive: true, force: true });
    mkdirSync(results, { recursive: true });
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('before anything was run: the view without runs, and the walkthrough', async () => {
    const { page } = bench;
    await bench.openFile('first_look.py');
    await page.locator('.activitybar .action-item a.action-label[aria-label^="Procession"]').first().click();
    await page.locator('[id="workbench.view.extension.procession"]').getByText('Nothing has been run yet.').waitFor();
    await inThemes((theme) => shoot('empty', theme, 'window'));

    // Not with the walkthrough open: the key that closes the palette leads from it to the welcome page.
    await bench.command('View: Toggle Primary Side Bar Visibility');
    await bench.command('Procession: Get Started');
    const steps = page.locator('.gettingStartedContainer .getting-started-step .step-title');
    await until('four steps', async () => (await steps.allInnerTexts()).filter((text) => text !== '').length === 4);
    await page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame').locator('svg').waitFor();
    await inThemes(async (theme) => {
      await expect.poll(() => steps.first().innerText()).toBe('Run a script, unchanged');
      await shoot('walkthrough', theme, 'window');
    });
    await bench.closeTab(/Walkthrough/);
    await bench.command('View: Show Explorer');
  }, 120_000);

  test('the window: what a run is told by in the editor, in Problems, in the view of runs and in the status bar', async () => {
    const { page } = bench;
    await page.setViewportSize({ width: 1600, height: 1000 });
    await run('first_look.py');
    await panel.frame.locator('.banner.error').waitFor({ timeout: 60_000 });
    await bench.command('Problems: Focus on Problems View');
    await page.locator('.markers-panel').getByText(/which cannot end/).first().click();
    await bench.command('Procession: Focus on Runs View');
    await bench.command('Notifications: Clear All Notifications');
    await page.locator('[id="workbench.view.extension.procession"]').getByRole('treeitem', { name: /^Error, Certain: MainProcess .* joins/ }).waitFor();
    await page.locator('.statusbar').getByText('first_look.py').waitFor();
    await page.locator('.squiggly-error').first().waitFor();
    await inThemes((theme) => shoot('vscode', theme, 'window'));
    await page.setViewportSize({ width: 1440, height: 900 });
    await bench.command('View: Hide Panel');
    await bench.command('View: Show Explorer');
  }, 120_000);

  test('while the pipeline fills: pools, memory and shared objects of other runs', async () => {
    for (const name of ['pipeline.py', 's14_executor.py', 's19_values.py', 's20_manager.py', 's22_deadlock.py']) await run(name);
    await maximize();

    await show('s14_executor.py', 'Pools');
    await share('Height of the processes', 36);
    await expect.poll(() => panel.object('Pools', 'executor').innerText()).toMatch(/10 \/ 10[\s\S]*closed/);
    await expect.poll(() => bottom()).toMatch(/count_letters[\s\S]*done/);
    await inThemes((theme) => shoot('pools', theme));

    await show('s19_values.py', 'Memory');
    await share('Height of the processes', 36);
    for (const [name, kind] of [['counter', 'Value'], ['points', 'Array'], ['squares', 'RawArray']] as const) await expect.poll(() => panel.object('Memory', name).innerText()).toContain(kind);
    await inThemes((theme) => shoot('memory', theme));

    await show('s20_manager.py', 'Shared');
    await share('Height of the processes', 36);
    await panel.object('Shared objects', 'scores').locator('.cell.object .text').click();
    await expect.poll(() => bottom()).toMatch(/scores\s+dict[\s\S]*SyncManager-1[\s\S]*__getitem__\s+7/);
    await inThemes((theme) => shoot('shared', theme));
  }, 180_000);

  test('a deadlock: locks, a circle of waits, the chain of who waits for whom', async () => {
    await show('s22_deadlock.py', 'Locks');
    await share('Height of the processes', 36);
    await until('who holds and who waits', async () => /held by seller[\s\S]*counter/.test(await panel.object('Locks', 'stock').innerText()));
    await panel.object('Locks', 'ledger').locator('.cell.object .text').click();
    await expect.poll(() => panel.frame.locator('.banner.error').innerText()).toMatch(/Deadlock: .*wait for each other[\s\S]*Certain/);
    await inThemes((theme) => shoot('locks', theme));

    await panel.tab('Graph');
    await panel.frame.getByRole('button', { name: 'Show all of the graph' }).click();
    await expect.poll(() => panel.frame.locator('.graph-box').innerText()).toMatch(/acquire\(ledger\)|acquire\(stock\)/);
    await inThemes((theme) => shoot('circle', theme));

    await show('first_look.py', 'Details');
    await panel.process('developer-1').click();
    await share('Height of the processes', 40);
    await until('the chain to its end', async () => /None of these can ever go on[\s\S]*MainProcess join\(developer-1\)[\s\S]*a circle/.test((await bottom()).replace(/[^\S\n]+|\n(?=join)/g, ' ')));
    await inThemes((theme) => shoot('details', theme));
  }, 180_000);

  test('a run while it lives: the tree with its lanes, the filter, channels, graph', async () => {
    const filter = panel.frame.locator('.deeds vscode-text-field.filter input');
    await show('pipeline.py', 'Channels');
    await panel.channel('photos').locator('.cell.depth').click();
    await until('clumsy has had its accident', async () => /zombie|SIGKILL/.test(await stateOf('clumsy')), 60_000);
    await inThemes(async (theme) => {
      await expect.poll(() => panel.frame.locator('header').innerText()).toContain('running');
      expect([await stateOf('courier'), await stateOf('archive')]).toEqual([expect.stringContaining('zombie'), expect.stringContaining('−15 SIGTERM')]);
      await expect.poll(() => count()).toBeGreaterThanOrEqual(14);
      await shoot('panel', theme);
      await filter.fill('state:blocked,zombie,orphan');
      await until('the rest is gone', async () => (await count()) < 14);
      await panel.process('courier').waitFor();
      await shoot('filter', theme);
      await filter.fill('');
      await until('all are back', async () => (await count()) >= 14);
    });
    await share('Height of the processes', 30);
    await inThemes(async (theme) => {
      await panel.tab('Channels');
      await expect.poll(() => panel.channelCell('photos', 'kind')).toBe('Queue(20)');
      await expect.poll(() => bottom()).toMatch(/photos\s+over time[\s\S]*Depth[\s\S]*Put[\s\S]*Latency/);
      await shoot('channels', theme);
      await panel.tab('Graph');
      await panel.frame.getByRole('button', { name: 'Show all of the graph' }).click();
      const drawing = (): Promise<string> => panel.frame.locator('.graph-box').innerText();
      for (const name of ['photos', 'prints', 'camera-1', 'developer-1', 'album']) await expect.poll(drawing).toContain(name);
      await shoot('graph', theme);
    });
  }, 240_000);

  test('the same run when it is over: findings, messages, two processes compared, a moment of the past', async () => {
    writeFileSync(join(bench.folder, 'close'), '');
    await until('it is over', async () => /exited 0/.test(await panel.frame.locator('header').innerText()), 90_000);
    await panel.tab('Findings');
    await expect.poll(() => bottom()).toMatch(/zombie/);
    await expect.poll(() => panel.frame.getByRole('list', { name: 'Findings' }).locator('li[data-key]').count()).toBeGreaterThanOrEqual(2);
    await inThemes((theme) => shoot('findings', theme));

    await panel.tab('Channels');
    await share('Width of the table', 34);
    await until('messages', async () => (await panel.messages()).length > 3);
    // The latest are the sentinels; these are photos.
    await until('a photo', async () => {
      await bench.page.keyboard.press('ArrowDown');
      await panel.message(6).click();
      return /camera-\d[\s\S]*pixels/.test(await panel.frame.getByRole('region', { name: 'The chosen message' }).innerText());
    });
    await inThemes((theme) => shoot('messages', theme));

    await share('Height of the processes', 64);
    await panel.process('clumsy').locator('.cell.name .text').click();
    await until('clumsy is chosen', async () => (await panel.process('clumsy').getAttribute('aria-selected')) === 'true');
    await panel.process('developer-1').locator('.cell.name .text').click({ modifiers: ['Control'] });
    await share('Height of the processes', 48);
    await until('both', async () => /clumsy and developer-1 compared[\s\S]*−9 SIGKILL[\s\S]*differs/.test(await bottom()));
    await inThemes((theme) => shoot('compare', theme));
    await panel.frame.getByRole('button', { name: 'Stop comparing' }).click();

    await panel.tab('Channels');
    await share('Height of the processes', 64);
    const slider = panel.frame.getByRole('slider', { name: 'Moment shown' });
    await slider.focus();
    // Half of the service's minute and a little more: clumsy has had its accident, and nobody has joined it.
    const hundredths = Math.round((32_500 / Number(await slider.getAttribute('aria-valuemax'))) * 100);
    await bench.page.keyboard.press('Home');
    for (let steps = 0; steps < Math.floor(hundredths / 10); steps += 1) await bench.page.keyboard.press('PageUp');
    for (let steps = 0; steps < hundredths % 10; steps += 1) await bench.page.keyboard.press('ArrowRight');
    await until('all of the moment is known', async () => /zombie/.test(await stateOf('clumsy')) && !(await panel.frame.locator('.scrubber .reading').innerText()).includes('…'));
    expect([await stateOf('archive-copy'), await stateOf('courier')]).toEqual([expect.stringContaining('orphan'), expect.stringContaining('zombie')]);
    await panel.frame.getByRole('button', { name: 'Back to the present' }).waitFor();
    await inThemes((theme) => shoot('past', theme));
  }, 240_000);

  test('every picture is there, drawn, and in its theme', () => {
    const wanted = views.flatMap((view) => Object.values(themes).map((theme) => `${view}-${theme}.png`));
    expect([...taken.keys()].sort()).toEqual(wanted.sort());
    const small = [...taken].map(([name, { theme, file }]) => {
      const pixels = readPng(file);
      const counts = colours(pixels);
      const [ground = 0] = counts.values();
      // A page that was not drawn has some colours, but hardly a pixel of them.
      expect({ name, drawn: counts.size > 60 && ground < pixels.width * pixels.height * 0.97 }).toEqual({ name, drawn: true });
      expect({ name, light: luminance(pixels.rgb) > 128 }).toEqual({ name, light: theme === 'light' });
      return { name, file: keep ? smallPng(pixels).file : file };
    });
    if (!keep) return;
    expect(small.reduce((sum, { file }) => sum + file.length, 0)).toBeLessThan(ROOM);
    rmSync(documents, { recursive: true, force: true });
    mkdirSync(documents, { recursive: true });
    for (const { name, file } of small) writeFileSync(join(documents, name), file);
  }, 120_000);
});

/** Of the greens, which tell light from dark well enough. 0 to 255. */
function luminance(rgb: Uint8Array): number {
  let sum = 0;
  for (let at = 1; at < rgb.length; at += 3) sum += rgb[at] ?? 0;
  return sum / (rgb.length / 3);
}
