/**
 * Pictures of the page for looking at: node media/dev/shoot.mjs FOLDER [name=query;WIDTHxHEIGHT[@ZOOM][;script] ...]
 * Without names: all themes and widths.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium, flags } from '../../scripts/chromium.mjs';
import { serve } from './serve.mjs';

const [folder = '/tmp/procession-shots', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const chosen = encodeURIComponent(JSON.stringify({ process: 'p1', channel: 'c2' }));
const locks = encodeURIComponent(JSON.stringify({ tab: 'locks', object: 'l1', arrows: 'object' }));
const pools = encodeURIComponent(JSON.stringify({ tab: 'pools', object: 'w1', arrows: 'object' }));
const graph = encodeURIComponent(JSON.stringify({ tab: 'graph', process: 'p4' }));
const large = `[...document.querySelectorAll('.graph-tools button')].at(-2).click()`;
const all = ['dark', 'light', 'hc-dark', 'hc-light'].flatMap((theme) => [
  `${theme}-1440=theme=${theme}&state=${chosen};1440x860`,
  `${theme}-900=theme=${theme}&state=${chosen};900x860`,
  `${theme}-400=theme=${theme}&state=${chosen};400x860`,
  `${theme}-locks=theme=${theme}&state=${locks};1440x860`,
  `${theme}-pools=theme=${theme}&state=${pools};1440x860`,
  `${theme}-pools-400=theme=${theme}&state=${pools};400x860`,
  `${theme}-graph=theme=${theme}&state=${graph};1440x860`,
  `${theme}-graph-large=theme=${theme}&state=${graph};1440x860;${large}`,
  `${theme}-graph-400=theme=${theme}&state=${graph};400x860;${large}`,
  `${theme}-circle=theme=${theme}&circle&state=${graph};1440x860`,
  `${theme}-zoom=theme=${theme}&state=${chosen};1440x860@2`,
]);

const page_ = await serve();
const browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: flags });
for (const spec of wanted.length > 0 ? wanted : all) {
  const [name, rest = ''] = spec.split(/=(.*)/s);
  const [query, size = '1440x860', script] = rest.split(';');
  const [, width, height, zoom = '1'] = /^(\d+)x(\d+)(?:@([\d.]+))?$/.exec(size) ?? ['', '1440', '860'];
  const scale = Number(zoom);
  const context = await browser.newContext({ viewport: { width: Math.round(Number(width) / scale), height: Math.round(Number(height) / scale) }, deviceScaleFactor: scale });
  const page = await context.newPage();
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && console.log(name, message.text()));
  page.on('pageerror', (error) => console.log(name, error.stack));
  await page.goto(`${page_.url}/?${query}`);
  await page.waitForTimeout(900);
  if (script) {
    await page.evaluate(script);
    await page.waitForTimeout(400);
  }
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}
await browser.close();
page_.close();
