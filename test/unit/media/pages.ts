/** The page in a browser, before a stand-in for VS Code (media/dev), for tests of what a person does and what the host hears of it. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { serve } from '../../../media/dev/serve.mjs';
import { findChromium, flags } from '../../../scripts/chromium.mjs';
import type { FromWebview } from '../../../src/protocol/messages.js';
import { letDraw } from './let-draw.js';

export const executablePath = findChromium();

interface Window {
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: 'reduce';
}

interface Opener {
  /** An empty page, whose errors are kept. */
  blank(window?: Window): Promise<Page>;
  /** Where the page is. @param query what the stand-in is asked for */
  address(query: string): string;
}

/** Starts a browser before the tests of a suite and ends it after them. */
export function browserPages(): Opener {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    site = await serve();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: flags });
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    site.close();
  });

  return {
    blank: async ({ width = 1440, height = 860, ...how } = {}) => {
      const page = letDraw(await browser.newPage({ viewport: { width, height }, ...how }));
      // Shorter than a test's: what is waited for in vain is named.
      page.setDefaultTimeout(15_000);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      return Object.assign(page, { errors });
    },
    address: (query) => `${site.url}/?${query}`,
  };
}

/** The same for tests that begin with the tree. @returns opens the page at an address */
export function pages(): (query?: string, width?: number, still?: boolean) => Promise<Page> {
  const { blank, address } = browserPages();
  return async (query = '', width = 1440, still = true) => {
    const page = await blank({ width });
    await page.goto(address(`${still ? 'still&' : ''}${query}`));
    await page.waitForSelector('[role=treegrid] [data-row]', { timeout: 20_000 });
    return page;
  };
}

export const errorsOf = (page: Page): readonly string[] => (page as Page & { errors: string[] }).errors;

/** What the page said to the host. */
export const heard = (page: Page): Promise<readonly FromWebview[]> => page.evaluate(() => (globalThis as unknown as { sent: FromWebview[] }).sent);

export const last = async <T extends FromWebview['type']>(page: Page, type: T): Promise<Extract<FromWebview, { type: T }> | undefined> =>
  (await heard(page)).findLast((message): message is Extract<FromWebview, { type: T }> => message.type === type);

/** Id of the row that the tree's keys are on. */
export const active = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.getElementById(document.querySelector('[role=treegrid]')?.getAttribute('aria-activedescendant') ?? '')?.dataset['row'] ?? null);
