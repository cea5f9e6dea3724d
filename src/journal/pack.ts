/** Saves a run: its folder becomes one .procession file, a standard zip archive. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Zip, ZipDeflate } from 'fflate';
import { failed, systemCode, systemReason, type Result } from './errors.js';
import { DONE_FILE, FIRST_RECORDS_AT, LATER_RECORDS_AT, OBSERVER_FILE, parseSegmentName, QUIET_FILE, Rec, RECORD_BYTES, RUN_FILE } from './format.js';

/** Also the time between two turns for others: some milliseconds of deflating. */
const CHUNK_BYTES = 128 * 1024;
/** Beyond this a zip needs its 64-bit form, which fflate does not write. */
const MOST_BYTES = 4 * 1024 ** 3 - 64 * 1024 ** 2;
const MOST_FILES = 65_000;

/** Names of the files that make up a run, in the order of a recording: what says what it is comes first. */
export function runFiles(names: readonly string[]): string[] {
  const segments = names.filter((name) => parseSegmentName(name) !== null).sort();
  return [RUN_FILE, OBSERVER_FILE, QUIET_FILE, DONE_FILE].filter((name) => names.includes(name)).concat(segments);
}

/**
 * Packs a run's folder, which may still be written. The file appears under its name when it is complete; one that was there
 * stays until then. Memory does not grow with the run.
 * Errors: cannot-read, cannot-write, no-run, too-large.
 * @returns bytes of the file
 */
export async function packRecording(folder: string, file: string): Promise<Result<number>> {
  let names: string[];
  try {
    names = runFiles(fs.readdirSync(folder));
  } catch (error) {
    return failed('cannot-read', "The run's folder {0} cannot be read: {1}.", folder, systemReason(error));
  }
  if (!names.includes(RUN_FILE)) return failed('no-run', '{0} holds no run of Procession: there is no {1} in it.', folder, RUN_FILE);
  const total = names.reduce((sum, name) => sum + sizeOf(path.join(folder, name)), 0);
  if (total > MOST_BYTES || names.length > MOST_FILES) return failed('too-large', 'This run is too large for a recording ({0} MiB); set a smaller journal budget.', Math.round(total / 1024 ** 2));

  const temporary = `${file}.${process.pid}.part`;
  let fd: number;
  try {
    fd = fs.openSync(temporary, 'w', 0o600);
  } catch (error) {
    return failed('cannot-write', '{0} cannot be written: {1}.', file, systemReason(error));
  }
  try {
    const bytes = await writeZip(fd, folder, names);
    fs.closeSync(fd);
    fd = -1;
    fs.renameSync(temporary, file);
    return { ok: true, value: bytes };
  } catch (error) {
    return failed('cannot-write', '{0} cannot be written: {1}.', file, systemReason(error));
  } finally {
    if (fd >= 0) fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
  }
}

function sizeOf(file: string): number {
  try {
    return fs.statSync(file).size;
  } catch {
    return 0;
  }
}

async function writeZip(fd: number, folder: string, names: readonly string[]): Promise<number> {
  let written = 0;
  const failures: Error[] = [];
  const zip = new Zip((error, data) => {
    if (error !== null) failures.push(error);
    else written += writeAll(fd, data);
  });
  for (const name of names) {
    const entry = new ZipDeflate(name, { level: 3 });
    entry.mtime = new Date();
    zip.add(entry);
    for (const chunk of fileChunks(path.join(folder, name), name)) {
      entry.push(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    entry.push(new Uint8Array(0), true);
  }
  zip.end();
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return written;
}

function writeAll(fd: number, data: Uint8Array): number {
  for (let at = 0; at < data.length;) at += fs.writeSync(fd, data, at);
  return data.length;
}

/**
 * A file's bytes in pieces, as long as it was when it was opened. A segment may be written while it is read: each piece is read
 * twice, and a record whose commit word was not there the first time is left uncommitted, because its other bytes may be older.
 */
function* fileChunks(file: string, name: string): Generator<Uint8Array> {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch (error) {
    // It is no longer wanted: the run has cleaned up meanwhile.
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const segment = parseSegmentName(name);
    const recordsAt = segment === null ? Number.POSITIVE_INFINITY : segment.segment === 0 ? FIRST_RECORDS_AT : LATER_RECORDS_AT;
    const size = fs.fstatSync(fd).size;
    const first = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; at < size;) {
      const want = Math.min(CHUNK_BYTES, size - at);
      const got = fs.readSync(fd, first, 0, want, at);
      if (got === 0) return;
      // Not reused: fflate may hold on to what it is given.
      const second = Buffer.alloc(got);
      const again = fs.readSync(fd, second, 0, got, at);
      if (at + got > recordsAt) dropNew(first, second, Math.max(0, recordsAt - at));
      yield second.subarray(0, again);
      at += again;
      if (again === 0) return;
    }
  } finally {
    fs.closeSync(fd);
  }
}

function dropNew(first: Buffer, second: Buffer, from: number): void {
  for (let at = from; at + RECORD_BYTES <= second.length; at += RECORD_BYTES) {
    if (first.readUInt32LE(at + Rec.commit) !== second.readUInt32LE(at + Rec.commit)) second.writeUInt32LE(0, at + Rec.commit);
  }
}
