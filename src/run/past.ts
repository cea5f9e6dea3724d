/**
 * A run as it was at a moment: its folder is read once more, from the beginning, into a model that is told of that time only. Of a run
 * that is over the messages are taken from the model of the whole run, and what of the folder holds nothing else is passed over.
 */
import { evaluate } from '../findings/index.js';
import { FolderTailer, type Blocks, type Passing, type RunFile } from '../journal/index.js';
import { Cut } from '../model/cut.js';
import type { ImageId } from '../model/facts.js';
import { keysOf } from '../model/given-keys.js';
import { PREVIEWS_KEPT } from '../model/image.js';
import { Model } from '../model/index.js';
import { MessagesThen } from '../model/messages-then.js';
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
  /** Of a run that is over: what is remembered of its records, all of which were told to its own model. Null: all is read again. */
  readonly remembered: Iterable<Remembered> | null;
}

export interface Remembered {
  readonly name: string;
  readonly id: ImageId;
  readonly blocks: Blocks;
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The run as it was at a moment, exactly. Of a run that goes on it costs as much as opening a recording of it; of one that is over, what is
 * not messages costs that, and a message some hundredth of it.
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
  const { remembered } = source;
  const messages = remembered !== null ? await inTurns(MessagesThen.of(whole.world, at), signal) : null;
  const model = new Model(source.run.info, { findings: evaluate, keys: keysOf(whole), ...(messages === null ? {} : { messages }) });
  const cut = new Cut(model, at, messages);
  await readInto(cut, source, messages === null || remembered === null ? null : new KnownFolder(cut, remembered), signal);
  cut.finish();
  await inTurns(cut.pairing(), signal);
  // The run may have gone on meanwhile: what it has no key for yet gets one before it is asked for.
  whole.snapshot();
  return answersOf(model, whole, at);
}

/** Goes through pieces of work and lets others have a turn in between. */
async function inTurns<Result>(pieces: Generator<void, Result>, signal: AbortSignal): Promise<Result> {
  for (let turnMs = performance.now(); ;) {
    const step = pieces.next();
    if (step.done === true) return step.value;
    if (performance.now() - turnMs < SLICE_MS) continue;
    await othersTurn();
    signal.throwIfAborted();
    turnMs = performance.now();
  }
}

/** A folder that was read to its end: what of it has to be told again for a moment. */
class KnownFolder implements Passing {
  readonly #ids = new Map<string, ImageId>();
  readonly #blocks = new Map<ImageId, Blocks>();
  readonly #previewsFrom = new Map<ImageId, number>();

  constructor(
    private readonly cut: Cut,
    remembered: Iterable<Remembered>,
  ) {
    for (const { name, id, blocks } of remembered) {
      this.#ids.set(name, id);
      this.#blocks.set(id, blocks);
      this.#previewsFrom.set(id, blocks.lastPreviews(PREVIEWS_KEPT, cut.atMs));
    }
  }

  idOf(image: string): ImageId | null {
    return this.#ids.get(image) ?? null;
  }

  endOf(id: ImageId): number {
    return this.#blocks.get(id)?.next ?? Infinity;
  }

  next(id: ImageId, index: number, end: number): number {
    const blocks = this.#blocks.get(id);
    let next = index;
    for (let block = blocks?.from(next) ?? null; block !== null && block.to <= end; block = blocks?.from(next) ?? null) {
      if (!this.cut.passes(id, block, this.#previewsFrom.get(id) ?? 0)) break;
      next = block.to;
    }
    return next;
  }
}

async function readInto(cut: Cut, { folder, run, ended }: Source, passing: Passing | null, signal: AbortSignal): Promise<void> {
  const tailer = new FolderTailer(folder, cut, run, { ended, sliceMs: SLICE_MS, ...(passing === null ? {} : { passing }) });
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
