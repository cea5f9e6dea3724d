/** The panel as a reader sees it: rows and cells by their roles, so that the tests also hold the page to its accessible names. */
import type { FrameLocator, Locator } from 'playwright-core';

export interface TreeRow {
  readonly name: string;
  readonly level: number;
  readonly cells: readonly string[];
}

export class Panel {
  constructor(readonly frame: FrameLocator) {}

  get tree(): Locator {
    return this.frame.getByRole('treegrid', { name: 'Process tree' });
  }

  /** The row of the process of this name. */
  process(name: string | RegExp): Locator {
    const title = typeof name === 'string' ? new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : name;
    return this.tree.locator('[role=row][data-row]').filter({ has: this.frame.locator('.cell.name .text', { hasText: title }) }).first();
  }

  /** All rows on the screen. */
  async rows(): Promise<TreeRow[]> {
    return this.tree.locator('[role=row][data-row]').evaluateAll((rows) =>
      rows.map((row) => ({
        name: row.querySelector('[role=rowheader] .text')?.textContent?.trim() ?? '',
        level: Number(row.getAttribute('aria-level')),
        cells: [...row.querySelectorAll('[role=gridcell]')].map((cell) => cell.textContent?.trim() ?? ''),
      })),
    );
  }

  /** PID of the tree's first process: another run has another. */
  async rootPid(): Promise<string | undefined> {
    return /\b\d{2,}\b/.exec((await this.rows())[0]?.cells.join(' ') ?? '')?.[0];
  }

  /** The row of a channel, by its variable's name. */
  channel(name: string): Locator {
    return this.frame.getByRole('grid', { name: 'Channels' }).locator('[role=row][data-key]').filter({ has: this.frame.locator('.cell.channel .text', { hasText: new RegExp(`^${name}$`) }) });
  }

  /** A cell of a channel's row by the column's id, as text. */
  async channelCell(name: string, column: string): Promise<string> {
    return (await this.channel(name).locator(`.cell.${column}`).innerText()).trim();
  }

  /** How many messages went through a channel, from the caption over its messages: said at every width, unlike the column. */
  async messageCount(name: string): Promise<number> {
    await this.tab('Channels');
    const grid = this.frame.getByRole('grid', { name: `Messages of ${name}`, exact: true });
    if ((await grid.count()) === 0) await this.channel(name).locator('.cell.channel .text').click();
    const caption = await this.frame.locator('.channels .messages .caption').innerText();
    return Number(/([\d,]+) messages?/.exec(caption)?.[1]?.replaceAll(',', '') ?? Number.NaN);
  }

  /** Rows of the message table on the screen, newest first. */
  async messages(): Promise<{ ends: string; size: string; preview: string; latency: string; places: string }[]> {
    return this.frame.getByRole('grid', { name: /^Messages of / }).locator('[role=row][data-key]').evaluateAll((rows) => {
      const text = (row: Element, column: string) => row.querySelector(`.cell.${column}`)?.textContent?.trim() ?? '';
      return rows.map((row) => ({
        ends: text(row, 'ends'),
        size: text(row, 'size'),
        preview: text(row, 'preview'),
        latency: text(row, 'latency'),
        places: text(row, 'places'),
      }));
    });
  }

  /** A row of the message table; 0 is the newest. */
  message(index: number): Locator {
    return this.frame.getByRole('grid', { name: /^Messages of / }).locator('[role=row][data-key]').nth(index);
  }

  /** Chooses one of the tabs below the tree. */
  async tab(name: string): Promise<void> {
    await this.frame.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
  }

  /** A row of the table of this name (Locks, Pools, Memory, ...), by what its first column begins with. */
  object(table: string, name: string): Locator {
    return this.frame.getByRole('grid', { name: table, exact: true }).locator('[role=row][data-key]').filter({ has: this.frame.locator('.cell.object .text', { hasText: new RegExp(`^${name}`) }) });
  }

  /** Opens a row's menu and chooses the item that begins with these words. */
  async act(process: string, item: string): Promise<void> {
    await this.process(process).click({ button: 'right' });
    await this.frame.getByRole('menuitem', { name: new RegExp(`^${item}( SIG|$)`) }).click();
  }
}
