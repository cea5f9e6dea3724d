/** The script that is shipped for the first steps, whose mistake the walkthrough promises a fix for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applied, fixFor } from '../../../src/fixes/index.js';
import { root } from '../host/used-texts.js';

test('the join() of the sample moves behind its gets', () => {
  const source = readFileSync(join(root, 'walkthrough', 'first_look.py'), 'utf8');
  const line = source.split('\n').findIndex((text) => text.includes('# too early')) + 1;
  const fix = fixFor(source, { rule: 'join-before-drain', file: '/w/first_look.py', line, made: null, name: 'prints', madeByItself: false });
  expect(fix).not.toBeNull();
  const mended = fix === null ? '' : applied(source, fix);
  expect(mended.indexOf('prints.get()')).toBeLessThan(mended.indexOf('# too early'));
  expect(mended).toHaveLength(source.length);
});
