/** `procession export`: a recording for other programs. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { exportFiles, type ExportFile, type ExportFormat } from '../export/index.js';
import { reasonOf } from '../run/index.js';
import { OutFile } from './files.js';
import { say, status, writeAll } from './out.js';
import { openRecording, tellFailure } from './report-command.js';

export interface ExportChoice {
  readonly recording: string;
  /** A file; a folder for `csv`; `-` for standard output, which takes no `csv`. */
  readonly to: string;
  readonly format: ExportFormat;
  /** Files that are there may be replaced. */
  readonly force: boolean;
  readonly cwd: string;
}

export async function exportCommand({ recording, to, format, force, cwd }: ExportChoice): Promise<number> {
  if (to === '-' && format === 'csv') {
    say('csv is a folder of files: --to needs its name.');
    return status.usage;
  }
  const opened = await openRecording(recording, cwd);
  if (!opened.ok) return opened.status;
  tellFailure(opened.run);
  const files = exportFiles(opened.run.model, format);
  await opened.run.close({ keep: true });
  if (to === '-') return toStandardOutput(files);
  const why = format === 'csv' ? intoFolder(files, to, force, cwd) : toFiles(files.map((file) => ({ ...file, path: to })), force, cwd);
  if (why !== null) say(why);
  return why === null ? status.ok : status.cannotCreate;
}

function toStandardOutput(files: readonly ExportFile[]): number {
  // Nobody reading on, as in `procession export ... | head`, is no error.
  for (const { chunks } of files) for (const chunk of chunks) if (!writeAll(1, chunk)) return status.ok;
  return status.ok;
}

function intoFolder(files: readonly ExportFile[], to: string, force: boolean, cwd: string): string | null {
  try {
    fs.mkdirSync(path.resolve(cwd, to), { recursive: true });
  } catch (error) {
    return `${to} cannot be made a folder: ${reasonOf(error)}.`;
  }
  return toFiles(files.map((file) => ({ ...file, path: path.join(to, file.name) })), force, cwd);
}

/** All of them or none: they are put in place when all are written. @returns null, or why not */
function toFiles(files: readonly (ExportFile & { readonly path: string })[], force: boolean, cwd: string): string | null {
  if (!force) {
    const there = files.find((file) => isThere(path.resolve(cwd, file.path)));
    if (there !== undefined) return `${there.path} is there already: --force replaces it.`;
  }
  const written: OutFile[] = [];
  const failed = (why: string): string => {
    for (const file of written) file.discard();
    return why;
  };
  for (const { path: name, chunks } of files) {
    const output = OutFile.open(name, cwd, false);
    if (!output.ok) return failed(output.message);
    written.push(output.file);
    try {
      const descriptor = fs.openSync(output.file.part, 'w');
      try {
        for (const chunk of chunks) fs.writeFileSync(descriptor, chunk);
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      return failed(`${name} cannot be written: ${reasonOf(error)}.`);
    }
  }
  for (const file of written) {
    const why = file.commit();
    if (why !== null) return failed(why);
  }
  return null;
}

/** A pipe or a device is written to, not replaced. */
function isThere(file: string): boolean {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isFile() || stat.isDirectory());
}
