/** A channel over time: depth against capacity, put and get rates, how long messages took, and who waits now. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FlowReply } from '../../src/protocol/message-query.js';
import type { ChannelRow, ChannelWaiter } from '../../src/protocol/view.js';
import { reveal } from '../processes/tree-state.js';
import { choices } from '../state/choices.js';
import { nowFor } from '../state/clock.js';
import { count, duration, latency, rate } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { Chart } from '../ui/chart.js';
import { Icon } from '../ui/icons.js';
import { untilMs } from './message-state.js';
import { barAt, columnAt, drawDepth, drawLatency, drawRates, ratesOf } from './flow-draw.js';

/** As many rows as somebody listens to. */
const TABLE_ROWS = 12;
const WAITERS = 3;

export function Flow({ channel, name, aside }: { readonly channel: ChannelRow; readonly name: string; readonly aside: ComponentChildren }): VNode {
  const open = choices.flow.value;
  const [columns, setColumns] = useState(0);
  const told = store.flow.value;
  const flow = told?.channel === channel.key ? told : null;
  useEffect(() => {
    host.flow(open && columns > 0 ? { channel: channel.key, columns: Math.round(columns), untilMs: untilMs.value } : null);
  }, [channel.key, columns, open, untilMs.value]);
  useEffect(() => () => host.flow(null), []);
  return (
    <section class="flow" aria-label={t('{0} over time', name)}>
      <div class="flow-line">
        <button type="button" class="link fold-charts" aria-expanded={open} onClick={() => (choices.flow.value = !open)}>
          <Icon name={open ? 'down' : 'right'} /><b>{name}</b> <span class="dim">{t('over time')}</span>
        </button>
        <Waiters channel={channel} />
        <span class="grow" />
        {aside}
      </div>
      {open ? (
        <div class="charts">
          <DepthChart channel={channel} flow={flow} onWidth={setColumns} />
          <RateChart channel={channel} flow={flow} />
          <LatencyChart flow={flow} />
        </div>
      ) : null}
    </section>
  );
}

function seconds(ms: number): string {
  return t('{0} s', (ms / 1000).toFixed(ms < 10_000 ? 2 : 1));
}

function DepthChart({ channel, flow, onWidth }: { readonly channel: ChannelRow; readonly flow: FlowReply | null; readonly onWidth: (width: number) => void }): VNode {
  const [point, setPoint] = useState(-1);
  const limit = channel.maxsize !== null && channel.maxsize > 0 ? channel.maxsize : null;
  const alarm = store.findingOfObject.value.get(channel.key)?.severity === 'error';
  const now = limit === null ? integer(channel.depth) : t('{0} of {1}', integer(channel.depth), integer(limit));
  const peak = t('at most {0}', integer(channel.maxDepth));
  return (
    <Chart
      class="depth"
      title={<><span class="what">{t('Depth')}</span> <b>{now}</b> <span class="dim">{(flow === null ? null : pointed(flow, point)) ?? peak}</span></>}
      label={t('Depth over time: {0} now, {1}', now, peak)}
      draw={(g, box, colors) => (flow === null ? g.clearRect(0, 0, box.width, box.height) : drawDepth(g, box, flow, limit, alarm, colors))}
      onPoint={(x, width) => setPoint(x === null || flow === null ? -1 : columnAt(flow, width, x))}
      onWidth={onWidth}
      table={<Columns flow={flow} />}
    />
  );
}

function pointed(flow: FlowReply, column: number): string | null {
  const [way] = flow.ways;
  const [least, most] = [way?.depthMin[column], way?.depthMax[column]];
  if (least === undefined || most === undefined) return null;
  const at = seconds(flow.fromMs + column * flow.stepMs);
  return least === most ? t('{0} at {1}', integer(most), at) : t('{0} to {1} at {2}', integer(least), integer(most), at);
}

/** Depth and traffic as a table of few rows. */
function Columns({ flow }: { readonly flow: FlowReply | null }): VNode | null {
  if (flow === null) return null;
  const columns = flow.ways[0]?.entered.length ?? 0;
  const per = Math.max(1, Math.ceil(columns / TABLE_ROWS));
  const rows = Array.from({ length: Math.ceil(columns / per) }, (_, i) => i * per);
  const sum = (values: readonly number[], from: number): number => values.slice(from, from + per).reduce((a, b) => a + b, 0);
  return (
    <table>
      <caption>{t('Depth and messages over time')}</caption>
      <thead><tr><th>{t('From')}</th><th>{t('Least depth')}</th><th>{t('Largest depth')}</th><th>{t('Put')}</th><th>{t('Got')}</th></tr></thead>
      <tbody>
        {rows.map((from) => (
          <tr key={from}>
            <th scope="row">{seconds(flow.fromMs + from * flow.stepMs)}</th>
            <td>{integer(Math.min(...flow.ways.map((way) => Math.min(...way.depthMin.slice(from, from + per)))))}</td>
            <td>{integer(Math.max(...flow.ways.map((way) => Math.max(...way.depthMax.slice(from, from + per)))))}</td>
            <td>{integer(flow.ways.reduce((all, way) => all + sum(way.entered, from), 0))}</td>
            <td>{integer(flow.ways.reduce((all, way) => all + sum(way.left, from), 0))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RateChart({ channel, flow }: { readonly channel: ChannelRow; readonly flow: FlowReply | null }): VNode {
  const [point, setPoint] = useState<{ readonly x: number; readonly width: number } | null>(null);
  const rates = flow === null || point === null ? null : ratesOf(flow, point.width);
  const at = rates === null || point === null || flow === null ? -1 : Math.floor(((point.x / point.width) * (flow.toMs - flow.fromMs)) / rates.stepMs);
  const [put, get] = [rates?.put[at] ?? channel.putRate, rates?.get[at] ?? channel.getRate];
  return (
    <Chart
      class="rates"
      title={
        <>
          <span class="key send" aria-hidden="true" /><span class="what">{t('Put')}</span> <b>{t('{0}/s', rate(put))}</b>
          <span class="key receive" aria-hidden="true" /><span class="what">{t('Got')}</span> <b>{t('{0}/s', rate(get))}</b>
          {rates === null || at < 0 ? null : <span class="dim">{seconds(rates.fromMs + at * rates.stepMs)}</span>}
        </>
      }
      label={t('Messages a second over time: {0} put and {1} got now', rate(channel.putRate), rate(channel.getRate))}
      draw={(g, box, colors) => (flow === null ? g.clearRect(0, 0, box.width, box.height) : drawRates(g, box, flow, ratesOf(flow, box.width), colors))}
      onPoint={(x, width) => setPoint(x === null ? null : { x, width })}
      table={<p>{t('The table of depth over time has the messages that were put and got.')}</p>}
    />
  );
}

function LatencyChart({ flow }: { readonly flow: FlowReply | null }): VNode {
  const [point, setPoint] = useState(-1);
  const times = flow?.latency ?? null;
  if (times === null) return <figure class="chart latency none"><figcaption><span class="what">{t('Latency')}</span> <span class="dim">{t('nothing was received')}</span></figcaption></figure>;
  const { spread, counts, fromMs } = times;
  const bounds = (bar: number): string => t('{0} to {1}', latency(fromMs * Math.SQRT2 ** bar), latency(fromMs * Math.SQRT2 ** (bar + 1)));
  const words = t('p50 {0}, p99 {1}, at most {2}', latency(spread.p50), latency(spread.p99), latency(spread.max));
  return (
    <Chart
      class="latency"
      title={counts[point] === undefined
        ? <><span class="what">{t('Latency')}</span> <b>{latency(spread.p50)}</b> <span class="dim">{t('p99 {0} · max {1}', latency(spread.p99), latency(spread.max))}</span></>
        : <><span class="what">{bounds(point)}</span> <b>{count(counts[point] ?? 0)}</b></>}
      label={t('How long messages took: {0}', words)}
      draw={(g, box, colors) => drawLatency(g, box, times, colors)}
      onPoint={(x, width) => setPoint(x === null ? -1 : barAt(times, width, x))}
      table={
        <table>
          <caption>{t('Messages by latency')}</caption>
          <thead><tr><th>{t('Latency')}</th><th>{t('Messages')}</th></tr></thead>
          <tbody>{counts.map((n, bar) => (n === 0 ? null : <tr key={bar}><th scope="row">{bounds(bar)}</th><td>{integer(n)}</td></tr>))}</tbody>
        </table>
      }
    />
  );
}

/** Who waits at either end now, the longest first. */
function Waiters({ channel }: { readonly channel: ChannelRow }): VNode {
  const { waiters } = channel;
  if (waiters.length === 0) return <span class="dim waiting-now">{t('Nobody waits.')}</span>;
  const more = waiters.length - WAITERS;
  return (
    <span class="waiting-now">
      <span class="dim">{t('Waiting:')}</span>
      {waiters.slice(0, WAITERS).map((waiter, i) => <One key={`${waiter.process}${waiter.op}${i}`} waiter={waiter} />)}
      {more > 0 ? <span class="dim" title={waiters.slice(WAITERS).map((w) => names.process(w.process)).join('\n')}>+{more}</span> : null}
    </span>
  );
}

function One({ waiter }: { readonly waiter: ChannelWaiter }): VNode {
  return (
    <span class="one">
      <button type="button" class="link name" onClick={() => reveal(waiter.process)}>{names.process(waiter.process)}</button>
      <span class="dim"> {t('in {0} for {1}', waiter.op, duration(nowFor(waiter.sinceMs) - waiter.sinceMs))}</span>
    </span>
  );
}
