/** The latest tasks of a pool: what runs on top, then what ended, then what still waits. */
import { computed, signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { TaskOutcome, TaskRow } from '../../src/protocol/view.js';
import { reveal } from '../processes/tree-state.js';
import { nowFor } from '../state/clock.js';
import { duration, fileName, latency } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { SourceLink } from '../ui/source-link.js';
import { Table, type TableColumn } from '../ui/table.js';
import { Mark } from '../ui/icons.js';
import type { Shape } from '../../src/model/words.js';
import { outcomeWords } from './words.js';

/** As many as a person scrolls through; the host sends them again with each change. */
const LIMIT = 200;

const chosenTask = signal<{ readonly pool: string; readonly key: string } | null>(null);

function keyOf(row: TaskRow): string {
  return `${row.job}-${row.index}`;
}

const byKey = computed(() => new Map((store.tasks.value?.rows ?? []).map((row) => [keyOf(row), row])));

function columns(): readonly TableColumn[] {
  return [
    { id: 'function', title: t('Function'), min: 84, ideal: 100, grow: 2, rank: 0 },
    { id: 'outcome', title: t('Outcome'), min: 86, ideal: 130, grow: 3, rank: 0 },
    { id: 'worker', title: t('Worker'), min: 96, ideal: 136, grow: 1, rank: 4 },
    { id: 'queue', title: t('Queue time'), hint: t('From submit to begin'), min: 82, ideal: 84, grow: 0, rank: 3, align: 'end' },
    { id: 'run', title: t('Run time'), hint: t('From begin to end'), min: 70, ideal: 72, grow: 0, rank: 1, align: 'end' },
    { id: 'where', title: t('Submitted at'), min: 94, ideal: 106, grow: 0, rank: 5 },
  ];
}

const TURN: Readonly<Record<TaskOutcome, number>> = { running: 0, ok: 1, error: 1, lost: 1, cancelled: 1, pending: 2 };

function inOrder(a: TaskRow, b: TaskRow): number {
  const turn = TURN[a.outcome] - TURN[b.outcome];
  if (turn !== 0) return turn;
  // What waits comes in its own order; of the rest the latest first.
  if (a.outcome === 'pending') return a.job - b.job || a.index - b.index;
  return (b.endedMs ?? b.startedMs ?? 0) - (a.endedMs ?? a.startedMs ?? 0) || b.job - a.job || b.index - a.index;
}

export function Tasks({ pool }: { readonly pool: string | null }): VNode {
  useEffect(() => {
    host.tasks(pool, LIMIT);
    return () => host.tasks(null, 0);
  }, [pool]);
  const specs = useMemo(columns, []);
  const tasks = store.tasks.value;
  const rows = pool !== null && tasks?.pool === pool ? tasks.rows : [];
  const keys = useMemo(() => [...rows].sort(inOrder).map(keyOf), [rows]);
  if (pool === null) return <div class="empty"><p class="dim">{t('Choose a pool to see its latest tasks.')}</p></div>;
  const { name } = names.object(pool);
  const total = tasks?.pool === pool ? tasks.total : 0;
  const chosen = chosenTask.value?.pool === pool ? chosenTask.value.key : null;
  const chosenRow = chosen === null ? undefined : byKey.value.get(chosen);
  return (
    <>
      <div class="caption">
        <b>{name}</b>
        <span class="dim">{total > rows.length ? t('latest {0} of {1} tasks', integer(rows.length), integer(total)) : plural(total, '{0} task', '{0} tasks')}</span>
      </div>
      <Table
        id="task"
        label={t('Latest tasks of {0}', name)}
        columns={specs}
        keys={keys}
        selected={chosen}
        onSelect={(key) => (chosenTask.value = { pool, key })}
        onOpen={(key, event) => {
          const where = byKey.peek().get(key)?.where;
          if (where != null) host.open(where, event.ctrlKey || event.metaKey);
        }}
        cell={(key, column) => <Cell task={key} column={column} />}
        empty={<p class="dim">{t('No task yet.')}</p>}
      />
      {chosenRow === undefined ? null : <Chosen row={chosenRow} />}
    </>
  );
}

function shapeOf(outcome: TaskOutcome): Shape {
  switch (outcome) {
    case 'ok': return 'done';
    case 'error': return 'failed';
    case 'lost': return 'killed';
    case 'running': return 'run';
    case 'pending': return 'start';
    case 'cancelled': return 'sleep';
  }
}

function Cell({ task, column }: { readonly task: string; readonly column: string }): VNode | null {
  const row = byKey.value.get(task);
  if (row === undefined) return null;
  switch (column) {
    case 'function': return <span class="text" title={row.method === null ? row.function : `${row.method}(${row.function})`}>{shortFunction(row.function)}{row.items > 1 ? <span class="dim"> ×{row.items}</span> : null}</span>;
    case 'outcome': {
      const words = outcomeWords(row.outcome);
      return (
        <span class={`words tone-${words.tone}`} title={row.error ?? words.more}>
          <Mark shape={shapeOf(row.outcome)} />
          <span class="what">{row.error === null ? words.text : t('{0}: {1}', words.text, row.error)}</span>
        </span>
      );
    }
    case 'worker': return <span class="text">{row.worker === null ? '–' : names.process(row.worker)}</span>;
    case 'queue': return <Elapsed from={row.submittedMs} to={row.startedMs} going={row.outcome === 'pending'} />;
    case 'run': return <Elapsed from={row.startedMs} to={row.endedMs} going={row.outcome === 'running'} />;
    case 'where': return row.where === null ? <span class="dim">–</span> : <SourceLink where={row.where} untabbed><span class="file">{fileName(row.where.file)}</span><span>:{row.where.line}</span></SourceLink>;
    default: return null;
  }
}

/** A time that is over, or one that goes on before the reader's eyes. */
function Elapsed({ from, to, going }: { readonly from: number | null; readonly to: number | null; readonly going: boolean }): VNode {
  if (from === null || (to === null && !going)) return <span>–</span>;
  return to === null ? <span class="dim">{t('{0}…', duration(nowFor(from) - from))}</span> : <span>{latency(to - from)}</span>;
}

/** `pipeline.resize` is *resize*, `main.<locals>.<lambda>` is *<lambda>*. */
export function shortFunction(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1) || name;
}

/** The chosen task in full. */
function Chosen({ row }: { readonly row: TaskRow }): VNode {
  const { submitter, worker, where } = row;
  const words = outcomeWords(row.outcome);
  const at = (ms: number): string => t('{0} s', (ms / 1000).toFixed(4));
  return (
    <section class="chosen" aria-label={t('The chosen task')}>
      <div>
        <b>{row.function}</b>
        {row.method === null ? null : <span> · {row.method}</span>}
        <span> · {t('job {0}, task {1}', integer(row.job), integer(row.index))}</span>
        {row.items > 1 ? <span> · {plural(row.items, '{0} item', '{0} items')}</span> : null}
        <span class={`tone-${words.tone}`}> · {words.text}</span>
      </div>
      {row.submittedMs === null ? null : (
        <div>
          <span>{t('submitted at {0}', at(row.submittedMs))} </span>
          {submitter === null ? null : <button type="button" class="link" onClick={() => reveal(submitter)}>{names.process(submitter)}</button>}
          {where === null ? null : <> <SourceLink where={where} /></>}
        </div>
      )}
      {row.startedMs === null ? null : (
        <div>
          <span>{t('begun at {0}', at(row.startedMs))} </span>
          {worker === null ? null : <button type="button" class="link" onClick={() => reveal(worker)}>{names.process(worker)}</button>}
        </div>
      )}
      {row.endedMs === null ? null : <div>{t('ended at {0}', at(row.endedMs))}{row.resultMs === null ? null : ` · ${t('the result was there at {0}', at(row.resultMs))}`}</div>}
      {row.error === null ? null : <code class="wrap tone-bad">{row.error}</code>}
    </section>
  );
}
