/** Says news to screen readers, politely: gathered for a moment, and never one upon the other. And what a key was pressed to hear, at once. */
import { effect, signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { FindingRow } from '../../src/protocol/view.js';
import { certainty, severityWords } from '../findings/words.js';
import { phaseWords } from '../header/header.js';
import { Announcer } from '../state/announce.js';
import { parts, plural, t } from '../state/l10n.js';
import { sortFindings, store } from '../state/store.js';

/** Findings of one cause come together within this. */
const GATHER_MS = 800;
/** Time for a sentence to be read out. */
const BETWEEN_MS = 5000;

const said = signal('');
const answered = signal('');

/** Says what a key was pressed to hear. The same again is said again: a space makes it another text. */
export function answer(text: string): void {
  answered.value = answered.peek() === text ? `${text}\u00a0` : text;
}

export function Announcements(): VNode {
  useEffect(() => {
    const announcer = new Announcer();
    let findings: FindingRow[] = [];
    let ended = false;
    let lastMs = -Infinity;
    let timer: ReturnType<typeof setTimeout> | null = null;

    const speak = (): void => {
      timer = null;
      lastMs = performance.now();
      said.value = [...(findings.length === 0 ? [] : [findingWords(findings)]), ...(ended ? [endWords()] : [])].join(' ');
      findings = [];
      ended = false;
    };
    const stop = effect(() => {
      const run = store.run.value;
      // What was wrong at a moment that is looked back at is no news.
      const all = store.ofMoment.value ? [] : store.findings.value;
      if (run === null) return;
      const news = announcer.take(run, all);
      if (news.findings.length === 0 && !news.ended) return;
      findings.push(...news.findings);
      ended ||= news.ended;
      timer ??= setTimeout(speak, Math.max(GATHER_MS, lastMs + BETWEEN_MS - performance.now()));
    });
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
  return (
    <>
      <div class="unseen news" role="status">{said.value}</div>
      <div class="unseen answer" role="status">{answered.value}</div>
    </>
  );
}

function findingWords(findings: readonly FindingRow[]): string {
  const [worst] = sortFindings(findings);
  if (worst === undefined) return '';
  const sentence = t('{0}, {1}: {2}', severityWords(worst), certainty(worst), parts(worst.message).map((part) => part.text).join(''));
  return findings.length === 1 ? sentence : `${plural(findings.length, '{0} new finding.', '{0} new findings.')} ${sentence}`;
}

function endWords(): string {
  const run = store.run.peek();
  if (run === null) return '';
  // How many there are is not told while the page looks back.
  if (store.ofMoment.peek()) return t('{0}: {1}.', run.scriptName, phaseWords(run));
  const count = store.findings.peek().length;
  return t('{0}: {1}, {2}.', run.scriptName, phaseWords(run), count === 0 ? t('nothing was found wrong') : plural(count, '{0} finding', '{0} findings'));
}
