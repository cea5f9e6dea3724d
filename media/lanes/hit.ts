/** What is under the pointer in the lanes, in words: pure but for the words. */
import type { Lane, LaneSpan } from '../../src/protocol/view.js';
import type { Names } from '../processes/words.js';
import { duration, latency, moment } from '../state/format.js';
import { plural, t } from '../state/l10n.js';

/** Later ones lie over earlier ones. */
const OVER: readonly LaneSpan['kind'][] = ['life', 'orphan', 'zombie', 'blocked-other', 'blocked-join', 'blocked-pipe', 'blocked-queue'];

/** The span that is on top at a moment; `slackMs` is the pointer's width. */
export function spanAt(lane: Lane, ms: number, slackMs: number): LaneSpan | null {
  let best: LaneSpan | null = null;
  for (const span of lane.spans) {
    if (ms < span.fromMs - slackMs || ms > span.toMs + slackMs) continue;
    if (best === null || OVER.indexOf(span.kind) > OVER.indexOf(best.kind)) best = span;
  }
  return best;
}

export function spanWords(span: LaneSpan, names: Names): string {
  const about = span.about === null ? null : span.about.startsWith('p') ? names.process(span.about) : names.channel(span.about);
  switch (span.kind) {
    case 'life': return t('alive');
    case 'zombie': return t('zombie: ended, not joined');
    case 'orphan': return t('orphan: its parent is gone');
    case 'blocked-queue': return about === null ? t('waits at queues') : t('waits at queue {0}', about);
    case 'blocked-pipe': return about === null ? t('waits at pipes') : t('waits at pipe {0}', about);
    case 'blocked-join': return about === null ? t('waits in join()') : t('waits in join({0})', about);
    case 'blocked-other': return about === null ? t('waits') : t('waits for {0}', about);
  }
}

/** Messages in the columns within `slack` of a column. */
export function messagesNear(columns: readonly number[], column: number, slack: number): number {
  let sum = 0;
  for (let i = 0; i + 1 < columns.length; i += 2) {
    if (Math.abs((columns[i] ?? 0) - column) <= slack) sum += columns[i + 1] ?? 0;
  }
  return sum;
}

export interface Hit {
  readonly title: string;
  readonly lines: readonly string[];
}

/** @param nowMs where a span of a living process ends @param slackMs half the pointer's width in time */
export function hit(lane: Lane, name: string, ms: number, slackMs: number, column: number, columnSlack: number, names: Names): Hit {
  const lines: string[] = [];
  for (const mark of lane.marks) {
    if (Math.abs(mark.atMs - ms) <= slackMs * 1.5) lines.push(`${mark.text || t(mark.kind)} · ${t('{0} s', moment(mark.atMs))}`);
  }
  const span = spanAt(lane, ms, slackMs);
  if (span !== null) {
    const length = span.toMs - span.fromMs;
    lines.push(`${spanWords(span, names)} · ${length < 1000 ? latency(length) : duration(length)}`);
    lines.push(t('{0} s to {1} s', moment(span.fromMs), moment(span.toMs)));
  }
  const sent = messagesNear(lane.sends, column, columnSlack);
  const received = messagesNear(lane.receives, column, columnSlack);
  if (sent > 0) lines.push(plural(sent, '{0} message sent here', '{0} messages sent here'));
  if (received > 0) lines.push(plural(received, '{0} message received here', '{0} messages received here'));
  return { title: `${name} · ${t('{0} s', moment(ms))}`, lines };
}
