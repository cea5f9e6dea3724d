/**
 * A process ended and took with it what others wait for: a lock that it held, or the reading lock of a queue in whose get() it was.
 * Nothing gives either back.
 */
import type { Channel } from '../model/channel.js';
import type { Lock } from '../model/lock-table.js';
import { holderOfLock } from '../model/lock-row.js';
import { operationOf } from '../model/present.js';
import type { Image } from '../model/image.js';
import type { Proc } from '../model/process.js';
import type { FindingRow, SourceRef } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** Who ends several processes one after another leaves some waiting for a moment, and means no harm. Milliseconds. */
const STANDS = 1000;
/** Who gave up has lost something already. */
const GAVE_UP = 300;

interface Waiter {
  readonly proc: Proc;
  readonly from: number;
  readonly where: SourceRef | null;
  /** It is over: it gave up, or its process ended. */
  readonly over: boolean;
}

export function holderDied(scene: Scene): FindingRow[] {
  return [...scene.world.objects.locks.all.flatMap((lock) => ofLock(scene, lock)), ...scene.world.channels.flatMap((channel) => ofQueue(scene, channel))];
}

function ofLock(scene: Scene, lock: Lock): FindingRow[] {
  if (!lock.isExclusive || lock.internal) return [];
  const holder = holderOfLock(scene.world, lock);
  const end = holder === null ? null : scene.facts(holder).end;
  if (holder === null || end === null) return [];
  const waiter = waiterFor(scene, lock, end.ms);
  if (waiter === null) return [];
  const name = scene.objectName(lock, lock.kind);
  const args = [...scene.named(waiter.proc), name, ...scene.named(holder)];
  return [{
    ...common(holder, lock.key, waiter),
    key: `holder-died:${lock.obj}:${holder.key}`,
    message: waiter.over
      ? { template: '{0} (PID {1}) waited in vain for {2}: {3} (PID {4}) had ended without releasing it.', args }
      : { template: '{0} (PID {1}) waits for {2} for ever: {3} (PID {4}) has ended without releasing it.', args },
    evidence: [scene.howEnded(holder), { template: '{0} (PID {1}) held {2} at that moment, and nobody has released it since.', args: [...scene.named(holder), name] }],
  }];
}

/** Who waits for it now, or waited until its own end, or gave up, after the holder had ended. */
function waiterFor(scene: Scene, lock: Lock, ended: number): Waiter | null {
  const waiters: Waiter[] = [];
  for (const image of scene.imagesOn(lock.obj)) {
    for (const { slot, from, to } of scene.waitsEver(image)) {
      if (slot.obj !== lock.obj || operationOf(scene.world, slot) !== 'lock' || to - Math.max(from, ended) < STANDS) continue;
      waiters.push({ proc: image.proc, from, where: image.site(slot.site), over: to < scene.now });
    }
  }
  const { lastGaveUp } = lock;
  if (lastGaveUp !== null && lastGaveUp.t1 - Math.max(lastGaveUp.t0, ended) >= GAVE_UP) {
    const { image, t0, site } = lastGaveUp;
    waiters.push({ proc: image.proc, from: t0, where: image.site(site), over: true });
  }
  return first(waiters);
}

/** The only one that was in get() when it ended had the reading lock; who comes after it waits, though there are messages. */
function ofQueue(scene: Scene, channel: Channel): FindingRow[] {
  const [direction] = channel.directions;
  if (!channel.isQueue || channel.announced === null || direction === undefined || direction.depth(false) === 0 || channel.countedOnly > 0) return [];
  const { obj } = direction.to;
  const dead: { readonly image: Image; readonly end: number }[] = [];
  const waiters: Waiter[] = [];
  for (const image of scene.world.slotsOn.get(obj) ?? []) {
    for (const { slot, from, to } of scene.waits(image)) {
      if (slot.obj !== obj || operationOf(scene.world, slot) !== 'get') continue;
      const { end } = scene.facts(image.proc);
      if (end !== null) dead.push({ image, end: end.ms });
      else if (slot.deadlineMs === null && to - from >= STANDS) waiters.push({ proc: image.proc, from, where: image.site(slot.site), over: false });
    }
  }
  const [only] = dead;
  const waiter = first(waiters);
  // Of several that were killed there, which had the lock is not known, but that one of them had it is.
  if (only === undefined || waiter === null || waiter.from < only.end || direction.to.receives.order.countUpTo(only.end) < direction.to.receives.count) return [];
  const holder = only.image.proc;
  const name = scene.channelName(channel);
  return [{
    ...common(holder, channel.key, waiter),
    key: `holder-died:${obj}:${holder.key}`,
    message: {
      template: '{0} (PID {1}) waits in get() on {2} for ever, though there are messages: {3} (PID {4}) ended inside get() and took the reading lock with it.',
      args: [...scene.named(waiter.proc), name, ...scene.named(holder)],
    },
    evidence: [scene.howEnded(holder), { template: 'It was in get() on {0}; since then no message came out, and {1} are in it.', args: [name, direction.depth(false)] }],
  }];
}

function first(waiters: readonly Waiter[]): Waiter | null {
  return [...waiters].sort((a, b) => Number(a.over) - Number(b.over) || a.from - b.from || a.proc.pid - b.proc.pid)[0] ?? null;
}

function common(holder: Proc, object: string | null, waiter: Waiter): Pick<FindingRow, 'rule' | 'severity' | 'certain' | 'process' | 'object' | 'where' | 'sinceMs' | 'fix'> {
  return {
    rule: 'holder-died',
    severity: 'error',
    certain: true,
    process: holder.key,
    object,
    where: waiter.where,
    sinceMs: waiter.from,
    fix: { template: 'Let processes end by themselves, by a sentinel or an Event, instead of terminating them, and wait with a timeout.', args: [] },
  };
}
