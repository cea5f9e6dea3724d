/** What has to do with something that was chosen: the findings about it, who waits at it, and from a process all that it uses. */
import type { VNode } from 'preact';
import type { ChannelRow, FindingRow, ProcessRow } from '../../src/protocol/view.js';
import { severityWords, Sentence } from '../findings/words.js';
import { t } from '../state/l10n.js';
import { objectOf } from '../state/names.js';
import { relation } from '../state/related.js';
import { showFinding } from '../state/show.js';
import { sortFindings, store } from '../state/store.js';
import { usesOf } from '../state/uses.js';
import { Fact } from '../ui/fact.js';
import { Icon } from '../ui/icons.js';
import { KeyLink, KeyLinks } from '../ui/key-link.js';

function isAbout(finding: FindingRow, key: string): boolean {
  return finding.process === key || finding.object === key || finding.others?.includes(key) === true;
}

export function FindingsAbout({ of }: { readonly of: string }): VNode | null {
  const findings = sortFindings(store.findings.value.filter((finding) => isAbout(finding, of)));
  if (findings.length === 0) return null;
  return (
    <section class="about-it">
      <h3>{t('Findings about it')}</h3>
      <ul class="waits">
        {findings.map((finding) => (
          <li key={finding.key} class={finding.severity}>
            <Icon name={finding.severity === 'info' ? 'info' : 'error'} />
            <span>
              <span class="unseen">{severityWords(finding)}: </span>
              <Sentence text={finding.message} finding={finding} />{' '}
              <button type="button" class="link" onClick={() => showFinding(finding.key)}>{t('Evidence')}</button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** From a process to its children, its pool, its channels and objects, and to who waits for it. */
export function ProcessLinks({ row }: { readonly row: ProcessRow }): VNode {
  void store.shape.value;
  const children: string[] = [];
  const joiners: string[] = [];
  for (const other of store.processes.values()) {
    const { key, parent, blocked } = other.value;
    if (parent === row.key) children.push(key);
    if (blocked.some((b) => b.process === row.key)) joiners.push(key);
  }
  const { channels, objects, made } = usesOf(row.key);
  const pool = store.poolOfWorker.value.get(row.key);
  const named = (key: string): boolean => store.channels.get(key)?.value.internal !== true && !isInternal(key);
  const shownMade = made.filter(named);
  return (
    <>
      {children.length === 0 ? null : <Fact name={t('Children')}><KeyLinks of={children} /></Fact>}
      {joiners.length === 0 ? null : <Fact name={t('Waited for by')}><KeyLinks of={joiners} /></Fact>}
      {pool === undefined ? null : <Fact name={t('Serves')}><KeyLink of={pool} /></Fact>}
      {channels.length === 0 ? null : <Fact name={t('Channels')}><WithWords of={channels} words={(key) => channelWords(store.channels.get(key)?.value, row.key)} /></Fact>}
      {objects.filter((key) => key !== pool).length === 0 ? null : <Fact name={t('Objects')}><WithWords of={objects.filter((key) => key !== pool)} words={(key) => relationWords(key, row.key)} /></Fact>}
      {shownMade.length === 0 ? null : <Fact name={t('Made')}><KeyLinks of={shownMade} /></Fact>}
    </>
  );
}

function isInternal(key: string): boolean {
  return store.locks.get(key)?.value.internal === true;
}

/** More of them are a wall. */
const MOST = 24;

function WithWords({ of, words }: { readonly of: readonly string[]; readonly words: (key: string) => string }): VNode {
  return (
    <>
      {of.slice(0, MOST).map((key, i) => {
        const said = words(key);
        return <span key={key}>{i === 0 ? '' : ', '}<KeyLink of={key} />{said === '' ? null : <span class="dim"> ({said})</span>}</span>;
      })}
      {of.length > MOST ? ` ${t('and {0} more', of.length - MOST)}` : ''}
    </>
  );
}

function channelWords(row: ChannelRow | undefined, process: string): string {
  if (row === undefined) return '';
  const out: string[] = [];
  if (row.waiters.some((waiter) => waiter.process === process)) out.push(t('waits'));
  if (row.readers.includes(process)) out.push(t('can read'));
  if (row.writers.includes(process)) out.push(t('can write'));
  return out.join(', ');
}

function relationWords(key: string, process: string): string {
  const row = objectOf(key);
  switch (row === undefined ? null : relation(row, process)) {
    case 'holds': return t('holds it');
    case 'waits': return t('waits');
    case 'serves': return t('serves it');
    case 'uses': return t('uses it');
    case null: return '';
  }
}
