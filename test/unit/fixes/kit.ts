/** Sources with the lines that findings would point at marked in comments. */
import { applied, fixFor, type Fault } from '../../../src/fixes/index.js';
import type { RuleName } from '../../../src/protocol/rules.js';

/** Line of the first line that ends with a mark such as `#!`; null where there is none. */
function lineOf(source: string, mark: string): number | null {
  const index = source.split(/\r\n|\n/).findIndex((line) => line.endsWith(mark));
  return index === -1 ? null : index + 1;
}

/** `#!` marks the finding's line, `#+` the line that made the process or object, `#*` both. */
export function fault(rule: RuleName, source: string, more: Partial<Fault> = {}): Fault {
  const both = lineOf(source, '#*');
  return { rule, file: '/w/a.py', line: lineOf(source, '#!') ?? both, made: lineOf(source, '#+') ?? both, name: null, madeByItself: false, ...more };
}

/** The source after the fix; null where there is none. */
export function mended(rule: RuleName, source: string, more: Partial<Fault> = {}): string | null {
  const fix = fixFor(source, fault(rule, source, more));
  return fix === null ? null : applied(source, fix);
}
