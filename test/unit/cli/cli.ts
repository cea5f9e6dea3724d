/** The real command line, built from these sources, run as a person runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

export interface Done {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  /** In front of `node cli.cjs`: `setsid`, `unshare -m sh -c ...`. */
  readonly detached?: boolean;
}

export class Cli {
  readonly folder = mkdtempSync(join(tmpdir(), 'cli "测试" \''));
  readonly file = join(this.folder, 'dist', 'cli.cjs');

  /** Builds before the tests of a file and cleans up after them. */
  static forTests(): Cli {
    const cli = new Cli();
    beforeAll(async () => {
      await build({
        absWorkingDir: root,
        entryPoints: ['src/cli/main.ts'],
        outfile: cli.file,
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        logLevel: 'error',
        define: { 'import.meta.url': 'processionBundleUrl' },
        banner: { js: 'const processionBundleUrl = require("node:url").pathToFileURL(__filename).href;' },
      });
      symlinkSync(join(root, 'runtime'), join(cli.folder, 'runtime'));
      mkdirSync(join(cli.folder, 'cache'));
    });
    afterAll(() => rmSync(cli.folder, { recursive: true, force: true }));
    return cli;
  }

  /** Writes a script; returns its path. */
  script(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  get environment(): Record<string, string> {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) {
      // The tests' own runner must not decide about colours, and a run around the tests is none of ours.
      if (value !== undefined && !/^(PROCESSION_|FORCE_COLOR|NO_COLOR|COLUMNS|VITEST|NODE_OPTIONS|PYTHON)/.test(name)) env[name] = value;
    }
    return { ...env, XDG_CACHE_HOME: join(this.folder, 'cache'), PROCESSION_RUNS: this.folder };
  }

  start(args: readonly string[], o: StartOptions = {}): ChildProcess {
    return this.startOther(process.execPath, [this.file, ...args], o);
  }

  startOther(command: string, args: readonly string[], o: StartOptions = {}): ChildProcess {
    return spawn(command, [...args], { cwd: o.cwd ?? this.folder, env: { ...this.environment, ...o.env }, stdio: ['pipe', 'pipe', 'pipe'], detached: o.detached ?? false });
  }

  async run(args: readonly string[], o: StartOptions = {}): Promise<Done> {
    return finished(this.start(args, o), o.input);
  }

  /** What a script does without us. */
  async plain(args: readonly string[], o: StartOptions = {}): Promise<Done> {
    return finished(this.startOther('python3', args, o), o.input);
  }
}

export function finished(child: ChildProcess, input: string | Buffer = ''): Promise<Done> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (data: Buffer) => out.push(data));
  child.stderr?.on('data', (data: Buffer) => err.push(data));
  child.stdin?.on('error', () => undefined); // a script that does not read is no mistake
  child.stdin?.end(input);
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (status, signal) => done({ status, signal, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }));
  });
}

/** Resolves with what the stream said as soon as it matches. */
export function said(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((done, failed) => {
    let text = '';
    stream?.on('data', (data: Buffer) => {
      text += data.toString();
      const match = pattern.exec(text);
      if (match !== null) done(match);
    });
    stream?.once('end', () => failed(new Error(`the stream ended without ${String(pattern)}: ${text}`)));
  });
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits until it holds; fails after `ms`. */
export async function until(what: () => boolean, ms = 5000): Promise<void> {
  for (const deadline = Date.now() + ms; !what(); ) {
    if (Date.now() > deadline) throw new Error(`did not come true within ${ms} ms: ${what.toString()}`);
    await sleep(20);
  }
}

export function oldPython(): string | null {
  const found = ['3.7.16', '3.6.15'].map((version) => join(homedir(), '.pyenv', 'versions', version, 'bin', 'python')).find((file) => existsSync(file));
  return found ?? null;
}
