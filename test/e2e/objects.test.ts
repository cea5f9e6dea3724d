/** A pool, a lock, a manager's dict and a segment of shared memory, as the panel shows them while the script runs and after it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { WORKSHOP } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

beforeAll(async () => {
  bench = await Workbench.open({ width: 2400, height: 1300, files: { 'workshop.py': WORKSHOP } });
  panel = new Panel(bench.panel);
});
afterAll(() => bench?.close());
afterEach(({ task }) => bench?.explain(task));

test('a lock, a pool with its tasks, shared memory and a shared object are shown as they are, and change when the script does', async () => {
  await bench.openFile('workshop.py');
  await bench.command('Procession: Run Python File');
  await panel.tree.waitFor();
  await until('the script waits', () => existsSync(join(bench.folder, 'pid')));

  await panel.tab('Locks');
  const hammer = panel.object('Locks', 'hammer');
  await until('a worker waits for the lock that the main process holds', async () => /held by MainProcess.*ForkPoolWorker/s.test(await hammer.innerText()));
  await bench.picture('objects-locks');

  await panel.tab('Pools');
  const helpers = panel.object('Pools', 'helpers');
  await until('the tasks are counted', async () => /2 \/ 2.*4 \/ 5/s.test(await helpers.innerText()));
  await helpers.click();
  const task = (name: string) => panel.frame.getByRole('grid', { name: /^Latest tasks of helpers/ }).locator('[role=row][data-key]').filter({ has: panel.frame.locator('.cell.function', { hasText: name }) });
  await until('the tasks are listed', async () => (await task('square').count()) === 3);
  await expect.poll(() => task('spoil').innerText()).toContain('ValueError: no use for 7');
  await until('the last one runs', async () => /running/i.test(await task('work').innerText()));
  await bench.picture('objects-pools');

  await panel.tab('Memory');
  await expect.poll(() => panel.object('Memory', 'board').innerText()).toMatch(/MainProcess|1/);
  await panel.tab('Shared objects');
  await expect.poll(() => panel.object('Shared objects', 'plans').innerText()).toContain('dict');

  writeFileSync(join(bench.folder, 'go'), '');
  await until('the script ended', async () => (await panel.process('MainProcess').innerText()).includes('exited 0'));
  await panel.tab('Pools');
  await until('all tasks are done', async () => (await helpers.innerText()).includes('5 / 5'));
  await panel.tab('Locks');
  await until('nobody holds or waits any more', async () => !/held by|waits/.test(await hammer.innerText()));
}, 120_000);
