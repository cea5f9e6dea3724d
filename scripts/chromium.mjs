/** Finds a Chromium or Chrome for the end-to-end tests, and installs Debian's where it may. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What makes a headless Chromium quiet and independent of the network; `--no-sandbox` only where it cannot do with one. */
export const flags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns the path of a browser, or null */
export function findChromium() {
  const named = process.env.PROCESSION_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of NAMES) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

/**
 * @param {(line: string) => void} say is called with a line for the person who waits
 * @returns the browser's path, or null with what is missing said
 */
export function ensureChromium(say) {
  const found = findChromium();
  if (found) return found;
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!mayInstall) {
    say('Missing: Chromium, for the end-to-end tests. Install it (Debian: sudo apt-get install chromium), or name one with PROCESSION_CHROMIUM.');
    return null;
  }
  say('Installing Chromium by apt, for the end-to-end tests.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
  apt('update');
  const done = apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core', 'fonts-noto-cjk');
  const installed = findChromium();
  if (!installed) say(`apt could not install Chromium: ${(done.stderr ?? '').trim().split('\n').slice(-3).join(' ')}`);
  return installed;
}
