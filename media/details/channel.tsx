/** Everything that is known of a queue, a pipe or a connection. */
import type { VNode } from 'preact';
import type { ChannelRow } from '../../src/protocol/view.js';
import { nowFor } from '../state/clock.js';
import { bytes, duration, latency, rate } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import { channelKind, channelName } from '../state/names.js';
import { show } from '../state/show.js';
import { store } from '../state/store.js';
import { Fact } from '../ui/fact.js';
import { KeyLink, KeyLinks } from '../ui/key-link.js';
import { SourceLink } from '../ui/source-link.js';
import { FindingsAbout } from './about.js';

export function ChannelDetails({ row }: { readonly row: ChannelRow }): VNode {
  return (
    <div class="details" tabIndex={0} role="region" aria-label={t('Details of {0}', channelName(row))}>
      <div class="title">
        <h2>{channelName(row)}</h2>
        <span class="dim">{channelKind(row)}</span>
        <button type="button" class="link" onClick={() => show(row.key)}>{t('Its messages')}</button>
      </div>
      <FindingsAbout of={row.key} />
      <div class="columns">
        <dl><Ends row={row} /></dl>
        <dl><Traffic row={row} /></dl>
      </div>
      <Waiters row={row} />
    </div>
  );
}

function Ends({ row }: { readonly row: ChannelRow }): VNode {
  const pool = store.poolOfChannel.value.get(row.key);
  return (
    <>
      {row.created === null ? null : <Fact name={t('Created at')}><SourceLink where={row.created} />{row.created.function === null ? '' : ` ${t('in {0}', row.created.function)}`}</Fact>}
      {row.createdBy === null ? null : <Fact name={t('Created by')}><KeyLink of={row.createdBy} /></Fact>}
      {row.internal ? <Fact name={t('Made by')}>{t('made by multiprocessing for itself')}</Fact> : null}
      {pool === undefined ? null : <Fact name={t('Part of')}><KeyLink of={pool.pool} /></Fact>}
      {row.address === null ? null : <Fact name={t('Address')}><code class="wrap">{row.address}</code></Fact>}
      {row.duplex === null ? null : <Fact name={t('Ways')}>{row.duplex ? t('both') : t('one')}</Fact>}
      {row.maxsize === null || row.maxsize <= 0 ? null : <Fact name={t('Room for')}>{plural(row.maxsize, '{0} message', '{0} messages')}</Fact>}
      <Fact name={t('Can read')}>{row.readers.length === 0 ? t('nobody now') : <KeyLinks of={row.readers} />}</Fact>
      <Fact name={t('Can write')}>{row.writers.length === 0 ? t('nobody now') : <KeyLinks of={row.writers} />}</Fact>
    </>
  );
}

function Traffic({ row }: { readonly row: ChannelRow }): VNode {
  const queue = row.kind !== 'Pipe' && row.kind !== 'Connection';
  return (
    <>
      <Fact name={t('Depth')}>{t('{0} now, at most {1}', integer(row.depth), integer(row.maxDepth))}</Fact>
      {queue ? <Fact name={t('Put and got')}>{t('{0} put, {1} got', integer(row.puts), integer(row.gets))}</Fact> : null}
      {queue && row.sent + row.received === 0 ? null : <Fact name={t('Through the pipe')}>{t('{0} sent, {1} received', integer(row.sent), integer(row.received))}</Fact>}
      <Fact name={t('Bytes')}>{bytes(row.bytes)}</Fact>
      <Fact name={t('Now')}>{t('{0} in a second, {1} out', rate(row.putRate), rate(row.getRate))}</Fact>
      {row.latencyMs === null ? null : <Fact name={t('Latency')}>{t('half within {0}, 99 % within {1}, longest {2}', latency(row.latencyMs.p50), latency(row.latencyMs.p99), latency(row.latencyMs.max))}</Fact>}
      {row.unfinished === null ? null : <Fact name={t('Unfinished')}>{t('{0} without task_done()', integer(row.unfinished))}</Fact>}
      {row.undelivered === 0 ? null : <Fact name={t('Undelivered')}><span class="tone-warn">{t('{0}, and nobody is left to read them', integer(row.undelivered))}</span></Fact>}
      {row.partial === 0 ? null : <Fact name={t('Cut off')}><span class="tone-warn">{t('{0}, whose sender was killed in the middle', integer(row.partial))}</span></Fact>}
      {row.countedOnly === 0 ? null : <Fact name={t('Counted only')}>{integer(row.countedOnly)}</Fact>}
      <Fact name={t('Matching')}>{row.matching === 'exact' ? t('each message is known from put to get') : row.matching === 'inferred' ? t('inferred') : t('none')}{row.matchingWhy === null ? null : <span class="dim"> · {t(row.matchingWhy)}</span>}</Fact>
    </>
  );
}

function Waiters({ row }: { readonly row: ChannelRow }): VNode | null {
  if (row.waiters.length === 0) return null;
  return (
    <>
      <h3>{t('Waiting')}</h3>
      <ul class="waits">
        {[...row.waiters].sort((a, b) => a.sinceMs - b.sinceMs).map((w, i) => (
          <li key={i}><code>{w.op}</code> <KeyLink of={w.process} /> {t('for {0}', duration(nowFor(w.sinceMs) - w.sinceMs))}</li>
        ))}
      </ul>
    </>
  );
}
