import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ruleNames } from '../../../src/protocol/rules.js';

const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

test('each rule has its page, which begins with its name, and no page is of a rule that there is not', () => {
  const pages = readdirSync(new URL('../../../docs/findings', import.meta.url)).map((name) => name.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual([...ruleNames].sort());
  for (const rule of ruleNames) expect(read(`docs/findings/${rule}.md`).startsWith(`# ${rule}\n`)).toBe(true);
});

test('the documents name all rules', () => {
  const report = read('docs/report.md');
  expect(ruleNames.filter((rule) => !report.includes(`\`${rule}\``))).toEqual([]);
  expect(read('README.md')).toContain(`[all ${ruleNames.length} rules](docs/findings)`);
});
