/** Runs axe-core on the page in every theme, tab, width and state, or those whose name has a word: node media/dev/check.mjs [WORD]. Prints violations and ends with their number. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { findChromium, flags } from '../../scripts/chromium.mjs';
import { serve } from './serve.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const site = await serve();
const browser = await chromium.launch({ executablePath: findChromium() ?? 'chromium', args: flags });
let bad = 0;
const state = (more) => encodeURIComponent(JSON.stringify({ process: 'p1', channel: 'c2', ...more }));

const only = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';

async function check(name, query, width, before, height = 860) {
  if (!name.includes(only)) return;
  // The page's own policy would refuse the checker.
  const context = await browser.newContext({ viewport: { width, height }, bypassCSP: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('pageerror', (error) => { bad++; console.log(name, error.stack); });
  await page.goto(`${site.url}/?${query}`);
  // A host that says nothing is waited for a while before the page says so.
  await page.waitForTimeout(query.includes('silent') ? 2200 : 700);
  if (before) await page.evaluate(before);
  await page.waitForTimeout(100);
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  for (const v of violations) {
    bad++;
    console.log(`${name}: ${v.id} (${v.impact}) ${v.help}`);
    for (const node of v.nodes.slice(0, 4)) console.log(`    ${node.target.join(' ')} :: ${node.failureSummary?.split('\n')[1] ?? ''} :: ${node.html.slice(0, 140)}`);
  }
  if (process.argv.includes('--incomplete')) for (const v of incomplete) console.log(`${name}: incomplete ${v.id} x${v.nodes.length} ${v.nodes[0]?.target.join(' ')}`);
  await context.close();
}

for (const theme of ['dark', 'light', 'hc-dark', 'hc-light']) {
  for (const tab of ['channels', 'locks', 'pools', 'memory', 'shared', 'findings', 'details']) {
    await check(`${theme} ${tab} 1440`, `theme=${theme}&still&state=${state({ tab, process: tab === 'details' ? 'p11' : 'p1' })}`, 1440);
  }
  await check(`${theme} details of a lock`, `theme=${theme}&still&state=${state({ tab: 'details', object: 'l2', arrows: 'object' })}`, 1440);
  for (const [by, width] of [['py-spy', 1440], ['slots', 400]]) await check(`${theme} stacks ${by} ${width}`, `theme=${theme}&still&stacks=${by}&state=${state({ tab: 'details', process: 'p4' })}`, width, `[...document.querySelectorAll('.details .title vscode-button')].find((b) => b.textContent === 'Stacks').click()`);
  await check(`${theme} task`, `theme=${theme}&still&state=${state({ tab: 'pools', object: 'w2', arrows: 'object' })}`, 1440, `document.querySelector('#task-640-0').click()`);
  const compared = state({ tab: 'details', process: 'p6', filter: 'state:alive', tree: { compare: 'p5', sort: { column: 'cpu', down: true }, folding: { helpers: 'always', ended: 'always', workers: 'always' } } });
  for (const width of [1440, 400]) await check(`${theme} compare ${width}`, `theme=${theme}&still&state=${compared}`, width);
  await check(`${theme} details of a channel`, `theme=${theme}&still&state=${state({ tab: 'details', arrows: 'channel' })}`, 1440);
  await check(`${theme} no match`, `theme=${theme}&still&state=${state({ filter: 'pid:1' })}`, 900);
  await check(`${theme} folded`, `theme=${theme}&still&state=${state({ process: 'p10', tree: { folds: { p9: false }, folding: { helpers: 'always', ended: 'always', workers: 'always' } } })}`, 900);
  for (const [i, what] of ['view', 'columns'].entries()) await check(`${theme} menu of ${what}`, `theme=${theme}&still&state=${state({ filter: 'state:alive' })}`, 1440, `document.querySelectorAll('.view-buttons button')[${i}].click()`);
  await check(`${theme} messages`, `theme=${theme}&still&messages=1000000&state=${state({ tab: 'channels', channel: 'c1', topShare: 0.4, channelShare: 0.35 })}`, 1440, `[...document.querySelectorAll('.messages .caption vscode-button')].find((b) => b.textContent === 'Conditions').click(); document.querySelector('#message-4').click()`);
  await check(`${theme} plain`, `theme=${theme}&still&plain&state=${state({ tab: 'channels' })}`, 900);
  for (const tab of ['channels', 'locks', 'pools']) await check(`${theme} ${tab} 400`, `theme=${theme}&still&state=${state({ tab })}`, 400);
  for (const width of [1440, 400]) await check(`${theme} graph ${width}`, `theme=${theme}&still&state=${state({ tab: 'graph' })}`, width);
  for (const [what, button] of [['legend', -1], ['large', -2], ['table', -3]]) await check(`${theme} graph ${what}`, `theme=${theme}&still&circle&state=${state({ tab: 'graph' })}`, 1440, `[...document.querySelectorAll('.graph-tools button')].at(${button}).click()`);
  await check(`${theme} graph plain`, `theme=${theme}&phase=empty&state=${state({ tab: 'graph' })}`, 900);
  await check(`${theme} legend`, `theme=${theme}&still&state=${state({ process: 'p10' })}`, 1440, `[...document.querySelectorAll('.lane-tools button')].at(-1).click()`);
  await check(`${theme} menu`, `theme=${theme}&still&state=${state({})}`, 900, `document.querySelector('.tree').dispatchEvent(new KeyboardEvent('keydown', { key: 'ContextMenu', bubbles: true }))`);
  await check(`${theme} keys`, `theme=${theme}&still&state=${state({})}`, 900, `dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))`);
  await check(`${theme} notice`, `theme=${theme}&still&state=${state({})}`, 900, `document.querySelector('vscode-button[aria-label^=Save]').click()`);
  // 200 % of a window of 1440 × 900, a panel too low for its parts, and a screen of 3900.
  for (const [width, height] of [[720, 450], [900, 300], [3900, 900]]) await check(`${theme} ${width} × ${height}`, `theme=${theme}&still&state=${state({ tab: 'findings' })}`, width, undefined, height);
  await check(`${theme} nothing wrong`, `theme=${theme}&still&state=${state({ tab: 'findings' })}`, 900, `tellFindings(() => [])`);
  for (const phase of ['starting', 'empty', 'failed', 'silent', 'recording', 'ended']) await check(`${theme} ${phase}`, `theme=${theme}&phase=${phase}`, 900);
}
await browser.close();
site.close();
console.log(bad === 0 ? 'axe-core finds nothing' : `${bad} found`);
process.exitCode = bad === 0 ? 0 : 1;
