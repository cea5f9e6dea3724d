/** The library's buttons, frame by frame. */
import { describe, expect, it } from 'vitest';
import { browserPages, errorsOf, executablePath } from './pages.js';

describe.skipIf(executablePath === null)('buttons', { timeout: 60_000 }, () => {
  const { blank, address } = browserPages();

  it('look as they are to look from their first frame on', async () => {
    const page = await blank();
    await page.addInitScript(() => {
      const seen = { buttons: 0, plain: 0 };
      Object.assign(globalThis, { seen });
      const frame = (): void => {
        for (const button of document.querySelectorAll('vscode-button')) {
          seen.buttons++;
          if (!button.hasAttribute('appearance')) seen.plain++;
        }
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await page.goto(address('still'));
    await page.waitForSelector('[role=treegrid] [data-row]');
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: { buttons: number; plain: number } }).seen);
    expect(seen.buttons).toBeGreaterThan(0);
    expect(seen.plain).toBe(0);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });
});
