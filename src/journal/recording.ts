/** Opens a recording: checks that it is one, and unpacks it into a temporary folder, which is then read like a run's. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { failed, systemCode, systemReason, type Result } from './errors.js';
import { DONE_FILE, Header, MAGIC, OBSERVER_FILE, parseSegmentName, QUIET_FILE, RUN_FILE, VERSION } from './format.js';
import { readRunFile, type RunFile } from './runfile.js';
import { crc32, dataStart, findEnd, localBytes, MOST_END_BYTES, readDirectory, type ZipEntry } from './zip.js';

export interface OpenedRecording {
  readonly folder: string;
  readonly run: RunFile;
  /** Removes the folder. */
  dispose(): void;
}

/** Packed bytes that are read at once, and unpacked ones that come at once: more of either is slower, for it leaves the processor's caches. */
const PACKED_BYTES = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);
/** For so long unpacking keeps the thread, ms. */
const TURN_MS = 10;
const STORED = 0;
const DEFLATED = 8;
/** More than any budget allows; an archive that says more was not made by us. */
const MOST_BYTES = 4 * 1024 ** 3;

type Opened<T> = Result<T>;

/**
 * Errors: cannot-read, empty, not-a-recording, cut, damaged, too-large, unknown-version, bad-run, cannot-write. The caller disposes
 * of what was opened.
 */
export async function openRecording(file: string): Promise<Result<OpenedRecording>> {
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? failed('cannot-read', 'There is no recording {0}; check the name.', file)
      : failed('cannot-read', 'The recording {0} cannot be read: {1}.', file, systemReason(error));
  }
  let folder: string | null = null;
  try {
    const listed = listEntries(fd, file);
    if (!listed.ok) return listed;
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'procession-recording-'));
    const opened = await unpack(fd, file, listed.value, folder);
    if (opened.ok) folder = null;
    return opened;
  } catch (error) {
    return failed('cannot-read', 'The recording {0} cannot be opened: {1}.', file, systemReason(error));
  } finally {
    fs.closeSync(fd);
    if (folder !== null) fs.rmSync(folder, { recursive: true, force: true });
  }
}

function readAt(fd: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const n = fs.readSync(fd, buffer, got, length - got, at + got);
    if (n === 0) break;
    got += n;
  }
  return buffer.subarray(0, got);
}

const cut = (file: string): Opened<never> => failed('cut', 'The recording {0} was cut short, so that its end is missing; copy it again from where it came.', file);
const damaged = (file: string, name: string): Opened<never> => failed('damaged', 'The recording {0} is damaged in {1}; copy it again from where it came.', file, name);

function listEntries(fd: number, file: string): Opened<ZipEntry[]> {
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) return failed('not-a-recording', '{0} is not a file; a recording is a .procession file.', file);
  if (stat.size === 0) return failed('empty', 'The recording {0} is empty; save the run again.', file);
  const start = readAt(fd, 0, Math.min(4, stat.size));
  // Local header, or the end record of an archive of nothing. A cut file may have less than the four bytes.
  const isZip = ['PK\u0003\u0004', 'PK\u0005\u0006'].some((magic) => magic.startsWith(start.toString('latin1')));
  if (!isZip) return failed('not-a-recording', '{0} is not a recording of Procession.', file);
  const tailBytes = Math.min(stat.size, MOST_END_BYTES);
  const end = findEnd(readAt(fd, stat.size - tailBytes, tailBytes), stat.size);
  if (end === null) return cut(file);
  const entries = readDirectory(readAt(fd, end.directoryAt, end.directoryBytes), end.entries);
  if (entries === null) return damaged(file, 'its list of files');
  if (!entries.some(({ name }) => name === RUN_FILE)) return failed('not-a-recording', '{0} is an archive, but not a recording of Procession: there is no {1} in it.', file, RUN_FILE);
  if (entries.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES) return failed('too-large', '{0} says that it unpacks to more than {1} GiB, which no recording does.', file, MOST_BYTES / 1024 ** 3);
  return { ok: true, value: entries };
}

/** Only names that a run's folder can have: nothing is ever written outside the new folder. */
function isRunName(name: string): boolean {
  return name === RUN_FILE || name === OBSERVER_FILE || name === DONE_FILE || name === QUIET_FILE || parseSegmentName(name) !== null;
}

async function unpack(fd: number, file: string, entries: readonly ZipEntry[], folder: string): Promise<Opened<OpenedRecording>> {
  const seen = new Set<string>();
  // run.json first: an unknown version is said before anything else is unpacked.
  const order = [...entries].sort((a, b) => Number(b.name === RUN_FILE) - Number(a.name === RUN_FILE));
  let run: RunFile | null = null;
  for (const entry of order) {
    if (seen.has(entry.name)) return damaged(file, 'its list of files');
    seen.add(entry.name);
    // Strangers, too: one may be a file of ours whose name was changed.
    const start = dataStart(readAt(fd, entry.at, localBytes(entry)), entry);
    if (start === null) return damaged(file, 'its list of files');
    if (!isRunName(entry.name)) continue;
    let whole: boolean;
    try {
      whole = await unpackEntry(fd, entry, start, path.join(folder, entry.name));
    } catch (error) {
      return failed('cannot-write', 'The recording {0} cannot be unpacked into {1}: {2}.', file, folder, systemReason(error));
    }
    if (!whole) return damaged(file, entry.name);
    if (entry.name === RUN_FILE) {
      const read = readRunFile(folder);
      if (!read.ok) return read.error.code === 'unknown-version' ? unknownVersion(file) : damaged(file, RUN_FILE);
      run = read.value;
    } else if (parseSegmentName(entry.name) !== null && !isKnownVersion(path.join(folder, entry.name))) {
      return unknownVersion(file);
    }
  }
  if (run === null) return damaged(file, RUN_FILE);
  return { ok: true, value: { folder, run, dispose: () => fs.rmSync(folder, { recursive: true, force: true }) } };
}

function unknownVersion(file: string): Opened<never> {
  return failed('unknown-version', 'The recording {0} has a version that this Procession does not know; open it with the Procession that made it, or a newer one.', file);
}

/** A file that is not ready, or no segment at all, has no version to object to. */
function isKnownVersion(file: string): boolean {
  const fd = fs.openSync(file, 'r');
  try {
    const head = readAt(fd, 0, Header.recordBytes);
    return head.length < Header.recordBytes || !head.subarray(0, MAGIC.length).equals(MAGIC) || head.readUInt16LE(Header.version) === VERSION;
  } finally {
    fs.closeSync(fd);
  }
}

/** False where what comes out is not what the directory says. Runs of zeros become holes in the file, not disk. */
async function unpackEntry(fd: number, entry: ZipEntry, start: number, target: string): Promise<boolean> {
  if (entry.method !== STORED && entry.method !== DEFLATED) return false;
  const out = fs.openSync(target, 'wx', 0o600);
  try {
    const done = { bytes: 0, crc: 0 };
    let turnMs = performance.now();
    for await (const data of entry.method === DEFLATED ? inflated(fd, entry, start) : packed(fd, entry, start)) {
      // An archive that says less than it holds must not fill the disk.
      if (done.bytes + data.length > entry.bytes) return false;
      done.crc = crc32(data, done.crc);
      for (let at = 0; at < data.length; at += CHUNK_BYTES) {
        const piece = data.subarray(at, at + CHUNK_BYTES);
        if (ZEROS.compare(piece, 0, piece.length, 0, piece.length) !== 0) writeAt(out, piece, done.bytes + at);
      }
      done.bytes += data.length;
      if (performance.now() - turnMs < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turnMs = performance.now();
    }
    fs.ftruncateSync(out, entry.bytes);
    return done.bytes === entry.bytes && done.crc === entry.crc;
  } catch (error) {
    // What zlib says of bytes that nobody deflated.
    if (systemCode(error)?.startsWith('Z_') === true) return false;
    throw error;
  } finally {
    fs.closeSync(out);
  }
}

function* packed(fd: number, entry: ZipEntry, start: number): Generator<Buffer> {
  for (let at = 0; at < entry.packedBytes; at += PACKED_BYTES) {
    const want = Math.min(PACKED_BYTES, entry.packedBytes - at);
    const piece = readAt(fd, start + at, want);
    yield piece;
    // The file ends before the directory says: the checksum will tell.
    if (piece.length < want) return;
  }
}

/** Node's own zlib, off this thread; deflated zeros grow a thousandfold, so it waits for what came out to be taken. */
function inflated(fd: number, entry: ZipEntry, start: number): AsyncIterable<Buffer> {
  const stream = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // What goes wrong comes out of the iteration.
  Readable.from(packed(fd, entry, start)).on('error', (error) => stream.destroy(error)).pipe(stream);
  return stream;
}

function writeAt(fd: number, data: Uint8Array, position: number): void {
  for (let at = 0; at < data.length;) at += fs.writeSync(fd, data, at, data.length - at, position + at);
}
