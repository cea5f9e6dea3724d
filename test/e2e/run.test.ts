/** A person opens a Python file, runs it, and watches. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { ASKS, SLEEPERS, TALK, TICKS } from './scripts.js';
import { alive, until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

const read = (name: string): string => readFileSync(join(bench.folder, name), 'utf8');
const write = (name: string): void => writeFileSync(join(bench.folder, name), '');

async function runFile(name: string): Promise<void> {
  await bench.openFile(name);
  await bench.command('Procession: Run Python File');
  await panel.tree.waitFor();
}

describe('in a workspace with scripts', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ width: 2400, height: 1300, files: { 'talk.py': TALK, 'sleepers.py': SLEEPERS, 'asks.py': ASKS, 'ticks.py': TICKS, 'broken.py': 'print(\n' } });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('the run button of a Python file starts it, and the panel shows the processes, channels and messages as they are', async () => {
    await bench.openFile('talk.py');
    // With one thing to run, VS Code shows the button itself.
    await bench.page.locator('.editor-actions .action-label[aria-label*="Run Python File"]').first().click();
    await panel.tree.waitFor();
    const truth = JSON.parse(await until('the script writes its truth', () => existsSync(join(bench.folder, 'truth.json')) && read('truth.json'))) as Record<string, number>;

    for (const name of ['producer', 'consumer']) {
      await panel.process(name).waitFor();
      await expect.poll(() => panel.process(name).innerText()).toContain(String(truth[name]));
    }
    const rows = await panel.rows();
    expect(rows.map(({ level }) => level)).toEqual([1, 2, 2]);
    expect(rows[0]?.cells.join(' ')).toContain(String(truth['main']));
    await until('the consumer is a daemon', async () => (await panel.process('consumer').innerText()).includes('daemon'));
    await until('the producer ended', async () => (await panel.process('producer').innerText()).includes('exited 0'));
    await until('the main process waits for the consumer', async () => (await panel.process('MainProcess').innerText()).includes('join(consumer)'));

    await until('all messages are counted', async () => (await panel.messageCount('jobs')) === 26);
    const messages = await until('the messages are listed with what they hold', async () => {
      const listed = await panel.messages();
      return listed.length > 3 && listed[0]?.preview !== '' && listed;
    });
    expect(messages[0]).toMatchObject({ ends: 'producer → consumer', preview: 'None' });
    expect(messages[1]?.preview).toContain("'text': 'hello 24'");
    await panel.message(1).click();
    const chosen = (): Promise<string> => panel.frame.getByRole('region', { name: 'The chosen message' }).innerText();
    await expect.poll(chosen).toMatch(/put\s+[\d.]+ s\s+producer\s+talk\.py:6/);
    await expect.poll(chosen).toMatch(/got\s+[\d.]+ s\s+consumer\s+talk\.py:11/);

    write('go');
    await until('the end is shown', async () => (await panel.process('consumer').innerText()).includes('exited 3'));
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
    await expect.poll(() => bench.page.locator('.terminal-wrapper, .xterm').count()).toBeGreaterThan(0);
  });

  test('a source link opens the line in the editor', async () => {
    await panel.channel('jobs').locator('.cell.channel a, .cell.channel button').first().click();
    await until('the cursor is on the line that makes the queue', async () => (await bench.page.locator('.statusbar').innerText()).includes('Ln 19'));
  });

  test('the script has a real terminal: it asks, and is answered by the keyboard', async () => {
    await runFile('asks.py');
    await bench.page.locator('.terminal-wrapper.active .xterm, .xterm').last().click();
    await until('the prompt stands', async () => (await panel.rows()).length >= 1);
    await bench.page.waitForTimeout(1000);
    await bench.page.keyboard.type('two words\n');
    expect(await until('the answer arrives', () => existsSync(join(bench.folder, 'said.txt')) && read('said.txt'))).toBe('two words');
    expect(read('tty.txt')).toBe('True True');
  });

  test('one process is killed from its menu, the rest by Stop, grandchildren included', async () => {
    await runFile('sleepers.py');
    const pids = JSON.parse(await until('pids', () => existsSync(join(bench.folder, 'pids.json')) && read('pids.json'))) as { main: number; first: number; outer: number };
    const inner = Number(await until('inner pid', () => existsSync(join(bench.folder, 'inner.pid')) && read('inner.pid')));
    await panel.process('inner').waitFor();
    await panel.act('first', 'Kill');
    await until('it is gone', () => !alive(pids.first));
    await until('its end is told in words', async () => (await panel.process('first').innerText()).includes('−9 SIGKILL'));
    expect(alive(inner)).toBe(true);
    await panel.frame.getByRole('button', { name: 'Stop' }).click();
    await until('all are gone', () => ![pids.main, pids.outer, inner].some(alive));
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  });

  test('a panel that was hidden, moved, and reloaded shows the run as it is now', async () => {
    await bench.command('View: Close All Editors');
    await runFile('ticks.py');
    const pid = Number(await until('pid', () => existsSync(join(bench.folder, 'pid')) && read('pid')));
    const count = () => panel.messageCount('ticks');
    await until('ticks come', async () => (await count()) > 10);

    // Into the script's column: there the script's tab hides it.
    await bench.focusTab('Procession: ticks.py');
    await bench.command('View: Move Editor into Previous Group');
    const tab = (title: string | RegExp) => bench.page.locator('.tab').filter({ hasText: title });
    await bench.page.locator('.editor-group-container').filter({ has: tab(/^ticks\.py$/) }).filter({ has: tab('Procession: ticks.py') }).waitFor();
    const moved = await until('it goes on after being moved', async () => count());
    await until('ticks come after the move', async () => (await count()) > moved + 5);

    await bench.showTab(/^ticks\.py$/);
    await panel.tree.waitFor({ state: 'hidden' });
    await bench.showTab('Procession: ticks.py');
    await panel.tree.waitFor();
    const shown = await until('counts after being shown again', async () => count());
    await until('ticks come after being hidden', async () => (await count()) > shown + 5);

    await bench.load();
    await panel.tree.waitFor({ timeout: 60_000 });
    const reloaded = await until('counts after a reload of the window', async () => count(), 60_000);
    await until('ticks come after the reload', async () => (await count()) > reloaded + 5);
    expect(alive(pid)).toBe(true);

    write('stop');
    const total = Number(await until('the script counts', () => existsSync(join(bench.folder, 'count')) && read('count')));
    await until('the count is exact', async () => (await count()) === total + 1);
  });

  test('a script with a syntax error ends with 1, and Python itself says why', async () => {
    await bench.openFile('broken.py');
    await bench.command('Procession: Run Python File');
    await until('the page tells the end', async () => (await panel.frame.locator('header').innerText()).includes('exited 1'));
  });

  test('with the panel in front, the Python file beside it is run', async () => {
    const before = await panel.rootPid();
    await bench.focusTab('Procession: broken.py');
    await bench.command('Procession: Run Python File');
    await until('another process is shown', async () => ![before, undefined].includes(await panel.rootPid()));
    await until('and its end', async () => (await panel.frame.locator('header').innerText()).includes('exited 1'));
    await expect.poll(() => bench.page.locator('.tab').filter({ hasText: 'Procession: broken.py' }).count()).toBe(1);
  });

  test('a new panel never covers the script, also where an older panel stands among the scripts', async () => {
    const groupOf = (title: string | RegExp) => bench.page.locator('.editor-group-container').filter({ has: bench.page.locator('.tab.active').filter({ hasText: title }) });
    // From the test before the last but one, its panel is in the column of the scripts.
    await bench.showTab('Procession: ticks.py');
    await bench.openFile('sleepers.py');
    await bench.focusTab('Procession: broken.py');
    await bench.command('Procession: Run Python File');
    await groupOf('Procession: sleepers.py').waitFor();
    await expect.poll(() => groupOf(/^sleepers\.py$/).count()).toBe(1);
    await expect.poll(() => groupOf('Procession: sleepers.py').locator('.tab').filter({ hasText: 'Procession: broken.py' }).count()).toBe(1);
    await panel.tree.waitFor();
    await panel.frame.getByRole('button', { name: 'Stop' }).click();
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  });
});
