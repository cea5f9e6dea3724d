/** The model, with an ear at its way in: what the run itself must know of what passes. */
import * as os from 'node:os';
import { evaluate } from '../findings/index.js';
import { Model } from '../model/index.js';
import type { CounterFact, HeldFact, ImageId, ImageInfo, Observation, RecordFact, RunInfo, SlotFact } from '../model/facts.js';
import { isMainThread, operationOf } from '../model/present.js';
import { Tracking } from '../model/record-types.js';
import { Type } from '../journal/index.js';
import type { ProcessIdentity } from '../system/index.js';

/** Records that say where an object was made. */
const NAMED: ReadonlySet<number> = new Set([
  Type.CHANNEL_NEW, Type.LOCK_NEW, Type.POOL_NEW, Type.SHARED_NEW, Type.PROXY_NEW, Type.LISTENER_NEW, Type.ACCEPT, Type.CONNECT, Type.SEGMENT_NEW, Type.VALUE_NEW,
]);

function signalName(number: number): string | null {
  return Object.entries(os.constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

export class WatchedModel extends Model {
  /** Processes that keep a journal, ended ones too. */
  readonly journals: ProcessIdentity[] = [];
  /** As last sampled, without those that are gone and without zombies: those are at their end, whoever joins them or not. */
  readonly #alive = new Set<string>();
  root: ProcessIdentity | null = null;
  /** The last signal that was seen on its way to the root process. */
  rootSignal: string | null = null;
  exitSeen = false;
  rootGone = false;
  /** Named semaphores that the resource tracker was told of, by name with its slash: when last to remove them, and when to forget them. Ms. */
  readonly semaphores = new Map<string, { registered: number; unregistered: number }>();
  /** Something came in since it was last set to false. */
  changed = false;
  /** Something that a source line may name came in since it was last set to false. */
  newNames = false;

  constructor(info: RunInfo, recording: boolean) {
    super(info, { recording, findings: evaluate });
  }

  get anyAlive(): boolean {
    return this.#alive.size > 0;
  }

  /** Whether a record says what its main thread waits in. */
  isAccounted({ pid }: ProcessIdentity): boolean {
    const proc = this.world.table.at(pid, this.world.nowMs);
    const image = proc?.latestImage() ?? null;
    return image !== null && image.slots.some((slot) => isMainThread(image, slot) && operationOf(this.world, slot) !== null);
  }

  override image(image: ImageId, info: ImageInfo): void {
    this.journals.push({ pid: info.pid, start: info.start });
    this.changed = true;
    super.image(image, info);
  }

  override record(image: ImageId, fact: RecordFact): void {
    if (NAMED.has(fact.type)) this.newNames = true;
    if (fact.type === Type.SIGNAL && fact.a === this.root?.pid) this.rootSignal = signalName(fact.b);
    if (fact.type === Type.TRACKED && fact.s2 === 'semaphore' && fact.s1 !== null) this.#tracked(fact.s1, fact);
    super.record(image, fact);
  }

  #tracked(name: string, { flags, t0 }: RecordFact): void {
    let told = this.semaphores.get(name);
    if (told === undefined) {
      told = { registered: -Infinity, unregistered: -Infinity };
      this.semaphores.set(name, told);
    }
    if (flags === Tracking.REGISTER) told.registered = Math.max(told.registered, t0);
    else if (flags === Tracking.UNREGISTER) told.unregistered = Math.max(told.unregistered, t0);
  }

  override slots(image: ImageId, busy: readonly SlotFact[]): void {
    this.changed = true;
    super.slots(image, busy);
  }

  override held(image: ImageId, held: HeldFact): void {
    this.changed = true;
    super.held(image, held);
  }

  override counters(image: ImageId, dropped: number, rows: readonly CounterFact[]): void {
    this.changed = true;
    super.counters(image, dropped, rows);
  }

  override observe(observation: Observation): void {
    this.changed = true;
    switch (observation.k) {
      case 'sample':
        for (const [pid, start, state] of observation.p) {
          if (state === 'Z' || state === 'X') this.#alive.delete(`${pid}-${start}`);
          else this.#alive.add(`${pid}-${start}`);
        }
        break;
      case 'gone':
        this.#alive.delete(`${observation.pid}-${observation.start}`);
        if (this.root?.pid === observation.pid && (this.root.start === observation.start || this.root.start === 0)) this.rootGone = true;
        break;
      case 'root':
        this.root = { pid: observation.pid, start: observation.start };
        break;
      case 'signal':
        if (observation.pid === this.root?.pid) this.rootSignal = observation.signal;
        break;
      case 'exit':
        this.exitSeen = true;
        break;
      default:
        break;
    }
    super.observe(observation);
  }
}
