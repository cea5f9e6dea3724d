/** The latest messages of a channel, newest first. */
import { computed } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { MessageRow } from '../../src/protocol/view.js';
import { chosenMessage } from '../lanes/lane-state.js';
import { reveal } from '../processes/tree-state.js';
import { nowFor } from '../state/clock.js';
import { bytes, duration, latency, moment, place } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { SourceLink } from '../ui/source-link.js';
import { Table, type TableColumn } from '../ui/table.js';

/** As many as a person scrolls through; the host sends them again with each change. */
const LIMIT = 200;

function keyOf(row: MessageRow): string {
  return `${row.direction}-${row.index}`;
}

const byKey = computed(() => new Map((store.messages.value?.rows ?? []).map((row) => [keyOf(row), row])));

function columns(): readonly TableColumn[] {
  return [
    { id: 'time', title: t('Time'), hint: t('Seconds from the start of the run'), min: 58, ideal: 62, grow: 0, rank: 3, align: 'end' },
    { id: 'ends', title: t('From → to'), min: 168, ideal: 190, grow: 1, rank: 0 },
    { id: 'latency', title: t('Latency'), hint: t('From put to get'), min: 68, ideal: 72, grow: 0, rank: 1, align: 'end' },
    { id: 'size', title: t('Size'), min: 52, ideal: 58, grow: 0, rank: 4, align: 'end' },
    { id: 'preview', title: t('Content'), min: 80, ideal: 150, grow: 3, rank: 2 },
    { id: 'places', title: t('Put at → got at'), min: 144, ideal: 164, grow: 0, rank: 5 },
  ];
}

export function Messages({ channel }: { readonly channel: string | null }): VNode {
  useEffect(() => {
    chosenMessage.value = null;
    host.messages(channel, LIMIT);
    return () => host.messages(null, 0);
  }, [channel]);
  const specs = useMemo(columns, []);
  const messages = store.messages.value;
  const rows = channel !== null && messages?.channel === channel ? messages.rows : [];
  const keys = useMemo(() => [...rows].sort(newestFirst).map(keyOf), [rows]);
  if (channel === null) return <div class="empty"><p class="dim">{t('Choose a channel to see its latest messages.')}</p></div>;
  const chosen = chosenMessage.value;
  const name = names.channel(channel);
  const total = messages?.channel === channel ? messages.total : 0;
  return (
    <>
      <div class="caption">
        <b>{name}</b>
        <span class="dim">{total > rows.length ? t('latest {0} of {1} messages', integer(rows.length), integer(total)) : plural(total, '{0} message', '{0} messages')}</span>
        <span class="grow" />
        <How channel={channel} />
      </div>
      <Table
        id="message"
        label={t('Latest messages of {0}', name)}
        columns={specs}
        keys={keys}
        selected={chosen?.channel === channel ? keyOf(chosen.row) : null}
        onSelect={(key) => {
          const row = byKey.peek().get(key);
          if (row !== undefined) chosenMessage.value = { channel, row };
        }}
        onOpen={(key, event) => {
          const where = byKey.peek().get(key)?.putWhere;
          if (where != null) host.open(where, event.ctrlKey || event.metaKey);
        }}
        cell={(key, column) => <Cell message={key} column={column} />}
        empty={<p class="dim">{t('No message yet.')}</p>}
      />
      {chosen?.channel === channel ? <Chosen row={byKey.value.get(keyOf(chosen.row)) ?? chosen.row} /> : null}
    </>
  );
}

/** How puts and gets were paired, where it is not beyond doubt. */
function How({ channel }: { readonly channel: string }): VNode | null {
  const row = store.channels.get(channel)?.value;
  if (row === undefined || row.matching === 'exact') return null;
  return <span class={`matching ${row.matching}`} title={row.matchingWhy === null ? undefined : t(row.matchingWhy)}>{row.matching === 'inferred' ? t('matching inferred') : t('not matched')}</span>;
}

/** The chosen message in full. */
function Chosen({ row }: { readonly row: MessageRow }): VNode {
  const { from, to, putWhere, getWhere } = row;
  const at = (ms: number): string => t('{0} s', (ms / 1000).toFixed(4));
  return (
    <section class="chosen" aria-label={t('The chosen message')}>
      <div>
        <b>{t('Message {0}', integer(row.index))}</b>
        {row.bytes === null ? null : <span> · {t('{0} bytes', integer(row.bytes))}</span>}
        {row.latencyMs === null ? null : <span> · {t('took {0}', latency(row.latencyMs))}</span>}
      </div>
      <div>
        {row.putMs === null && row.sentMs === null ? null : <span>{t('put at {0}', at(row.putMs ?? row.sentMs ?? 0))} </span>}
        {from === null ? null : <button type="button" class="link" onClick={() => reveal(from)}>{names.process(from)}</button>}
        {putWhere === null ? null : <> <SourceLink where={putWhere} /></>}
      </div>
      <div>
        {row.receivedMs === null ? <span class="tone-warn">{t('nobody received it yet')}</span> : <span>{t('got at {0}', at(row.receivedMs))} </span>}
        {to === null ? null : <button type="button" class="link" onClick={() => reveal(to)}>{names.process(to)}</button>}
        {getWhere === null ? null : <> <SourceLink where={getWhere} /></>}
      </div>
      {row.preview === null ? null : <code class="wrap">{row.preview}</code>}
    </section>
  );
}

/** By when it was put; the two directions of a pipe count for themselves. */
function newestFirst(a: MessageRow, b: MessageRow): number {
  return (b.putMs ?? b.sentMs ?? b.receivedMs ?? 0) - (a.putMs ?? a.sentMs ?? a.receivedMs ?? 0) || b.index - a.index;
}

function Cell({ message, column }: { readonly message: string; readonly column: string }): VNode | null {
  const row = byKey.value.get(message);
  if (row === undefined) return null;
  switch (column) {
    case 'time': {
      const at = row.putMs ?? row.sentMs ?? row.receivedMs;
      return <span>{at === null ? '–' : moment(at)}</span>;
    }
    case 'ends':
      return (
        <span class="text" title={ends(row)}>
          {row.from === null ? t('unknown') : names.process(row.from)}
          <span class="dim"> → </span>
          {row.to === null ? <span class="tone-warn">{t('nobody yet')}</span> : names.process(row.to)}
        </span>
      );
    case 'latency': return <Latency row={row} />;
    case 'size': return <span>{row.bytes === null ? '–' : bytes(row.bytes)}</span>;
    case 'preview': return <span class="text mono" title={row.preview ?? t('No preview was kept.')}>{row.preview ?? '–'}</span>;
    case 'places':
      return (
        <>
          {row.putWhere === null ? <span class="dim">–</span> : <SourceLink where={row.putWhere} untabbed />}
          <span class="dim"> → </span>
          {row.getWhere === null ? <span class="dim">–</span> : <SourceLink where={row.getWhere} untabbed>{row.getWhere.file === row.putWhere?.file ? `:${row.getWhere.line}` : place(row.getWhere)}</SourceLink>}
        </>
      );
    default: return null;
  }
}

function ends(row: MessageRow): string {
  const lines = [t('message {0}', integer(row.index))];
  if (row.putMs !== null) lines.push(t('put at {0} s', (row.putMs / 1000).toFixed(4)));
  if (row.sentMs !== null) lines.push(t('sent at {0} s', (row.sentMs / 1000).toFixed(4)));
  if (row.receivedMs !== null) lines.push(t('received at {0} s', (row.receivedMs / 1000).toFixed(4)));
  return lines.join('\n');
}

/** One that nobody took goes on waiting before the reader's eyes. */
function Latency({ row }: { readonly row: MessageRow }): VNode {
  if (row.latencyMs !== null) return <span>{latency(row.latencyMs)}</span>;
  const from = row.putMs ?? row.sentMs;
  if (from === null || row.receivedMs !== null) return <span>–</span>;
  return <span class="tone-warn">{t('{0}…', duration(nowFor(from) - from))}</span>;
}
