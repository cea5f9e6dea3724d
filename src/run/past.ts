/** A run as it was at a moment: its folder is read once more, from the beginning, into a model that is told of that time only. */
import { evaluate } from '../findings/index.js';
import { FolderTailer, type RunFile } from '../journal/index.js';
import { Cut } from '../model/cut.js';
import { keysOf } from '../model/given-keys.js';
import { Model } from '../model/index.js';
import type { Chain, MessageRow, Snapshot, TaskRow } from '../protocol/view.js';

/** Between two turns of others the thread is kept for about so long, ms. */
const SLICE_MS = 10;

export interface Past {
  /** The moment, ms from the run's start; the present where a later one was asked for. */
  readonly atMs: number;
  /** As it was; keys are those of the run's own model. Of the run's row `phase` is of now: it says what can be done with the run. */
  readonly snapshot: Snapshot;
  chain(processKey: string): Chain | null;
  /** The latest `limit` messages of a channel, oldest first. */
  messages(channelKey: string, limit: number): { total: number; rows: MessageRow[] };
  /** The latest `limit` tasks of a pool, oldest first. */
  tasks(poolKey: string, limit: number): { total: number; rows: TaskRow[] };
}

/** What is read: nothing is written to it. */
export interface Source {
  readonly folder: string;
  readonly run: RunFile;
  /** Nobody writes it any more. */
  readonly ended: boolean;
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The run as it was at a moment, exactly. Costs as much as opening a recording of it.
 * @param whole the run's own model, from which keys and the present are taken
 * @param atMs ms from the run's start; a moment to come is the present
 * @throws the signal's reason once it is aborted
 */
export async function readPast(source: Source, whole: Model, atMs: number, signal: AbortSignal): Promise<Past> {
  signal.throwIfAborted();
  const { nowMs } = whole.snapshot();
  const at = Math.max(0, Math.min(atMs, nowMs));
  // Nothing came after the end: it is what there is.
  if (source.ended && at >= nowMs) return answersOf(whole, whole, at);
  const model = new Model(source.run.info, { findings: evaluate, keys: keysOf(whole) });
  const cut = new Cut(model, at);
  await readInto(cut, source, signal);
  cut.finish();
  const pairing = cut.pairing();
  for (let turnMs = performance.now(); pairing.next().done !== true;) {
    if (performance.now() - turnMs < SLICE_MS) continue;
    await othersTurn();
    signal.throwIfAborted();
    turnMs = performance.now();
  }
  // The run may have gone on meanwhile: what it has no key for yet gets one before it is asked for.
  whole.snapshot();
  return answersOf(model, whole, at);
}

async function readInto(cut: Cut, { folder, run, ended }: Source, signal: AbortSignal): Promise<void> {
  const tailer = new FolderTailer(folder, cut, run, { ended, sliceMs: SLICE_MS });
  try {
    // What ended between the look at the records and the look at the slots of a process is in its records at the second reading.
    for (let readings = ended ? 1 : 2; readings > 0;) {
      if (!tailer.poll().more) readings -= 1;
      await othersTurn();
      signal.throwIfAborted();
    }
    tailer.markEnded();
  } finally {
    tailer.close();
  }
}

function answersOf(model: Model, whole: Model, atMs: number): Past {
  const snapshot = model.snapshot();
  const { phase } = whole.snapshot().run;
  return {
    atMs,
    snapshot: { ...snapshot, run: { ...snapshot.run, phase } },
    chain: (processKey) => model.chain(processKey),
    messages: (channelKey, limit) => model.messages(channelKey, limit),
    tasks: (poolKey, limit) => model.tasks(poolKey, limit),
  };
}
