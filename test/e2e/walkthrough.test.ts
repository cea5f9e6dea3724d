/** The first steps: the walkthrough, its sample, and the cure that it promises. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Panel } from './panel.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;
let panel: Panel;

describe('the first steps', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ files: { 'notes.txt': 'nothing to run here\n' } });
    panel = new Panel(bench.panel);
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('lead from the command over the sample to what is wrong with it', async () => {
    const { page } = bench;
    await bench.command('Procession: Get Started');
    const guide = page.locator('.gettingStartedContainer');
    const steps = guide.locator('.getting-started-step .step-title');
    await until('four steps', async () => (await steps.allInnerTexts()).filter((text) => text !== '').length === 4);
    await expect.poll(() => steps.allInnerTexts()).toEqual(['Run a script, unchanged', 'Read the panel', 'See what is wrong, and where', 'Keep it, or do without the editor']);
    const image = page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame').locator('svg');
    await image.waitFor();
    expect((await image.boundingBox())?.width).toBeGreaterThan(200);
    await bench.picture('walkthrough');

    await guide.getByRole('button', { name: 'Open the Sample' }).click();
    await page.locator('.tabs-container .tab.active').filter({ hasText: 'first_look.py' }).waitFor();
    // The sample stands beside the walkthrough, whose button finds it.
    await guide.getByRole('button', { name: 'Run Python File' }).click();
    await until('the first step is ticked off', async () => (await guide.locator('.getting-started-step .codicon-getting-started-step-checked').count()) >= 1);
    // Its picture is a page too: the panel shall be the only one.
    await bench.closeTab(/Walkthrough/);
    await panel.process('developer-1').waitFor();
    const banner = panel.frame.locator('.banner.error');
    await banner.waitFor({ timeout: 40_000 });
    await expect.poll(() => banner.innerText()).toMatch(/developer-\d.*prints[\s\S]*Certain/);
    await bench.picture('walkthrough-run');
    await bench.command('Procession: Stop Run');
    expect(bench.complaints.filter((line) => /procession|^uncaught/i.test(line))).toEqual([]);
  }, 120_000);
});
