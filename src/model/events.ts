/** What happened, by moments: to step from one to the next, and to mark in all of the time what matters. */
import { MARKS_BY_GRAVITY, type RunEvent, type RunEventKind, type TimeMark } from '../protocol/moment.js';
import type { FindingRow, Text } from '../protocol/view.js';
import type { Channel } from './channel.js';
import type { Times, Words } from './columns.js';
import type { Proc } from './process.js';
import type { Keys } from './rows.js';
import { signalName } from './signals.js';
import type { TimeOrder } from './time-order.js';
import type { World } from './world.js';

/** A shorter wait is no event: there may be thousands a second. Milliseconds. */
const LONG_WAIT = 1000;
/** Two moments that are nearer to each other are one: a step must be seen. Milliseconds. */
const APART = 0.001;
/** More marks than this are a bar; the gravest stay. */
const MOST_MARKS = 2000;

/** Whose events are stepped through: one process's or one channel's, its messages too; or everybody's. */
export interface Whose {
  readonly proc: Proc | null;
  readonly channel: Channel | null;
}

/** The nearest event after a moment, or before it; null: there is none. @param fromMs milliseconds from the run's start */
export function nextEvent(world: World, procs: Iterable<Proc>, findings: readonly FindingRow[], whose: Whose, fromMs: number, forward: boolean, keys: Keys): RunEvent | null {
  let best: RunEvent | null = null;
  const offer = (atMs: number, kind: RunEventKind, proc: Proc | null, what: () => Text): void => {
    if (forward ? atMs <= fromMs + APART : atMs >= fromMs - APART) return;
    if (best !== null && (forward ? atMs >= best.atMs : atMs <= best.atMs)) return;
    best = { atMs, kind, process: proc === null ? null : keys.process(proc), what: what() };
  };
  if (whose.channel !== null) messageEvents(world, whose.channel, fromMs, offer);
  else {
    for (const proc of whose.proc === null ? procs : [whose.proc]) processEvents(world, proc, fromMs, forward, offer);
    const key = whose.proc === null ? null : keys.process(whose.proc);
    for (const finding of findings) {
      if (finding.sinceMs !== null && (key === null || finding.process === key || finding.others?.includes(key) === true)) offer(finding.sinceMs, 'finding', whose.proc, () => finding.message);
    }
  }
  return best;
}

type Offer = (atMs: number, kind: RunEventKind, proc: Proc | null, what: () => Text) => void;

function processEvents(world: World, proc: Proc, fromMs: number, forward: boolean, offer: Offer): void {
  const { startedMs, end, name } = world.derived(proc);
  const who = (): [string, number] => [name, proc.pid];
  offer(Math.max(startedMs, toldMs(proc)), 'start', proc, () => ({ template: '{0} (PID {1}) was started', args: who() }));
  if (end !== null) offer(end.ms, 'end', proc, () => endText(who(), end.code, end.signal));
  for (const image of proc.images) {
    for (const { t, s1 } of image.exceptions) offer(t, 'exception', proc, () => ({ template: '{0} (PID {1}) raised {2}', args: [...who(), s1.split('\n')[0] ?? ''] }));
    image.spans.visit(forward ? fromMs : 0, forward ? Infinity : fromMs, LONG_WAIT, (piece) => {
      if (piece.toMs - piece.fromMs >= LONG_WAIT) offer(piece.fromMs, 'wait', proc, () => ({ template: '{0} (PID {1}) began to wait', args: who() }));
    });
    for (const slot of image.slots) {
      if (slot.obj !== 0 && (end?.ms ?? world.nowMs) - slot.sinceMs >= LONG_WAIT) offer(slot.sinceMs, 'wait', proc, () => ({ template: '{0} (PID {1}) began to wait', args: who() }));
    }
  }
  for (const { fact } of proc.signals()) offer(fact.t0, 'signal', proc, () => ({ template: '{0} (PID {1}) was sent {2}', args: [...who(), signalName(fact.b, world.platform)] }));
  for (const { t, signal } of proc.userSignals) offer(t, 'signal', proc, () => ({ template: '{0} (PID {1}) was sent {2}', args: [...who(), signal] }));
}

/** When the first was told of a process: a moment earlier nobody could have known of it, though it was on its way. */
function toldMs(proc: Proc): number {
  const times = [...proc.births().map(({ fact }) => fact.t1), ...proc.images.map(({ info }) => info.openedMs)];
  return times.length === 0 ? -Infinity : Math.min(...times);
}

function endText(who: [string, number], code: number | null, signal: string | null): Text {
  if (signal !== null) return { template: '{0} (PID {1}) was ended by {2}', args: [...who, signal] };
  return code === null ? { template: '{0} (PID {1}) was gone', args: who } : { template: '{0} (PID {1}) exited with {2}', args: [...who, code] };
}

/** Messages that are written at one time end in another order than they begin: so many around a moment are looked at. */
const AROUND = 32;

/** Puts and receives are ordered by their ends, sends by their begins: each is an event at its end, when it is so. */
function messageEvents(world: World, channel: Channel, fromMs: number, offer: Offer): void {
  for (const { from, to } of channel.directions) {
    const told: readonly { readonly order: TimeOrder; readonly ends: Times; readonly image: Words; readonly what: (who: [string, number]) => Text }[] = [
      { order: from.puts.order, ends: from.puts.t1, image: from.puts.image, what: (args) => ({ template: '{0} (PID {1}) put an item', args }) },
      { order: from.sends.order, ends: from.sends.t1, image: from.sends.image, what: (args) => ({ template: '{0} (PID {1}) wrote a message', args }) },
      { order: to.receives.order, ends: to.receives.t1, image: to.receives.image, what: (args) => ({ template: '{0} (PID {1}) received a message', args }) },
    ];
    for (const { order, ends, image, what } of told) {
      const near = order.countUpTo(fromMs);
      for (let at = Math.max(0, near - AROUND); at < Math.min(order.length, near + AROUND); at++) {
        const row = order.row(at);
        const { proc } = world.imageOf(image.at(row));
        offer(ends.at(row), 'message', proc, () => what([world.derived(proc).name, proc.pid]));
      }
    }
  }
}

/** What should be seen at once in all of the time, in its order. */
export function timeMarks(world: World, procs: Iterable<Proc>, findings: readonly FindingRow[]): TimeMark[] {
  const marks: TimeMark[] = [];
  for (const { sinceMs, severity, message } of findings) if (sinceMs !== null) marks.push({ atMs: sinceMs, kind: severity, what: message });
  for (const proc of procs) {
    const { end, endedBy, name } = world.derived(proc);
    const who: [string, number] = [name, proc.pid];
    if (end !== null && end.signal !== null && endedBy?.how !== 'parent-exit') marks.push({ atMs: end.ms, kind: 'killed', what: endText(who, end.code, end.signal) });
    for (const image of proc.images) {
      for (const { t, s1 } of image.exceptions) marks.push({ atMs: t, kind: 'exception', what: { template: '{0} (PID {1}) raised {2}', args: [...who, s1.split('\n')[0] ?? ''] } });
    }
  }
  if (marks.length > MOST_MARKS) marks.sort((a, b) => MARKS_BY_GRAVITY.indexOf(a.kind) - MARKS_BY_GRAVITY.indexOf(b.kind)).splice(MOST_MARKS);
  return marks.sort((a, b) => a.atMs - b.atMs);
}
