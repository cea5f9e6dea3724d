/** Recordings of real scripts, made by the command line and opened as the fronts open them. */
import { join, resolve } from 'node:path';
import type { Model } from '../../../src/model/index.js';
import { Run } from '../../../src/run/index.js';
import { Cli } from '../cli/cli.js';

const root = resolve(import.meta.dirname, '../../..');

export function example(name: string): string {
  return join(root, 'examples', name);
}

/** Runs a script under the command line. @returns the recording's path */
export async function recordingOf(cli: Cli, script: string, ...args: string[]): Promise<string> {
  const file = join(cli.folder, `${Math.random().toString(36).slice(2)}.procession`);
  const done = await cli.run(['run', '--record', file, script, ...args]);
  if (done.signal !== null) throw new Error(`the script was ended by ${done.signal}: ${done.stderr}`);
  return file;
}

/** The model of a recording, with nothing left to come. */
export async function modelOf(recording: string): Promise<Model> {
  const run = await Run.open(recording);
  const { model } = run;
  await run.close({ keep: true });
  return model;
}
