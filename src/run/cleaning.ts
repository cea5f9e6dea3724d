/** Ends what goes on of earlier runs, and takes away the names that they left, each only after another look at what it is. */
import { said, type Said } from '../protocol/text.js';
import { mappersOf, ProcessTable, removeShm, sendSignal, shmFile, type SignalName } from '../system/index.js';
import { belongings, type LeftMemory, type LeftProcess, type Remains } from './remains.js';

/** What a person chose of one run. */
export interface CleaningChoice {
  readonly remains: Remains;
  readonly processes: boolean;
  readonly memory: boolean;
}

export interface Cleaned {
  readonly ended: readonly LeftProcess[];
  /** They are there still. */
  readonly refused: readonly { readonly process: LeftProcess; readonly why: Said }[];
  readonly removed: readonly LeftMemory[];
  readonly kept: readonly { readonly memory: LeftMemory; readonly why: Said }[];
}

/** How long each signal is given, ms, before the next. */
const STEPS: readonly (readonly [SignalName, number])[] = [['SIGINT', 3000], ['SIGTERM', 2000], ['SIGKILL', 2000]];
/** The library's helpers end when they have tidied up after the others. */
const HELPERS_MS = 1000;
const LOOK_EVERY_MS = 50;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = ({ pid, start }: LeftProcess): string => `${pid}-${start}`;

/** What of a run goes on, and what it began since the last look. */
class Going {
  readonly seen = new Map<string, LeftProcess>();

  constructor(private readonly remains: Remains) {
    for (const process of remains.processes) this.seen.set(keyOf(process), process);
  }

  look(): LeftProcess[] {
    const now = belongings(this.remains.folder, [...this.seen.values()], ProcessTable.read());
    for (const process of now) if (!this.seen.has(keyOf(process))) this.seen.set(keyOf(process), process);
    return now;
  }
}

/** Interrupts, then terminates, then kills, each time children before their parents; what begins meanwhile is ended too. */
async function endAll(remains: Remains): Promise<Pick<Cleaned, 'ended' | 'refused'>> {
  const going = new Going(remains);
  const whys = new Map<string, Said>();
  const sendTo = (processes: readonly LeftProcess[], signal: SignalName, sent: Set<string>): void => {
    for (const process of processes) {
      if (sent.has(keyOf(process))) continue;
      sent.add(keyOf(process));
      whys.set(keyOf(process), sendSignal(process, signal));
    }
  };
  const workers = (): LeftProcess[] => going.look().filter(({ helper }) => !helper);
  for (const [signal, waitMs] of STEPS) {
    const sent = new Set<string>();
    await until(() => {
      const left = workers();
      sendTo(left, signal, sent);
      return left.length === 0;
    }, waitMs);
  }
  await until(() => going.look().length === 0, HELPERS_MS);
  const killed = new Set<string>();
  await until(() => {
    const left = going.look();
    sendTo(left, 'SIGKILL', killed);
    return left.length === 0;
  }, HELPERS_MS);
  const left = going.look();
  const still = new Set(left.map(keyOf));
  return {
    ended: [...going.seen.values()].filter((process) => !still.has(keyOf(process))),
    refused: left.map((process) => {
      const why = whys.get(keyOf(process));
      return { process, why: why?.ok === false ? why : said(false, 'Process {0} goes on after SIGKILL: the system does not let go of it.', process.pid) };
    }),
  };
}

async function until(done: () => boolean, ms: number): Promise<void> {
  for (const deadline = performance.now() + ms; !done() && performance.now() < deadline; ) await sleep(LOOK_EVERY_MS);
}

/** Takes away names that nobody maps at this moment. */
function removeAll(memory: readonly LeftMemory[]): Pick<Cleaned, 'removed' | 'kept'> {
  const mappers = mappersOf(memory);
  const removed: LeftMemory[] = [];
  const kept: { memory: LeftMemory; why: Said }[] = [];
  for (const file of memory) {
    if (shmFile(file.name)?.inode !== file.inode) {
      // A tracker that was among the ended removes what it was told of.
      removed.push(file);
      continue;
    }
    const [user] = mappers.get(file) ?? [];
    const why = user === undefined ? removeShm(file) : said(false, '{0} was not removed: process {1} uses it ({2}).', file.name, user.pid, user.command);
    if (why.ok) removed.push(file);
    else kept.push({ memory: file, why });
  }
  return { removed, kept };
}

/** Ends and removes what was chosen: first the processes of all the runs at once, then the memory, which they may have mapped. */
export async function cleanUp(choices: readonly CleaningChoice[]): Promise<Cleaned> {
  const ends = await Promise.all(choices.filter(({ processes }) => processes).map((choice) => endAll(choice.remains)));
  const memory = choices.filter((choice) => choice.memory).flatMap(({ remains }) => remains.memory);
  return { ended: ends.flatMap(({ ended }) => ended), refused: ends.flatMap(({ refused }) => refused), ...removeAll(memory) };
}
