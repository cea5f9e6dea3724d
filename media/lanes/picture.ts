/** Puts together what the lanes show now, from the host's answer, the tree and the choices. */
import type { Lane, LaneReply } from '../../src/protocol/view.js';
import { layout, rowsOnScreen, scrollTop } from '../processes/layout.js';
import { activeRow, hoveredRow, tree } from '../processes/tree-state.js';
import { alive } from '../../src/model/words.js';
import { choices } from '../state/choices.js';
import { clock } from '../state/clock.js';
import { count } from '../state/format.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import { bundle, stretchOf, type Bundle } from './bundles.js';
import type { DrawnArrow, DrawnLane, Picture } from './draw.js';
import { chosenMessage, currentScale, FOLD_MEMBERS, presentMs } from './lane-state.js';
import type { Scale } from './scale.js';
import { laneOf } from './told.js';
import { walkedNow } from './walk.js';

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
  const scale = currentScale();
  return {
    width: at.lanesWidth,
    height: at.height,
    scale,
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
    arrows: arrowsNow(reply, scale, anchor, topOf),
    cursor: cursorNow(topOf),
  };
}

/** The channel from which a pool's worker takes its tasks: waiting there it is idle, not blocked. */
function taskChannel(process: string | undefined): string | null {
  const pool = process === undefined ? undefined : store.poolOfWorker.peek().get(process);
  return pool === undefined ? null : (store.pools.get(pool)?.peek().channel ?? null);
}

/** What of the arrows can be told apart, until another answer, tree or zoom: not made anew in each frame of a move. */
let bundled: { readonly reply: LaneReply; readonly anchor: ReadonlyMap<string, number>; readonly stretchMs: number; readonly made: readonly Bundle[] } | null = null;

function bundlesOf(reply: LaneReply, anchor: ReadonlyMap<string, number>, stretchMs: number): readonly Bundle[] {
  if (bundled?.reply !== reply || bundled.anchor !== anchor || bundled.stretchMs !== stretchMs) bundled = { reply, anchor, stretchMs, made: bundle(reply.arrows, anchor, stretchMs) };
  return bundled.made;
}

/** Arrows end at the row that stands for their process: its own, or the fold that hides it. */
function arrowsNow(reply: LaneReply | null, { fromMs, toMs, width }: Scale, anchor: ReadonlyMap<string, number>, topOf: (index: number) => number): readonly DrawnArrow[] {
  const out: DrawnArrow[] = [];
  for (const { fromRow, toRow, sentMs, receivedMs, count: messages, more } of reply === null ? [] : bundlesOf(reply, anchor, stretchOf((toMs - fromMs) / Math.max(1, width)))) {
    out.push({ fromTop: topOf(fromRow), toTop: topOf(toRow), sentMs, receivedMs, strong: false, label: messages > 1 ? `${count(messages)}${more ? '+' : ''}` : null });
  }
  const message = chosenMessage.peek()?.row;
  const sentMs = message?.sentMs ?? message?.putMs ?? null;
  const fromRow = message?.from == null ? undefined : anchor.get(message.from);
  const toRow = message?.to == null ? undefined : anchor.get(message.to);
  if (message?.receivedMs != null && sentMs !== null && fromRow !== undefined && toRow !== undefined && fromRow !== toRow) {
    out.push({ fromTop: topOf(fromRow), toTop: topOf(toRow), sentMs, receivedMs: message.receivedMs, strong: true, label: null });
  }
  return out;
}

/** The piece that the keys are at, where its row is on the screen. */
function cursorNow(topOf: (index: number) => number): Picture['cursor'] {
  const now = walkedNow();
  const index = now === null ? undefined : tree.peek().indexOf.get(now.process);
  return now === null || index === undefined ? null : { top: topOf(index), fromMs: now.piece.fromMs, toMs: now.piece.toMs };
}

function living(key: string): boolean {
  const row = store.processes.get(key)?.peek();
  return row !== undefined && alive(row);
}
