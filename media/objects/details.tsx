/** Everything that is known of a lock, a pool, a segment or a shared object. */
import type { ComponentChildren, VNode } from 'preact';
import type { LockRow, LockWaiter, PoolRow, SegmentRow, SharedRow } from '../../src/protocol/view.js';
import { nowFor } from '../state/clock.js';
import { bytes, duration, latency, moment, rate } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import { store } from '../state/store.js';
import { objectName, objectOf, type ObjectRow } from '../state/names.js';
import { Fact } from '../ui/fact.js';
import { FindingsAbout } from '../details/about.js';
import { KeyLink, KeyLinks } from '../ui/key-link.js';
import { SourceLink } from '../ui/source-link.js';
import { lockKind } from './locks.js';
import { lockWords, poolKind, poolWords, segmentWords, type Words } from './words.js';

/** Beside its table. */
export function ObjectSide({ object }: { readonly object: string | null }): VNode {
  const row = object === null ? undefined : objectOf(object);
  if (row === undefined) return <div class="empty"><p class="dim">{t('Choose a row to see all that is known of it.')}</p></div>;
  return <ObjectDetails row={row} />;
}

export function ObjectDetails({ row }: { readonly row: ObjectRow }): VNode {
  const { kind, state } = headOf(row);
  return (
    <div class="details" tabIndex={0} role="region" aria-label={t('Details of {0}', objectName(row))}>
      <div class="title">
        <h2>{objectName(row)}</h2>
        <span class="dim">{kind}</span>
        {state === null || state.text === '–' ? null : <span class={`tone-${state.tone}`}>{state.text}</span>}
      </div>
      {state?.more === undefined || state.more === '' ? null : <p class="why">{state.more}</p>}
      <FindingsAbout of={row.key} />
      <div class="columns">
        <dl><Origin row={row} /></dl>
        <dl>{factsOf(row)}</dl>
      </div>
      {'waiters' in row && row.waiters.length > 0 ? <Waiters waiters={row.waiters} /> : null}
      {'methods' in row && row.methods.length > 0 ? <Methods row={row} /> : null}
    </div>
  );
}

function headOf(row: ObjectRow): { readonly kind: string; readonly state: Words | null } {
  if ('workers' in row) return { kind: poolKind(row), state: poolWords(row) };
  if ('typeId' in row) return { kind: row.typeId, state: null };
  if ('bytes' in row) return { kind: row.kind, state: segmentWords(row) };
  return { kind: lockKind(row), state: lockWords(row) };
}

function factsOf(row: ObjectRow): ComponentChildren {
  if ('workers' in row) return <PoolFacts row={row} />;
  if ('typeId' in row) return <SharedFacts row={row} />;
  if ('bytes' in row) return <SegmentFacts row={row} />;
  return <LockFacts row={row} />;
}

function Origin({ row }: { readonly row: ObjectRow }): VNode {
  return (
    <>
      {row.created === null ? null : <Fact name={t('Created at')}><SourceLink where={row.created} />{row.created.function === null ? '' : ` ${t('in {0}', row.created.function)}`}</Fact>}
      {row.createdBy === null ? null : <Fact name={t('Created by')}><KeyLink of={row.createdBy} /></Fact>}
    </>
  );
}

function LockFacts({ row }: { readonly row: LockRow }): VNode {
  return (
    <>
      {row.partOf === null ? null : <Fact name={t('Part of')}><KeyLink of={row.partOf} /></Fact>}
      {row.internal ? <Fact name={t('Made by')}>{t('made by multiprocessing for itself')}</Fact> : null}
      {row.value === null ? null : <Fact name={row.kind === 'Barrier' ? t('Parties') : t('First value')}>{integer(row.value)}</Fact>}
      <PartsOf lock={row.key} />
      {row.holders.length === 0 ? null : <Fact name={row.holdersUncertain ? t('Perhaps held by') : t('Held by')}><KeyLinks of={row.holders} /></Fact>}
      <Fact name={t('Contended')}>
        {row.contended === 0 ? (row.waiters.length > 0 ? t('the first wait goes on') : t('never')) : row.contended === 1 ? t('once, for {0}', latency(row.waitMs)) : t('{0} times, {1} in all, longest {2}', integer(row.contended), latency(row.waitMs), latency(row.longestWaitMs))}
        {row.gaveUp === 0 ? '' : ` · ${t('{0} gave up at their timeout', integer(row.gaveUp))}`}
      </Fact>
      {row.told === 0 ? null : <Fact name={row.kind === 'Event' ? t('Set or cleared') : t('Notified')}>{plural(row.told, '{0} time', '{0} times')}</Fact>}
      {row.users.length === 0 ? null : <Fact name={t('Used by')}><KeyLinks of={row.users} /></Fact>}
    </>
  );
}

/** What is built on a lock, or has it as its own. */
function PartsOf({ lock }: { readonly lock: string }): VNode | null {
  const parts: string[] = [];
  for (const row of store.locks.all()) if (row.partOf === lock) parts.push(row.key);
  for (const row of store.segments.all()) if (row.lock === lock) parts.push(row.key);
  return parts.length === 0 ? null : <Fact name={t('Lock of')}><KeyLinks of={parts} /></Fact>;
}

function PoolFacts({ row }: { readonly row: PoolRow }): VNode {
  return (
    <>
      <Fact name={t('Workers')}>{t('{0} alive of {1}', integer(row.workersAlive), integer(row.workersWanted))}{row.workers.length === 0 ? '' : ': '}<KeyLinks of={row.workers} /></Fact>
      {row.maxTasksPerWorker === null ? null : <Fact name={t('Replaced after')}>{plural(row.maxTasksPerWorker, '{0} task', '{0} tasks')}</Fact>}
      {row.initializer === null ? null : <Fact name={t('Initializer')}><code>{row.initializer}</code></Fact>}
      <Fact name={t('Tasks')}>{t('{0} in {1} jobs', integer(row.submitted), integer(row.jobs))}</Fact>
      <Fact name={t('Done')}>{integer(row.ok)}{row.items > row.ok ? ` · ${t('{0} items', integer(row.items))}` : ''}</Fact>
      {row.rate === 0 ? null : <Fact name={t('Done / s')}>{rate(row.rate)}</Fact>}
      {row.running + row.pending === 0 ? null : <Fact name={t('To do')}>{t('{0} running, {1} pending', integer(row.running), integer(row.pending))}</Fact>}
      {row.failed + row.lost + row.cancelled === 0 ? null : <Fact name={t('Failed')}>{t('{0} raised, {1} lost with their worker, {2} cancelled', integer(row.failed), integer(row.lost), integer(row.cancelled))}</Fact>}
      {row.queueMs === null ? null : <Fact name={t('Queue time')}>{spread(row.queueMs)}</Fact>}
      {row.runMs === null ? null : <Fact name={t('Run time')}>{spread(row.runMs)}</Fact>}
      {row.channel === null ? null : <Fact name={t('Task queue')}><KeyLink of={row.channel} /></Fact>}
      {row.results === null ? null : <Fact name={t('Result queue')}><KeyLink of={row.results} /></Fact>}
    </>
  );
}

function spread(of: { readonly p50: number; readonly p99: number; readonly max: number }): string {
  return t('half within {0}, 99 % within {1}, longest {2}', latency(of.p50), latency(of.p99), latency(of.max));
}

function SegmentFacts({ row }: { readonly row: SegmentRow }): VNode {
  return (
    <>
      {row.systemName === null ? null : <Fact name={t('Name')}><code>{row.systemName}</code></Fact>}
      {row.type === null ? null : <Fact name={t('Type')}><code>{row.type}</code></Fact>}
      <Fact name={t('Size')}>{row.bytes < 1000 ? t('{0} bytes', integer(row.bytes)) : `${bytes(row.bytes)} · ${t('{0} bytes', integer(row.bytes))}`}</Fact>
      {row.lock === null ? null : <Fact name={t('Its lock')}><KeyLink of={row.lock} /></Fact>}
      {row.systemName === null ? null : <Fact name={t('Mapped by')}>{row.mappedBy.length === 0 ? t('nobody now') : <KeyLinks of={row.mappedBy} />}</Fact>}
    </>
  );
}

function SharedFacts({ row }: { readonly row: SharedRow }): VNode {
  return (
    <>
      <Fact name={t('Server')}>{row.server === null ? t('not recorded') : <KeyLink of={row.server} />}</Fact>
      {row.address === null ? null : <Fact name={t('Address')}><code class="wrap">{row.address}</code></Fact>}
      <Fact name={t('Calls')}>{integer(row.calls)}{row.failed === 0 ? '' : ` · ${t('{0} of them raised', integer(row.failed))}`}</Fact>
      {row.callMs === null ? null : <Fact name={t('Time a call')}>{spread(row.callMs)}</Fact>}
      {row.users.length === 0 ? null : <Fact name={t('Used by')}><KeyLinks of={row.users} /></Fact>}
    </>
  );
}

function Waiters({ waiters }: { readonly waiters: readonly LockWaiter[] }): VNode {
  return (
    <>
      <h3>{t('Waiting')}</h3>
      <ul class="waits">
        {[...waiters].sort((a, b) => a.sinceMs - b.sinceMs).map((w, i) => (
          <li key={i}>
            <KeyLink of={w.process} /> {t('for {0}', duration(nowFor(w.sinceMs) - w.sinceMs))}
            {w.untilMs === null ? null : ` · ${t('gives up at {0} s', moment(w.untilMs))}`}
            {w.where === null ? null : <> · <SourceLink where={w.where} /></>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Methods({ row }: { readonly row: SharedRow }): VNode {
  return (
    <table class="plain">
      <caption>{t('Methods')}</caption>
      <thead>
        <tr><th scope="col">{t('Method')}</th><th scope="col" class="end">{t('Calls')}</th><th scope="col" class="end">{t('Time in all')}</th><th scope="col" class="end">{t('Time a call')}</th></tr>
      </thead>
      <tbody>
        {row.methods.map((m) => (
          <tr key={m.method}><th scope="row"><code>{m.method}</code></th><td class="end">{integer(m.calls)}</td><td class="end">{latency(m.ms)}</td><td class="end">{m.calls === 0 ? '–' : latency(m.ms / m.calls)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
