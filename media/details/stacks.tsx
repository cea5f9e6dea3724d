/** Where the threads of a process stood when somebody last asked, and who said so: py-spy, or the records. */
import type { VNode } from 'preact';
import type { Stacks, StackFrame, ThreadStack } from '../../src/protocol/stacks.js';
import type { ProcessRow } from '../../src/protocol/view.js';
import { askStacks, canSignal, readingStacks } from '../processes/actions.js';
import { operation } from '../../src/model/words.js';
import { duration, moment, place } from '../state/format.js';
import { host } from '../state/host.js';
import { parts, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { show, showTab } from '../state/show.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { SourceLink } from '../ui/source-link.js';

/** The host says where the threads of a process stand. @param reveal asked for from elsewhere than the page, which is to show the process too */
export function takeStacks(stacks: Stacks, reveal: boolean): void {
  store.stacks.value = new Map([...store.stacks.peek(), [stacks.process, stacks]]);
  if (reveal) {
    show(stacks.process);
    showTab('details');
  }
  // Drawn by then: it is below all the facts, and in a small panel out of sight.
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector('.details .stacks')?.scrollIntoView({ block: 'nearest' })));
}

export function StacksButton({ row }: { readonly row: ProcessRow }): VNode | null {
  if (!canSignal(row)) return null;
  const busy = readingStacks.value.has(row.key);
  return <Button look="secondary" title={t('Where each of its threads stands now')} onPress={() => void askStacks(row.key)}>{busy ? t('Reading…') : t('Stacks')}</Button>;
}

export function StacksSection({ row }: { readonly row: ProcessRow }): VNode | null {
  const stacks = store.stacks.value.get(row.key);
  if (stacks === undefined) return null;
  const { by, why, threads } = stacks;
  return (
    <section class="stacks" aria-label={t('Stacks')}>
      <div class="stacks-head">
        <h3>{t('Stacks')}</h3>
        <span class="dim">{sourceWords(stacks)}</span>
        {canSignal(row) ? <button type="button" class="link" onClick={() => void askStacks(row.key)}>{t('Read again')}</button> : null}
        <button type="button" class="link" onClick={() => host.copy(asText(row, stacks))}>{t('Copy')}</button>
      </div>
      {why === null ? null : <p class="why">{parts(why).map((part) => part.text).join('')}</p>}
      {threads.map((thread, i) => <Thread key={i} thread={thread} atMs={stacks.atMs} />)}
      <Unknown by={by} count={stacks.unknownThreads} alone={threads.length === 0} />
    </section>
  );
}

function sourceWords({ by, atMs, paused }: Stacks): string {
  if (by === 'py-spy') return paused ? t('by py-spy, at {0} s; the process was paused for that moment', moment(atMs)) : t('by py-spy, at {0} s', moment(atMs));
  return t('from the records, at {0} s: only where it waits', moment(atMs));
}

function Thread({ thread, atMs }: { readonly thread: ThreadStack; readonly atMs: number }): VNode {
  const name = thread.name ?? t('a thread without a name');
  const words = stateOf(thread, atMs);
  return (
    <div class="thread">
      <div class="thread-name"><b>{name}</b>{words === '' ? null : <span class="dim"> · {words}</span>}</div>
      {thread.frames.length === 0 ? (
        <p class="dim">{nothingKnown(thread)}</p>
      ) : (
        <ol class="frames" aria-label={t('Stack of {0}, the innermost first', name)}>
          {thread.frames.map((frame, i) => <Frame key={i} frame={frame} />)}
        </ol>
      )}
    </div>
  );
}

function Frame({ frame: { where, own } }: { readonly frame: StackFrame }): VNode {
  return (
    <li class={own ? 'own' : 'foreign'}>
      <code>{where.function ?? '?'}</code>
      {/^<.*>$/.test(where.file) ? <span class="dim">{where.file}</span> : <SourceLink where={where}>{shortPlace(where.file, where.line)}</SourceLink>}
    </li>
  );
}

/** `multiprocessing/queues.py:103`: of a package's file the package too, since many are called `__init__.py` and `queues.py`. */
function shortPlace(file: string, line: number): string {
  const [, inPackage] = /[\\/]((?:[^\\/]+[\\/])[^\\/]+)$/.exec(file) ?? [];
  return inPackage !== undefined && /(?:site|dist)-packages|[\\/](?:python|pypy)\d|procession_runtime/i.test(file)
    ? `${inPackage.replace('\\', '/').replace(/^(?:python[\d.]+|lib|site-packages|dist-packages)\//i, '')}:${line}`
    : place({ file, line, function: null });
}

function nothingKnown(thread: ThreadStack): string {
  return thread.blocked === null && thread.active === null
    ? t('Nothing is known of where it stands: it runs, or waits for something other than multiprocessing.')
    : t('Where it stands is not known.');
}

function stateOf({ active, holdsGil, blocked }: ThreadStack, atMs: number): string {
  const words: string[] = [];
  if (blocked !== null) words.push(operation(blocked, names), t('for {0}', duration(atMs - blocked.sinceMs)));
  if (active !== null) words.push(active ? t('active') : t('idle'));
  if (holdsGil === true) words.push(t("holds the interpreter's lock"));
  return words.join(' · ');
}

function Unknown({ by, count, alone }: { readonly by: Stacks['by']; readonly count: number | null; readonly alone: boolean }): VNode | null {
  const words = unknownWords(by, count, alone);
  return words === null ? null : <p class="dim">{words}</p>;
}

function unknownWords(by: Stacks['by'], count: number | null, alone: boolean): string | null {
  if (count !== null && count > 0) {
    return by === 'py-spy'
      ? plural(count, '{0} more thread runs no Python.', '{0} more threads run no Python.')
      : plural(count, 'Of {0} more thread nothing is known.', 'Of {0} more threads nothing is known.');
  }
  return alone ? t('Nothing is known of its threads.') : null;
}

/** For a bug report: as Python would write a traceback's places. */
function asText(row: ProcessRow, stacks: Stacks): string {
  const lines = [`${row.name} (${t('PID {0}', row.pid)}): ${t('Stacks')}, ${sourceWords(stacks)}`];
  if (stacks.why !== null) lines.push(parts(stacks.why).map((part) => part.text).join(''));
  for (const thread of stacks.threads) {
    const words = stateOf(thread, stacks.atMs);
    lines.push('', `${thread.name ?? t('a thread without a name')}${words === '' ? '' : ` · ${words}`}`);
    if (thread.frames.length === 0) lines.push(`  ${nothingKnown(thread)}`);
    for (const { where } of thread.frames) lines.push(`  File "${where.file}", line ${where.line}${where.function === null ? '' : `, in ${where.function}`}`);
  }
  const more = unknownWords(stacks.by, stacks.unknownThreads, stacks.threads.length === 0);
  if (more !== null) lines.push('', more);
  return `${lines.join('\n')}\n`;
}
