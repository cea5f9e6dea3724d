/** What a row says that stands for several processes: a group, or one that is folded with all under it. */
import type { VNode } from 'preact';
import { kindWords, tags } from '../../src/model/words.js';
import type { PoolRow, ProcessRow } from '../../src/protocol/view.js';
import { choices } from '../state/choices.js';
import { bytes, count, kibibytes, latency, percent } from '../state/format.js';
import { integer, parts, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { Icon } from '../ui/icons.js';
import type { TreeRow } from './flatten.js';
import { summarise, type Summary } from './summary.js';

/** A number in words; nothing is a dash, which is quieter. */
export function some(n: number, words: (n: number) => string): string {
  return n === 0 ? '–' : words(n);
}

/** What a fold hides that must not be missed: how many, a finding, the process that is chosen. */
export function Inside({ row }: { readonly row: TreeRow }): VNode {
  const summary = summaryOf(row.inside);
  const holds = choices.process.value !== null && row.inside.includes(choices.process.value);
  const { worst, troubled } = summary;
  const bad = worst === null || worst.severity === 'info' ? null : worst.severity;
  const says = worst === null ? '' : `${plural(troubled, '{0} process with a finding', '{0} processes with findings')}: ${parts(worst.message).map((part) => part.text).join('')}`;
  return (
    <span class="inside" title={[summaryWords(summary), says, holds ? t('the chosen process is in it') : ''].filter((text) => text !== '').join('\n')}>
      {row.group === null ? <span class="tag more">+{count(row.inside.length)}</span> : null}
      {bad === null ? null : <span class={`trouble ${bad}`}><Icon name="error" /><span aria-hidden="true">{count(troubled)}</span><span class="unseen">{says}</span></span>}
      {holds ? <span class="holds"><Icon name="right" /><span class="unseen">{t('the chosen process is in it')}</span></span> : null}
    </span>
  );
}

function summaryOf(keys: readonly string[]): Summary {
  const rows: ProcessRow[] = [];
  for (const key of keys) {
    const row = store.processes.get(key)?.value;
    if (row !== undefined) rows.push(row);
  }
  return summarise(rows, names, (key) => store.findingOf.value.get(key));
}

/** The whole of it, for the tip. */
function summaryWords(s: Summary): string {
  const lines = [
    plural(s.count, '{0} process', '{0} processes'),
    stateCounts(s).join(' · '),
    [s.cpu === null ? '' : `${t('CPU')} ${percent(s.cpu)}`, s.rssKiB === null ? '' : `${t('Memory')} ${kibibytes(s.rssKiB)}`].filter((text) => text !== '').join(' · '),
    t('{0} messages in, {1} out', integer(s.received), integer(s.sent)),
    s.tasks === 0 ? '' : plural(s.tasks, '{0} task', '{0} tasks'),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** From the worst to what is quite in order. */
function stateCounts(s: Summary): readonly string[] {
  const out: string[] = [];
  const add = (n: number, text: string): void => {
    if (n > 0) out.push(text);
  };
  add(s.killed, t('{0} by a signal', integer(s.killed)));
  add(s.failed, t('{0} failed', integer(s.failed)));
  add(s.lost, t('{0} gone', integer(s.lost)));
  add(s.zombies, plural(s.zombies, '{0} zombie', '{0} zombies'));
  add(s.orphans, plural(s.orphans, '{0} orphan', '{0} orphans'));
  add(s.blocked, t('{0} blocked', integer(s.blocked)));
  add(s.busy, t('{0} busy', integer(s.busy)));
  add(s.idle, t('{0} idle', integer(s.idle)));
  add(s.well, t('{0} exited 0', integer(s.well)));
  return out;
}

function membersOf(row: TreeRow): readonly ProcessRow[] {
  const out: ProcessRow[] = [];
  for (const key of row.group?.members ?? []) {
    const member = store.processes.get(key)?.value;
    if (member !== undefined) out.push(member);
  }
  return out;
}

export function groupName(row: TreeRow): string {
  const n = row.group?.members.length ?? 0;
  if (row.group?.pool != null) return names.object(row.group.pool).name;
  switch (row.group?.kind) {
    case 'workers': return plural(n, '{0} pool worker', '{0} pool workers');
    case 'executors': return plural(n, '{0} executor worker', '{0} executor workers');
    case 'ended': return t('{0} ended', integer(n));
    default: return plural(n, '{0} helper', '{0} helpers');
  }
}

/** What the members have in common stands once, at their group. */
export function groupTags(row: TreeRow): readonly string[] {
  const first = membersOf(row)[0];
  return first === undefined || row.group?.kind === 'helpers' || row.group?.kind === 'ended' ? [] : tags(first);
}

export function GroupState({ row }: { readonly row: TreeRow }): VNode {
  const members = membersOf(row);
  if (row.group?.kind === 'helpers') return <span class="words tone-dim">{[...new Set(members.map(kindWords))].join(', ')}</span>;
  const summary = summarise(members, names, (key) => store.findingOf.value.get(key));
  const { living } = summary;
  const pool = row.group?.pool == null ? undefined : store.pools.get(row.group.pool)?.value;
  if (pool !== undefined) return <PoolState pool={pool} living={living} />;
  const text = stateCounts(summary).join(' · ');
  return <span class="words tone-dim" title={summaryWords(summary)}><span class="what">{text}</span></span>;
}

/** How far a pool's work has come, on the line that stands for its workers. */
function PoolState({ pool, living }: { readonly pool: PoolRow; readonly living: number }): VNode {
  const failed = pool.failed + pool.lost;
  const done = t('{0} of {1} done', integer(pool.ok + failed + pool.cancelled), integer(pool.submitted));
  const workers = living === 0 ? t('all ended') : plural(living, '{0} worker', '{0} workers');
  return (
    <span class="words tone-dim" title={`${workers} · ${done}${failed > 0 ? ` · ${t('{0} failed', integer(failed))}` : ''}`}>
      <span class="what">
        {pool.state === 'broken' ? <span class="tone-bad">{t('broken')} · </span> : null}
        {done}
        {failed > 0 ? <span class="tone-warn"> · {t('{0} failed', integer(failed))}</span> : null}
        {' · '}{workers}
      </span>
    </span>
  );
}

export function GroupNumber({ row, column }: { readonly row: TreeRow; readonly column: string }): VNode {
  const s = summarise(membersOf(row), names, () => undefined);
  return <span>{row.group?.kind === 'helpers' && column !== 'cpu' && column !== 'memory' ? '' : sumOf(s, column)}</span>;
}

function sumOf(s: Summary, column: string): string {
  switch (column) {
    case 'cpu': return s.cpu === null ? '' : percent(s.cpu);
    case 'memory': return s.rssKiB === null ? '' : kibibytes(s.rssKiB);
    case 'io': return `${count(s.received)} / ${count(s.sent)}`;
    case 'in': return some(s.received, count);
    case 'out': return some(s.sent, count);
    case 'bytesIn': return some(s.bytesReceived, bytes);
    case 'bytesOut': return some(s.bytesSent, bytes);
    case 'tasks': return some(s.tasks, count);
    case 'blocked': return some(s.blockedMs, latency);
    default: return '';
  }
}
