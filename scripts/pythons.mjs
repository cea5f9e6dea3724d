/** Finds the CPythons of this machine that the runtime supports: pyenv's, those on the path, and those of debian.mjs. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where debian.mjs puts its interpreters. */
export const debianPythons = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache', 'pythons');
const OLDEST = 8;
const NEWEST = 15;
const PROBE = 'import sys;print("%d.%d.%d"%sys.version_info[:3],sys.implementation.name,sys.executable,sep="\\t")';

/**
 * One Python a minor version, from 3.8 on, the oldest first.
 * @param options.ofDebian false leaves those of debian.mjs out
 * @returns [{ version: "3.11.7", minor: 11, path }]
 */
export function findPythons({ ofDebian = true } = {}) {
  const found = new Map();
  for (const path of [...candidates(), ...(ofDebian ? standIns() : [])]) {
    const asked = spawnSync(path, ['-c', PROBE], { encoding: 'utf8' });
    if (asked.status !== 0) continue;
    const [version, implementation, executable] = asked.stdout.trim().split('\t');
    const [major, minor] = version.split('.').map(Number);
    if (major !== 3 || minor < OLDEST || minor > NEWEST || implementation !== 'cpython') continue;
    if (!found.has(minor)) found.set(minor, { version, minor, path: executable });
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor);
}

/** Of no use to others than root, and without the Debian that they lead into. */
function standIns() {
  if (process.getuid?.() !== 0 || !existsSync(debianPythons)) return [];
  return readdirSync(debianPythons).map((name) => join(debianPythons, name, 'bin', 'python')).filter((path) => existsSync(path));
}

function* candidates() {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  if (existsSync(versions))
    for (const name of readdirSync(versions).sort().reverse()) {
      const path = join(versions, name, 'bin', 'python');
      if (existsSync(path)) yield path;
    }
  const names = ['python3', 'python'];
  for (let minor = NEWEST; minor >= OLDEST; minor -= 1) names.unshift(`python3.${minor}`);
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of names) if (existsSync(join(folder, name))) yield join(folder, name);
}
