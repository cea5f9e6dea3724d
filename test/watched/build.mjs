/** `node test/watched/build.mjs FILE.mjs`: bundles watched.ts into a program. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const [outfile] = process.argv.slice(2);
await esbuild.build({
  entryPoints: [join(dirname(fileURLToPath(import.meta.url)), 'watched.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  // CommonJS packages in it ask for `require`.
  banner: { js: 'import { createRequire as processionRequire } from "node:module"; const require = processionRequire(import.meta.url);' },
});
