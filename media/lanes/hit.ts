/** What is under the pointer in the lanes, in words: pure but for the words. */
import type { Lane, LaneMark, LaneSpan, LaneTask, SourceRef } from '../../src/protocol/view.js';
import type { Names } from '../../src/model/words.js';
import { duration, latency, moment, place } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';

/** Later ones lie over earlier ones. */
const OVER: readonly LaneSpan['kind'][] = ['life', 'orphan', 'zombie', 'blocked-other', 'blocked-join', 'blocked-pipe', 'blocked-queue', 'blocked-result', 'blocked-lock'];

/** The span that is on top at a moment; `slackMs` is the pointer's width. */
export function spanAt(lane: Lane, ms: number, slackMs: number): LaneSpan | null {
  let best: LaneSpan | null = null;
  for (const span of lane.spans) {
    if (ms < span.fromMs - slackMs || ms > span.toMs + slackMs) continue;
    if (best === null || OVER.indexOf(span.kind) > OVER.indexOf(best.kind)) best = span;
  }
  return best;
}

/** The task that is run at a moment: of several that touch the pointer, the one under its middle. */
export function taskAt(lane: Lane, ms: number, slackMs: number): LaneTask | null {
  let near: LaneTask | null = null;
  for (const task of lane.tasks) {
    if (ms >= task.fromMs && ms <= task.toMs) return task;
    if (ms >= task.fromMs - slackMs && ms <= task.toMs + slackMs) near = task;
  }
  return near;
}

export function taskWords(task: LaneTask, names: Names): string {
  const pool = task.pool === null ? null : names.object(task.pool).name;
  const what = task.count > 1
    ? task.function === null ? t('{0} tasks', task.count) : t('{0} × {1}', task.count, task.function)
    : t('task {0}', task.function ?? '?');
  const where = pool === null ? what : t('{0} of {1}', what, pool);
  return !task.failed ? where : task.count > 1 ? t('{0}, not all well', where) : t('{0}, failed', where);
}

function aboutName(key: string, names: Names): string {
  if (key.startsWith('p')) return names.process(key);
  return key.startsWith('c') ? names.channel(key) : names.object(key).name;
}

/** Words of a span, or of the several short waits that it stands for. */
function waitWords(span: LaneSpan, names: Names, process: string): string {
  const words = spanWords(span, names, process);
  return span.several === true ? t('{0}, several times', words) : words;
}

/** @param process whose span it is, where that is known: a worker that waits for its next task is idle */
export function spanWords(span: LaneSpan, names: Names, process: string | null = null): string {
  const about = span.about === null ? null : aboutName(span.about, names);
  if (process !== null && span.about !== null && span.kind === 'blocked-queue' && names.servesPool(process, span.about)) return t('idle: waits for a task');
  switch (span.kind) {
    case 'life': return t('alive');
    case 'zombie': return t('zombie: ended, not joined');
    case 'orphan': return t('orphan: its parent is gone');
    case 'blocked-queue': return about === null ? t('waits at queues') : t('waits at queue {0}', about);
    case 'blocked-pipe': return about === null ? t('waits at pipes') : t('waits at pipe {0}', about);
    case 'blocked-join': return about === null ? t('waits in join()') : t('waits in join({0})', about);
    case 'blocked-lock': return about === null ? t('waits for locks') : t('waits for lock {0}', about);
    case 'blocked-result': return about === null ? t('waits for results') : t('waits for a result of {0}', about);
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

/** The line of the messages in the column nearest to one, as a number in the reply's `sites`; -1: not known. */
export function siteNear(columns: readonly number[], sites: readonly number[], column: number, slack: number): number {
  let nearest = -1;
  let away = Infinity;
  for (let i = 0; i + 1 < columns.length; i += 2) {
    const by = Math.abs((columns[i] ?? 0) - column);
    if (by > slack || by >= away) continue;
    const site = siteOf(sites, columns[i] ?? 0);
    if (site < 0) continue;
    nearest = site;
    away = by;
  }
  return nearest;
}

/** Of a column, from the list of those columns at which the line changes. */
function siteOf(sites: readonly number[], column: number): number {
  let site = -1;
  for (let i = 0; i + 1 < sites.length && (sites[i] ?? 0) <= column; i += 2) site = sites[i + 1] ?? -1;
  return site;
}

/** Where the pointer is in a lane: a moment, and the column of the answer's ticks. */
export interface Spot {
  readonly ms: number;
  /** Half the pointer's width in time. */
  readonly slackMs: number;
  readonly column: number;
  readonly columnSlack: number;
}

/** The lines that the parts of a lane name by number. */
export type Sites = readonly SourceRef[];

export interface Hit {
  readonly title: string;
  readonly lines: readonly string[];
}

export function lengthWords(ms: number): string {
  return ms < 1000 ? latency(ms) : duration(ms);
}

/** ` · pipeline.py:52`, of several that of the longest; nothing where no line is known. */
function lineWords(site: number | undefined, sites: Sites, several: boolean): string {
  const where = site === undefined ? undefined : sites[site];
  if (where === undefined) return '';
  return ` · ${several ? t('longest at {0}', place(where)) : place(where)}`;
}

function lengthLines(words: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }, line: string): readonly string[] {
  return [`${words} · ${lengthWords(toMs - fromMs)}`, `${t('{0} s to {1} s', moment(fromMs), moment(toMs))}${line}`];
}

export function markLines(mark: LaneMark, sites: Sites): readonly string[] {
  return [`${mark.text || t(mark.kind)}${mark.count === undefined ? '' : ` × ${integer(mark.count)}`} · ${t('{0} s', moment(mark.atMs))}${lineWords(mark.site, sites, false)}`];
}

export function taskLines(task: LaneTask, names: Names, sites: Sites): readonly string[] {
  return lengthLines(taskWords(task, names), task, lineWords(task.site, sites, task.count > 1));
}

export function spanLines(span: LaneSpan, names: Names, process: string, sites: Sites): readonly string[] {
  return lengthLines(waitWords(span, names, process), span, lineWords(span.site, sites, span.several === true));
}

/** What a message or several of one pixel were, with the line of one of them. */
function messageLine(words: string, count: number, site: number, sites: Sites): string {
  const where = sites[site];
  return where === undefined ? words : `${words} · ${count === 1 ? place(where) : t('one at {0}', place(where))}`;
}

export function hit(lane: Lane, name: string, { ms, slackMs, column, columnSlack }: Spot, names: Names, sites: Sites): Hit {
  const lines: string[] = [];
  for (const mark of lane.marks) if (Math.abs(mark.atMs - ms) <= slackMs * 1.5) lines.push(...markLines(mark, sites));
  const task = taskAt(lane, ms, slackMs);
  if (task !== null) lines.push(...taskLines(task, names, sites));
  const span = spanAt(lane, ms, slackMs);
  // That a worker lives while it works need not be said.
  if (span !== null && (task === null || span.kind !== 'life')) lines.push(...spanLines(span, names, lane.process, sites));
  const sent = messagesNear(lane.sends, column, columnSlack);
  const received = messagesNear(lane.receives, column, columnSlack);
  if (sent > 0) lines.push(messageLine(plural(sent, '{0} message sent here', '{0} messages sent here'), sent, siteNear(lane.sends, lane.sendSites, column, columnSlack), sites));
  if (received > 0) lines.push(messageLine(plural(received, '{0} message received here', '{0} messages received here'), received, siteNear(lane.receives, lane.receiveSites, column, columnSlack), sites));
  return { title: titleOf(name, ms), lines };
}

export function titleOf(name: string, ms: number): string {
  return `${name} · ${t('{0} s', moment(ms))}`;
}
