/** Mends the source where the cure of a finding is mechanical and certain: pure, from text to text. */
import { daemonFix } from './daemon.js';
import type { Fault, Fix } from './fix.js';
import { joinFix } from './join.js';
import { guardFix } from './main-guard.js';
import { pipeFix } from './pipe.js';
import { poolFix } from './pool.js';
import { PySource } from './source.js';

export { faultOf, fixableRules } from './fault.js';
export type { Fault, Fix } from './fix.js';

/** Longer sources are generated, and not worth the time. Characters. */
const MOST_SOURCE = 1024 * 1024;

/**
 * @param text the source as it is now, which may be another than the one that was run
 * @returns null where the source is not what the finding says, or the cure is a matter of judgement
 */
export function fixFor(text: string, fault: Fault): Fix | null {
  const source = text.length > MOST_SOURCE ? null : PySource.read(text);
  const fix = source === null ? null : ofRule(source, fault);
  // What comes out is Python again, or nobody is to have it.
  return fix === null || PySource.read(applied(text, fix)) === null ? null : fix;
}

function ofRule(source: PySource, fault: Fault): Fix | null {
  switch (fault.rule) {
    case 'no-main-guard':
      return guardFix(source, fault);
    case 'daemon-with-children':
      return daemonFix(source, fault);
    case 'join-before-drain':
      return joinFix(source, fault);
    case 'pipe-end-left-open':
      return pipeFix(source, fault);
    case 'pool-not-closed':
      return poolFix(source, fault);
    default:
      return null;
  }
}

/** The source with the fix in it. */
export function applied(text: string, fix: Fix): string {
  return text.slice(0, fix.from) + fix.text + text.slice(fix.to);
}
