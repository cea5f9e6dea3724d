/**
 * The frame of a zip archive: where its files are. The inflating is Node's. The central directory is read rather than the
 * entries one after the other, because only the directory says where a streamed entry ends, and its absence that a file was cut.
 */
import * as zlib from 'node:zlib';

export interface ZipEntry {
  /** A character a byte: names of a run's files are ASCII, and any other is compared, never shown. */
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly at: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
/** The end record may be followed by a comment of up to 64 KiB. */
export const MOST_END_BYTES = END_BYTES + 65_535;
const ENCRYPTED = 1;

export interface ZipEnd {
  readonly entries: number;
  readonly directoryAt: number;
  readonly directoryBytes: number;
}

/** Finds the end record in the file's last bytes; null where there is none that fits, as in a file that was cut. */
export function findEnd(tail: Buffer, fileBytes: number): ZipEnd | null {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE || at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const end = { entries: tail.readUInt16LE(at + 10), directoryBytes: tail.readUInt32LE(at + 12), directoryAt: tail.readUInt32LE(at + 16) };
    return end.directoryAt + end.directoryBytes <= fileBytes - tail.length + at ? end : null;
  }
  return null;
}

/** The entries of a central directory; null where it is damaged, holds more than is counted, or what a recording never does. */
export function readDirectory(directory: Buffer, count: number): ZipEntry[] | null {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE) return null;
    if ((directory.readUInt16LE(at + 8) & ENCRYPTED) !== 0) return null;
    const nameBytes = directory.readUInt16LE(at + 28);
    const next = at + ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > directory.length) return null;
    entries.push({
      name: directory.toString('latin1', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42),
    });
    at = next;
  }
  return at === directory.length ? entries : null;
}

/** So many bytes of the file, from `entry.at` on, are what `dataStart` reads. */
export function localBytes(entry: ZipEntry): number {
  return LOCAL_BYTES + entry.name.length;
}

/**
 * Where an entry's bytes begin, by its local header; null where there is none, or one of another file: no checksum guards the names,
 * but they are written twice.
 */
export function dataStart(local: Buffer, entry: ZipEntry): number | null {
  if (local.length < localBytes(entry) || local.readUInt32LE(0) !== LOCAL_SIGNATURE) return null;
  const nameBytes = local.readUInt16LE(26);
  if (nameBytes !== entry.name.length || local.toString('latin1', LOCAL_BYTES, LOCAL_BYTES + nameBytes) !== entry.name) return null;
  return entry.at + LOCAL_BYTES + nameBytes + local.readUInt16LE(28);
}

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, i) => {
  let c = i;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** Node's own, where there is one (from 20.15 on): ten times as fast. */
const native = (zlib as Partial<typeof zlib>).crc32;

/** Continues a CRC-32 over more bytes; begin with 0. */
export function crc32(bytes: Uint8Array, before = 0): number {
  return native === undefined ? crc32ByTable(bytes, before) : native(bytes, before);
}

function crc32ByTable(bytes: Uint8Array, before: number): number {
  let c = ~before;
  for (let i = 0; i < bytes.length; i++) c = (c >>> 8) ^ (CRC_TABLE[(c ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return ~c >>> 0;
}
