import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './used-texts.js';

const require = createRequire(import.meta.url);

/** What vsce would put into the package, by its own reading of the allow-list. */
function listed(): string[] {
  const out = execFileSync(process.execPath, [require.resolve('@vscode/vsce/vsce'), 'ls', '--no-dependencies'], { cwd: root, encoding: 'utf8' });
  return out.split('\n').filter((line) => line !== '' && existsSync(join(root, line)));
}

const allowed = [
  /^dist\/(extension|cli)\.cjs$/,
  /^dist\/vendor\/[\w.-]+\.exe$/,
  /^dist\/media\/main\.(js|css)$/,
  /^runtime\/(?:[\w-]+\/)*[\w-]+\.(py|typed)$/,
  /^media\/icons\/[\w-]+\.(svg|png)$/,
  /^docs\/findings\/[a-z-]+\.md$/,
  // README's own.
  /^docs\/pictures\/panel-dark\.png$/,
  /^walkthrough\/([a-z]+\.svg|first_look\.py)$/,
  /^l10n\/bundle\.l10n\.[\w-]+\.json$/,
  /^package(\.nls(\.zh-cn)?)?\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
];

describe('the package', () => {
  const names = listed();

  it('holds nothing that is not allowed', () => {
    expect(names.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('holds what the extension reads at run time', () => {
    const { l10n, icon } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { l10n: string; icon: string };
    const needed = [icon, `${l10n.slice(2)}/bundle.l10n.zh-cn.json`, 'package.json', 'package.nls.json', 'package.nls.zh-cn.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'runtime/boot/sitecustomize.py'];
    expect(needed.filter((name) => !names.includes(name))).toEqual([]);
    for (const icons of readFileSync(join(root, 'package.json'), 'utf8').match(/media\/icons\/[\w-]+\.\w+/g) ?? []) expect(names).toContain(icons);
    for (const step of readFileSync(join(root, 'package.json'), 'utf8').match(/walkthrough\/[\w-]+\.\w+/g) ?? []) expect(names).toContain(step);
    expect(names).toContain('walkthrough/first_look.py');
  });

  it('holds no caches of the Python side', () => {
    expect(names.filter((name) => /__pycache__|\.pyc$/.test(name))).toEqual([]);
  });
});
