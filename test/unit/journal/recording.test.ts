import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { FolderTailer, openRecording, packRecording, readRunFile } from '../../../src/journal/index.js';
import { folderWith, put, runJson, segment, segmentName, STARTED, temporary } from './segment.js';
import { NotingSink } from './sink.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function runFolder(count = 50): string {
  const folder = folderWith(count, 4000);
  writeFileSync(path.join(folder, 'run.json'), runJson());
  writeFileSync(path.join(folder, 'observer.jsonl'), '{"k":"end","t":1}\n');
  writeFileSync(path.join(folder, 'done'), '');
  return folder;
}

/** A file with these entries, or these bytes. */
function fileOf(contents: Record<string, Uint8Array> | Uint8Array): string {
  const file = path.join(temporary(), 'run of mine.procession');
  writeFileSync(file, contents instanceof Uint8Array ? contents : zipSync(contents));
  return file;
}

const unpacked = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('procession-recording-'));

async function refusal(file: string): Promise<{ code: string; message: string }> {
  const before = unpacked();
  const opened = await openRecording(file);
  expect(unpacked()).toEqual(before);
  if (opened.ok) throw new Error('it was opened');
  expect(opened.error.message).toMatch(/^[^\n]+\.$/);
  return opened.error;
}

function factsOf(folder: string, startedMono: bigint): unknown {
  const sink = new NotingSink();
  const tailer = new FolderTailer(folder, sink, { startedMono }, { ended: true, sliceMs: 1e6 });
  expect(tailer.poll().problems).toEqual([]);
  tailer.close();
  return [[...sink.images], sink.observations, sink.bytes, sink.advanced];
}

test('a run that was packed opens to the same facts, and its folder goes with dispose', async () => {
  const folder = runFolder();
  writeFileSync(path.join(folder, 'stranger.txt'), 'not ours');
  const file = path.join(temporary(), 'a b 甲.procession');
  const packed = await packRecording(folder, file);
  expect(packed).toEqual({ ok: true, value: statSync(file).size });
  const opened = await openRecording(file);
  if (!opened.ok) throw new Error(opened.error.message);
  const { value } = opened;
  expect(value.run.info.scriptName).toBe('a b.py');
  expect(readdirSync(value.folder).sort()).toEqual(readdirSync(folder).filter((name) => name !== 'stranger.txt').sort());
  for (const name of readdirSync(value.folder)) {
    expect(readFileSync(path.join(value.folder, name)).equals(readFileSync(path.join(folder, name)))).toBe(true);
  }
  expect(factsOf(value.folder, value.run.startedMono)).toEqual(factsOf(folder, STARTED));
  value.dispose();
  expect(existsSync(value.folder)).toBe(false);
});

test('a recording is a standard archive: Python\'s zipfile finds nothing wrong with it', async () => {
  const file = path.join(temporary(), 'r.procession');
  await packRecording(runFolder(), file);
  const out = execFileSync('python3', ['-m', 'zipfile', '-t', file], { encoding: 'utf8' });
  expect(out).toContain('Done testing');
});

test('large journals pack in little and unpack to the same bytes', async () => {
  const folder = runFolder();
  const data = segment({ pid: 11, capacity: 65_000 });
  for (let i = 0; i < 40_000; i++) put(data, i);
  writeFileSync(path.join(folder, segmentName(11)), data);
  const file = path.join(temporary(), 'r.procession');
  await packRecording(folder, file);
  expect(statSync(file).size).toBeLessThan(data.length / 4);
  const opened = await openRecording(file);
  if (!opened.ok) throw new Error(opened.error.message);
  expect(readFileSync(path.join(opened.value.folder, segmentName(11))).equals(data)).toBe(true);
  opened.value.dispose();
});

test('an empty file is refused as empty', async () => {
  expect(await refusal(fileOf(new Uint8Array(0)))).toMatchObject({ code: 'empty' });
});

test('what is no archive is refused as no recording', async () => {
  expect(await refusal(fileOf(text('import multiprocessing\n')))).toMatchObject({ code: 'not-a-recording' });
  expect(await refusal(fileOf(text('PKZIP?')))).toMatchObject({ code: 'not-a-recording' });
  expect(await refusal(temporary())).toMatchObject({ code: 'not-a-recording' });
  expect(await refusal('/nowhere/x.procession')).toMatchObject({ code: 'cannot-read', message: 'There is no recording /nowhere/x.procession; check the name.' });
});

test('an archive without run.json is refused as no recording', async () => {
  expect(await refusal(fileOf({ 'a.txt': text('a') }))).toMatchObject({ code: 'not-a-recording' });
  expect(await refusal(fileOf({}))).toMatchObject({ code: 'not-a-recording' });
});

test('a recording cut anywhere is refused as cut', async () => {
  const file = path.join(temporary(), 'r.procession');
  await packRecording(runFolder(), file);
  const whole = readFileSync(file);
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: whole.length - 1 }), async (length) => {
    expect(await refusal(fileOf(whole.subarray(0, length)))).toMatchObject({ code: 'cut' });
  }), { numRuns: 40 });
});

/** Opens `packed` with one byte changed: refused, or exactly what was packed from `folder`. */
async function openChanged(packed: Buffer, at: number, by: number, folder: string): Promise<void> {
  const data = Buffer.from(packed);
  data[at] = data[at]! ^ by;
  const opened = await openRecording(fileOf(data));
  if (!opened.ok) {
    expect(['damaged', 'cut', 'not-a-recording', 'too-large']).toContain(opened.error.code);
    return;
  }
  expect(readdirSync(opened.value.folder)).toEqual(readdirSync(folder));
  for (const name of readdirSync(folder)) expect(readFileSync(path.join(opened.value.folder, name)).equals(readFileSync(path.join(folder, name)))).toBe(true);
  opened.value.dispose();
}

test('a recording with changed bytes is refused, or opens to exactly what was packed', async () => {
  const folder = runFolder();
  const file = path.join(temporary(), 'r.procession');
  await packRecording(folder, file);
  const whole = readFileSync(file);
  await fc.assert(fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => openChanged(whole, at, by, folder)), { numRuns: 40 });
});

test('of the list of files, which no checksum guards, no byte can be changed without a refusal or the same result', async () => {
  const folder = runFolder();
  const file = path.join(temporary(), 'r.procession');
  await packRecording(folder, file);
  const whole = readFileSync(file);
  for (let at = whole.indexOf(Buffer.from([0x50, 0x4b, 1, 2])); at < whole.length; at++) await openChanged(whole, at, 1, folder);
});

test('an unknown version is refused, of the run or of a journal in it', async () => {
  expect(await refusal(fileOf({ 'run.json': text(runJson({ schema: 'procession-run/2' })) }))).toMatchObject({ code: 'unknown-version' });
  const future = segment({ capacity: 2 });
  future.writeUInt16LE(2, 8);
  expect(await refusal(fileOf({ 'run.json': text(runJson()), [segmentName()]: future }))).toMatchObject({ code: 'unknown-version' });
});

test('a damaged run.json is refused as damage', async () => {
  expect(await refusal(fileOf({ 'run.json': text('{') }))).toMatchObject({ code: 'damaged' });
  expect(await refusal(fileOf({ 'run.json': text(runJson({ startedMono: -4 })) }))).toMatchObject({ code: 'damaged' });
});

test('names that lead out of the folder are never written', async () => {
  const outside = path.join(temporary(), 'outside');
  const opened = await openRecording(fileOf({ 'run.json': text(runJson()), [`../../../../../..${outside}`]: text('x'), '/etc/procession': text('x'), 'sub/1-1-1.0': text('x') }));
  if (!opened.ok) throw new Error(opened.error.message);
  expect(readdirSync(opened.value.folder)).toEqual(['run.json']);
  expect(existsSync(outside)).toBe(false);
  opened.value.dispose();
});

test('an archive that says it unpacks to more than a recording can is refused before anything is unpacked', async () => {
  const data = Buffer.from(zipSync({ 'run.json': text(runJson()), [segmentName()]: segment({ capacity: 1 }), [segmentName(11)]: segment({ capacity: 1 }) }));
  const directory = Buffer.from([0x50, 0x4b, 1, 2]);
  for (let at = data.indexOf(directory); at >= 0; at = data.indexOf(directory, at + 4)) data.writeUInt32LE(0xfffffff0, at + 24);
  expect(await refusal(fileOf(data))).toMatchObject({ code: 'too-large' });
});

test('an entry that unpacks to more than it says is refused', async () => {
  const data = Buffer.from(zipSync({ 'run.json': text(runJson()), [segmentName()]: new Uint8Array(5_000_000) }));
  const last = data.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  data.writeUInt32LE(1000, last + 24);
  expect(await refusal(fileOf(data))).toMatchObject({ code: 'damaged' });
});

test('a file that cannot be written is said so, and leaves nothing behind', async () => {
  const folder = runFolder();
  const target = path.join(temporary(), 'missing', 'r.procession');
  expect(await packRecording(folder, target)).toMatchObject({ ok: false, error: { code: 'cannot-write' } });
  const taken = path.join(temporary(), 'r.procession');
  mkdirSync(taken);
  expect(await packRecording(folder, taken)).toMatchObject({ ok: false, error: { code: 'cannot-write' } });
  expect(readdirSync(path.dirname(taken))).toEqual(['r.procession']);
  expect(await packRecording(temporary(), path.join(temporary(), 'x'))).toMatchObject({ ok: false, error: { code: 'no-run' } });
});

test('run.json is read and checked', () => {
  const folder = temporary();
  expect(readRunFile(folder)).toMatchObject({ ok: false, error: { code: 'no-run' } });
  writeFileSync(path.join(folder, 'run.json'), runJson());
  expect(readRunFile(folder)).toMatchObject({ ok: true, value: { startedMono: STARTED, launcher: { pid: 1, start: 2 }, previewBytes: 200, info: { id: 'r1', budgetBytes: 1_000_000 } } });
  writeFileSync(path.join(folder, 'run.json'), runJson({ argv: 'x' }));
  expect(readRunFile(folder)).toMatchObject({ ok: false, error: { code: 'bad-run', message: 'run.json is damaged at argv; the run in this folder cannot be shown.' } });
  writeFileSync(path.join(folder, 'run.json'), '[]');
  expect(readRunFile(folder)).toMatchObject({ ok: false, error: { code: 'bad-run' } });
});
