/** The chosen message in full: what it is, how long each part of its way took, and where both ends of it are in the source. */
import type { VNode } from 'preact';
import type { MessageRow } from '../../src/protocol/view.js';
import { reveal } from '../processes/tree-state.js';
import { nowFor } from '../state/clock.js';
import { duration, latency } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { Button } from '../ui/controls.js';
import { Icon } from '../ui/icons.js';
import { SourceLink } from '../ui/source-link.js';
import { stateWords } from './message-words.js';

interface Part {
  readonly id: 'buffer' | 'write' | 'pipe';
  readonly text: string;
  readonly ms: number;
}

/** From put to get, part by part, as far as the times are known. */
export function partsOf(row: MessageRow): readonly Part[] {
  const { putMs, sentMs, writtenMs, receivedMs } = row;
  const parts: Part[] = [];
  if (putMs !== null && sentMs !== null) parts.push({ id: 'buffer', text: t('in the buffer of its sender'), ms: sentMs - putMs });
  // A reader may have all of it before the writer has looked at the clock.
  const written = writtenMs === null || receivedMs === null ? writtenMs : Math.min(writtenMs, receivedMs);
  if (sentMs !== null && written !== null) parts.push({ id: 'write', text: t('being written'), ms: written - sentMs });
  if (written !== null && receivedMs !== null) parts.push({ id: 'pipe', text: t('in the pipe, until it was read'), ms: receivedMs - written });
  return parts.map((part) => ({ ...part, ms: Math.max(0, part.ms) }));
}

export function MessageDetails({ row, onClose }: { readonly row: MessageRow; readonly onClose: () => void }): VNode {
  const { from, to, putWhere, getWhere } = row;
  const words = stateWords(row.state);
  const at = (ms: number): string => t('{0} s', (ms / 1000).toFixed(4));
  const begun = row.putMs ?? row.sentMs;
  return (
    <section class="chosen message-details" aria-label={t('The chosen message')}>
      <div class="title">
        <p>
          <b>{t('Message {0}', integer(row.index))}</b>
          {row.bytes === null ? null : <>{' '}<span>· {t('{0} bytes', integer(row.bytes))}</span></>}
          {row.state === 'received' ? null : <span class={`tone-${words.tone}`}> · {words.long}{begun === null || row.state !== 'flight' ? '' : ` · ${t('{0}…', duration(nowFor(begun) - begun))}`}</span>}
        </p>
        {row.preview === null ? null : <Button look="icon" label={t('Copy the preview')} title={t('Copy the preview')} onPress={() => host.copy(row.preview ?? '')}>{t('Copy')}</Button>}
        <Button look="icon" label={t('Close the message')} title={t('Close the message')} onPress={onClose}><Icon name="close" /></Button>
      </div>
      <dl>
        {begun === null ? null : (
          <div>
            <dt>{row.putMs === null ? t('sent') : t('put')}</dt>
            <dd>
              <span class="mono">{at(begun)}</span>
              {from === null ? null : <button type="button" class="link" onClick={() => reveal(from)}>{names.process(from)}</button>}
              {putWhere === null ? null : <SourceLink where={putWhere} />}
            </dd>
          </div>
        )}
        {row.putMs === null || row.sentMs === null ? null : <div><dt>{t('sent')}</dt><dd><span class="mono">{at(row.sentMs)}</span></dd></div>}
        <div>
          <dt>{t('got')}</dt>
          <dd>
            {row.receivedMs === null ? <span class={`tone-${words.tone}`}>{words.long}</span> : <span class="mono">{at(row.receivedMs)}</span>}
            {to === null ? null : <button type="button" class="link" onClick={() => reveal(to)}>{names.process(to)}</button>}
            {getWhere === null ? null : <SourceLink where={getWhere} />}
          </dd>
        </div>
        {row.latencyMs === null ? null : <div><dt>{t('took')}</dt><dd><span class="mono">{latency(row.latencyMs)}</span></dd></div>}
      </dl>
      <Split row={row} />
      {row.preview === null ? <p class="dim">{t('No preview was kept.')}</p> : <code class="wrap">{row.preview}</code>}
    </section>
  );
}

/** Where the time went: a bar whose parts are as long as they took, and the same in words. */
function Split({ row }: { readonly row: MessageRow }): VNode | null {
  const parts = partsOf(row);
  const total = parts.reduce((sum, { ms }) => sum + ms, 0);
  if (total <= 0) return null;
  let x = 0;
  const waited = row.readMs !== null && row.sentMs !== null && row.readMs < row.sentMs ? row.sentMs - row.readMs : null;
  return (
    <div class="split">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {parts.map(({ id, ms }) => {
          const width = (ms / total) * 100;
          const from = x;
          x += width;
          return <rect key={id} class={id} x={from} width={Math.max(width, 0.4)} y="0" height="6" />;
        })}
      </svg>
      <ul>
        {parts.map(({ id, text, ms }) => <li key={id} class={id}><span class="key" aria-hidden="true" />{text} <b>{latency(ms)}</b></li>)}
        {waited === null ? null : <li class="dim">{t('its receiver had waited for {0}', latency(waited))}</li>}
      </ul>
    </div>
  );
}
