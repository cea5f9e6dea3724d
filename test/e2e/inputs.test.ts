/** Bad input, and workspaces that are not as one would wish: one clear line, and nothing lost. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { record } from './recorded.js';
import { BINARY, SHORT, TICKS, twin } from './scripts.js';
import { alive, pythonPath, until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

const file = (name: string): string => join(bench.folder, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const has = (name: string): boolean => existsSync(file(name));

/** A Python before 3.8, from pyenv; null where there is none. */
function oldPython(): string | null {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return null;
  const name = readdirSync(versions).find((version) => /^(2\.7|3\.[3-7])\./.test(version) && existsSync(join(versions, version, 'bin', 'python')));
  return name === undefined ? null : join(versions, name, 'bin', 'python');
}

const run = (): Promise<void> => bench.command('Procession: Run Python File');

async function runFile(name: string): Promise<void> {
  await bench.openFile(name);
  await run();
  await bench.page.locator('.tabs-container .tab').filter({ hasText: `Procession: ${name}` }).first().waitFor();
  await panel.tree.waitFor();
}

/** A notification with these words. */
function told(words: RegExp): Promise<string> {
  return until(`a notification says ${words.source}`, async () => (await bench.notifications()).find((text) => words.test(text)));
}

const names = async (): Promise<string[]> => (await panel.rows()).map(({ name }) => name);

describe('in a folder whose name has spaces, quotes and Chinese', () => {
  beforeAll(async () => {
    const task = { type: 'procession', label: 'at the start', script: 'short run.py', problemMatcher: [], runOptions: { runOn: 'folderOpen' } };
    bench = await Workbench.open({
      folderName: `a b "c" 'd' 进程`,
      files: {
        'short run.py': SHORT,
        'binary.py': BINARY,
        'twin-a.py': twin('only-a'),
        'twin-b.py': twin('only-b'),
        'ticks.py': TICKS,
        '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', tasks: [task] }),
      },
      width: 2000,
      height: 1200,
    });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('a task of tasks.json runs when the folder is opened, and its panel opens by itself', async () => {
    await panel.tree.waitFor({ timeout: 60_000 });
    await until('its child has ended', async () => (await panel.process('sender').innerText()).includes('exited 0'));
    await expect.poll(() => panel.messageCount('numbers')).toBe(7);
  });

  test('a script that prints binary is shown to its end', async () => {
    await runFile('binary.py');
    await until('the end', async () => (await panel.frame.locator('header').innerText()).includes('exited 5'));
    await expect.poll(names).toEqual(['MainProcess', 'shouts']);
  });

  test('of two runs at once each panel shows its own processes', async () => {
    await runFile('twin-a.py');
    await panel.process('only-a').waitFor();
    await runFile('twin-b.py');
    await panel.process('only-b').waitFor();
    await expect.poll(names).toEqual(['MainProcess', 'only-b']);
    await bench.showTab('Procession: twin-a.py');
    await panel.process('only-a').waitFor();
    await expect.poll(names).toEqual(['MainProcess', 'only-a']);
    writeFileSync(file('over'), '');
    for (const name of ['a', 'b']) {
      await bench.showTab(`Procession: twin-${name}.py`);
      await until('it ends', async () => (await panel.process(`only-${name}`).innerText()).includes('exited 0'));
    }
  });

  test('a file that has no name yet is not run, and one is told to save it', async () => {
    await bench.command('File: New Untitled Text File');
    await bench.page.keyboard.type('print(1)');
    await run();
    expect(await told(/no name yet/)).toBe('The file has no name yet: save it, then run it.');
    await bench.command('Notifications: Clear All Notifications');
    await bench.command('View: Revert and Close Editor');
  });

  test('a script goes on when the extension host is killed, and is shown again with exact counts', async () => {
    await runFile('ticks.py');
    const pid = Number(await until('pid', () => has('pid') && read('pid')));
    await until('ticks come', async () => (await panel.messageCount('ticks')) > 10);

    // Else the folder's task starts again with the window, and its panel is in front.
    rmSync(file('.vscode/tasks.json'));
    const host = await until('the extension host', () => bench.extensionHostPid());
    process.kill(host, 'SIGKILL');
    await until('it is gone', () => !alive(host));
    await bench.load();
    const next = await until('another one', () => bench.extensionHostPid(), 60_000);
    expect(next).not.toBe(host);
    expect(alive(pid)).toBe(true);

    // The page came back by itself, or the run is offered.
    const offer = bench.page.locator('.notification-toast').filter({ hasText: 'ticks.py still runs' }).getByRole('button', { name: 'Attach' });
    await until(
      'the run is shown or offered',
      async () => {
        if ((await offer.count()) > 0) await offer.click({ timeout: 2000 });
        return (await panel.frame.getByRole('heading', { level: 1 }).innerText({ timeout: 2000 })) === 'ticks.py';
      },
      60_000,
    );
    await panel.process('clock').waitFor();
    const shown = await panel.messageCount('ticks');
    await until('ticks come again', async () => (await panel.messageCount('ticks')) > shown + 5);

    writeFileSync(file('stop'), '');
    const count = Number(await until('the script counts', () => has('count') && read('count')));
    await until('the count is exact', async () => (await panel.messageCount('ticks')) === count + 1);
    await until('it has ended', () => !alive(pid));

    // A run that had ended before is still one, and no mere recording.
    await bench.showTab('Procession: twin-b.py');
    await panel.process('only-b').waitFor();
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  });
});

describe('with a folder that cannot be written and a Python that cannot be used', () => {
  let mounted = false;

  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'short.py': SHORT }, settings: { 'procession.python': '/nowhere/bin/python' } });
    panel = new Panel(bench.panel);
  });
  afterAll(async () => {
    if (mounted) spawnSync('umount', ['-l', bench.folder]);
    await bench?.close();
  });
  afterEach(({ task }) => bench?.explain(task));

  test('a Python that is not there is named, with the setting to change', async () => {
    await bench.openFile('short.py');
    await run();
    expect(await told(/nowhere/)).toMatch(/^No Python: \/nowhere\/bin\/python cannot be used \(no such file\); .*procession\.python/);
    expect(bench.runs()).toEqual([]);
  });

  test('a Python older than 3.8 is named, with the setting to change', async ({ skip }) => {
    const old = oldPython();
    if (old === null) return skip('no Python before 3.8 in pyenv: that one is refused was NOT tested');
    bench.set({ 'procession.python': old });
    const words = await until('it is refused', async () => {
      await run();
      return until('a notification', async () => (await bench.notifications()).find((text) => text.includes(old)), 3000);
    });
    expect(words).toMatch(/is Python \d\.\d+\.\d+, and Procession needs 3\.8 or newer; .*procession\.python/);
    expect(bench.runs()).toEqual([]);
  });

  test('a script in a folder that cannot be written is run and shown', async ({ skip }) => {
    // Root may write whatever the modes say: for root it takes a mount.
    if (process.getuid?.() === 0) {
      const mount = spawnSync('mount', ['--bind', '-o', 'ro', bench.folder, bench.folder], { encoding: 'utf8' });
      mounted = mount.status === 0;
      if (!mounted) return skip(`root, and nothing can be mounted here (${mount.stderr.trim()}): a read-only workspace was NOT tested`);
    } else {
      spawnSync('chmod', ['a-w', bench.folder]);
    }
    expect(() => writeFileSync(file('probe'), '')).toThrow();
    bench.set({ 'procession.python': pythonPath() });
    await until('it runs', async () => {
      await run();
      await panel.tree.waitFor({ timeout: 4000 });
      return true;
    });
    await until('its child has ended', async () => (await panel.process('sender').innerText()).includes('exited 0'));
    await expect.poll(() => panel.messageCount('numbers')).toBe(7);
    expect(readdirSync(bench.folder)).toEqual(['short.py']);
    if (!mounted) spawnSync('chmod', ['u+w', bench.folder]);
  });
});

describe('in a workspace that is not trusted', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'short.py': SHORT, 'kept.procession': record(SHORT) }, untrusted: true });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('nothing is run, and one is told why', async () => {
    await bench.openFile('short.py');
    await run();
    expect(await told(/not trusted/)).toBe('Nothing is run in a workspace that is not trusted. Recordings can be opened.');
    expect(bench.runs()).toEqual([]);
  });

  test('a recording is shown', async () => {
    await bench.openFile('kept.procession');
    await panel.process('sender').waitFor();
    await expect.poll(names).toEqual(['MainProcess', 'sender']);
    await expect.poll(() => panel.messageCount('numbers')).toBe(7);
  });
});
