/** py-spy for the tests: from PyPI, into a virtual environment of its own under `.cache/`. Users bring their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPythons } from './pythons.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const VERSION = '0.4.3';
const home = join(root, '.cache', `py-spy-${VERSION}`);
/** A download may be slow; one that has not ended after this many milliseconds will not. */
const PATIENCE_MS = 180_000;

const bin = (folder) => join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');

/** The folder that holds `py-spy` beside a `python`, as pip puts it into an environment; the program's own path. */
function found() {
  const program = join(bin(home), process.platform === 'win32' ? 'py-spy.exe' : 'py-spy');
  return existsSync(program) ? program : null;
}

/**
 * @param {(line: string) => void} say is called with a line for the person who waits
 * @returns {string} the path of py-spy
 * @throws with what is missing, in words: a test that needs it then fails, and is not left out in silence
 */
export function ensurePySpy(say) {
  const there = found();
  if (there !== null) return there;
  say(`Installing py-spy ${VERSION} under .cache, for the tests of stacks.`);
  const problems = [];
  for (const { version, path } of findPythons({ ofDebian: false }).reverse()) {
    const part = `${home}.${process.pid}`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(dirname(home), { recursive: true });
    const run = (program, args) => {
      const done = spawnSync(program, args, { encoding: 'utf8', timeout: PATIENCE_MS });
      if (done.status === 0) return true;
      problems.push(`Python ${version}: ${(done.stderr || done.error?.message || '').trim().split('\n').slice(-2).join(' ')}`);
      return false;
    };
    const installed = run(path, ['-m', 'venv', part]) && run(join(bin(part), 'python'), ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '--quiet', `py-spy==${VERSION}`]);
    try {
      if (installed) renameSync(part, home);
    } catch (error) {
      // Two test files may begin at once: the other was first.
      if (found() === null) problems.push(String(error));
    }
    rmSync(part, { recursive: true, force: true });
    const program = found();
    if (program !== null) return program;
  }
  throw new Error(`py-spy ${VERSION} cannot be had, which the tests of stacks need: ${problems.join('; ') || 'no CPython from 3.8 on was found'}`);
}
