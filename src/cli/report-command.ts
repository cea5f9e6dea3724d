/** `procession report` and `procession view`: what a recording holds, without Python. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Report } from '../model/report.js';
import { CannotOpen, reasonOf, Run } from '../run/index.js';
import { OutFile } from './files.js';
import { say, status, wantsColours, widthOf, writeAll } from './out.js';
import { picture } from '../export/text/picture.js';

/** Says what could not be read, and what went wrong inside of us, if anything did. */
export function tellFailure(run: Run): void {
  for (const { message } of run.problems) say(message);
  if (run.failure !== null) say(`a mistake of Procession's own; what is shown may lack something: ${run.failure}`);
}

/** Null, or why it could not be written. */
export function writeReport(report: Report, file: OutFile): string | null {
  return writeJson(report, file);
}

/** @param file null: standard output @returns null, or why it could not be written */
export function writeJson(value: unknown, file: OutFile | null): string | null {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (file === null) return writeAll(1, text) ? null : 'standard output cannot be written.';
  try {
    fs.writeFileSync(file.part, text);
  } catch (error) {
    file.discard();
    return `${file.name} cannot be written: ${reasonOf(error)}.`;
  }
  return file.commit();
}

type OpenedRun = { readonly ok: true; readonly run: Run } | { readonly ok: false; readonly status: number };

export async function openRecording(recording: string, cwd: string): Promise<OpenedRun> {
  const file = path.resolve(cwd, recording);
  try {
    return { ok: true, run: await Run.open(file) };
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    say(error.message);
    return { ok: false, status: fs.existsSync(file) ? status.data : status.noInput };
  }
}

/** @param json a path, or `-` for standard output */
export async function reportCommand(recording: string, json: string, cwd: string): Promise<number> {
  const output = json === '-' ? null : OutFile.open(json, cwd, false);
  if (output !== null && !output.ok) {
    say(output.message);
    return status.cannotCreate;
  }
  const opened = await openRecording(recording, cwd);
  if (!opened.ok) {
    output?.file.discard();
    return opened.status;
  }
  tellFailure(opened.run);
  const report = opened.run.model.report();
  await opened.run.close({ keep: true });
  if (output === null) return writeAll(1, `${JSON.stringify(report, null, 2)}\n`) ? status.ok : status.cannotCreate;
  const why = writeReport(report, output.file);
  if (why !== null) say(why);
  return why === null ? status.ok : status.cannotCreate;
}

export async function viewCommand(recording: string, cwd: string): Promise<number> {
  const opened = await openRecording(recording, cwd);
  if (!opened.ok) return opened.status;
  tellFailure(opened.run);
  const text = picture(opened.run.model.snapshot(), { colours: wantsColours(1), width: widthOf(1) });
  await opened.run.close({ keep: true });
  // Nobody reading on, as in `procession view x | head`, is no error.
  writeAll(1, text);
  return status.ok;
}
