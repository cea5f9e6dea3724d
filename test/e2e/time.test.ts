/** Dragged back, the panel shows the run as it was: while it runs, and when it is a recording. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { record } from './recorded.js';
import { KILLED_WORKER } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

/** A script that has nothing to wait for. */
const recorded = (): Buffer => record(KILLED_WORKER.replace("while not os.path.exists('go'):\n        time.sleep(0.05)", 'pass'));

const slider = () => panel.frame.getByRole('slider', { name: 'Moment shown' });
const reading = () => panel.frame.locator('.scrubber .reading');
const before = () => panel.frame.getByRole('button', { name: 'Event before' });
const next = () => panel.frame.getByRole('button', { name: 'Next event' });
const present = () => panel.frame.getByRole('button', { name: 'Back to the present' });

/** Steps back until the words come; says what it stopped at on the way. */
async function back(to: RegExp): Promise<string[]> {
  const stops: string[] = [];
  for (let tries = 0; tries < 20; tries++) {
    const old = await reading().innerText();
    await before().click();
    await until('another event', async () => (await reading().innerText()) !== old);
    stops.push(await reading().innerText());
    if (to.test(stops.at(-1) ?? '')) return stops;
  }
  throw new Error(`never came to ${to}: ${stops.join(' | ')}`);
}

const settled = (): Promise<unknown> => until('all of the moment is known', async () => !(await reading().innerText()).includes('…'));

async function cellsOf(name: string): Promise<string> {
  return (await panel.process(name).innerText()).replace(/\s+/g, ' ');
}

async function names(): Promise<string[]> {
  return (await panel.rows()).map((row) => row.name);
}

describe('time', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'killed.py': KILLED_WORKER, 'killed.procession': recorded() }, settings: { 'procession.keepRuns': 0 }, width: 1500, height: 1000 });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('a live run is looked back at while it goes on, and told anew at the present', async () => {
    await bench.openFile('killed.py');
    await bench.command('Procession: Run Python File');
    await until('it rests', () => existsSync(join(bench.folder, 'over')));
    await until('its second worker has ended', async () => /exited 0/.test(await cellsOf('second')));
    await back(/first \(PID \d+\) was started/);
    await settled();
    await expect.poll(() => names()).toEqual(['MainProcess', 'first']);
    expect(await cellsOf('first')).not.toContain('SIGKILL');
    // The run has gone on meanwhile: the moment stays.
    const at = await reading().innerText();
    writeFileSync(join(bench.folder, 'go'), '');
    await until('the first line says that the script has ended', async () => /exited 0/.test(await panel.frame.locator('.about').innerText()));
    await expect.poll(() => reading().innerText()).toBe(at);
    await bench.picture('time-live');
    await bench.theme('light');
    await bench.picture('time-live-light');
    await bench.theme('dark');
    await present().click();
    await until('the present', async () => (await names()).includes('second') && /exited 0/.test(await cellsOf('MainProcess')));
    expect(readFileSync(join(bench.folder, 'over'), 'utf8')).toBe('over');
  });

  test('a recording steps from event to event, and shows each moment as it was', async () => {
    // The panel of the run is closed: what is looked at is the recording's.
    await bench.closeTab(/Procession: killed\.py/);
    await bench.openFile('killed.procession');
    await panel.process('second').waitFor();
    await expect.poll(() => names()).toEqual(['MainProcess', 'first', 'second']);

    await back(/first \(PID \d+\) was ended by SIGKILL/);
    await settled();
    await expect.poll(() => names()).toEqual(['MainProcess', 'first']);
    await expect.poll(() => cellsOf('first')).toContain('SIGKILL');

    await back(/first \(PID \d+\) began to wait/);
    const begins = await reading().innerText();
    await next().focus();
    await bench.page.keyboard.press('.');
    await until('the event after it', async () => (await reading().innerText()) !== begins);
    await back(/first \(PID \d+\) began to wait/);
    // A little later it is blocked, and the queue that it waits for is empty.
    await slider().focus();
    for (let i = 0; i < 20; i++) await bench.page.keyboard.press('Shift+ArrowRight');
    await until('it waits', async () => /get\(jobs\)/.test(await cellsOf('first')));
    await settled();
    await expect.poll(() => panel.channelCell('jobs', 'depth')).toMatch(/^0/);
    await expect.poll(() => panel.channelCell('jobs', 'waiting')).toContain('first');
    await expect.poll(() => panel.frame.locator('.chips').innerText()).not.toContain('finding');
    await bench.picture('time-recording');

    await slider().focus();
    await bench.page.keyboard.press('Home');
    await until('the beginning', async () => /No process had begun|MainProcess/.test(await panel.frame.locator('.panes .top').innerText()));
    await bench.page.keyboard.press('Escape');
    await until('the end again', async () => (await names()).includes('second'));
    await expect.poll(() => present().count()).toBe(0);
  });
});
