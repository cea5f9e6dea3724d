/**
 * The page at the scale where others give up: `npm run bench:ui`. The page is the one that is built, in Chromium; the model is the
 * real one and the panel's own host answers, in this process, so that the page's memory is the page's alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';
import { flags } from '../../../scripts/chromium.mjs';
import { root } from '../../../scripts/vscode.mjs';
import { note, pause, quantile, residentBytes } from '../figures.js';
import { History, type Size } from './history.js';
import { takeFrames, watchFrames, type Frames, type Look } from './probe.js';
import { Site } from './site.js';
import { trace, type Spent } from './trace.js';

const LARGE: Size = { processes: 1000, messages: 1_000_000, lengthMs: 100_000 };
const TALL: Size = { processes: 10_000, messages: 100_000, lengthMs: 100_000 };
/** A look while working on it: too short for figures. */
const QUICK = process.argv.includes('--quick');
/** A folder that gets the page's profiles; for whoever looks for what is slow. */
const PROFILES = process.env['PROCESSION_BENCH_PROFILES'];
/** A frame of a screen of 60 Hz, with a tenth of a millisecond for the clock's grain. */
const FRAME_MS = 16.8;
/** Scrubbing is to show 30 moments a second. */
const SCRUB_FRAME_MS = 33.5;

type Watched = Frames & { readonly spent: Spent };

/** Once to and fro through all of the time. */
interface Drag {
  readonly watched: Watched;
  readonly seconds: number;
  /** Moments drawn a second. */
  readonly drawn: number;
  /** Moments that the host told. */
  readonly told: number;
}

interface Opened {
  readonly browser: Browser;
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly site: Site;
  readonly close: () => Promise<void>;
}

async function open(browser: Browser, history: History): Promise<Opened> {
  const site = await Site.open(history);
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    console.error(error.stack);
    process.exitCode = 1;
  });
  await site.join(page);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable');
  return { browser, page, cdp, site, close: async () => {
    await context.close();
    site.close();
  } };
}

/** From the begin of loading until lanes have been drawn, ms. */
async function firstPicture({ page, site }: Opened): Promise<number> {
  await page.goto(site.url);
  await page.waitForFunction(() => ((window as unknown as { benchLanes?: number }).benchLanes ?? 0) > 0, undefined, { polling: 50, timeout: 60_000 });
  const drawn = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.lanes canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 60, canvas.width, 200).data;
    return pixels !== undefined && pixels.some((value) => value !== 0);
  });
  if (!drawn) throw new Error('the lanes are blank');
  return page.evaluate(() => (window as unknown as { benchLanes: number }).benchLanes);
}

/** Does something to the page while its frames are watched. */
async function framesOf({ browser, page, cdp }: Opened, look: Look, act: () => Promise<void>, profile: string | null = null): Promise<Watched> {
  await watchFrames(page, look);
  if (profile !== null && PROFILES !== undefined) {
    await cdp.send('Profiler.enable');
    await cdp.send('Profiler.start');
  }
  const spent = await trace(browser, page, act, profile === null || PROFILES === undefined ? null : join(PROFILES, `${profile}.trace.json`));
  if (profile !== null && PROFILES !== undefined) writeFileSync(join(PROFILES, `${profile}.cpuprofile`), JSON.stringify((await cdp.send('Profiler.stop')).profile));
  return { ...(await takeFrames(page)), spent };
}

const round = (value: number): number => Math.round(value * 10) / 10;

function noteFrames(name: string, { intervals, work, long, spent }: Watched, frameMs = FRAME_MS): void {
  const share = (ms: number): number => Math.round((intervals.filter((interval) => interval <= ms).length / intervals.length) * 1000) / 10;
  const longest = long.length === 0 ? 'no long task' : `longest task ${round(Math.max(...long))} ms`;
  note({
    name: `${name}: frames within ${frameMs === FRAME_MS ? '16.7' : '33.3'} ms`, value: share(frameMs), unit: 'of 100', atLeast: 95,
    how: `${intervals.length} frames in Chromium without a graphics processor, by the clock; 95 of 100 within ${round(quantile(intervals, 0.95))} ms${frameMs === FRAME_MS ? '' : `; within 16.7 ms ${share(FRAME_MS)} of 100`}; ${longest}; ${load()}`,
  });
  note({
    name: `${name}: the page's thread in a frame, 95 of 100`, value: round(quantile(spent.frames, 0.95)), unit: 'ms', atMost: frameMs === FRAME_MS ? 16.7 : 33.3,
    how: `processor time of all its tasks from frame to frame; median ${round(quantile(spent.frames, 0.5))}; by the clock 95 of 100 within ${round(quantile(work, 0.95))}`,
  });
}

const load = (): string => `${round(loadavg()[0] ?? 0)} busy on ${availableParallelism()} cores`;

/** Runs while the run is looked at: 20 changes a second. */
function live(history: History, site: Site): () => void {
  const timer = setInterval(() => {
    history.goOn();
    site.change();
  }, 50);
  return () => clearInterval(timer);
}

async function middleOfLanes(page: Page): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.locator('.lanes').boundingBox();
  return { x: (box?.x ?? 700) + (box?.width ?? 700) / 2, y: 200 };
}

/**
 * Input at the pace of a hand that moves: some 60 events a second, which wait for no answer. Sent past Playwright's own mouse: while a button is
 * down that looks into the page before and after each move, and so moves ten times a second where the page is busy.
 */
async function paced(times: number, act: (i: number) => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  const sent: Promise<unknown>[] = [];
  for (let i = 0; i < times; i++) {
    sent.push(act(i));
    await pause(Math.max(0, begun + (i + 1) * 16 - performance.now()) / 1000);
  }
  await Promise.all(sent);
}

/** The mouse goes to a place with its left button down. */
function dragged(cdp: CDPSession, x: number, y: number): Promise<unknown> {
  return cdp.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, button: 'left', buttons: 1 });
}

/** The wheel turns, with Control down or without. */
function wheeled(cdp: CDPSession, x: number, y: number, deltaY: number, control = false): Promise<unknown> {
  return cdp.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX: 0, deltaY, modifiers: control ? 2 : 0 });
}

async function zoomInAndOut({ page, cdp }: Opened): Promise<void> {
  const { x, y } = await middleOfLanes(page);
  await page.mouse.move(x, y);
  for (const direction of QUICK ? [-1, 1] : [-1, 1, -1, 1]) await paced(60, (i) => wheeled(cdp, x, y, direction * (30 + (i % 3) * 10), true));
}

async function dragToAndFro({ page, cdp }: Opened): Promise<void> {
  const { x, y } = await middleOfLanes(page);
  for (const direction of QUICK ? [1] : [1, -1, 1, -1]) {
    await page.mouse.move(x - direction * 150, y);
    await page.mouse.down();
    await paced(60, (i) => dragged(cdp, x - direction * (150 - i * 5), y));
    await page.mouse.up();
  }
}

/** Drags through all of the time. @returns how long the hand moved, seconds */
async function scrub({ page, cdp }: Opened): Promise<number> {
  const box = await page.locator('.track').boundingBox();
  if (box === null) throw new Error('there is no line of time');
  const y = box.y + box.height / 2;
  const steps = QUICK ? 90 : 240;
  await page.mouse.move(box.x + box.width * 0.95, y);
  await page.mouse.down();
  const begun = performance.now();
  await paced(steps, (i) => dragged(cdp, box.x + box.width * (0.5 + 0.45 * Math.cos((i / steps) * 4 * Math.PI)), y));
  const seconds = (performance.now() - begun) / 1000;
  await page.mouse.up();
  return seconds;
}

async function large(browser: Browser): Promise<void> {
  const built = performance.now();
  const history = new History(LARGE);
  console.log(`a history of ${LARGE.processes} processes and ${LARGE.messages} messages told in ${Math.round(performance.now() - built)} ms`);
  // The host has looked at its run before anybody opens the panel, as it does in VS Code for its tree of runs.
  const totals = history.model.snapshot().totals;
  note({ name: 'the large run: processes', value: totals.processes, unit: '', atLeast: 1000, how: 'as the model counts them' });
  note({ name: 'the large run: messages', value: totals.messages, unit: '', atLeast: 1_000_000, how: 'as the model counts them' });
  const firsts: number[] = [];
  for (let i = 0; i < (QUICK ? 1 : 3); i++) {
    const once = await open(browser, history);
    firsts.push(await firstPicture(once));
    await once.close();
  }
  note({ name: 'the large run: first picture', value: Math.round(quantile(firsts, 0.5)), unit: 'ms', atMost: 1000, how: `from the begin of loading until the lanes are drawn; median of ${firsts.map(Math.round).join(', ')}` });

  const opened = await open(browser, history);
  const { page, site } = opened;
  await firstPicture(opened);
  await page.locator('[data-row=p2]').click();
  await pause(0.5);
  noteFrames('panning, 1,000 processes', await framesOf(opened, null, () => dragToAndFro(opened), 'pan'));
  noteFrames('zooming, 1,000 processes', await framesOf(opened, null, () => zoomInAndOut(opened), 'zoom'));
  await page.locator('.lanes').press('0');
  await pause(0.5);
  await picture(page, 'bench-ui-large');

  await scrubbing(opened);
  await picture(page, 'bench-ui-scrubbed');
  await page.keyboard.press('Escape');

  await page.locator('.lanes').press('f');
  const stop = live(history, site);
  await pause(1);
  const seconds = QUICK ? 3 : 10;
  const told = site.told.get('delta')?.count ?? 0;
  const watched = await framesOf(opened, null, () => pause(seconds), 'live');
  const deltas = ((site.told.get('delta')?.count ?? 0) - told) / seconds;
  note({ name: 'live: updates a second', value: round(deltas), unit: '', atLeast: 20, how: 'that the host sent while 20 changes a second came in, a row of each process four times a second' });
  note({ name: 'live: longest task on the page\'s thread, by the clock', value: round(Math.max(0, ...watched.long)), unit: 'ms', atMost: 50, how: `0: none of 50 ms or more in ${seconds} s; ${load()}` });
  note({ name: 'live: longest task on the page\'s thread', value: round(Math.max(0, ...watched.spent.tasks)), unit: 'ms', atMost: 50, how: `processor time; 0: none of 20 ms or more; 95 of 100 frames ${round(quantile(watched.spent.frames, 0.95))}` });
  noteFrames('panning while it is live', await framesOf(opened, null, () => dragToAndFro(opened)));
  stop();
  await memory(browser, opened);
  await opened.close();
}

/** Several times: host, page and the painting of it want more than two cores have, and what each gets of them differs from drag to drag. */
async function scrubbing(opened: Opened): Promise<void> {
  const drags: Drag[] = [];
  for (let i = 0; i < (QUICK ? 1 : 3); i++) {
    let seconds = 1;
    const before = opened.site.moments.size;
    const watched = await framesOf(opened, 'changes', async () => void (seconds = await scrub(opened)), i === 0 ? 'scrub' : null);
    drags.push({ watched, seconds, drawn: watched.objects / seconds, told: opened.site.moments.size - before });
  }
  const sorted = [...drags].sort((a, b) => a.drawn - b.drawn);
  const drag = sorted[Math.floor(sorted.length / 2)];
  if (drag === undefined) return;
  const { watched, seconds, drawn, told } = drag;
  noteFrames('scrubbing, 1,000 processes and 1,000,000 messages', watched, SCRUB_FRAME_MS);
  note({
    name: 'scrubbing: moments drawn a second', value: round(drawn), unit: '', atLeast: 30,
    how: `median of ${drags.map((one) => round(one.drawn)).join(', ')}; frames in which rows of channels said something else (${watched.objects}), in ${round(seconds)} s of a hand that moved; rows of processes did in ${watched.processes} frames; ${told} moments were told; ${load()}`,
  });
}

async function memory(browser: Browser, { page, cdp }: Opened): Promise<void> {
  await cdp.send('HeapProfiler.collectGarbage');
  const bytes = await page.evaluate(async () => {
    const measure = (performance as unknown as { measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> }).measureUserAgentSpecificMemory;
    return measure === undefined ? null : (await measure.call(performance)).bytes;
  });
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => Math.round(residentBytes(id) / 1e6));
  const { metrics } = await cdp.send('Performance.getMetrics');
  const heap = (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0) / 1e6;
  const nodes = metrics.find(({ name }) => name === 'Nodes')?.value ?? 0;
  note({ name: 'the large run: memory of the page', value: Math.round((bytes ?? Infinity) / 1e6), unit: 'MB', atMost: 250, how: `measureUserAgentSpecificMemory() after all of this; JavaScript heap ${round(heap)} MB, ${nodes} nodes; the whole renderer process has ${renderers.join(' and ')} MB resident, code of Chromium's included` });
}

async function tall(browser: Browser): Promise<void> {
  const history = new History(TALL);
  history.model.snapshot();
  const opened = await open(browser, history);
  const { page, cdp } = opened;
  note({ name: '10,000 processes: first picture', value: Math.round(await firstPicture(opened)), unit: 'ms', how: 'from the begin of loading until the lanes are drawn' });
  const rows = Number(await page.locator('.tree').getAttribute('aria-rowcount')) - 1;
  note({ name: 'rows in the tree', value: rows, unit: '', atLeast: 10_000, how: 'rows that the tree says it has' });
  const scroll = async (): Promise<void> => {
    await page.mouse.move(200, 300);
    for (const direction of QUICK ? [1, -1] : [1, -1, 1, -1]) await paced(60, () => wheeled(cdp, 200, 300, direction * 120));
  };
  // Twice: to look for blanks at forty places in each frame takes the page longer than to scroll.
  noteFrames('scrolling 10,000 rows', await framesOf(opened, null, scroll, 'scroll'));
  const scrolled = await framesOf(opened, 'blanks', scroll);
  note({ name: '10,000 rows: frames with a blank while the wheel turns', value: scrolled.blank + scrolled.outrun, unit: `of ${scrolled.work.length}`, atMost: 0, how: `rows under the pointer's column each 13 px, as each frame was painted (${scrolled.blank}) and as it was scrolled to (${scrolled.outrun}); 120 pixels some 60 times a second` });
  const jumped = await framesOf(opened, 'blanks', async () => {
    for (const share of [0.5, 1, 0.1, 0.9, 0.33, 0]) {
      await page.locator('.processes > .scroller').evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), share);
      await pause(0.15);
    }
  });
  note({ name: '10,000 rows: frames with a blank after jumps of thousands of rows', value: jumped.blank, unit: `of ${jumped.work.length}`, atMost: 0, how: 'as painted; each frame' });
  await picture(page, 'bench-ui-tall');
  await opened.close();
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = join(root, 'test-results');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const executablePath = process.env['PROCESSION_CHROMIUM'];
const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: flags });
const only = process.argv[2];
try {
  if (only !== 'tall') await large(browser);
  if (only !== 'large') await tall(browser);
} finally {
  await browser.close();
}
