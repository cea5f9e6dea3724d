/** A script waits, and the panel shows where: by py-spy, and from what was recorded where there is none. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ensurePySpy } from '../../scripts/pyspy.mjs';
import { Panel } from './panel.js';
import { until, Workbench } from './workbench.js';

/** The line that each stands at is marked, so that the test need not count. */
const SCRIPT = `import os, threading, time
from multiprocessing import Process, Queue

def watch():
    while not os.path.exists('go'):
        time.sleep(0.05)  # WATCHES

def consume(jobs):
    threading.Thread(target=watch, name='watcher', daemon=True).start()
    print('got', jobs.get(), flush=True)  # WAITS

if __name__ == '__main__':
    jobs = Queue()
    consumer = Process(target=consume, args=(jobs,), name='consumer')
    consumer.start()
    watch()
    jobs.put('all')
    consumer.join()
`;
const lineOf = (mark: string): number => SCRIPT.split('\n').findIndex((line) => line.includes(`# ${mark}`)) + 1;

let bench: Workbench;
let panel: Panel;

beforeAll(async () => {
  const pySpy = ensurePySpy(console.log);
  bench = await Workbench.open({ files: { 'waits.py': SCRIPT }, settings: { 'procession.pySpy': pySpy } });
  panel = new Panel(bench.panel);
}, 300_000);
afterAll(() => bench?.close());
afterEach(({ task }) => bench?.explain(task));

test('the stacks of a process that waits: by py-spy, from the records, and by the command', async () => {
  const { frame } = panel;
  await bench.openFile('waits.py');
  await bench.command('Procession: Run Python File');
  await panel.process('consumer').waitFor();
  await until('it waits', async () => /get\(jobs\)/.test(await panel.process('consumer').innerText()));

  // By its row's menu.
  await panel.act('consumer', 'Stacks');
  const stacks = frame.getByRole('region', { name: 'Stacks', exact: true });
  await stacks.waitFor();
  await expect.poll(() => stacks.innerText()).toMatch(/by py-spy, at \d+\.\d\d s; the process was paused for that moment/);
  const main = stacks.getByRole('list', { name: /^Stack of MainThread/ });
  const own = main.locator('.own');
  expect((await own.first().innerText()).split(/\s+/)).toEqual(['consume', `waits.py:${lineOf('WAITS')}`]);
  // The innermost first, and the library's frames are there, but not as the script's.
  await expect.poll(() => main.getByRole('listitem').filter({ hasText: /multiprocessing\/queues\.py:\d+/ }).first().getAttribute('class')).toBe('foreign');
  const watcher = stacks.getByRole('list', { name: /^Stack of watcher/ });
  await watcher.getByRole('button', { name: `waits.py:${lineOf('WATCHES')}` }).waitFor();
  await until('they are in sight', async () => {
    const [box, terminal] = [await stacks.boundingBox(), await bench.page.locator('.part.panel').boundingBox()];
    return box !== null && terminal !== null && box.y + 20 < terminal.y;
  });
  await bench.picture('stacks-dark');
  await bench.theme('light');
  await bench.picture('stacks-light');
  await bench.theme('dark');

  // A frame's place opens its line.
  await own.first().getByRole('button').click();
  await until('the line is shown', async () => (await bench.page.locator('.statusbar-item', { hasText: `Ln ${lineOf('WAITS')}, ` }).count()) > 0);

  // The process goes on, and its stacks can be copied.
  await stacks.getByRole('button', { name: 'Copy' }).click();
  await until('they are copied', async () => (await bench.page.evaluate(() => navigator.clipboard.readText())).includes(`waits.py", line ${lineOf('WAITS')}, in consume`));

  // Without py-spy the records tell one place, and the panel says so.
  bench.set({ 'procession.pySpy': join(bench.folder, 'absent', 'py-spy') });
  const button = frame.getByRole('button', { name: 'Stacks', exact: true });
  await until('the records are asked', async () => {
    await button.click();
    return /from the records, at .* s: only where it waits/.test(await stacks.innerText());
  });
  const words = await stacks.innerText();
  expect(words).toContain('correct the setting procession.pySpy');
  expect(words).toMatch(/MainThread.*get\(jobs\)/);
  expect(words).toContain('Of 1 more thread nothing is known.');
  expect((await stacks.locator('.own').allInnerTexts()).map((text) => text.split(/\s+/))).toEqual([['consume', `waits.py:${lineOf('WAITS')}`]]);
  await bench.picture('stacks-slots-dark');
  await bench.theme('light');
  await bench.picture('stacks-slots-light');
  await bench.theme('dark');

  // By the command, of another process than the one that is chosen.
  bench.set({ 'procession.pySpy': ensurePySpy(console.log) });
  // VS Code shuts a list of choices when the focus moves, as it may when settings have just changed.
  let chosen = false;
  for (let tries = 0; tries < 3 && !chosen; tries++) {
    await bench.command('Procession: Show Stacks of a Process…');
    chosen = await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'MainProcess' }).click({ timeout: 6000 }).then(() => true, () => false);
  }
  expect(chosen).toBe(true);
  await until('the main process is shown with its stacks', async () => /watch\s+waits\.py:\d+/.test(await frame.getByRole('region', { name: 'Details of MainProcess' }).getByRole('region', { name: 'Stacks', exact: true }).innerText()));

  writeFileSync(join(bench.folder, 'go'), '');
  await frame.getByRole('button', { name: 'Run again' }).waitFor();
  await panel.process('consumer').click();
  await until('what was read stays, but nothing can be read any more', async () => (await button.count()) === 0 && (await stacks.count()) === 1);
  await expect.poll(() => panel.process('consumer').innerText()).toMatch(/exited 0/);
  expect(bench.complaints.filter((line) => line.includes('procession'))).toEqual([]);
}, 180_000);
