/** What leaves VS Code: files of a run through the real dialogs, from the panel's menu and from the palette, and copies in the clipboard. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { colours, readPng } from './png.js';
import { TALK } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

const file = (name: string): string => join(bench.folder, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const input = () => bench.page.locator('.quick-input-widget .quick-input-box input');

/** The script's own word for who is who. */
interface Truth {
  readonly main: number;
  readonly producer: number;
  readonly consumer: number;
}

const truth = (): Truth => JSON.parse(read('truth.json')) as Truth;

async function share(item: string): Promise<void> {
  await bench.page.keyboard.press('Escape');
  await panel.frame.getByRole('button', { name: 'Copy, picture, export' }).click({ timeout: 5000 });
  await panel.frame.getByRole('menuitem', { name: new RegExp(`^${item}`) }).click();
}

/** In the dialog that asks for a place: waits for what it proposes, which it comes to in steps, and says another one. */
async function answer(proposed: RegExp, place: string): Promise<void> {
  await until(`${proposed} is proposed`, async () => proposed.test(await input().inputValue({ timeout: 2000 })));
  await input().fill(place);
  const ok = bench.page.locator('.quick-input-widget').getByRole('button', { name: /^(OK|Save|Export Here)$/ });
  await until('it is taken', async () => {
    expect(await input().inputValue({ timeout: 2000 })).toBe(place);
    // While it looks at the folder it takes no answer.
    await ok.click({ timeout: 2000 });
    await input().waitFor({ state: 'hidden', timeout: 2000 });
    return true;
  });
}

/** VS Code shuts a list of choices when the focus moves, as it may on a busy machine: then it is asked for again. */
async function exportAs(format: string, begin: () => Promise<void> = () => bench.command('Procession: Export…')): Promise<void> {
  await until(`${format} is chosen`, async () => {
    await begin();
    await bench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: format }).first().click({ timeout: 4000 });
    return true;
  });
}

function whole(name: string): Promise<string> {
  return until(`${name} is written`, () => existsSync(file(name)) && statSync(file(name)).size > 0 && name);
}

async function copied(item: string): Promise<string> {
  await bench.page.evaluate(() => navigator.clipboard.writeText('nothing was copied'));
  await share(item);
  return until(`${item} is in the clipboard`, async () => {
    const text = await bench.page.evaluate(() => navigator.clipboard.readText());
    return text !== 'nothing was copied' && text;
  });
}

/** RFC 4180. @returns a record a row, by the names in the first one */
function csv(name: string): Record<string, string>[] {
  const text = read(name);
  expect(text.endsWith('\r\n')).toBe(true);
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (let found = field.exec(text); found !== null; found = field.exec(text)) {
    const [, value = '', end] = found;
    rows.at(-1)?.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  const [head = [], ...body] = rows;
  for (const row of body) expect(row).toHaveLength(head.length);
  return body.map((row) => Object.fromEntries(head.map((column, i) => [column, row[i] ?? ''])));
}

describe('exports', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'talk.py': TALK }, settings: { 'files.simpleDialog.enable': true }, width: 1900, height: 1000 });
    panel = new Panel(bench.panel);
    await bench.openFile('talk.py');
    await bench.command('Procession: Run Python File');
    await panel.process('consumer').waitFor();
    writeFileSync(file('go'), '');
    await until('the end is read', async () => (await panel.process('consumer').innerText()).includes('exited 3') && (await panel.process('MainProcess').innerText()).includes('exited 0'));
    await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('the tree is copied as text, JSON and Mermaid, and the page says so', async () => {
    const { main, producer, consumer } = truth();
    const text = await copied('Copy tree as text');
    for (const pid of [main, producer, consumer]) expect(text).toContain(String(pid));
    expect(text).toMatch(/consumer.*exited 3/);
    await until('it is said', async () => (await panel.frame.locator('body').innerText()).includes('Copied.'));

    const json = JSON.parse(await copied('Copy tree as JSON')) as { schema: string; processes: { name: string; pid: number; exitCode: number | null }[] };
    expect(json.schema).toBe('procession-tree/1');
    expect(json.processes.map(({ name, pid, exitCode }) => [name, pid, exitCode])).toEqual([['MainProcess', main, 0], ['producer', producer, 0], ['consumer', consumer, 3]]);

    const mermaid = await copied('Copy tree as Mermaid');
    expect(mermaid).toMatch(/^flowchart /);
    for (const pid of [main, producer, consumer]) expect(mermaid).toContain(String(pid));
    expect(mermaid.match(/-->/g)).toHaveLength(2);
  });

  test('a picture is saved as PNG at twice the size, and as SVG, where the dialog says', async () => {
    await share('Save picture…');
    await answer(/\/work\/talk\.png$/, file('tree.png'));
    await whole('tree.png');
    await bench.notification('tree.png');
    const png = readPng(readFileSync(file('tree.png')));
    const tree = await panel.frame.locator('.processes').boundingBox();
    expect(png.width).toBeGreaterThanOrEqual(Math.floor(tree?.width ?? Infinity) * 2);
    expect(png.height).toBeGreaterThan(200);
    expect(colours(png).size).toBeGreaterThan(20);

    await share('Save picture as drawing');
    await answer(/\/work\/talk\.svg$/, file('tree.svg'));
    await whole('tree.svg');
    const svg = read('tree.svg');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const word of ['talk.py', 'MainProcess', 'producer', 'consumer', 'exited 3']) expect(svg).toContain(word);
    // A browser takes it for a whole picture.
    const size = await bench.page.evaluate(async (text) => {
      const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
      const image = new Image();
      image.src = url;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }, svg);
    expect(size).toEqual([png.width / 2, png.height / 2]);
  });

  test('the panel exports a trace for Perfetto with every process, message and arrow', async () => {
    const messages = (await panel.messageCount('jobs')) + 1;
    await exportAs('Perfetto trace', () => share('Export'));
    await answer(/\/work\/talk-trace\.json$/, file('run.json'));
    await whole('run.json');
    await bench.notification('Open it at ui.perfetto.dev');
    const { traceEvents } = JSON.parse(read('run.json')) as { traceEvents: { ph: string; pid: number; name: string; cat?: string; args?: Record<string, unknown> }[] };
    const named = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'process_name');
    for (const [who, pid] of Object.entries(truth()).filter(([, value]) => typeof value === 'number')) {
      expect(named.filter((event) => event.pid === pid).map(({ args }) => args?.['name'])).toEqual([expect.stringContaining(who === 'main' ? 'MainProcess' : who)]);
    }
    const slices = (name: RegExp) => traceEvents.filter((event) => (event.ph === 'X' || event.ph === 'B') && name.test(event.name));
    expect(slices(/^put jobs/)).toHaveLength(26);
    expect(slices(/^get jobs/)).toHaveLength(26);
    expect(slices(/^(send|recv) /)).toHaveLength(2);
    expect(messages).toBe(27);
    // Two starts of children, and each message from its sender to its receiver.
    expect(traceEvents.filter(({ ph }) => ph === 's')).toHaveLength(messages + 2);
    expect(traceEvents.filter(({ ph }) => ph === 'f')).toHaveLength(messages + 2);
  });

  test('the palette exports a folder of CSV, whose rows say what the panel says, and asks before it replaces them', async () => {
    mkdirSync(file('tables'));
    // VS Code shows no more than three at once.
    await bench.command('Notifications: Clear All Notifications');
    await exportAs('Folder of CSV');
    await answer(/\/work\/$/, `${file('tables')}/`);
    await whole('tables/findings.csv');
    await bench.notification(/Exported to .*work\/tables/);
    expect(readdirSync(file('tables')).sort()).toEqual(['channels.csv', 'findings.csv', 'locks.csv', 'messages.csv', 'processes.csv', 'tasks.csv', 'waits.csv']);

    const processes = csv('tables/processes.csv');
    const shown = await panel.rows();
    expect(processes.map((row) => row['name'])).toEqual(shown.map(({ name }) => name));
    expect(processes.map((row) => Number(row['pid']))).toEqual([truth().main, truth().producer, truth().consumer]);
    expect(processes.map((row) => row['exit_code'])).toEqual(['0', '0', '3']);
    const messages = csv('tables/messages.csv');
    const jobs = csv('tables/channels.csv').find((row) => row['name'] === 'jobs');
    const ofJobs = messages.filter((row) => row['channel'] === jobs?.['key'] || row['channel'] === 'jobs');
    expect(ofJobs).toHaveLength(await panel.messageCount('jobs'));
    const newest = (await panel.messages())[0];
    expect(newest).toMatchObject({ preview: 'None' });
    expect(ofJobs.at(-1)?.['preview']).toBe(newest?.preview);

    const before = statSync(file('tables/messages.csv')).mtimeMs;
    await bench.command('Notifications: Clear All Notifications');
    await exportAs('Folder of CSV');
    await answer(/\/work\/$/, `${file('tables')}/`);
    const dialog = bench.page.locator('.monaco-dialog-box');
    await dialog.getByText(/has files of these names already: .*messages\.csv/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(statSync(file('tables/messages.csv')).mtimeMs).toBe(before);
    await exportAs('Folder of CSV');
    await answer(/\/work\/$/, `${file('tables')}/`);
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await until('they are replaced', () => statSync(file('tables/messages.csv')).mtimeMs > before);
    expect(readdirSync(file('tables'))).toHaveLength(7);
  });

  test.each([
    ['Mermaid diagram', 'tree.mmd', /^flowchart /],
    ['JSON of the tree', 'tree.json', /"schema":\s*"procession-tree\/1"/],
    ['Text', 'run.txt', /talk\.py[\s\S]*consumer[\s\S]*jobs/],
  ])('the palette exports %s, and opens it when asked to', async (_format, name, words) => {
    await bench.command('Notifications: Clear All Notifications');
    await exportAs(name);
    await answer(new RegExp(`/work/talk-${name.replace('.', '\\.')}$`), file(`kept-${name}`));
    await whole(`kept-${name}`);
    expect(read(`kept-${name}`)).toMatch(words);
    for (const pid of [truth().main, truth().consumer]) expect(read(`kept-${name}`)).toContain(String(pid));
    await until('it is open', async () => {
      // A toast that still comes up moves away under the pointer.
      await (await bench.notification(`kept-${name}`)).getByRole('button', { name: 'Open' }).click({ timeout: 3000 });
      await bench.page.locator('.tabs-container .tab.active').filter({ hasText: `kept-${name}` }).waitFor({ timeout: 3000 });
      return true;
    });
    await bench.closeTab(`kept-${name}`);
  });

  test('what is given up in a dialog writes nothing and says nothing', async () => {
    await bench.command('Notifications: Clear All Notifications');
    const before = readdirSync(bench.folder).sort();
    for (const item of ['Save picture…', 'Export']) {
      if (item === 'Export') await exportAs('Perfetto trace', () => share(item));
      else await share(item);
      await until('a place is proposed', async () => (await input().inputValue({ timeout: 2000 })).includes('/'));
      await bench.page.keyboard.press('Escape');
      await input().waitFor({ state: 'hidden' });
    }
    await bench.page.waitForTimeout(500);
    expect(readdirSync(bench.folder).sort()).toEqual(before);
    expect(await bench.notifications()).toEqual([]);
    expect(bench.complaints.filter((line) => /procession|Content Security Policy|^uncaught/i.test(line))).toEqual([]);
  });
});
