/**
 * What earlier runs left in the system: processes that go on, and shared memory and semaphores whose names were never given back. Only
 * what is proved to be a run's own counts: a process by its pid and start time, by descent, or by the run's folder in its
 * environment; a file by its time of making and its size. In doubt it is not named.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { FolderTailer, readRunFile, type RunFile } from '../journal/index.js';
import { parseObservation } from '../journal/observer.js';
import { OBSERVER_FILE } from '../journal/format.js';
import type { SourceRef } from '../protocol/view.js';
import { commandOf, isAlive, isSameShm, mappersOf, ProcessTable, readVariable, shmFile, shmMadeSince, type Mapper, type ProcessIdentity, type ShmFile } from '../system/index.js';
import { claimsOf, type Claims, type MemoryClaim, type MemoryKind, type ProcessClaim } from './claims.js';
import { baseFolders, isOurs } from './folder.js';
import { dropLeftNote, notedFolders, readLeftNote, writeLeftNote, type LeftNote } from './left-note.js';
import { aliveIn, isDone, isSelf, observerOf } from './observer.js';
import { WatchedModel } from './watched-model.js';

export interface LeftProcess extends ProcessClaim {
  /** The words that it was started with. */
  readonly command: string;
}

export interface LeftMemory extends ShmFile {
  readonly kind: MemoryKind;
  /** The line that made it. */
  readonly where: SourceRef | null;
  /** Living processes that map it, of whatever run. */
  readonly mappedBy: readonly Mapper[];
}

export interface Remains {
  /** Names the run. */
  readonly id: string;
  readonly folder: string;
  readonly scriptName: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** A window or a command line still has this run. */
  readonly observed: boolean;
  /** Children before their parents, the library's helpers last. */
  readonly processes: readonly LeftProcess[];
  /** What nobody maps but, at most, processes of `processes`: it can go with them. */
  readonly memory: readonly LeftMemory[];
  /** What others map: it is not leaked. */
  readonly inUse: readonly LeftMemory[];
}

/** A record of a making is written just after it; the system's clock for files lags by a few milliseconds, and may be set meanwhile. */
const MADE_BEFORE_MS = 10_000;
const MADE_AFTER_MS = 1000;
/** A machine's clock may have been set since its boot. */
const BOOT_SLACK_MS = 60_000;

/** The run was on another boot of this machine: its pids and its memory are gone, whoever has the like now. */
function isOfAnotherBoot(run: RunFile): boolean {
  return run.startedMono > process.hrtime.bigint() || Date.parse(run.info.startedAt) < Date.now() - os.uptime() * 1000 - BOOT_SLACK_MS;
}

/** Two ways from the run's clock to the wall's; they differ where the machine slept or its clock was set. */
function wallTimes(run: RunFile, t: number): readonly number[] {
  const sinceStart = Number(process.hrtime.bigint() - run.startedMono) / 1e6;
  return [Date.parse(run.info.startedAt) + t, Date.now() - sinceStart + t];
}

/** The file of this name, if it is the very one that the journal speaks of. */
function provenFile(claim: MemoryClaim, run: RunFile): ShmFile | null {
  const file = shmFile(claim.name);
  if (file === null || (claim.bytes !== null && claim.bytes !== file.bytes)) return null;
  return wallTimes(run, claim.t).some((wall) => file.madeMs >= wall - MADE_BEFORE_MS && file.madeMs <= wall + MADE_AFTER_MS) ? file : null;
}

/** What of a run is there now, as far as its own claims go, for its note. */
function noteOf(folder: string, run: RunFile, { processes, memory }: Claims, table: ProcessTable): LeftNote {
  const { scriptName, startedAt } = run.info;
  const note = { id: path.basename(folder), folder, scriptName, startedAt };
  if (isOfAnotherBoot(run)) return { ...note, processes: [], memory: [] };
  const files = memory.map((claim) => {
    const file = provenFile(claim, run);
    return file === null ? null : { ...file, kind: claim.kind, where: claim.where };
  });
  return { ...note, processes: processes.filter((claim) => table.running(claim) !== null), memory: files.filter((file) => file !== null) };
}

/** One that the journal does not know, or that is too young for it. */
function unnamed({ pid, start }: ProcessIdentity): ProcessClaim {
  // multiprocessing starts these two so, as `python -c`: see its resource_tracker.py and forkserver.py.
  const helper = /-c from multiprocessing\.(resource_tracker|forkserver) import main/.test(commandOf(pid));
  return { pid, start, name: '', helper };
}

/**
 * All processes of a run that go on, children before parents. Never this process, nor one that it descends from, nor what else
 * descends from that one: who asks from a terminal that a script opened must not be ended by the answer.
 */
export function belongings(folder: string, known: readonly ProcessClaim[], table: ProcessTable): LeftProcess[] {
  const found = new Map<number, ProcessClaim>();
  for (const claim of known) if (table.running(claim) !== null) found.set(claim.pid, claim);
  const proven = new Set(found.keys());
  const line = table.lineOf(process.pid);
  for (const { pid, start } of table.all) {
    if (found.has(pid) || table.running({ pid, start }) === null || readVariable(pid, 'PROCESSION_RUN') !== folder) continue;
    found.set(pid, unnamed({ pid, start }));
  }
  // A map hands out what is added while it is gone through.
  for (const claim of found.values()) {
    const stat = table.running(claim);
    for (const child of stat === null ? [] : table.childrenOf(stat)) {
      if (!found.has(child.pid)) found.set(child.pid, unnamed(child));
    }
  }
  const ours = line.filter((pid) => found.has(pid));
  const kept = [...found.values()].filter(({ pid }) => !ours.includes(pid) && (proven.has(pid) || !table.lineOf(pid).some((above) => ours.includes(above))));
  const depth = (pid: number): number => table.lineOf(pid).length;
  return kept
    .sort((a, b) => Number(a.helper) - Number(b.helper) || depth(b.pid) - depth(a.pid) || b.start - a.start || b.pid - a.pid)
    .map((claim) => {
      const command = commandOf(claim.pid);
      return claim.name === '' ? { ...claim, name: path.basename(command.split(' ')[0] ?? ''), command } : { ...claim, command };
    });
}

/** What a note says, as it is now. */
function remainsOf(note: LeftNote, observed: boolean, table: ProcessTable): Remains {
  const processes = belongings(note.folder, note.processes, table);
  const files = note.memory.filter((file) => isSameShm(file));
  const mappers = mappersOf(files);
  const memory = files.map((file) => ({ ...file, mappedBy: mappers.get(file) ?? [] }));
  const goes = ({ mappedBy }: LeftMemory): boolean => mappedBy.every(({ pid, start }) => processes.some((one) => one.pid === pid && one.start === start));
  const { id, folder, scriptName, startedAt } = note;
  return { id, folder, scriptName, startedAt, observed, processes, memory: memory.filter(goes), inUse: memory.filter((file) => !goes(file)) };
}

/** Reads a run's whole journal for what it claims. */
async function readClaims(folder: string, run: RunFile): Promise<Claims> {
  const model = new WatchedModel(run.info, true);
  const tailer = new FolderTailer(folder, model, run, { ended: true });
  try {
    await tailer.drain();
    return claimsOf(model);
  } finally {
    tailer.close();
  }
}

/** Processes without a journal that the observer noted, told from its lines alone. */
function foundIn(folder: string): ProcessIdentity[] {
  let text: string;
  try {
    text = fs.readFileSync(path.join(folder, OBSERVER_FILE), 'utf8');
  } catch {
    return [];
  }
  const found: ProcessIdentity[] = [];
  for (const line of text.split('\n')) {
    const observation = line.includes('"found"') ? parseObservation(line) : null;
    if (observation?.k === 'found') found.push({ pid: observation.pid, start: observation.start });
  }
  return found;
}

/** What a folder's run left, without reading its journal where nothing can be left or it was read before; null: it is somebody's at work. */
async function noteOfFolder(folder: string, table: ProcessTable): Promise<{ readonly note: LeftNote; readonly observed: boolean } | null> {
  const read = readRunFile(folder);
  if (!read.ok) return null;
  const run = read.value;
  const observer = observerOf(folder, run);
  const observed = isSelf(observer) || (observer.pid > 0 && isAlive(observer));
  if (observed && !isDone(folder)) return null;
  const other = isOfAnotherBoot(run);
  const running = other ? [] : [...aliveIn(folder), ...foundIn(folder)].filter((identity) => table.running(identity) !== null);
  const before = readLeftNote(folder);
  if (running.length === 0 && before !== null) return { note: before, observed };
  const nothing: Claims = { processes: [], memory: [] };
  const mayHaveLeft = running.length > 0 || (!other && shmMadeSince(Date.parse(run.info.startedAt) - MADE_BEFORE_MS));
  const note = noteOf(folder, run, mayHaveLeft ? await readClaims(folder, run) : nothing, table);
  // Nobody goes on with its journal: it says the same for ever.
  if (running.length === 0) tryToWrite(note);
  return { note, observed };
}

function tryToWrite(note: LeftNote): void {
  try {
    writeLeftNote(note);
  } catch {
    // the journal is read again next time; of a folder that goes, what it left is then known to the system only
  }
}

export function isEmpty({ processes, memory, inUse }: Remains): boolean {
  return processes.length === 0 && memory.length === 0 && inUse.length === 0;
}

/**
 * What earlier runs left, the newest run first: of kept folders whose run is over or whose observer is gone, and of notes of folders
 * that are gone.
 * @param id of one run only
 */
export async function remains(id: string | null = null, bases: readonly string[] = baseFolders()): Promise<Remains[]> {
  const table = ProcessTable.read();
  const found: Remains[] = [];
  for (const base of bases) {
    if (!isOurs(base)) continue;
    const folders = fs.readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(base, name));
    for (const folder of new Set([...folders, ...notedFolders(base)])) {
      if (id !== null && path.basename(folder) !== id) continue;
      try {
        const left = folders.includes(folder) ? await leftInFolder(folder, table) : leftInNote(folder, table);
        if (left !== null && !isEmpty(left)) found.push(left);
      } catch {
        continue; // went away while we looked, or is not ours to read
      }
    }
  }
  return found.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

async function leftInFolder(folder: string, table: ProcessTable): Promise<Remains | null> {
  const look = await noteOfFolder(folder, table);
  return look === null ? null : remainsOf(look.note, look.observed, table);
}

function leftInNote(folder: string, table: ProcessTable): Remains | null {
  const note = readLeftNote(folder);
  const left = note === null ? null : remainsOf(note, false, table);
  if (left === null || isEmpty(left)) dropLeftNote(folder);
  return left;
}

/** Before a run's folder goes: notes what is left of the run, if anything is. Never throws. */
export function noteBeforeRemoval(folder: string, run: RunFile, model: WatchedModel): void {
  try {
    const table = ProcessTable.read();
    const note = noteOf(folder, run, claimsOf(model), table);
    if (isEmpty(remainsOf(note, false, table))) dropLeftNote(folder);
    else writeLeftNote(note);
  } catch {
    // a run that cannot be noted must be let go all the same
  }
}

/** The same for a folder that nobody observes; it is read for that. */
export async function noteFolderBeforeRemoval(folder: string): Promise<void> {
  const table = ProcessTable.read();
  const look = await noteOfFolder(folder, table);
  if (look === null) return;
  if (isEmpty(remainsOf(look.note, false, table))) dropLeftNote(folder);
  else tryToWrite(look.note);
}
