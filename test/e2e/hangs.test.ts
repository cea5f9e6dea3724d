/** A script hangs, and the panel says why: while it does, and when somebody has ended it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { DEADLOCK } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

beforeAll(async () => {
  bench = await Workbench.open({ files: { 'deadlock.py': DEADLOCK } });
  panel = new Panel(bench.panel);
});
afterAll(() => bench?.close());
afterEach(({ task }) => bench?.explain(task));

test('two processes that wait for each other: the verdict with both, while they do and after they were stopped', async () => {
  await bench.openFile('deadlock.py');
  await bench.command('Procession: Run Python File');
  await panel.tree.waitFor();
  const banner = panel.frame.getByRole('region', { name: 'The worst finding' });
  await until('the verdict', async () => /Deadlock: (seller|counter) .* and (seller|counter) .* wait for each other and can never go on/s.test(await banner.innerText()));
  await expect.poll(() => banner.innerText()).toContain('Certain');
  const status = bench.page.locator('.statusbar-item').filter({ hasText: /deadlock\.py.* 1$/ });
  await until('the status bar counts it, as an error', async () => (await status.locator('.codicon-error').count()) === 1);
  await bench.picture('hang-deadlock');
  await banner.getByRole('button', { name: /^Evidence/ }).click();
  const finding = panel.frame.getByRole('list', { name: 'Findings' }).getByRole('listitem').filter({ hasText: 'deadlock-cycle' }).first();
  const terminal = await bench.page.locator('.part.panel').boundingBox();
  await until('it is in sight, in a small panel too', async () => {
    const box = await finding.boundingBox();
    return box !== null && terminal !== null && box.y > 0 && box.y + 40 < terminal.y;
  });
  await expect.poll(() => finding.innerText()).toMatch(/counter .* waits .* for stock, which seller .* holds/);
  await expect.poll(() => finding.innerText()).toMatch(/seller .* waits .* for ledger, which counter .* holds/);
  await bench.picture('hang-deadlock-evidence');
  await finding.getByRole('button', { name: 'deadlock-cycle' }).click();
  const page = bench.page.frameLocator('iframe.webview.ready[src*="extensionId=vscode.markdown"]').frameLocator('iframe#active-frame').locator('h1', { hasText: 'deadlock-cycle' });
  await until('its page is shown beside', async () => (await bench.page.locator('.tab').filter({ hasText: 'deadlock-cycle.md' }).count()) === 1);
  await page.first().waitFor();
  await bench.picture('hang-deadlock-page');
  await bench.closeTab(/deadlock-cycle\.md/);
  // The chain of one of them: whom it waits for, and who waits for it.
  await panel.process('seller').click();
  await panel.tab('Details');
  const chain = panel.frame.getByRole('region', { name: 'Who could end this wait' });
  await until('the chain goes round', async () => /None of these can ever go on\.\s*seller\s+acquire\(ledger\).*counter\s+acquire\(stock\).*seller.*a circle/s.test(await chain.innerText()));
  await chain.getByRole('button', { name: 'counter' }).click();
  await until('the other way round', async () => /counter\s+acquire\(stock\).*seller\s+acquire\(ledger\)/s.test(await chain.innerText()));
  await bench.picture('hang-deadlock-chain');
  await bench.theme('light');
  await bench.picture('hang-deadlock-light');
  await bench.theme('hc-dark');
  await bench.picture('hang-deadlock-hc');
  await bench.theme('dark');

  await panel.frame.getByRole('button', { name: 'Stop' }).click();
  await panel.frame.getByRole('button', { name: 'Run again' }).waitFor();
  await until('it is history', async () => /waited for each other and could never go on/.test(await banner.innerText()));
  await until('the chain is told of the past', async () => /could have ended its wait, at .*None of these could ever go on/s.test(await panel.frame.getByRole('region', { name: 'Who could end this wait' }).innerText()));
  expect(bench.complaints.filter((line) => line.includes('procession'))).toEqual([]);
}, 120_000);
