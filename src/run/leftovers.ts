/** Runs whose launcher is gone: killed, crashed, reloaded. Nothing of theirs is lost, and nothing stays for ever. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readRunFile } from '../journal/index.js';
import { isAlive } from '../system/index.js';
import { baseFolders, isOurs } from './folder.js';
import { aliveIn, isDone, isSelf, observerOf } from './observer.js';
import { noteFolderBeforeRemoval } from './remains.js';

/** For so long what an ended script left is kept. */
const KEPT_MS = 24 * 60 * 60 * 1000;

export interface Leftover {
  readonly folder: string;
  readonly scriptName: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Some process of the script is alive. */
  readonly running: boolean;
  /** Pids of those. */
  readonly pids: readonly number[];
}

/** When something was last written; the files' own times count, a mapping's writes raise them late but surely. */
function lastWritten(folder: string): number {
  let last = fs.statSync(folder).mtimeMs;
  for (const name of fs.readdirSync(folder)) last = Math.max(last, fs.statSync(path.join(folder, name)).mtimeMs);
  return last;
}

async function look(folder: string, nowMs: number): Promise<Leftover | null> {
  const run = readRunFile(folder);
  if (run.ok) {
    const observer = observerOf(folder, run.value);
    if (isSelf(observer) || (observer.pid > 0 && isAlive(observer))) return null;
    const alive = aliveIn(folder);
    const { scriptName, startedAt } = run.value.info;
    if (alive.length > 0) return { folder, scriptName, startedAt, running: true, pids: alive.map(({ pid }) => pid) };
    // A run that was seen to its end needs no offer; its folder was kept for a page that may come back.
    if (nowMs - lastWritten(folder) < KEPT_MS) return isDone(folder) ? null : { folder, scriptName, startedAt, running: false, pids: [] };
  } else if (nowMs - lastWritten(folder) < KEPT_MS) {
    return null; // being made just now, or written by a Procession that we do not know
  }
  await noteFolderBeforeRemoval(folder);
  fs.rmSync(folder, { recursive: true, force: true });
  return null;
}

/**
 * Looks through the folders that hold runs, the newest run first, and removes what ended more than a day ago.
 * Folders that cannot be read are left alone.
 */
export async function leftovers(bases: readonly string[] = baseFolders(), nowMs: number = Date.now()): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const base of bases) {
    if (!isOurs(base)) continue;
    for (const entry of fs.readdirSync(base, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      try {
        const leftover = await look(path.join(base, entry.name), nowMs);
        if (leftover !== null) found.push(leftover);
      } catch {
        continue; // went away while we looked, or is not ours to read
      }
    }
  }
  found.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  return found;
}
