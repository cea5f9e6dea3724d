/** The chosen process beside the one that is held: what each is, and a table of their numbers. */
import type { ComponentChildren, VNode } from 'preact';
import { ending, kindWords, stateWords } from '../../src/model/words.js';
import type { ProcessRow } from '../../src/protocol/view.js';
import { stopComparing, swapCompared } from '../processes/compare.js';
import { nowFor } from '../state/clock.js';
import { bytes, kibibytes, latency, moment, percent } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { Mark } from '../ui/icons.js';
import { KeyLink } from '../ui/key-link.js';
import { compare, type Compared, type FigureName } from './comparison.js';

export function Comparison({ a, b }: { readonly a: ProcessRow; readonly b: ProcessRow }): VNode {
  const nowMs = nowFor(Math.min(a.startedMs, b.startedMs));
  return (
    <section class="comparison" aria-label={t('{0} and {1} compared', a.name, b.name)}>
      <div class="title">
        <h2>{t('{0} and {1} compared', a.name, b.name)}</h2>
        <span class="grow" />
        <Button look="secondary" onPress={swapCompared}>{t('Swap')}</Button>
        <Button look="secondary" onPress={stopComparing}>{t('Stop comparing')}</Button>
      </div>
      <table class="plain compare">
        <thead>
          <tr>
            <td />
            <th scope="col"><KeyLink of={a.key} /> <span class="dim">{a.pid}</span></th>
            <th scope="col"><KeyLink of={b.key} /> <span class="dim">{b.pid}</span></th>
            <th scope="col">{t('Difference')}</th>
          </tr>
        </thead>
        <tbody>
          <Texts name={t('State')} a={<State row={a} />} b={<State row={b} />} same={a.state === b.state} />
          <Texts name={t('Kind')} a={kindOf(a)} b={kindOf(b)} same={kindOf(a) === kindOf(b)} />
          {a.target === null && b.target === null ? null : <Texts name={t('Runs')} a={a.target ?? '–'} b={b.target ?? '–'} same={a.target === b.target} />}
          {ending(a) === null && ending(b) === null ? null : <Texts name={t('End')} a={ending(a) ?? '–'} b={ending(b) ?? '–'} same={ending(a) === ending(b)} />}
          {compare(a, b, nowMs).map((row) => <Figures key={row.name} row={row} />)}
        </tbody>
      </table>
    </section>
  );
}

function kindOf(row: ProcessRow): string {
  return [kindWords(row), row.startMethod ?? '', row.daemon === true ? t('daemon') : ''].filter((text) => text !== '').join(' · ');
}

function State({ row }: { readonly row: ProcessRow }): VNode {
  const words = stateWords(row, names, store.findingOf.value.get(row.key)?.severity ?? null);
  return <span class={`words tone-${words.tone}`}><Mark shape={words.shape} /><span class="what">{words.text}</span></span>;
}

function Texts({ name, a, b, same }: { readonly name: string; readonly a: ComponentChildren; readonly b: ComponentChildren; readonly same: boolean }): VNode {
  return (
    <tr class={same ? 'same' : ''}>
      <th scope="row">{name}</th>
      <td>{a}</td>
      <td>{b}</td>
      <td class="dim">{same ? t('the same') : t('differs')}</td>
    </tr>
  );
}

function Figures({ row }: { readonly row: Compared }): VNode {
  const { name, a, b, by, times } = row;
  const same = by !== null && words(name, Math.abs(by)) === words(name, 0);
  return (
    <tr class={same ? 'same' : ''}>
      <th scope="row">{titleOf(name)}</th>
      <Cell name={name} value={a} share={row.shares[0]} most={!same && (a ?? 0) > (b ?? 0)} />
      <Cell name={name} value={b} share={row.shares[1]} most={!same && (b ?? 0) > (a ?? 0)} />
      <td class="figure by">
        {same ? <span class="dim">{t('the same')}</span> : by === null ? '–' : `${by > 0 ? '+' : '\u2212'}${words(name, Math.abs(by))}`}
        {same || times === null ? null : <span class="dim"> × {times < 10 ? times.toFixed(1) : integer(Math.round(times))}</span>}
      </td>
    </tr>
  );
}

function Cell({ name, value, share, most }: { readonly name: FigureName; readonly value: number | null; readonly share: number; readonly most: boolean }): VNode {
  return (
    <td class={`figure${most ? ' most' : ''}`}>
      <span>{value === null ? '–' : words(name, value)}{most ? <span class="unseen">, {t('the larger')}</span> : null}</span>
      {name === 'started' ? null : <span class="share" aria-hidden="true"><span style={{ width: `${Math.round(share * 100)}%` }} /></span>}
    </td>
  );
}

function words(name: FigureName, n: number): string {
  switch (name) {
    case 'cpu': return percent(n);
    case 'memory': return kibibytes(n);
    case 'received': case 'sent': case 'tasks': return integer(n);
    case 'bytesReceived': case 'bytesSent': return bytes(n);
    case 'started': return t('{0} s', moment(n));
    default: return n === 0 ? '0' : latency(n);
  }
}

function titleOf(name: FigureName): string {
  switch (name) {
    case 'cpu': return t('CPU');
    case 'memory': return t('Memory');
    case 'received': return t('Messages received');
    case 'sent': return t('Messages sent');
    case 'bytesReceived': return t('Bytes received');
    case 'bytesSent': return t('Bytes sent');
    case 'tasks': return t('Tasks');
    case 'started': return t('Started');
    case 'lived': return t('Lived');
    case 'zombie': return t('As a zombie');
    case 'orphan': return t('As an orphan');
    default: return t('Waited: {0}', waitReason(name));
  }
}

export function waitReason(reason: 'queue' | 'pipe' | 'join' | 'lock' | 'result' | 'other'): string {
  switch (reason) {
    case 'queue': return t('queues');
    case 'pipe': return t('pipes');
    case 'join': return t('for children');
    case 'lock': return t('for locks');
    case 'result': return t('for results');
    case 'other': return t('for other things');
  }
}
