/** Queues and pipes, one a row, and the latest messages of the one that is chosen. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ChannelRow, ChannelWaiter } from '../../src/protocol/view.js';
import { choices, chooseChannel } from '../state/choices.js';
import { nowFor } from '../state/clock.js';
import { bytes, count, duration, fileName, latencies, latency, rate } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, plural, t } from '../state/l10n.js';
import { settled } from '../state/moment.js';
import { channelKind, channelMatches, channelName, names, needles } from '../state/names.js';
import { sortFindings, store } from '../state/store.js';
import { SourceLink } from '../ui/source-link.js';
import { Splitter } from '../ui/splitter.js';
import { Table, type TableColumn } from '../ui/table.js';
import { Messages } from './messages.js';
import { Sparkline } from './sparkline.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'channel', title: t('Channel'), min: 142, ideal: 190, grow: 2, rank: 0 },
    { id: 'kind', title: t('Kind'), min: 96, ideal: 110, grow: 0, rank: 5 },
    { id: 'depth', title: t('Depth'), hint: t('Put and not yet got, of the capacity'), min: 76, ideal: 84, grow: 0, rank: 0, align: 'end' },
    { id: 'history', title: t('Over time'), min: 84, ideal: 118, grow: 0, rank: 4 },
    { id: 'put', title: t('Put / s'), min: 54, ideal: 60, grow: 0, rank: 3, align: 'end' },
    { id: 'get', title: t('Get / s'), min: 54, ideal: 60, grow: 0, rank: 3, align: 'end' },
    { id: 'messages', title: t('Messages'), hint: t('Put or sent, in all'), min: 70, ideal: 76, grow: 0, rank: 9, align: 'end' },
    { id: 'bytes', title: t('Bytes'), min: 58, ideal: 62, grow: 0, rank: 6, align: 'end' },
    { id: 'latency', title: 'p50 · p99', hint: t('From put to get'), min: 114, ideal: 118, grow: 0, rank: 6, align: 'end' },
    { id: 'waiting', title: t('Waiting'), min: 136, ideal: 230, grow: 3, rank: 1 },
    { id: 'matching', title: t('Matching'), hint: t('How each put is known to belong to its get'), min: 76, ideal: 80, grow: 0, rank: 10 },
  ];
}

export function Channels(): VNode {
  const specs = useMemo(columns, []);
  const words = needles(choices.filter.value);
  const all = store.channels.keys.value;
  const keys = useMemo(() => {
    const shown = all.filter((key) => {
      const row = store.channels.get(key)?.peek();
      return row !== undefined && (choices.internal.value || !row.internal) && (words.length === 0 || channelMatches(row, words));
    });
    // A filter that names a process leaves no channel: then all stand, so that its traffic can still be seen.
    return shown.length === 0 && words.length > 0 ? all.filter((key) => choices.internal.value || store.channels.get(key)?.peek().internal !== true) : shown;
  }, [all, choices.filter.value, choices.internal.value]);
  const hidden = all.filter((key) => store.channels.get(key)?.peek().internal === true).length;
  // Until one is chosen: the one that the worst finding is about, else the first.
  const worst = sortFindings(store.findings.value).find((f) => f.object !== null && keys.includes(f.object))?.object;
  const chosen = choices.channel.value !== null && keys.includes(choices.channel.value) ? choices.channel.value : (worst ?? keys[0] ?? null);
  return (
    <div class="duo channels" style={{ '--share': `${choices.channelShare.value * 100}%` }}>
      <div class="side">
        <Table
          id="channel"
          label={t('Channels')}
          columns={specs}
          keys={keys}
          selected={chosen}
          onSelect={chooseChannel}
          onOpen={(key, event) => {
            const where = store.channels.get(key)?.peek().created;
            if (where != null) host.open(where, event.ctrlKey || event.metaKey);
          }}
          cell={(key, column) => <Cell channel={key} column={column} />}
          empty={<><p>{store.run.value?.durationMs === null ? t('No queue or pipe yet.') : t('This run made no queue and no pipe.')}</p><p class="dim">{t('Queue, JoinableQueue, SimpleQueue and Pipe appear when the script makes one.')}</p></>}
        />
        {hidden > 0 ? (
          <button type="button" class="link fold" aria-pressed={choices.internal.value} onClick={() => (choices.internal.value = !choices.internal.value)}>
            {choices.internal.value ? t('Hide the channels that multiprocessing made for itself') : plural(hidden, 'Show {0} channel that multiprocessing made for itself', 'Show {0} channels that multiprocessing made for itself')}
          </button>
        ) : null}
      </div>
      <Splitter label={t('Width of the table')} share={choices.channelShare} byDefault={0.59} between="columns" />
      <div class="side second messages"><Messages channel={chosen} /></div>
    </div>
  );
}

function Cell({ channel, column }: { readonly channel: string; readonly column: string }): VNode | null {
  const row = store.channels.get(channel)?.value;
  if (row === undefined) return null;
  const queue = row.kind !== 'Pipe' && row.kind !== 'Connection';
  switch (column) {
    case 'channel':
      return (
        <>
          <span class="text">{channelName(row)}</span>
          {row.created === null ? null : <SourceLink class="quiet" where={row.created} untabbed><span class="file">{fileName(row.created.file)}</span><span>:{row.created.line}</span></SourceLink>}
        </>
      );
    case 'kind': return <span title={row.internal ? t('made by multiprocessing for itself') : undefined}>{channelKind(row)}</span>;
    case 'depth': return <Depth row={row} />;
    case 'history': return <Sparkline values={row.depthHistory} last={row.depth} limit={row.maxsize !== null && row.maxsize > 0 ? row.maxsize : null} tone={depthTone(row)} />;
    case 'put': return <span>{rate(row.putRate)}</span>;
    case 'get': return <span>{rate(row.getRate)}</span>;
    case 'messages': return <span title={t('{0} put, {1} got', integer(queue ? row.puts : row.sent), integer(queue ? row.gets : row.received))}>{count(queue ? row.puts : row.sent)}</span>;
    case 'bytes': return <span>{bytes(row.bytes)}</span>;
    case 'latency': return <span title={row.latencyMs === null ? undefined : t('longest {0}', latency(row.latencyMs.max))}>{row.latencyMs === null ? '–' : latencies(row.latencyMs.p50, row.latencyMs.p99)}</span>;
    case 'waiting': return <Waiting row={row} />;
    case 'matching': return <Matching row={row} />;
    default: return null;
  }
}

function depthTone(row: ChannelRow): 'plain' | 'warn' | 'bad' {
  const severity = store.findingOfObject.value.get(row.key)?.severity;
  if (severity === 'error') return 'bad';
  if (severity === 'warning' || (row.maxsize !== null && row.maxsize > 0 && row.depth >= row.maxsize)) return 'warn';
  return 'plain';
}

function Depth({ row }: { readonly row: ChannelRow }): VNode {
  const limit = row.maxsize !== null && row.maxsize > 0 ? ` / ${count(row.maxsize)}` : '';
  const lines = [t('at most {0} so far', integer(row.maxDepth))];
  if (row.unfinished !== null) lines.push(t('{0} not yet task_done()', integer(row.unfinished)));
  if (row.undelivered > 0) lines.push(t('{0} never received', integer(row.undelivered)));
  if (row.partial > 0) lines.push(t('{0} cut off: the sender was killed in the middle', integer(row.partial)));
  return <span class={`tone-${depthTone(row)}`} title={lines.join('\n')}>{(row.depth < 10_000 ? integer(row.depth) : count(row.depth)) + limit}</span>;
}

function Matching({ row }: { readonly row: ChannelRow }): VNode {
  const why = row.matchingWhy === null ? t('Each put is known to belong to its get.') : t(row.matchingWhy);
  const word = row.matching === 'exact' ? t('exact') : row.matching === 'inferred' ? t('inferred') : t('none');
  return <span class={`matching ${row.matching}`} title={why}>{word}</span>;
}

function Waiting({ row }: { readonly row: ChannelRow }): VNode {
  const writers = row.waiters.filter((w) => w.op === 'put' || w.op === 'send' || w.op === 'feeder-send' || w.op === 'join-thread');
  const readers = row.waiters.filter((w) => !writers.includes(w));
  if (row.waiters.length === 0) return <span class="dim">–</span>;
  // Who held which end is not known at a glance.
  const unread = settled.value && writers.length > 0 && row.readers.length === 0;
  return (
    <span class="waits" title={row.waiters.map((w) => `${names.process(w.process)}: ${w.op}`).join('\n')}>
      <WaitSide word={t('put')} waiters={writers} tone={writers.length > 0 ? depthTone(row) : 'plain'} />
      {writers.length > 0 && readers.length > 0 ? ' · ' : ''}
      <WaitSide word={t('get')} waiters={readers} tone="plain" />
      {unread ? <span> · {t('no reader')}</span> : null}
    </span>
  );
}

function WaitSide({ word, waiters, tone }: { readonly word: string; readonly waiters: readonly ChannelWaiter[]; readonly tone: string }): VNode | null {
  const oldest = waiters.reduce<ChannelWaiter | null>((a, b) => (a === null || b.sinceMs < a.sinceMs ? b : a), null);
  if (oldest === null) return null;
  const feeder = waiters.every((w) => w.op === 'feeder-send');
  const more = waiters.length - 1;
  return (
    <span class={`tone-${tone}`}>
      {feeder ? t('write') : word}: {names.process(oldest.process)} {duration(nowFor(oldest.sinceMs) - oldest.sinceMs)}
      {more > 0 ? ` +${more}` : ''}
    </span>
  );
}
