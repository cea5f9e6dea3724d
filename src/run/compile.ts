/**
 * Compiles the runtime beside its sources before the first run, because a script that runs with PYTHONDONTWRITEBYTECODE
 * would otherwise pay for compiling it in each of its processes.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { PythonInfo } from './python.js';

function sources(folder: string): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== '__pycache__') found.push(...sources(full));
    else if (entry.isFile() && entry.name.endsWith('.py')) found.push(full);
  }
  return found;
}

function isCompiled(source: string, suffix: string): boolean {
  try {
    const compiled = path.join(path.dirname(source), '__pycache__', `${path.basename(source, '.py')}.${suffix}.pyc`);
    return fs.statSync(compiled).mtimeMs >= fs.statSync(source).mtimeMs;
  } catch {
    return false;
  }
}

/** How strongly `-O` and PYTHONOPTIMIZE optimise: it is part of the compiled file's name. */
function level(options: readonly string[], env: Readonly<Record<string, string | undefined>>): number {
  const letters = options.filter((o) => /^-[^-]/.test(o)).join('').split('O').length - 1;
  const variable = env['PYTHONOPTIMIZE'] ?? '';
  const fromEnv = variable === '' ? 0 : /^\d+$/.test(variable) ? Number(variable) : 1;
  return Math.min(2, Math.max(letters, fromEnv));
}

/** Compiles what is not compiled yet. Best effort: a read-only installation is compiled in memory by each process. */
export async function compileRuntime(python: PythonInfo, runtimeFolder: string, options: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (python.cacheTag === null) return;
  const optimise = level(options, env);
  const suffix = optimise === 0 ? python.cacheTag : `${python.cacheTag}.opt-${optimise}`;
  let stale: string[];
  try {
    stale = sources(runtimeFolder).filter((source) => !isCompiled(source, suffix));
    if (stale.length > 0) fs.accessSync(runtimeFolder, fs.constants.W_OK);
  } catch {
    return;
  }
  if (stale.length === 0) return;
  const code = 'import sys; del sys.path[:1]; import py_compile\nfor f in sys.argv[1:]:\n try: py_compile.compile(f, doraise=True)\n except Exception: pass';
  const flags = optimise === 0 ? [] : [`-${'O'.repeat(optimise)}`];
  await new Promise<void>((resolve) => {
    const child = execFile(python.command, [...flags, '-E', '-S', '-c', code, ...stale], { timeout: 20_000, windowsHide: true }, () => resolve());
    child.stdin?.end();
  });
}
