/** What a person at the page feels: how late a number is, and whether the page and the host stay light under a million messages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { root } from '../../scripts/vscode.mjs';
import { Panel } from '../e2e/panel.js';
import { until, Workbench } from '../e2e/workbench.js';
import { corePercent, note, pause, quantile, residentBytes } from './figures.js';

let bench: Workbench | null = null;
afterEach(async () => {
  await bench?.close();
  bench = null;
});

/**
 * In a remote window, as code-server's is, VS Code's own search for ports to forward reads /proc of every process of the machine,
 * every descriptor of it too, each two seconds in the extension host. On a desktop it does not run, and it is none of ours.
 */
const NO_PORT_SEARCH = { 'remote.autoForwardPortsSource': 'output' };

/** Opens VS Code on a folder with one of the bench's scripts. */
async function open(script: string, args: readonly string[], settings: Readonly<Record<string, unknown>> = {}): Promise<{ workbench: Workbench; host: number }> {
  const text = readFileSync(join(root, 'test', 'bench', 'scripts', script), 'utf8');
  const workbench = await Workbench.open({ files: { [script]: text }, settings: { 'procession.arguments': args, ...settings }, width: 2400, height: 1300 });
  bench = workbench;
  await workbench.openFile(script);
  return { workbench, host: await until('the extension host', () => workbench.extensionHostPid()) };
}

/** Runs the script that is open. */
async function start(workbench: Workbench): Promise<Panel> {
  await workbench.command('Procession: Run Python File');
  const panel = new Panel(workbench.panel);
  await panel.tree.waitFor();
  return panel;
}

/** Opens VS Code on a folder with one of the bench's scripts, with arguments, and runs it. */
async function run(script: string, args: readonly string[]): Promise<{ workbench: Workbench; panel: Panel; host: number }> {
  const opened = await open(script, args);
  return { ...opened, panel: await start(opened.workbench) };
}

/** Messages in all, as the page's header says. */
async function inAll(panel: Panel): Promise<number> {
  const text = await panel.frame.locator('.traffic').innerText({ timeout: 5000 });
  return Number((text.split('·').at(-1) ?? '').replace(/\D/g, ''));
}

test('from put() in the script to the number on the page', async () => {
  const count = 110;
  const log = 'stamps.txt';
  const { workbench, panel } = await run('stamped.py', [String(count), '0.21', log, '12']);
  await panel.channel('ticks').waitFor();
  // The page's own clock notes when the cell's number first reached each value: both clocks are this machine's.
  await panel.tree.evaluate(() => {
    const seen: [number, number][] = [];
    Object.assign(window, { processionSeen: seen });
    const look = (): void => {
      const shown = Number((document.querySelector('.traffic')?.textContent?.split('·').at(-1) ?? '').replace(/\D/g, ''));
      const last = seen.at(-1)?.[0] ?? 0;
      for (let number = last + 1; number <= shown; number += 1) seen.push([number, performance.timeOrigin + performance.now()]);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await until('all numbers are on the page', async () => (await inAll(panel)) === count + 1, 90_000);
  const seen = new Map((await panel.tree.evaluate(() => (window as unknown as { processionSeen: [number, number][] }).processionSeen)) satisfies [number, number][]);
  const puts = readFileSync(join(workbench.folder, log), 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number) as [number, number]);
  // The first ones warm the page up.
  const delays = puts.slice(10).map(([number, at]) => (seen.get(number) ?? Infinity) - at);
  expect(delays.length).toBe(100);
  note({ name: 'put() to the number on the page, 95 of 100', value: Math.round(quantile(delays, 0.95)), unit: 'ms', atMost: 250, how: `100 puts, one each 0.21 s; median ${Math.round(quantile(delays, 0.5))} ms, longest ${Math.round(quantile(delays, 1))} ms` });
});

test('one million messages through a queue', async () => {
  const { workbench, panel, host } = await run('million.py', ['1000000', '20']);
  const before = residentBytes(host);
  await panel.tree.evaluate(() => {
    const waits: number[] = [];
    Object.assign(window, { processionWaits: waits });
    const channel = new MessageChannel();
    let asked = 0;
    channel.port1.onmessage = () => {
      waits.push(performance.now() - asked);
      setTimeout(ask, 20);
    };
    const ask = (): void => {
      asked = performance.now();
      channel.port2.postMessage(0);
    };
    ask();
  });
  let most = before;
  const exact = async (): Promise<boolean> => {
    most = Math.max(most, residentBytes(host));
    return (await inAll(panel)) === 1_000_000 && (await panel.channelCell('jobs', 'depth')) === '0';
  };
  await until('a million puts and gets are on the page', exact, 240_000);
  const waits = await panel.tree.evaluate(() => (window as unknown as { processionWaits: number[] }).processionWaits);
  note({ name: 'a million messages: growth of the extension host', value: Math.round((most - before) / 1e6), unit: 'MB', atMost: 300, how: 'largest resident memory less that at the start' });
  note({ name: 'a million messages: the page answers, 99 of 100', value: Math.round(quantile(waits, 0.99)), unit: 'ms', atMost: 100, how: `${waits.length} probes in the page; longest ${Math.round(quantile(waits, 1))} ms` });
  note({ name: 'a million messages: puts and gets on the page', value: 1_000_000, unit: 'each', atLeast: 1_000_000, how: 'messages in all in the header, and a depth of 0 in the row' });
  await workbench.picture('bench-million');
});

test('500 processes in a burst are all in the panel', async () => {
  const { workbench, panel } = await run('burst.py', ['500', '3']);
  // When they have ended they are one line.
  await panel.frame.locator('[data-row="p1/ended"] [data-fold]').click({ timeout: 120_000 });
  await until('all rows', async () => Number(await panel.tree.getAttribute('aria-rowcount')) === 503, 120_000);
  note({ name: 'burst of 500: rows in the panel', value: Number(await panel.tree.getAttribute('aria-rowcount')) - 3, unit: 'of 500', atLeast: 500, how: 'rows of the process tree less header, main process and the line of those that have ended' });
  await workbench.picture('bench-burst');
});

/** Percent of a core that the extension host uses before the run, and with 64 idle processes and the panel open. */
async function idle(settings: Readonly<Record<string, unknown>>): Promise<{ workbench: Workbench; before: number; during: number }> {
  const { workbench, host } = await open('idle.py', ['64', '60'], settings);
  await pause(8);
  const before = await corePercent(host, 16);
  const panel = await start(workbench);
  await until('all rows', async () => Number(await panel.tree.getAttribute('aria-rowcount')) === 66, 60_000);
  await pause(4);
  return { workbench, before, during: await corePercent(host, 16) };
}

test('idle with 64 processes, with the panel open', async () => {
  const { workbench, before, during } = await idle(NO_PORT_SEARCH);
  const active = /Active after ([\d.]+) ms, ([\d.]+) of them to load/.exec(await until('the extension has said how long it took', () => workbench.extensionLog()));
  note({ name: 'activation of the extension', value: Number(active?.[1] ?? Infinity), unit: 'ms', atMost: 100, how: `from the bundle's first line to the end of activate, as its log says; ${active?.[2] ?? '?'} ms of them to load` });
  note({ name: 'idle, 64 processes (extension host, panel open)', value: during, unit: '% of a core', atMost: 3, how: `processor time of the extension host over 16 s, VS Code's search for ports off; before the run it used ${before}` });
});

test("idle with 64 processes, with the panel open and VS Code's search for ports", async () => {
  const { before, during } = await idle({});
  note({ name: "the same with VS Code's search for ports, as in remote windows", value: during, unit: '% of a core', how: `before the run it used ${before}; the search reads all processes, so these 64 too` });
});
