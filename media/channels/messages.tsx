/** The messages of a channel: all of them, or those that pass a filter; newest or oldest first. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { VNode } from 'preact';
import type { MessageReply } from '../../src/protocol/message-query.js';
import type { MessageRow } from '../../src/protocol/view.js';
import { chosenMessage } from '../lanes/lane-state.js';
import { nowFor } from '../state/clock.js';
import { bytes, duration, latency, place } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, plural, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { LongTable } from '../ui/long-table.js';
import { SourceLink } from '../ui/source-link.js';
import type { TableColumn } from '../ui/table.js';
import { ConditionsLine, FilterFields } from './filter-bar.js';
import { Flow } from './flow.js';
import { MessageDetails } from './message-details.js';
import { conditions, filter, followNewest, lookAt, order, reply, rowAt, see, standsAt, standStill, toNewest, widen } from './message-state.js';
import { stateWords } from './message-words.js';

function columns(): readonly TableColumn[] {
  return [
    { id: 'time', title: t('Time'), hint: t('Seconds from the start of the run'), min: 64, ideal: 70, grow: 0, rank: 3, align: 'end' },
    { id: 'ends', title: t('From → to'), min: 168, ideal: 190, grow: 1, rank: 0 },
    { id: 'latency', title: t('Latency'), hint: t('From put to get'), min: 68, ideal: 72, grow: 0, rank: 1, align: 'end' },
    { id: 'size', title: t('Size'), min: 52, ideal: 58, grow: 0, rank: 4, align: 'end' },
    { id: 'preview', title: t('Content'), min: 80, ideal: 150, grow: 3, rank: 2 },
    { id: 'places', title: t('Put at → got at'), min: 144, ideal: 164, grow: 0, rank: 5 },
  ];
}

let isAtTop = true;

/** A row that runs away under the pointer cannot be pressed: while it is over the list the list stands still, and goes on then. */
function followUnlessRead(): void {
  if (standsAt.peek() !== null && isAtTop && chosenMessage.peek() === null) followNewest();
}

export function Messages({ channel }: { readonly channel: string | null }): VNode {
  useEffect(() => {
    chosenMessage.value = null;
    lookAt(channel);
  }, [channel]);
  useEffect(() => () => lookAt(null), []);
  const specs = useMemo(columns, []);
  const sight = useCallback((first: number, last: number, atTop: boolean) => {
    see(first, last);
    isAtTop = atTop;
    // Who looks at older ones does not want them to run away; back at the top the list goes on.
    if (!atTop) standStill();
  }, []);
  const told = reply.value;
  const chosen = chosenMessage.value?.channel === channel ? chosenMessage.value.row : null;
  // A key may go to a row that is not there yet: it is chosen when it comes. One that went out of sight is remembered.
  const [coming, setComing] = useState<number | null>(null);
  const last = useRef({ id: '', index: -1 });
  const found = chosen === null || told === null ? -1 : indexOf(told, chosen);
  if (chosen !== null && found >= 0) last.current = { id: chosen.id, index: found };
  const selected = coming ?? (found >= 0 ? found : chosen !== null && chosen.id === last.current.id ? last.current.index : -1);
  useEffect(() => {
    const at = coming === null ? null : rowAt(coming);
    if (at === null || channel === null) return;
    setComing(null);
    chosenMessage.value = { channel, row: at };
  }, [told, coming]);
  const row = channel === null ? undefined : store.channels.get(channel)?.value;
  if (channel === null || row === undefined) return <div class="empty"><p class="dim">{t('Choose a channel to see its messages.')}</p></div>;
  const name = names.channel(channel);
  const fresh = found < 0 ? null : rowAt(found);
  const choose = (index: number): void => {
    const at = rowAt(index);
    standStill();
    setComing(at === null ? index : null);
    if (at !== null) chosenMessage.value = { channel, row: at };
  };
  return (
    <>
      <Flow channel={row} name={name} aside={<How channel={channel} />} />
      <Caption told={told} />
      <ConditionsLine channel={row} />
      <div class="message-body">
        <div class="message-list" onPointerEnter={standStill} onPointerLeave={followUnlessRead}>
        <LongTable
          id="message"
          label={t('Messages of {0}', name)}
          columns={specs}
          length={told === null ? 0 : Math.min(told.matching, standsAt.value ?? Infinity)}
          selected={selected}
          keyOf={(index) => rowAt(index)?.id ?? null}
          onSelect={choose}
          onOpen={(index, event) => {
            const where = rowAt(index)?.putWhere;
            if (where != null) host.open(where, event.ctrlKey || event.metaKey);
          }}
          onSight={sight}
          toTop={toNewest.value}
          cell={(index, column) => <Cell index={index} column={column} />}
          empty={<Empty told={told} />}
        />
        </div>
        {chosen === null ? null : <MessageDetails row={fresh ?? chosen} onClose={() => (chosenMessage.value = null)} />}
      </div>
    </>
  );
}

function indexOf(told: MessageReply, chosen: MessageRow): number {
  const at = told.rows.findIndex((row) => row.id === chosen.id);
  return at < 0 ? -1 : told.first + at;
}

function Caption({ told }: { readonly told: MessageReply | null }): VNode {
  const total = told?.total ?? 0;
  const narrowed = filter.value.text !== '' || conditions.value > 0;
  const stands = standsAt.value;
  const newer = stands === null || told === null ? 0 : Math.max(0, told.matching - stands);
  return (
    <div class="caption" role="search" aria-label={t('Filter of the messages')}>
      <span class="found dim" aria-live={narrowed ? 'polite' : 'off'}>
        {narrowed && told !== null ? t('{0} of {1}', integer(told.matching), plural(total, '{0} message', '{0} messages')) : plural(total, '{0} message', '{0} messages')}
      </span>
      {told?.searched == null ? null : <Progress searched={told.searched} total={total} />}
      <FilterFields />
      {store.live.value && order.value === 'newest' ? (
        <Button look="secondary" class={`follow${stands === null ? ' on' : ''}`} pressed={stands === null} title={stands === null ? t('New messages come in at the top') : t('The list stands still while you look at it')} onPress={() => {
          if (stands === null) standStill();
          else {
            chosenMessage.value = null;
            followNewest();
          }
        }}>
          {newer > 0 ? plural(newer, '{0} newer', '{0} newer') : t('Stay at newest')}
        </Button>
      ) : null}
    </div>
  );
}

function Progress({ searched, total }: { readonly searched: number; readonly total: number }): VNode {
  return (
    <span class="progress">
      <progress value={searched} max={Math.max(1, total)} aria-label={t('Search of the messages')} />
      <span class="dim">{t('searched {0} so far', integer(searched))}</span>
    </span>
  );
}

function Empty({ told }: { readonly told: MessageReply | null }): VNode | null {
  if (told === null) return null;
  if (told.total === 0) return <p class="dim">{t('No message yet.')}</p>;
  if (told.searched !== null) return <p class="dim">{t('No match so far…')}</p>;
  return (
    <>
      <p>{t('No message passes the filter.')}</p>
      <p><button type="button" class="link" onClick={() => widen()}>{t('Clear the filter')}</button></p>
    </>
  );
}

/** How puts and gets were paired, where it is not beyond doubt. */
function How({ channel }: { readonly channel: string }): VNode | null {
  const row = store.channels.get(channel)?.value;
  if (row === undefined || row.matching === 'exact') return null;
  return <span class={`matching ${row.matching}`} title={row.matchingWhy === null ? undefined : t(row.matchingWhy)}>{row.matching === 'inferred' ? t('matching inferred') : t('not matched')}</span>;
}

function Cell({ index, column }: { readonly index: number; readonly column: string }): VNode | null {
  const row = rowAt(index);
  if (row === null) return null;
  switch (column) {
    case 'time': {
      const at = row.putMs ?? row.sentMs ?? row.receivedMs;
      return <span>{at === null ? '–' : (at / 1000).toFixed(3)}</span>;
    }
    case 'ends':
      return (
        <span class="text" title={ends(row)}>
          {row.from === null ? t('unknown') : names.process(row.from)}
          <span class="dim"> → </span>
          {row.to === null ? <span class={`tone-${stateWords(row.state).tone}`}>{stateWords(row.state).short}</span> : names.process(row.to)}
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
  else lines.push(stateWords(row.state).long);
  return lines.join('\n');
}

/** One that nobody took goes on waiting before the reader's eyes. */
function Latency({ row }: { readonly row: MessageRow }): VNode {
  if (row.latencyMs !== null) return <span>{latency(row.latencyMs)}</span>;
  const from = row.putMs ?? row.sentMs;
  if (from === null || row.receivedMs !== null || row.state === 'unmatched') return <span>–</span>;
  return <span class={`tone-${stateWords(row.state).tone}`}>{t('{0}…', duration(nowFor(from) - from))}</span>;
}
