/**
 * The pictures of docs/pictures: every view of the sample scene in three themes, 1440 × 900. node media/dev/docs.mjs [view ...]
 * The scene is made up and stands still (media/dev/scenario.ts), so that no path of this machine is in a picture: one ends it with an
 * error. The three panel-*.png are of the real thing, by test/e2e/looks.test.ts.
 */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium, flags } from '../../scripts/chromium.mjs';
import { serve } from './serve.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, 'docs', 'pictures');
const themes = { dark: 'dark', light: 'light', 'hc-dark': 'high-contrast' };
const key = (name) => `dispatchEvent(new KeyboardEvent('keydown', { key: '${name}' }))`;
const press = (label) => `[...document.querySelectorAll('main button, main vscode-button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent).startsWith('${label}')).click()`;

/** Of each view what the page keeps, what the address says beside it, and what is done before the picture. */
const views = {
  channels: { kept: { tab: 'channels', process: 'p1', channel: 'c2' } },
  locks: { kept: { tab: 'locks', object: 'l2', arrows: 'object' } },
  pools: { kept: { tab: 'pools', object: 'w1', arrows: 'object' } },
  memory: { kept: { tab: 'memory', object: 'm4', arrows: 'object' } },
  shared: { kept: { tab: 'shared', object: 'o1', arrows: 'object' } },
  findings: { kept: { tab: 'findings', process: 'p1' } },
  details: { kept: { tab: 'details', process: 'p11', topShare: 0.5 } },
  stacks: { kept: { tab: 'details', process: 'p4', topShare: 0.36 }, query: 'stacks=py-spy', before: press('Stacks') },
  recording: { kept: { tab: 'channels', process: 'p1' }, query: 'phase=recording' },
  menu: { kept: { process: 'p7' }, before: `document.querySelector('[role=treegrid]').dispatchEvent(new KeyboardEvent('keydown', { key: 'ContextMenu', bubbles: true }))` },
  legend: { kept: { process: 'p10' }, before: press('What the shapes mean') },
  past: { kept: { tab: 'channels', process: 'p1', channel: 'c2', momentMs: 6200 } },
  graph: { kept: { tab: 'graph', process: 'p1', topShare: 0.4 } },
  circle: { kept: { tab: 'graph', topShare: 0.4 }, query: 'circle' },
  messages: { kept: { tab: 'channels', channel: 'c1', topShare: 0.35, channelShare: 0.35 }, query: 'messages=1000000', before: `document.querySelector('#message-4').click()` },
  compare: { kept: { tab: 'details', process: 'p6', topShare: 0.45, tree: { compare: 'p5' } } },
  filter: { kept: { filter: 'state:blocked,orphan,zombie' } },
  keys: { kept: { process: 'p1' }, before: key('?') },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in views));
if (unknown.length > 0) throw new Error(`There is no view ${unknown.join(', ')}. Views: ${Object.keys(views).join(', ')}.`);

mkdirSync(folder, { recursive: true });
const site = await serve();
const browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: flags });
try {
  for (const [theme, name] of Object.entries(themes)) for (const view of asked.length > 0 ? asked : Object.keys(views)) await picture(theme, name, view);
} finally {
  await browser.close();
  site.close();
}

async function picture(theme, name, view) {
  const { kept, query = '', before } = views[view];
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  page.on('pageerror', (error) => { throw error; });
  await page.goto(`${site.url}/?still&theme=${theme}&${query}&state=${encodeURIComponent(JSON.stringify(kept))}`);
  await page.waitForSelector('[role=treegrid] [data-row]');
  await page.waitForTimeout(700);
  if (before) await page.evaluate(before);
  await page.waitForTimeout(300);
  const text = await page.evaluate(() => document.body.innerText);
  const foreign = [root, homedir(), site.url].filter((own) => own.length > 1 && text.includes(own));
  if (foreign.length > 0) throw new Error(`${view} shows ${foreign.join(', ')}`);
  await page.screenshot({ path: join(folder, `${view}-${name}.png`), caret: 'hide' });
  await page.close();
}
