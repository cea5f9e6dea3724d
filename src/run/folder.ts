/**
 * Where a run's journal lives. Memory-backed /dev/shm comes first, because a journal written there never waits for a disk;
 * the temporary folder otherwise. The folder above the runs is ours alone: other users of the machine must neither read what
 * scripts send each other nor put a link in our way.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { reasonOf, runError, type RunError } from './errors.js';

/** What a run may take when nothing else is said: 256 MiB. */
export const DEFAULT_BUDGET_BYTES = 256 * 1024 * 1024;

/** Below this much a folder counts as full: some sixty processes' first segments. */
const LEAST_BUDGET_BYTES = 4 * 1024 * 1024;

/** Of what is free we take at most this part: the script may need the rest itself. */
const SHARE_OF_FREE = 4;

function baseName(): string {
  return typeof process.getuid === 'function' ? `procession-${process.getuid()}` : 'procession';
}

/** The folders that may hold runs, the best first; PROCESSION_RUNS names one to be used instead. Nothing is created. */
export function baseFolders(): readonly string[] {
  const chosen = process.env['PROCESSION_RUNS'];
  if (chosen !== undefined && path.isAbsolute(chosen)) return [path.join(chosen, baseName())];
  const bases = process.platform === 'linux' ? ['/dev/shm'] : [];
  return [...new Set([...bases, os.tmpdir()])].map((folder) => path.join(folder, baseName()));
}

/** Null when `folder` exists, is a folder and no link, and nobody else can enter it; else why not. */
function whyNotOurs(folder: string): string | null {
  const stat = fs.lstatSync(folder);
  if (stat.isSymbolicLink()) return 'it is a link';
  if (!stat.isDirectory()) return 'it is not a folder';
  if (typeof process.getuid !== 'function') return null;
  if (stat.uid !== process.getuid()) return 'it belongs to another user';
  if ((stat.mode & 0o077) !== 0) fs.chmodSync(folder, 0o700);
  return null;
}

/** True when this base exists and is safe to read runs from. */
export function isOurs(folder: string): boolean {
  try {
    return whyNotOurs(folder) === null;
  } catch {
    return false;
  }
}

function makeBase(folder: string): string | null {
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return reasonOf(error);
  }
  try {
    return whyNotOurs(folder);
  } catch (error) {
    return reasonOf(error);
  }
}

function freeBytes(folder: string): number {
  const stat = fs.statfsSync(folder);
  return stat.bavail * stat.bsize;
}

function runName(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
}

export type MadeFolder = { readonly ok: true; readonly folder: string; readonly id: string; readonly budgetBytes: number } | { readonly ok: false; readonly error: RunError };

/**
 * Makes a new, empty folder for one run.
 * @param wantedBytes the user's byte budget; the result's is lower where little is free
 */
export function makeRunFolder(wantedBytes: number, bases: readonly string[] = baseFolders()): MadeFolder {
  const tried: string[] = [];
  for (const base of bases) {
    const why = makeBase(base);
    if (why !== null) {
      tried.push(`${base}: ${why}`);
      continue;
    }
    try {
      const budgetBytes = Math.min(wantedBytes, Math.floor(freeBytes(base) / SHARE_OF_FREE));
      if (budgetBytes < Math.min(LEAST_BUDGET_BYTES, wantedBytes)) {
        tried.push(`${base}: no space left`);
        continue;
      }
      const id = runName(new Date());
      const folder = path.join(base, id);
      fs.mkdirSync(folder, { mode: 0o700 });
      return { ok: true, folder, id, budgetBytes };
    } catch (error) {
      tried.push(`${base}: ${reasonOf(error)}`);
    }
  }
  return { ok: false, error: runError('no-folder', 'The run has nowhere to keep its journal ({0}); make room there, or let PROCESSION_RUNS name a folder that can be written.', tried.join('; ')) };
}
