/** What scripts leave in the system outlives VS Code: it is found again, ended and removed at a person's word, and nothing else is. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { LEAVES } from './scripts.js';
import { alive, until, Workbench } from './workbench.js';

interface Left {
  readonly name: string;
  readonly pid: number;
}

let bench: Workbench;
let panel: Panel;
const everything: Left[] = [];

beforeAll(async () => {
  bench = await Workbench.open({ files: { 'leaves.py': LEAVES, 'again.py': LEAVES, 'leak.py': LEAVES }, settings: { 'procession.keepRuns': 0 } });
  panel = new Panel(bench.panel);
});
afterAll(async () => {
  await bench?.close();
  for (const { name, pid } of everything) {
    if (pid > 1 && alive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(join('/dev/shm', name), { force: true });
  }
});
afterEach(({ task }) => bench?.explain(task));

/** Runs it, and closes its panel: nobody claims the run then. */
async function leave(script: string): Promise<Left> {
  await bench.openFile(script);
  await bench.command('Procession: Run Python File');
  await panel.tree.waitFor();
  const file = join(bench.folder, `${script}.json`);
  const left = JSON.parse(await until('it says what it left', () => existsSync(file) && readFileSync(file, 'utf8'))) as Left;
  everything.push(left);
  return left;
}

const there = ({ name, pid }: Left): boolean[] => [existsSync(join('/dev/shm', name)), ...(pid > 0 ? [alive(pid)] : [])];

/** With no panel to bring back the extension sleeps until it is asked for something. */
async function restart(): Promise<void> {
  const host = await until('the extension host', () => bench.extensionHostPid());
  await bench.command('Developer: Reload Window');
  await until('it is gone', () => !alive(host), 60_000);
  await until('another one', () => bench.extensionHostPid(), 60_000);
  await bench.page.locator('.monaco-workbench .explorer-folders-view').waitFor({ timeout: 60_000 });
}

const toast = (text: RegExp) => bench.page.locator('.notification-toast').filter({ hasText: text });
const rows = () => bench.page.locator('.quick-input-list .monaco-list-row');

test('an orphan and its shared memory are offered when VS Code is there again, and both are gone when the command has cleaned up', async () => {
  const left = await leave('leaves.py');
  await until('it is an orphan', async () => (await panel.process('stays').innerText()).includes('orphan'));
  await bench.closeTab(/Procession: leaves\.py/);
  await restart();
  expect(there(left)).toEqual([true, true]);
  await bench.command('Procession: Clean Up After Earlier Runs');
  const offer = toast(/leaves\.py still runs/);
  await offer.getByRole('button', { name: 'End All' }).waitFor({ timeout: 60_000 });
  await offer.getByRole('button', { name: 'Attach' }).waitFor();
  await rows().filter({ hasText: '1 piece of shared memory (3MB)' }).waitFor();
  const text = await rows().allInnerTexts();
  expect(text.join('\n')).toMatch(/\d process.*stays \(PID \d+\)/s);
  expect(text.join('\n')).toContain(left.name);
  expect(await rows().locator('input[type=checkbox], [role=checkbox]').evaluateAll((boxes) => boxes.map((box) => box.getAttribute('aria-checked') ?? String((box as HTMLInputElement).checked)))).toEqual(text.map(() => 'true'));
  await bench.picture('leftover-clean-up');
  await bench.page.keyboard.press('Enter');
  const told = toast(/Ended: \d process(es)?\. Removed: 1 piece of shared memory \(3MB\)\./);
  await told.waitFor({ timeout: 60_000 });
  await bench.picture('leftover-cleaned');
  expect(there(left)).toEqual([false, false]);
  await bench.command('Notifications: Clear All Notifications');
  await bench.command('Procession: Clean Up After Earlier Runs');
  await bench.notification(/Earlier runs left nothing that could be cleaned up\./);
}, 180_000);

test('a run that goes on is ended from the list, in a light theme', async () => {
  await bench.theme('light');
  const left = await leave('again.py');
  await until('it is an orphan', async () => (await panel.process('stays').innerText()).includes('orphan'));
  await bench.closeTab(/Procession: again\.py/);
  await restart();
  await bench.command('Procession: Attach to Left-over Run');
  const row = rows().filter({ hasText: 'again.py' });
  await row.hover();
  await row.locator('.action-label[aria-label="End All"]').waitFor();
  await bench.picture('leftover-list-light');
  await row.locator('.action-label[aria-label="End All"]').click();
  await bench.notification(/Ended: \d process(es)?\. Removed: 1 piece of shared memory/, 60_000);
  expect(there(left)).toEqual([false, false]);
}, 180_000);

test('what a run leaked is offered once, also when what it recorded is gone', async () => {
  const left = await leave('leak.py');
  await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  const before = bench.runs().length;
  await bench.closeTab(/Procession: leak\.py/);
  await until('its folder went', () => bench.runs().length < before);
  expect(there(left)).toEqual([true]);
  await restart();
  await bench.command('Procession: Show Log');
  const offer = await bench.notification(/An earlier run of leak\.py left 1 piece of shared memory \(3MB\) behind\./, 60_000);
  await offer.getByRole('button', { name: 'Clean Up' }).click();
  await bench.notification(/Removed: 1 piece of shared memory \(3MB\)\./, 60_000);
  expect(there(left)).toEqual([false]);
  expect(bench.complaints.filter((line) => line.includes('procession'))).toEqual([]);
}, 180_000);
