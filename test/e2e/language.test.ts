/** VS Code in Simplified Chinese: commands, page and messages follow. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SHORT } from './scripts.js';
import { until, Workbench } from './workbench.js';

let bench: Workbench;

/** Words that are names, in every language. */
const names = new Set(
  'Procession MainProcess Process multiprocessing sender short py send numbers Queue Python PID CPU fork spawn forkserver KiB MiB kB msg p50 p99 B K M s ms None SIGINT SIGTERM SIGKILL Enter Shift main join import from os cpython linux'.split(' '),
);

/** Runs of two and more English words, which no name of the sample is. */
function english(text: string): string[] {
  return text
    .split('\n')
    // What is typed into the filter is the same in every language.
    .map((line) => line.replace(/[a-z]+:(?:"[^"]*"|[\w,-]*)/g, ''))
    // Paths are names, too.
    .filter((line) => !line.trim().startsWith('/'))
    .filter((line) => (line.match(/[A-Za-z]{2,}/g) ?? []).some((word) => !names.has(word)))
    .map((line) => line.trim());
}

describe('in Simplified Chinese', () => {
  beforeAll(async () => {
    bench = await Workbench.open({ language: 'zh-cn', files: { 'short.py': SHORT }, width: 2000, height: 1100 });
  });
  afterAll(() => bench?.close());
  afterEach(({ task }) => bench?.explain(task));

  test('commands have Chinese titles, and the page is Chinese on every tab', async () => {
    await bench.openFile('short.py');
    await bench.command('Procession: 运行 Python 文件');
    const { panel } = bench;
    await panel.getByRole('treegrid', { name: '进程树' }).waitFor();
    await until('the run has ended', async () => (await panel.locator('header').innerText()).includes('已退出 0'));
    await expect.poll(() => panel.locator('html').getAttribute('lang')).toBe('zh-cn');
    for (const name of ['通道', '问题', '详情']) {
      await panel.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
      await panel.getByRole('tab', { name: new RegExp(`^${name}`), selected: true }).waitFor();
      expect({ tab: name, english: english(await panel.locator('body').innerText()) }).toEqual({ tab: name, english: [] });
      const hidden = await panel.locator('[title],[aria-label],[placeholder]').evaluateAll((all) =>
        all.flatMap((one) => ['title', 'aria-label', 'placeholder'].map((key) => one.getAttribute(key) ?? '')),
      );
      expect({ tab: name, english: english(hidden.filter((text) => !text.includes('/')).join('\n')) }).toEqual({ tab: name, english: [] });
    }
    await bench.picture('panel-chinese');
  });

  test('what goes wrong is said in Chinese', async () => {
    bench.set({ 'procession.python': '/nowhere/bin/python' });
    await bench.openFile('short.py');
    const words = await until('it is refused', async () => {
      await bench.command('Procession: 运行 Python 文件');
      return until('a notification', async () => (await bench.notifications()).find((text) => text.includes('/nowhere/bin/python')), 3000);
    });
    expect(words).toMatch(/\p{Script=Han}{2}/u);
    expect(words).not.toMatch(/No Python|cannot be used|no such file/);
  });
});
