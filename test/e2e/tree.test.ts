/** The native view in the activity bar, acting from it and from the command palette, and the notification of a certain error. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/vscode.mjs';
import { Panel } from './panel.js';
import { DEADLOCK, SLEEPERS } from './scripts.js';
import { alive, until, Workbench, type Theme } from './workbench.js';

let bench: Workbench;
let panel: Panel;

const container = (): Locator => bench.page.locator('[id="workbench.view.extension.procession"]');
/** A row by what a screen reader says of it. */
const row = (name: RegExp): Locator => container().getByRole('treeitem', { name }).first();
const toasts = (text: string): Locator => bench.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });

async function openView(): Promise<void> {
  // A click on the view that is shown hides it.
  if (!(await container().isVisible())) await bench.page.locator('.activitybar .action-item a.action-label[aria-label^="Procession"]').first().click();
  await container().waitFor();
}

/** Chooses in the menu of a row. */
async function act(name: RegExp, item: string): Promise<void> {
  await until(`${item} is chosen`, async () => {
    await bench.page.keyboard.press('Escape');
    await row(name).click({ button: 'right', timeout: 5000 });
    const chosen = bench.page.getByRole('menuitem', { name: item, exact: true });
    await chosen.hover({ timeout: 3000 });
    await chosen.click({ timeout: 3000 });
    // A menu that has just come up may take the click for the end of the one that opened it.
    await chosen.waitFor({ state: 'hidden', timeout: 2000 });
    return true;
  });
}

async function pictures(name: string): Promise<void> {
  for (const theme of ['light', 'hc-dark', 'hc-light', 'dark'] satisfies readonly Theme[]) {
    await bench.theme(theme);
    await bench.page.waitForTimeout(300);
    await bench.picture(`${name}-${theme}`);
  }
}

function pids(name: string): Promise<Record<string, number>> {
  return until(name, () => JSON.parse(readFileSync(join(bench.folder, name), 'utf8')) as Record<string, number>);
}

describe('a script in the native view', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'sleepers.py': SLEEPERS } });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('before anything was run it says what to do, with the ways to do it', async () => {
    await openView();
    await container().getByText('Nothing has been run yet.').waitFor();
    await expect.poll(() => container().locator('.welcome-view .monaco-button').allInnerTexts()).toEqual(['Run Python File', 'Open Recording…', 'Get Started']);
    await bench.picture('tree-welcome');
  });

  test('its processes stand under each other; a tree is killed from its menu, one process from the palette by keyboard', async () => {
    await bench.command('View: Show Explorer');
    await bench.openFile('sleepers.py');
    await openView();
    await container().locator('.welcome-view .monaco-button', { hasText: 'Run Python File' }).click();
    await row(/^inner, PID/).waitFor({ timeout: 60_000 });
    await bench.command('Notifications: Clear All Notifications');
    const made = await pids('pids.json');
    const inner = Number(readFileSync(join(bench.folder, 'inner.pid'), 'utf8'));
    const level = async (name: RegExp): Promise<number> => Number(await row(name).getAttribute('aria-level'));
    expect([await level(/^sleepers\.py, running/), await level(/^MainProcess/), await level(/^outer/), await level(/^inner/)]).toEqual([1, 2, 3, 4]);
    await expect.poll(() => row(/^outer/).getAttribute('aria-label')).toContain(`PID ${made['outer']}, State: join(inner)`);

    await row(/^first/).click();
    await until('it is selected in the panel', async () => (await panel.process('first').getAttribute('aria-selected')) === 'true');
    await pictures('tree-running');

    await row(/^outer/).click();
    await row(/^outer/).press('ArrowLeft');
    await until('its children are folded away', async () => (await row(/^inner/).count()) === 0);
    await bench.command('Procession: Terminate Process');
    const input = bench.page.locator('.quick-input-widget .quick-input-box input');
    await until('the processes are listed', async () => (await bench.page.locator('.quick-input-list .monaco-list-row').count()) === 4);
    await bench.picture('tree-palette');
    await input.fill(String(made['first']));
    await until('the one is left', async () => (await bench.page.locator('.quick-input-list .monaco-list-row').count()) === 1);
    await bench.page.keyboard.press('Enter');
    await until('the process has ended', () => !alive(made['first'] ?? 0));
    await toasts(`SIGTERM was sent to process ${made['first']}.`).waitFor();
    await row(/^first, PID \d+, State: exited −15 SIGTERM/).waitFor();
    expect(await row(/^inner/).count()).toBe(0);

    await act(/^outer/, 'Kill Process with Descendants');
    await toasts('SIGKILL was sent to 2 processes.').waitFor();
    await until('the tree has ended', () => !alive(made['outer'] ?? 0) && !alive(inner));
    await row(/^sleepers\.py, exited 0/).waitFor();
    await row(/^outer, PID \d+, State: exited −9 SIGKILL/).waitFor();
    await pictures('tree-ended');
  }, 180_000);

  test('the orphans of a run are ended by keyboard, the rest from its row after the window was reloaded', async () => {
    rmSync(join(bench.folder, 'pids.json'));
    await bench.command('Notifications: Clear All Notifications');
    await bench.command('Procession: Run Again');
    const made = await pids('pids.json');
    await row(/^outer, PID \d+, State: join\(inner\)/).waitFor();
    const inner = Number(readFileSync(join(bench.folder, 'inner.pid'), 'utf8'));
    process.kill(made['outer'] ?? 0, 'SIGKILL');
    await row(/^inner, PID \d+, State: orphan/).waitFor();
    await bench.picture('tree-orphan');
    await bench.command('Procession: End Orphans of Run');
    await toasts(`One orphan has ended: PID ${inner}.`).waitFor();
    expect(alive(inner)).toBe(false);
    expect(alive(made['first'] ?? 0)).toBe(true);

    await bench.load();
    await openView();
    await row(/^sleepers\.py, running/).waitFor({ timeout: 60_000 });
    await act(/^sleepers\.py, running/, 'Stop Run');
    await until('all have ended', () => !alive(made['first'] ?? 0) && !alive(made['main'] ?? 0));
    await toasts('All processes have ended').waitFor();
    await row(/^sleepers\.py, (exited|ended)/).waitFor();
    expect(bench.complaints.filter((line) => line.includes('procession'))).toEqual([]);
  }, 180_000);
});

describe('a certain error', () => {
  beforeAll(async () => {
    const example = (name: string): string => readFileSync(join(root, 'examples', name), 'utf8');
    bench = await Workbench.open({ files: { '_truth.py': example('_truth.py'), 's22_deadlock.py': example('s22_deadlock.py'), 'hangs.py': DEADLOCK } });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('is told once by a notification that leads to it, and stands in the view', async () => {
    await bench.openFile('s22_deadlock.py');
    await openView();
    await bench.command('Procession: Run Python File');
    await toasts('s22_deadlock.py: Deadlock: ').waitFor({ timeout: 60_000 });
    await pictures('tree-finding');
    await expect.poll(() => toasts('Deadlock').count()).toBe(1);
    await row(/^Error, Certain: Deadlock: .* wait(ed)? for each other/).waitFor();
    await toasts('Deadlock').getByRole('button', { name: 'Show' }).click();
    const finding = panel.frame.getByRole('list', { name: 'Findings' }).locator('li[data-key^="deadlock-cycle"]');
    await finding.waitFor();
    await until('the finding has the focus', () => finding.evaluate((item) => item === item.ownerDocument.activeElement));
    await bench.picture('tree-finding-shown');
    await row(/^s22_deadlock\.py, exited 0/).waitFor();
    await row(/^Error, Certain: Deadlock: .* waited for each other/).click();
    // Which of the two is named depends on who was the last to wait.
    const line = /s22_deadlock\.py:(\d+)/.exec(await finding.innerText())?.[1] ?? '';
    expect(readFileSync(join(bench.folder, 's22_deadlock.py'), 'utf8').split('\n')[Number(line) - 1]).toMatch(/^ {8}with (stock|ledger):$/);
    await until('its line is open', async () => (await bench.page.locator('[id="status.editor.selection"]').innerText()).startsWith(`Ln ${line},`));
    await bench.page.locator('.editor-group-container .view-lines').first().hover();
    await row(/^Error, Certain: Deadlock/).hover();
    await bench.page.locator('.workbench-hover').filter({ hasText: 'Take the locks in one and the same order everywhere' }).filter({ hasText: 'for stock, which seller' }).waitFor();
    await bench.picture('tree-tip');
    expect(await bench.notifications()).toEqual([]);
  }, 120_000);

  test('is not told again after a reload of the window, nor where the setting says so', async () => {
    await bench.command('View: Show Explorer');
    await bench.openFile('hangs.py');
    await bench.command('Procession: Run Python File');
    await toasts('hangs.py: Deadlock: ').waitFor({ timeout: 60_000 });
    await bench.load();
    await openView();
    // On a machine that is busy VS Code may forget a tab that was opened a moment ago; its run is offered then.
    const attach = toasts('hangs.py still runs').getByRole('button', { name: 'Attach' });
    await until('the run is there again', async () => {
      if (await attach.isVisible()) await attach.click();
      return row(/^hangs\.py, running/).isVisible();
    }, 60_000);
    await row(/^Error, Certain: Deadlock: .* wait for each other/).waitFor();
    // For nothing there is no moment to wait for: longer than it takes to tell.
    await bench.page.waitForTimeout(3000);
    expect(await toasts('Deadlock').count()).toBe(0);
    await bench.command('Procession: Stop Run');
    await row(/^hangs\.py, (exited|ended)/).waitFor();

    bench.set({ 'procession.notifications': false });
    await bench.command('Procession: Run Again');
    await row(/^hangs\.py, running/).waitFor();
    await row(/^Error, Certain: Deadlock: .* wait for each other/).waitFor();
    await bench.page.waitForTimeout(3000);
    expect(await toasts('Deadlock').count()).toBe(0);
    await bench.command('Procession: Stop Run');
    await row(/^hangs\.py, running/).waitFor({ state: 'hidden' });
  }, 180_000);
});
