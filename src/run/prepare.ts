/**
 * Everything that is needed to start a script under instrumentation, found and made before it starts: the interpreter, the
 * run's folder, and the environment that carries the runtime into every Python process of the run.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { RunInfo } from '../model/facts.js';
import { processIdentity } from '../system/index.js';
import { compileRuntime } from './compile.js';
import { errorCode, reasonOf, runError, type RunError } from './errors.js';
import { DEFAULT_BUDGET_BYTES, makeRunFolder } from './folder.js';
import { readOptions } from './options.js';
import { findPython } from './python.js';

export type RunTarget =
  | { readonly kind: 'script'; readonly path: string }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'code'; readonly code: string };

export interface RunOptions {
  readonly target: RunTarget;
  /** What the script sees as `sys.argv[1:]`. */
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** A path, or a name to find on PATH; null: python3, python, py in that order. */
  readonly python: string | null;
  /** Options for the interpreter itself, as it would get them: `-X`, `dev`, `-I`. */
  readonly pythonOptions: readonly string[];
  /** Set for the script in addition to this process's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How many bytes of a message are kept to show; 0 turns previews off. */
  readonly previewBytes: number;
  /** What the journal may take; null: the default. */
  readonly budgetBytes: number | null;
  /** The folder that holds boot/ and the runtime's package. */
  readonly runtimeFolder: string;
}

export interface PreparedRun {
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  /** To be added to the environment of whoever starts it. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly info: RunInfo;
}

export type Prepared = { readonly ok: true; readonly run: PreparedRun } | { readonly ok: false; readonly error: RunError };

/** The script as people would name it. */
export function scriptNameOf(target: RunTarget): string {
  switch (target.kind) {
    case 'script': return target.path === '-' ? '<stdin>' : path.basename(path.resolve('/', target.path));
    case 'module': return target.name;
    case 'code': return '<string>';
  }
}

/** A script's absence is told by us, before anything is made; what is wrong inside it is Python's own to tell. */
function checkTarget(target: RunTarget, cwd: string): RunError | null {
  if (target.kind !== 'script' || target.path === '-') return null;
  const file = path.resolve(cwd, target.path);
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return null;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? runError('no-script', 'There is no script {0}; check the name and the current folder ({1}).', target.path, cwd)
      : runError('no-script', 'The script {0} cannot be read: {1}.', target.path, reasonOf(error));
  }
}

/**
 * PYTHONPATH with the boot folder in front. What the user set stays as it is, letter by letter: an empty entry in it means the
 * current folder. A variable that is set but empty means nothing to Python, and must not become an empty entry.
 */
export function joinPythonPath(boot: string, users: string | undefined, delimiter: string = path.delimiter): string {
  if (users === undefined || users === '' || users === boot) return boot;
  const rest = users.startsWith(boot + delimiter) ? users.slice(boot.length + delimiter.length) : users;
  return boot + delimiter + rest;
}

/** The boot folder under a name that PYTHONPATH can hold: the list has no escape for its own separator. */
function bootFolder(runtimeFolder: string, folder: string): string {
  if (!runtimeFolder.includes(path.delimiter)) return path.join(runtimeFolder, 'boot');
  const link = path.join(folder, 'runtime');
  fs.symlinkSync(runtimeFolder, link, 'dir');
  return path.join(link, 'boot');
}

function targetArguments(target: RunTarget): string[] {
  switch (target.kind) {
    // A name that begins with a dash would be read as an option.
    case 'script': return [target.path.startsWith('-') && target.path !== '-' ? `.${path.sep}${target.path}` : target.path];
    case 'module': return ['-m', target.name];
    case 'code': return ['-c', target.code];
  }
}

/** Finds the interpreter, makes the run's folder with its run.json, and says what to start. Nothing is started. */
export async function prepareRun(o: RunOptions): Promise<Prepared> {
  const wrong = checkTarget(o.target, o.cwd);
  if (wrong !== null) return { ok: false, error: wrong };
  const options = readOptions(o.pythonOptions);
  if (!options.ok) return options;
  if (!fs.existsSync(path.join(o.runtimeFolder, 'boot', 'sitecustomize.py'))) {
    return { ok: false, error: runError('no-runtime', "Procession's own files are missing in {0}; install it again.", o.runtimeFolder) };
  }
  const found = await findPython(o.python, o.cwd, o.env);
  if (!found.ok) return found;
  const python = found.python;
  const environment: Readonly<Record<string, string | undefined>> = { ...process.env, ...o.env };
  await compileRuntime(python, o.runtimeFolder, o.pythonOptions, environment);

  const made = makeRunFolder(o.budgetBytes ?? DEFAULT_BUDGET_BYTES);
  if (!made.ok) return made;
  const { folder, id, budgetBytes } = made;
  const direct = [...o.pythonOptions, ...targetArguments(o.target), ...o.args];
  const args = options.needsLauncher
    ? [...o.pythonOptions, path.join(o.runtimeFolder, 'procession_runtime', 'launch.py'), ...targetArguments(o.target), ...o.args]
    : direct;
  // The two clocks are read together: they tie the journal's times to the wall clock.
  const startedMono = process.hrtime.bigint();
  const startedAt = new Date().toISOString();
  const info: RunInfo = {
    id,
    argv: [python.command, ...direct],
    cwd: o.cwd,
    python: python.executable === '' ? python.command : python.executable,
    pythonVersion: python.version,
    implementation: python.implementation,
    platform: python.platform,
    startedAt,
    scriptName: scriptNameOf(o.target),
    budgetBytes,
  };
  try {
    const self = processIdentity(process.pid);
    fs.writeFileSync(path.join(folder, 'run.json'), JSON.stringify({
      schema: 'procession-run/1',
      id,
      argv: info.argv,
      cwd: info.cwd,
      python: info.python,
      pythonVersion: info.pythonVersion,
      implementation: info.implementation,
      platform: info.platform,
      startedAt: info.startedAt,
      startedMono: startedMono.toString(),
      launcher: { pid: process.pid, start: self?.start ?? 0 },
      options: { previewBytes: o.previewBytes, budgetBytes },
      scriptName: info.scriptName,
    }));
    return {
      ok: true,
      run: {
        folder,
        command: python.command,
        args,
        env: {
          ...o.env,
          PYTHONPATH: joinPythonPath(bootFolder(o.runtimeFolder, folder), environment['PYTHONPATH']),
          PROCESSION_RUN: folder,
          PROCESSION_OPTIONS: `preview=${o.previewBytes},budget=${budgetBytes}`,
        },
        cwd: o.cwd,
        info,
      },
    };
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    return { ok: false, error: runError('no-folder', 'The journal in {0} cannot be written: {1}.', folder, reasonOf(error)) };
  }
}
