/** A fault is found, and the editor offers to mend its source: seen first, then made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { until, Workbench } from './workbench.js';

const FAULTY = `import multiprocessing as mp


def work():
    print("child: at work", flush=True)


spawn = mp.get_context("spawn")
process = spawn.Process(target=work)
process.start()
process.join()
print("main: exit code", process.exitcode, flush=True)
`;

const MENDED = `import multiprocessing as mp


def work():
    print("child: at work", flush=True)


if __name__ == "__main__":
    spawn = mp.get_context("spawn")
    process = spawn.Process(target=work)
    process.start()
    process.join()
    print("main: exit code", process.exitcode, flush=True)
`;

let bench: Workbench;
let panel: Panel;

beforeAll(async () => {
  bench = await Workbench.open({ files: { 'unguarded.py': FAULTY }, settings: { 'files.autoSave': 'off' } });
  panel = new Panel(bench.panel);
});
afterAll(() => bench?.close());
afterEach(({ task }) => bench?.explain(task));

const saved = (): string => readFileSync(join(bench.folder, 'unguarded.py'), 'utf8');

/** Puts the cursor onto a line, from 1, of the file in the editor. */
async function goTo(name: string, line: number): Promise<void> {
  await bench.page.locator('.editor-group-container').filter({ has: bench.page.locator(`.tab.active[data-resource-name="${name}"]`) }).locator('.monaco-editor .view-lines').first().click();
  await bench.page.keyboard.press('Control+g');
  await bench.page.locator('.quick-input-widget .quick-input-box input').fill(`:${line}`);
  await bench.page.keyboard.press('Enter');
  await until(`the cursor is on line ${line}`, async () => (await bench.page.locator('.statusbar').innerText()).includes(`Ln ${line},`));
}

test('the main guard is offered where the start() failed, previewed, made, and the script then runs', async () => {
  await bench.openFile('unguarded.py');
  await bench.command('Procession: Run Python File');
  await panel.tree.waitFor();
  await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  const squiggle = bench.page.locator('.monaco-editor .squiggly-error');
  await until('the Problem is in the text', async () => (await squiggle.count()) > 0);

  await bench.command('Problems: Focus on Problems View');
  await bench.page.locator('.markers-panel a').filter({ hasText: 'no-main-guard' }).first().click();
  await until('the page of the rule is opened by its name in Problems', async () => (await bench.page.locator('.tab').filter({ hasText: 'no-main-guard.md' }).count()) === 1);
  await bench.picture('fix-page');
  await bench.closeTab(/no-main-guard\.md/);

  const item = bench.page.locator('.action-widget .monaco-list-row').filter({ hasText: 'Put what the script runs under the main guard' });
  const offer = async (): Promise<void> => {
    await goTo('unguarded.py', 10);
    await until('the quick fix is offered', async () => {
      await bench.page.keyboard.press('Escape');
      await bench.page.keyboard.press('Control+.');
      await item.waitFor({ timeout: 3000 });
      return true;
    });
  };
  await offer();
  await bench.picture('fix-offered');
  await bench.page.keyboard.press('Enter');
  const ask = bench.page.locator('.quick-input-widget');
  await ask.getByRole('option', { name: /^Apply/ }).waitFor();
  const diff = bench.page.locator('.diff-editor, .monaco-diff-editor').filter({ hasText: '__main__' });
  await until('the preview shows both texts', async () => (await diff.count()) > 0);
  await bench.picture('fix-previewed');
  expect(saved()).toBe(FAULTY);
  await bench.theme('light');
  await bench.picture('fix-previewed-light');
  await bench.theme('dark');
  await bench.page.keyboard.press('Escape');
  await diff.waitFor({ state: 'detached' });
  expect(await bench.page.locator('.tab.dirty').count()).toBe(0);

  await offer();
  await bench.page.keyboard.press('Enter');
  await ask.getByRole('option', { name: /^Apply/ }).waitFor();
  await bench.page.keyboard.press('Enter');
  await diff.waitFor({ state: 'detached' });
  await until('the text is changed', async () => (await bench.page.locator('.view-lines').first().innerText()).replaceAll('\u00a0', ' ').includes('if __name__ == "__main__":'));
  await bench.picture('fix-made');
  await bench.command('File: Save');
  await until('it is saved', () => saved() !== FAULTY);
  expect(saved()).toBe(MENDED);

  await bench.command('Procession: Run Python File');
  await until('the child ends well', async () => (await panel.process('SpawnProcess-1').innerText()).includes('exited 0'));
  await until('the Problem is gone', async () => (await squiggle.count()) === 0);
  expect(bench.complaints.filter((line) => line.includes('procession'))).toEqual([]);
}, 120_000);
