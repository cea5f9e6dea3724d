/**
 * Named shared memory and named semaphores as Linux keeps them: files in /dev/shm (shm_overview(7), sem_overview(7); glibc puts
 * `sem.` before a semaphore's name). A name proves nothing, for it may be given again: a file is known by its inode and the time at which
 * it was made.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { said, type Said } from '../protocol/text.js';
import { procIsHere, type ProcessIdentity } from './identity.js';
import { readArgv, readStat } from './proc.js';

export const SHM_FOLDER = '/dev/shm';

export interface ShmFile {
  /** Its file's name in /dev/shm. */
  readonly name: string;
  readonly bytes: number;
  readonly dev: number;
  readonly inode: number;
  /** When it was made, ms since the epoch: its birth; where the file system tells none, its last change. */
  readonly madeMs: number;
}

export interface Mapper extends ProcessIdentity {
  /** What it runs, for people. */
  readonly command: string;
}

/** No part of a path: a name that a script chose must not lead out of the folder. */
function isPlain(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** /dev/shm is there, and no link to elsewhere. */
function folderIsReal(): boolean {
  try {
    return process.platform === 'linux' && fs.lstatSync(SHM_FOLDER).isDirectory();
  } catch {
    return false;
  }
}

/** Null where there is no such file, or none that is a plain one, ours, and of this one name. */
export function shmFile(name: string): ShmFile | null {
  if (!isPlain(name) || !folderIsReal()) return null;
  try {
    const stat = fs.lstatSync(path.join(SHM_FOLDER, name));
    if (!stat.isFile() || stat.nlink !== 1 || stat.uid !== process.getuid?.()) return null;
    return { name, bytes: stat.size, dev: stat.dev, inode: stat.ino, madeMs: stat.birthtimeMs > 0 ? stat.birthtimeMs : stat.mtimeMs };
  } catch {
    return null;
  }
}

/** Our files in /dev/shm that were made since then. */
export function shmMadeSince(ms: number): boolean {
  if (!folderIsReal()) return false;
  return fs.readdirSync(SHM_FOLDER).some((name) => (shmFile(name)?.madeMs ?? -Infinity) >= ms);
}

/** The file of this name is still the one that was seen. */
export function isSameShm(seen: ShmFile): boolean {
  const now = shmFile(seen.name);
  return now !== null && now.inode === seen.inode && now.dev === seen.dev && now.bytes === seen.bytes && now.madeMs === seen.madeMs;
}

/** Takes the name away, as shm_unlink(3) does, if it still belongs to the file that was seen. */
export function removeShm(seen: ShmFile): Said {
  if (!isSameShm(seen)) return said(false, '{0} was not removed: it is gone, or its name belongs to something else now.', seen.name);
  try {
    fs.unlinkSync(path.join(SHM_FOLDER, seen.name));
    return said(true, '{0} was removed.', seen.name);
  } catch (error) {
    return said(false, '{0} was not removed: {1}.', seen.name, error instanceof Error ? error.message : String(error));
  }
}

/** `dev:inode` as /proc/PID/maps writes it; makedev(3) has the major number in bits 8 to 19. */
function keyOf({ dev, inode }: { readonly dev: number; readonly inode: number }): string {
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const hex = (n: number): string => n.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)} ${inode}`;
}

/** Keys of the files that one process maps or has open; none where it is not ours to ask. */
function usedBy(pid: string, wanted: ReadonlyMap<string, unknown>): Set<string> {
  const found = new Set<string>();
  const add = (key: string): void => {
    if (wanted.has(key)) found.add(key);
  };
  try {
    // 7f..-7f.. rw-s 00000000 00:1b 711819  /dev/shm/psm_.. (proc_pid_maps(5))
    for (const match of fs.readFileSync(`/proc/${pid}/maps`, 'latin1').matchAll(/^\S+ \S+ \S+ ([0-9a-f]+:[0-9a-f]+ \d+)/gm)) add(match[1] ?? '');
    // Who has a descriptor can map it yet, or hand it on.
    for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) add(openAt(`/proc/${pid}/fd/${fd}`));
  } catch {
    // gone meanwhile, or another user's
  }
  return found;
}

/** Key of the shared memory that a descriptor is open on; '' where it is on something else, or closed by now. */
function openAt(descriptor: string): string {
  try {
    if (!fs.readlinkSync(descriptor).startsWith(`${SHM_FOLDER}/`)) return '';
    const { dev, ino } = fs.statSync(descriptor);
    return keyOf({ dev, inode: ino });
  } catch {
    return '';
  }
}

/** For each of the files the living processes that map it or have it open, as far as they are ours to look at. */
export function mappersOf(files: readonly ShmFile[]): ReadonlyMap<ShmFile, readonly Mapper[]> {
  const byKey = new Map<string, ShmFile>(files.map((file) => [keyOf(file), file]));
  const found = new Map<ShmFile, Mapper[]>(files.map((file) => [file, []]));
  if (files.length === 0 || !procIsHere()) return found;
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const key of usedBy(pid, byKey)) {
      const file = byKey.get(key);
      if (file !== undefined) found.get(file)?.push({ pid: Number(pid), start: readStat(Number(pid))?.start ?? 0, command: commandOf(Number(pid)) });
    }
  }
  return found;
}

/** The words that a process was started with, not longer than people read. */
export function commandOf(pid: number): string {
  const words = (readArgv(pid) ?? []).join(' ').replace(/\s+/g, ' ').trim();
  return words.length > 200 ? `${words.slice(0, 199)}…` : words;
}
