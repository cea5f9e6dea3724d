/** Recordings for the tests that open one: made by the command line, which writes the same files. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/vscode.mjs';
import { pythonPath } from './workbench.js';

/** @returns the recording of a run of this script */
export function record(script: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'procession-record-'));
  try {
    const file = join(folder, 'script.py');
    writeFileSync(file, script);
    const args = [join(root, 'dist', 'cli.cjs'), 'run', '--python', pythonPath(), '--record', join(folder, 'run.procession'), file];
    const done = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    if (done.status !== 0) throw new Error(`the script to be recorded ended with ${done.status ?? done.signal}: ${done.stderr}`);
    return readFileSync(join(folder, 'run.procession'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
