/** Lays out segments for tests, in a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

export const STARTED = 1_000_000_000_000n;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, removed after the test. */
export function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'procession-test-'));
  folders.push(folder);
  return folder;
}

export interface SegmentOptions {
  readonly pid?: number;
  readonly number?: number;
  readonly capacity: number;
  readonly firstIndex?: number;
  readonly magic?: boolean;
}

export const segmentName = (pid = 10, number = 0): string => `${pid}-7-${(STARTED + BigInt(pid)).toString(16)}.${number}`;

/** A segment without records. */
export function segment({ pid = 10, number = 0, capacity, firstIndex = 0, magic = true }: SegmentOptions): Buffer {
  const recordsAt = number === 0 ? 12_288 : 4096;
  const data = Buffer.alloc(recordsAt + capacity * 64);
  if (magic) data.write('PRCSSN\r\n', 'latin1');
  data.writeUInt16LE(1, 8);
  data.writeUInt16LE(64, 10);
  data.writeUInt32LE(pid, 16);
  data.writeBigUInt64LE(7n, 24);
  data.writeBigUInt64LE(STARTED + BigInt(pid), 32);
  data.writeUInt32LE(number, 48);
  data.writeUInt32LE(capacity, 52);
  data.writeBigUInt64LE(BigInt(firstIndex), 56);
  return data;
}

/** Commits PUT number `index` in a segment. */
export function put(data: Buffer, index: number, { number = 0, firstIndex = 0, type = 40 } = {}): void {
  const at = (number === 0 ? 12_288 : 4096) + (index - firstIndex) * 64;
  data.writeBigUInt64LE(STARTED + BigInt(index), at);
  data.writeBigUInt64LE(STARTED + BigInt(index) + 5n, at + 8);
  data.writeBigUInt64LE(BigInt(index), at + 24);
  data.writeUInt16LE(type, at + 56);
  data.writeUInt32LE(index + 1, at + 60);
}

/** A folder with one image of `count` PUTs. */
export function folderWith(count: number, capacity = count): string {
  const folder = temporary();
  const data = segment({ capacity });
  for (let i = 0; i < count; i++) put(data, i);
  writeFileSync(path.join(folder, segmentName()), data);
  return folder;
}

export function runJson(change: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    schema: 'procession-run/1', id: 'r1', argv: ['python3', 'a b.py'], cwd: '/w', python: '/usr/bin/python3', pythonVersion: '3.11.7',
    implementation: 'cpython', platform: 'linux', startedAt: '2026-01-02T03:04:05.678Z', startedMono: STARTED.toString(),
    launcher: { pid: 1, start: 2 }, options: { previewBytes: 200, budgetBytes: 1_000_000 }, scriptName: 'a b.py', ...change,
  });
}
