/**
 * When a run's time begins. run.json is written before the script is started, and a front may need seconds to start it: VS Code
 * opens a terminal first. So the zero is moved to the moment at which the script's first process began to write, before anything was read.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseSegmentName } from '../journal/format.js';
import { readRunFile, type RunFile } from '../journal/index.js';

const RUN_FILE = 'run.json';

/** Monotonic ns at which the first journal of this folder was opened; null: there is none yet. */
export function firstWritten(folder: string): bigint | null {
  let first: bigint | null = null;
  for (const file of fs.readdirSync(folder)) {
    const name = parseSegmentName(file);
    if (name !== null && (first === null || name.mono < first)) first = name.mono;
  }
  return first;
}

/**
 * Writes the new zero into run.json, and gives the run as it reads from now on. Where the file cannot be written the old zero
 * stays, so that what is seen live is what a recording shows.
 */
export function moveZero(folder: string, run: RunFile, zero: bigint): RunFile {
  const file = path.join(folder, RUN_FILE);
  const startedAt = new Date(Date.parse(run.info.startedAt) + Number(zero - run.startedMono) / 1e6).toISOString();
  try {
    const contents = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    const part = `${file}.${process.pid}`;
    fs.writeFileSync(part, JSON.stringify({ ...contents, startedAt, startedMono: zero.toString() }), { mode: 0o600 });
    fs.renameSync(part, file);
  } catch {
    return run;
  }
  return { ...run, startedMono: zero, info: { ...run.info, startedAt } };
}

/** An observer that has not moved the zero for so long after the first process began to write could not. */
const PATIENCE_NS = 1_000_000_000n;

/** The run as somebody else's observer has stamped it; null: not yet. @param evenSo whether or not it has */
export function movedZero(folder: string, zero: bigint, evenSo: boolean): RunFile | null {
  const read = readRunFile(folder);
  if (!read.ok) return null;
  return evenSo || read.value.startedMono === zero || process.hrtime.bigint() - zero > PATIENCE_NS ? read.value : null;
}
