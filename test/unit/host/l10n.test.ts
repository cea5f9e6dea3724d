import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { findTexts, root } from './used-texts.js';

const texts = v.record(v.string(), v.string());

function read(name: string): Record<string, string> {
  return v.parse(texts, JSON.parse(readFileSync(join(root, name), 'utf8')));
}

function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
}

describe('the Chinese texts', () => {
  const bundle = read('l10n/bundle.l10n.zh-cn.json');
  const used = findTexts();

  it('finds the texts it is meant to check', () => {
    expect(used.texts.some((text) => text.where.startsWith('src/host/'))).toBe(true);
    expect(used.texts.some((text) => text.where.startsWith('src/run/'))).toBe(true);
    expect(used.texts.some((text) => text.where.startsWith('src/findings/'))).toBe(true);
    expect(used.texts.some((text) => text.where.startsWith('media/'))).toBe(true);
  });

  it('has a translation for every text that is shown', () => {
    const missing = used.texts.filter(({ text }) => /\p{L}{2}/u.test(text.replace(/\{\d+\}/g, '')) && bundle[text] === undefined);
    expect(missing.map(({ text, where }) => `${where}: ${text}`)).toEqual([]);
  });

  it('translates nothing that is no longer there', () => {
    const known = new Set(used.texts.map(({ text }) => text));
    expect(Object.keys(bundle).filter((text) => !known.has(text))).toEqual([]);
  });

  it('keeps the places where numbers and names go', () => {
    const wrong = Object.entries(bundle).filter(([english, chinese]) => placeholders(english).join() !== placeholders(chinese).join());
    expect(wrong).toEqual([]);
  });

  it('can read off every call what is said, but for the functions that translate what other rooms made', () => {
    const passing = ['src/host/texts.ts', 'media/state/l10n.ts'];
    expect(used.opaque.filter((where) => !passing.some((prefix) => where.startsWith(prefix)))).toEqual([]);
  });
});

describe('the texts of package.json', () => {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const named = [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''))].sort();

  it.each(['package.nls.json', 'package.nls.zh-cn.json'])('are all in %s, and no others', (file) => {
    expect(Object.keys(read(file)).sort()).toEqual(named);
  });
});
