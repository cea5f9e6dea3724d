/**
 * Finds a Python and asks it who it is. The answer is kept in a small file of the user's cache folder, so that only the
 * first run with an interpreter pays for the question.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as v from 'valibot';
import { runError, type RunError } from './errors.js';

/** What an interpreter says of itself. */
export interface PythonInfo {
  /** What to start: the path as the user named it or as PATH led to it. Links are kept: a virtual environment is known by its link. */
  readonly command: string;
  /** `sys.executable`. */
  readonly executable: string;
  /** `3.11.7`. */
  readonly version: string;
  /** `sys.version_info[:2]`. */
  readonly major: number;
  readonly minor: number;
  /** `cpython`, `pypy`. */
  readonly implementation: string;
  /** `sys.platform`. */
  readonly platform: string;
  /** `sys.implementation.cache_tag`: names the compiled files; null where Python keeps none. */
  readonly cacheTag: string | null;
}

/** The oldest Python whose multiprocessing the runtime knows. */
export const OLDEST_PYTHON: readonly [number, number] = [3, 8];

const Answer = v.object({
  executable: v.string(),
  version: v.string(),
  major: v.number(),
  minor: v.number(),
  implementation: v.string(),
  platform: v.string(),
  cacheTag: v.nullable(v.string()),
});
type Answer = v.InferOutput<typeof Answer>;

/* Runs on every Python from 2.7 on, because an old one must be named. The current folder is taken off the path first: a
   json.py of the user's must not be run by us. */
const QUESTION = [
  'import sys',
  'del sys.path[:1]',
  'import json',
  'i = getattr(sys, "implementation", None)',
  'sys.stdout.write(json.dumps({"executable": sys.executable or "",',
  ' "version": "%d.%d.%d" % sys.version_info[:3], "major": sys.version_info[0], "minor": sys.version_info[1],',
  ' "implementation": i.name if i else "cpython", "platform": sys.platform,',
  ' "cacheTag": getattr(i, "cache_tag", None)}))',
].join('\n');

/** Seconds are plenty for an interpreter that starts in 20 ms; a stub that opens a shop window must not hang a run. */
const PROBE_TIMEOUT_MS = 20_000;

const CacheFile = v.object({ schema: v.literal('procession-pythons/1'), entries: v.record(v.string(), Answer) });

function cachePath(): string {
  const base = process.env['XDG_CACHE_HOME'];
  const folder = base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), '.cache');
  return path.join(folder, 'procession', 'pythons.json');
}

function readCache(): Map<string, Answer> {
  try {
    const parsed = v.safeParse(CacheFile, JSON.parse(fs.readFileSync(cachePath(), 'utf8')));
    return new Map(parsed.success ? Object.entries(parsed.output.entries) : []);
  } catch {
    return new Map(); // none yet, or not ours to read: the probe answers instead
  }
}

function writeCache(key: string, answer: Answer): void {
  try {
    const file = cachePath();
    const kept = [...readCache()].filter(([other]) => other !== key).slice(-31);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const part = `${file}.${process.pid}`;
    fs.writeFileSync(part, JSON.stringify({ schema: 'procession-pythons/1', entries: Object.fromEntries([...kept, [key, answer]]) }));
    fs.renameSync(part, file);
  } catch {
    // A cache that cannot be written costs a probe a run, nothing else.
  }
}

/** What changes when another interpreter stands at this path; null for a script such as a pyenv shim, whose answer depends on the current folder. */
function cacheKey(command: string): string | null {
  try {
    const real = fs.realpathSync(command);
    const head = Buffer.alloc(2);
    const fd = fs.openSync(real, 'r');
    try {
      fs.readSync(fd, head, 0, 2, 0);
    } finally {
      fs.closeSync(fd);
    }
    if (head.toString('latin1') === '#!') return null;
    const stat = fs.statSync(real);
    return [command, real, stat.mtimeMs, stat.size, stat.ino].join('|');
  } catch {
    return null;
  }
}

type Probed = { readonly ok: true; readonly info: PythonInfo } | { readonly ok: false; readonly reason: string };

const memory = new Map<string, Answer>();

/** Asks the interpreter at `command` who it is. */
async function probe(command: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Probed> {
  const key = cacheKey(command);
  if (key !== null) {
    const known = memory.get(key) ?? readCache().get(key);
    if (known !== undefined) {
      memory.set(key, known);
      return { ok: true, info: { command, ...known } };
    }
  }
  return new Promise((resolve) => {
    const child = execFile(command, ['-E', '-S', '-c', QUESTION], { cwd, env: { ...process.env, ...env }, timeout: PROBE_TIMEOUT_MS, windowsHide: true, encoding: 'utf8' }, (error, stdout) => {
      if (error !== null) {
        resolve({ ok: false, reason: whyNoAnswer(error) });
        return;
      }
      let answer: Answer;
      try {
        answer = v.parse(Answer, JSON.parse(stdout));
      } catch {
        resolve({ ok: false, reason: whyNotPython() });
        return;
      }
      if (key !== null) {
        memory.set(key, answer);
        writeCache(key, answer);
      }
      resolve({ ok: true, info: { command, ...answer } });
    });
    child.stdin?.end();
  });
}

function whyNoAnswer(error: ExecFileException): string {
  if (typeof error.code === 'number') return 'it ended with an error';
  if (error.killed === true) return 'it did not answer';
  if (error.code === 'ENOENT') return 'no such file';
  return error.code === 'EACCES' ? 'it cannot be run' : 'it could not be started';
}

function whyNotPython(): string {
  return 'it does not answer as Python does';
}

function isRunnable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Where PATH leads for a bare name, as a shell would find it; null nowhere. */
export function onPath(name: string, cwd: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const suffixes = process.platform === 'win32' ? ['', ...(env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';')] : [''];
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter)) {
    for (const suffix of suffixes) {
      const candidate = path.resolve(cwd, folder === '' ? '.' : folder, name + suffix);
      if (isRunnable(candidate)) return candidate;
    }
  }
  return null;
}

function isOld(info: PythonInfo): boolean {
  return info.major < OLDEST_PYTHON[0] || (info.major === OLDEST_PYTHON[0] && info.minor < OLDEST_PYTHON[1]);
}

export type FoundPython = { readonly ok: true; readonly python: PythonInfo } | { readonly ok: false; readonly error: RunError };

/**
 * The interpreter for a run.
 * @param named what the user asked for: a path (relative to `cwd`) or a name to look up on PATH; null: the first of `python3`, `python`, `py` that is 3.8 or newer
 * @param env what is added to this process's own environment for the script
 */
export async function findPython(named: string | null, cwd: string, env: Readonly<Record<string, string>>): Promise<FoundPython> {
  const whole = { ...process.env, ...env };
  if (named !== null && named !== '') {
    const isPath = /[\\/]/.test(named);
    const expanded = named.startsWith('~/') ? path.join(os.homedir(), named.slice(2)) : named;
    const command = isPath ? path.resolve(cwd, expanded) : onPath(named, cwd, whole);
    if (command === null) {
      return { ok: false, error: runError('no-python', 'No Python: there is no {0} on the PATH; name another with --python PATH (in VS Code: the setting procession.python).', named) };
    }
    const probed = await probe(command, cwd, env);
    if (!probed.ok) {
      return { ok: false, error: runError('no-python', 'No Python: {0} cannot be used ({1}); name another with --python PATH (in VS Code: the setting procession.python).', command, probed.reason) };
    }
    if (isOld(probed.info)) {
      return { ok: false, error: runError('old-python', '{0} is Python {1}, and Procession needs 3.8 or newer; name another with --python PATH (in VS Code: the setting procession.python).', command, probed.info.version) };
    }
    return { ok: true, python: probed.info };
  }
  const seen: string[] = [];
  for (const name of ['python3', 'python', 'py']) {
    const command = onPath(name, cwd, whole);
    if (command === null) continue;
    const probed = await probe(command, cwd, env);
    if (probed.ok && !isOld(probed.info)) return { ok: true, python: probed.info };
    seen.push(probed.ok ? `${command} is ${probed.info.version}` : `${command}: ${probed.reason}`);
  }
  return seen.length === 0
    ? { ok: false, error: runError('no-python', 'No Python: neither python3 nor python nor py is on the PATH; install Python 3.8 or newer, or name one with --python PATH (in VS Code: the setting procession.python).') }
    : { ok: false, error: runError('old-python', 'No Python that Procession can use, which is 3.8 or newer ({0}); name another with --python PATH (in VS Code: the setting procession.python).', seen.join('; ')) };
}
