/**
 * Who observes a run's folder. It is the launcher first; when that is gone, whoever attaches leaves a note of its own, so
 * that two do not write one log, and so that nobody takes the run for left over.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import { DONE_FILE, type RunFile } from '../journal/index.js';
import { parseSegmentName } from '../journal/format.js';
import { isRunning, processIdentity, type ProcessIdentity } from '../system/index.js';

const NOTE_FILE = 'watcher.json';
const Note = v.object({ pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), start: v.number() });

/** Who observes now, as far as the folder says; it may be gone. */
export function observerOf(folder: string, run: RunFile): ProcessIdentity {
  try {
    const parsed = v.safeParse(Note, JSON.parse(fs.readFileSync(path.join(folder, NOTE_FILE), 'utf8')));
    if (parsed.success) return parsed.output;
  } catch {
    // nobody attached yet
  }
  return run.launcher;
}

export function isSelf(identity: ProcessIdentity): boolean {
  return identity.pid === process.pid && (identity.start === 0 || identity.start === (processIdentity(process.pid)?.start ?? 0));
}

/** Leaves our note. An unwritable folder cannot be observed either, and that is told elsewhere. */
export function claim(folder: string): void {
  try {
    const part = path.join(folder, `${NOTE_FILE}.${process.pid}`);
    fs.writeFileSync(part, JSON.stringify(processIdentity(process.pid) ?? { pid: process.pid, start: 0 }), { mode: 0o600 });
    fs.renameSync(part, path.join(folder, NOTE_FILE));
  } catch {
    // the log's own counting of what it cannot write says it
  }
}

export function isDone(folder: string): boolean {
  return fs.existsSync(path.join(folder, DONE_FILE));
}

/** Processes of a run that are alive, zombies not counted, told from the names of its files; for a folder that nobody observes. */
export function aliveIn(folder: string): ProcessIdentity[] {
  const found = new Map<string, ProcessIdentity>();
  for (const file of fs.readdirSync(folder)) {
    const name = parseSegmentName(file);
    if (name !== null) found.set(`${name.pid}-${name.start}`, { pid: name.pid, start: name.start });
  }
  return [...found.values()].filter((identity) => isRunning(identity));
}
