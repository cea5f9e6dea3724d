/** Puts together what the lanes show now, from the host's answer, the tree and the choices. */
import type { Lane, LaneReply } from '../../src/protocol/view.js';
import { layout, rowsOnScreen, scrollTop } from '../processes/layout.js';
import { hoveredRow, tree } from '../processes/tree-state.js';
import { activeRow } from '../processes/tree-state.js';
import { alive } from '../../src/model/words.js';
import { choices } from '../state/choices.js';
import { clock } from '../state/clock.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import type { DrawnArrow, DrawnLane, Picture } from './draw.js';
import { chosenMessage, currentScale, FOLD_MEMBERS, presentMs } from './lane-state.js';

let indexed: { readonly reply: LaneReply; readonly byProcess: ReadonlyMap<string, Lane> } | null = null;

export function laneOf(process: string): Lane | null {
  const reply = store.lanes.peek();
  if (reply === null) return null;
  if (indexed?.reply !== reply) indexed = { reply, byProcess: new Map(reply.lanes.map((lane) => [lane.process, lane])) };
  return indexed.byProcess.get(process) ?? null;
}

export function pictureNow(): Picture {
  const at = layout.peek();
  const { rows, anchor } = tree.peek();
  const top0 = at.headHeight - scrollTop.peek();
  const topOf = (index: number): number => top0 + index * at.rowHeight;
  const reply = store.lanes.peek();
  const findings = store.findingOf.peek();
  const [first, last] = rowsOnScreen(at, scrollTop.peek(), rows.length, 1);
  const selected = choices.process.peek();
  const lanes: DrawnLane[] = [];
  for (let i = first; i < last; i++) {
    const row = rows[i];
    if (row === undefined) continue;
    const process = row.process === null ? undefined : store.processes.get(row.process)?.peek();
    const members = row.process !== null ? [row.process] : row.expanded ? [] : (row.group?.members.slice(0, FOLD_MEMBERS) ?? []);
    const found: Lane[] = [];
    for (const key of members) {
      const lane = laneOf(key);
      if (lane !== null) found.push(lane);
    }
    const finding = process === undefined ? undefined : findings.get(process.key);
    const parentAt = process?.parent == null ? undefined : anchor.get(process.parent);
    lanes.push({
      top: topOf(i),
      selected: row.id === activeRow.peek() || (row.process !== null && row.process === selected),
      hovered: row.id === hoveredRow.peek(),
      lanes: found,
      alive: process === undefined ? found.some((lane) => living(lane.process)) : alive(process) || process.state === 'zombie',
      alarmFromMs: finding?.severity === 'error' && process?.blocked[0] !== undefined ? (finding.sinceMs ?? process.blocked[0].sinceMs) : null,
      parentTop: parentAt === undefined || parentAt === i ? null : topOf(parentAt),
      startedMs: process?.startedMs ?? 0,
      idleAt: taskChannel(members[0]),
    });
  }
  const query = reply?.query;
  return {
    width: at.lanesWidth,
    height: at.height,
    scale: currentScale(),
    nowMs: presentMs(),
    live: clock.live,
    momentMs: moment.peek(),
    axisTop: at.axisTop,
    axisHeight: at.axisHeight,
    rowsTop: at.headHeight,
    rowHeight: at.rowHeight,
    laneTop: at.laneTop,
    laneHeight: at.laneHeight,
    underText: at.narrow,
    columnFromMs: query?.fromMs ?? 0,
    columnMs: query === undefined ? 1 : (query.toMs - query.fromMs) / query.pixels,
    lanes,
    arrows: arrowsNow(reply, anchor, topOf),
  };
}

/** The channel from which a pool's worker takes its tasks: waiting there it is idle, not blocked. */
function taskChannel(process: string | undefined): string | null {
  const pool = process === undefined ? undefined : store.poolOfWorker.peek().get(process);
  return pool === undefined ? null : (store.pools.get(pool)?.peek().channel ?? null);
}

/** Arrows end at the row that stands for their process: its own, or the fold that hides it. */
function arrowsNow(reply: LaneReply | null, anchor: ReadonlyMap<string, number>, topOf: (index: number) => number): readonly DrawnArrow[] {
  const out: DrawnArrow[] = [];
  const add = (from: string, to: string, sentMs: number, receivedMs: number, strong: boolean): void => {
    const a = anchor.get(from);
    const b = anchor.get(to);
    if (a === undefined || b === undefined || a === b) return;
    out.push({ fromTop: topOf(a), toTop: topOf(b), sentMs, receivedMs, strong });
  };
  for (const arrow of reply?.arrows ?? []) add(arrow.from, arrow.to, arrow.sentMs, arrow.receivedMs, false);
  const message = chosenMessage.peek()?.row;
  if (message?.from != null && message.to !== null && message.receivedMs !== null) {
    const sent = message.sentMs ?? message.putMs;
    if (sent !== null) add(message.from, message.to, sent, message.receivedMs, true);
  }
  return out;
}

function living(key: string): boolean {
  const row = store.processes.get(key)?.peek();
  return row !== undefined && alive(row);
}
