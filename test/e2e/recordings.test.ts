/** A run is kept in a file, and the file is opened: the same processes and counts, and nothing that can be done to them. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { record } from './recorded.js';
import { SHORT, TALK } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

/** The same recording, as a Procession of the future would write it. */
function ofAnotherVersion(recording: Buffer): Uint8Array {
  const files = unzipSync(recording);
  const run = files['run.json'];
  if (run === undefined) throw new Error('a recording without run.json');
  const said: unknown = JSON.parse(strFromU8(run));
  return zipSync({ ...files, 'run.json': strToU8(JSON.stringify({ ...Object(said), schema: 'procession-run/99' })) });
}

describe('recordings', () => {
  beforeAll(async () => {
    const whole = record(SHORT);
    bench = await Workbench.open({
      files: {
        'talk.py': TALK,
        'empty.procession': '',
        'cut.procession': whole.subarray(0, Math.floor(whole.length / 2)),
        'newer.procession': ofAnotherVersion(whole),
        'letter.procession': 'Dear reader,\nthis is no recording.\n',
      },
      // The folder of a run goes with its panel.
      settings: { 'procession.keepRuns': 0, 'files.simpleDialog.enable': true },
      width: 2400,
      height: 1200,
    });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('a run is saved from its panel, its folder goes with the panel, and the file shows the same', async () => {
    await bench.openFile('talk.py');
    await bench.command('Procession: Run Python File');
    await panel.process('consumer').waitFor();
    writeFileSync(join(bench.folder, 'go'), '');
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
    await until('the end is read', async () => (await panel.process('consumer').innerText()).includes('exited 3'));
    const jobs = await panel.messageCount('jobs');
    expect(jobs).toBe(26);
    const live = await panel.rows();

    await panel.frame.getByRole('button', { name: 'Save…' }).click();
    const input = bench.page.locator('.quick-input-widget input').first();
    await until('a name is proposed', async () => /work\/talk-[\dT]+\.procession$/.test(await input.inputValue()));
    await input.fill(join(bench.folder, 'kept.procession'));
    await bench.page.keyboard.press('Enter');
    const file = join(bench.folder, 'kept.procession');
    await until('the file is written', () => existsSync(file) && statSync(file).size > 1000);
    await until('the page says where', async () => (await panel.frame.locator('body').innerText()).includes('kept.procession'));

    expect(bench.runs()).toHaveLength(1);
    await bench.closeTab('Procession: talk.py');
    await until("the run's folder is gone", () => bench.runs().length === 0);

    await bench.openFile('kept.procession');
    await panel.tree.waitFor();
    await until('it says that it is a recording', async () => (await panel.frame.locator('header').innerText()).includes('recording · exited 0'));
    const names = (rows: typeof live) => rows.map(({ name, level, cells }) => [level, name, ...cells.slice(0, 2)]);
    await expect.poll(async () => names(await panel.rows())).toEqual(names(live));
    await expect.poll(() => panel.messageCount('jobs')).toBe(jobs);

    for (const name of ['Stop', 'Run again']) expect(await panel.frame.getByRole('button', { name, exact: true }).count()).toBe(0);
    await panel.process('consumer').click({ button: 'right' });
    for (const name of [/^Interrupt/, /^Terminate/, /^Kill/]) await expect.poll(() => panel.frame.getByRole('menuitem', { name }).getAttribute('aria-disabled')).toBe('true');
    await bench.page.keyboard.press('Escape');
    expect(readFileSync(file).subarray(0, 2).toString()).toBe('PK');
    await bench.closeTab('kept.procession');
  });

  test.each([
    ['empty', /empty\.procession is empty; save the run again\.$/],
    ['cut', /cut\.procession was cut short, .*copy it again/],
    ['newer', /newer\.procession has a version that this Procession does not know; .*a newer one\.$/],
    ['letter', /letter\.procession is not a recording of Procession\.$/],
  ])('a file that is %s is refused in one clear line', async (name, words) => {
    await bench.command('View: Close All Editors');
    await bench.openFile(`${name}.procession`);
    await panel.frame.getByRole('heading', { name: 'This cannot be shown' }).waitFor();
    const told = await until('the reason is told', () => panel.frame.locator('main p').innerText());
    expect(told).toMatch(words);
    expect(told).not.toContain('\n');
  });
});
