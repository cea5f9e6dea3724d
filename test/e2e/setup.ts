/** Installs the packaged extension into a fresh extensions folder once for all end-to-end tests. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { vsix } from '../../scripts/prepare.mjs';
import { ensureCodeServer, installExtension } from '../../scripts/vscode.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    extensionsDir: string;
  }
}

export default function setup(project: TestProject): () => void {
  if (!existsSync(vsix)) throw new Error('dist/procession.vsix is missing: run `npm run package` first');
  ensureCodeServer(console.log);
  const home = mkdtempSync(join(tmpdir(), 'procession-e2e-'));
  const extensionsDir = join(home, 'extensions');
  installExtension({ vsix, extensionsDir, userDataDir: join(home, 'user') });
  project.provide('extensionsDir', extensionsDir);
  return () => rmSync(home, { recursive: true, force: true });
}
