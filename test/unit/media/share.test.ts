/** What leaves the page: copies of the tree, and pictures of what is seen. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { FromWebview } from '../../../src/protocol/messages.js';
import { browserPages, errorsOf, executablePath, last } from './pages.js';

describe.skipIf(executablePath === null)('the menu that shares a run', { timeout: 60_000 }, () => {
  const { blank, address } = browserPages();

  async function chosen<T extends FromWebview['type']>(page: Page, label: string, type: T): Promise<Extract<FromWebview, { type: T }>> {
    await page.locator('.deeds .share').click();
    await page.getByRole('menuitem', { name: label }).click();
    await expect.poll(() => last(page, type), { timeout: 10_000 }).toBeDefined();
    return (await last(page, type))!;
  }

  async function open(theme: string, width: number): Promise<Page> {
    const page = await blank({ width });
    await page.goto(address(`still&theme=${theme}`));
    await page.waitForSelector('[role=treegrid] [data-row]');
    await expect.poll(() => page.evaluate(() => document.querySelector<HTMLCanvasElement>('.lanes canvas')?.width ?? 0)).toBeGreaterThan(300);
    return page;
  }

  it.each([['dark', 1440], ['hc-light', 1000], ['light', 420]])('saves a drawing that is XML, with every row that is seen (%s, %i pixels)', async (theme, width) => {
    const page = await open(theme, width);
    const { kind, data } = await chosen(page, 'Save picture as drawing…', 'picture');
    expect(kind).toBe('svg');
    const read = await page.evaluate((svg) => {
      const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
      const ids = [...parsed.querySelectorAll('[id]')].map(({ id }) => id);
      const used = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id!);
      return { broken: parsed.querySelector('parsererror')?.textContent ?? null, texts: [...parsed.querySelectorAll('text')].map((text) => text.textContent), missing: used.filter((id) => !ids.includes(id)), twice: ids.length - new Set(ids).size };
    }, data);
    expect(read).toMatchObject({ broken: null, missing: [], twice: 0 });
    // Nothing that only a page of this theme could resolve.
    expect(data).not.toMatch(/var\(--|color\(|NaN|<script|<foreignObject/);
    const seen = await page.evaluate(() => {
      const pane = document.querySelector('.scroller')!.getBoundingClientRect();
      return [...document.querySelectorAll('[data-row] .cell.name > .text')].filter((text) => text.getBoundingClientRect().bottom < pane.bottom && text.scrollWidth <= text.clientWidth).map((text) => text.textContent.trim());
    });
    expect(seen.length).toBeGreaterThan(4);
    expect(read.texts).toEqual(expect.arrayContaining([...seen, 'pipeline.py', 'waits for a lock']));
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('saves a picture of twice the size, of what the drawing shows', async () => {
    const page = await open('dark', 1200);
    const svg = await chosen(page, 'Save picture as drawing…', 'picture');
    const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg.data) ?? [];
    await page.evaluate(() => ((globalThis as unknown as { sent: FromWebview[] }).sent.length = 0));
    const { kind, data } = await chosen(page, 'Save picture…', 'picture');
    expect(kind).toBe('png');
    const bytes = Buffer.from(data, 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
    // Lanes are in it: many colours, not one ground.
    const colours = await page.evaluate(async (png) => {
      const image = new Image();
      image.src = `data:image/png;base64,${png}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.width;
      canvas.height = image.height;
      const g = canvas.getContext('2d')!;
      g.drawImage(image, 0, 0);
      return new Set(new Uint32Array(g.getImageData(0, 0, image.width, image.height).data.buffer)).size;
    }, data);
    expect(colours).toBeGreaterThan(50);
    expect(errorsOf(page)).toEqual([]);
    await page.close();
  });

  it('copies the tree as text, JSON and a diagram, and asks the host to export', async () => {
    const page = await open('dark', 1440);
    expect((await chosen(page, 'Copy tree as text', 'copy')).text).toMatch(/^pipeline\.py .*\n\nPROCESS +PID/);
    const json = JSON.parse((await chosen(page, 'Copy tree as JSON', 'copy')).text) as { processes: unknown[] };
    expect(json.processes).toHaveLength(20);
    expect((await chosen(page, 'Copy tree as Mermaid diagram', 'copy')).text).toMatch(/^flowchart TD\n/);
    expect(await chosen(page, 'Export…', 'export')).toEqual({ type: 'export' });
    await page.close();
  });
});
