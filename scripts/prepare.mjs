/** What both `npm start` and `npm test` need first on a fresh machine: the npm packages, and the packaged extension. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './vscode.mjs';

export const vsix = join(root, 'dist', 'procession.vsix');

/** Refuses, in words, a Node that the tools below do not run on. */
export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node ${process.versions.node} is too old: Procession is built with Node 20.19 or newer.`);
  process.exit(69);
}

/** `npm ci`, unless node_modules is there and as new as the lock file. */
export function ensurePackages(say) {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  if (existsSync(installed) && samePackages(lock, installed)) return;
  say('Installing the npm packages.');
  // Inside `npm start` npm hands its own options down as environment, which makes the inner one complain.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
}

function samePackages(lock, installed) {
  const versions = (file) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(packages).filter(([path]) => path !== '').map(([path, its]) => [path, its.version]));
  };
  const have = versions(installed);
  const optional = JSON.parse(readFileSync(lock, 'utf8')).packages;
  for (const [path, version] of versions(lock)) if (have.get(path) !== version && !optional[path].optional) return false;
  return true;
}

/** Builds and packages the extension into `dist/procession.vsix`. */
export function buildExtension(say) {
  say('Building the extension.');
  run('npm', ['run', '--silent', 'package'], { cwd: root });
}
