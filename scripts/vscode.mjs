/**
 * A real VS Code in the browser, from the npm registry: code-server. `npm start` shows the extension in it where no desktop
 * VS Code is installed, and the end-to-end tests drive it.
 *
 * code-server's own install script wants a compiler and libraries that a fresh machine may lack, and runs without
 * them: so its parts are installed with scripts off, and only the two addons whose absence makes it noisy are built, if they can be.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache');

/** VS Code 1.100, the oldest that the extension says it supports and the newest code-server that runs on Node 20. */
const VERSION = '4.100.3';
const home = join(cache, `code-server-${VERSION}`);
const entry = join(home, 'node_modules', 'code-server', 'out', 'node', 'entry.js');

/**
 * Runs a program to its end.
 * @returns its standard output
 * @throws Error with what it printed when it fails
 */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (done.error) throw new Error(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) {
    const said = `${done.stdout ?? ''}${done.stderr ?? ''}`.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${command} ${args.join(' ')} failed (${done.signal ?? `exit ${done.status}`}):\n${said}`);
  }
  return done.stdout ?? '';
}

/** Node's headers lie beside its binary in every archive of nodejs.org and most packages. */
function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? prefix : null;
}

/**
 * code-server loads argon2, a native addon, to hash the password of its login page, at its start. We start it with `--auth none` on
 * the loopback interface, so that no password exists: a module that refuses spares everybody a compiler.
 */
function leaveOutArgon2(folder) {
  const refuse = "const refuse = () => Promise.reject(new Error('argon2 is left out: this code-server runs with --auth none'));\n";
  writeFileSync(join(folder, 'argon2.js'), `${refuse}module.exports = { hash: refuse, verify: refuse, argon2i: 1 };\n`);
}

/** Its binary interface is Node's stable one, so that it fits the node-pty that code-server brings. */
const PREBUILT_PTY = '1.1.0';

/**
 * node-pty, which the terminal stands on, is compiled where it is installed. A fresh machine may have no compiler: so its
 * addon is taken ready-made from npm, and compiled only where there is none for the platform.
 * @throws Error when no terminal can be opened with either
 */
function addTerminal(vscode, quiet) {
  const pty = join(vscode, 'node_modules', 'node-pty');
  const tryIt = `const t = require(${JSON.stringify(pty)}).spawn(process.execPath, ['--version'], {}); t.onExit(({ exitCode }) => process.exit(exitCode));`;
  const works = () => spawnSync(process.execPath, ['-e', tryIt], { timeout: 20_000 }).status === 0;
  if (works()) return;
  const name = `@lydell/node-pty-${process.platform}-${process.arch}`;
  const ready = join(home, 'terminal');
  try {
    mkdirSync(ready, { recursive: true });
    writeFileSync(join(ready, 'package.json'), '{"private":true}\n');
    run('npm', ['install', ...quiet, `${name}@${PREBUILT_PTY}`], { cwd: ready });
    cpSync(join(ready, 'node_modules', name), join(pty, 'build', 'Release'), { recursive: true });
    if (works()) return;
  } catch {
    // none for this platform
  }
  const headers = nodeHeaders();
  // Its script after the build tidies up, and fails where there is nothing to tidy: whether it works is asked of it itself.
  const built = spawnSync('npm', ['rebuild', 'node-pty', '--loglevel=error', '--foreground-scripts'], {
    cwd: vscode,
    encoding: 'utf8',
    env: { ...process.env, ...(headers ? { npm_config_nodedir: headers } : {}) },
  });
  if (!works()) throw new Error(`VS Code's terminal cannot be had: ${name} does not work, and node-pty cannot be compiled (install a C++ compiler and make).\n${built.stderr}`);
}

/**
 * Installs code-server under `.cache/` unless it is there.
 * @param {(line: string) => void} say is called with a line for the person who waits
 */
export function ensureCodeServer(say = () => undefined) {
  const complete = join(home, 'complete');
  if (existsSync(complete)) return;
  say(`Installing VS Code for the browser (code-server ${VERSION}) from npm; about a minute, once.`);
  // A half-done install of an earlier, interrupted attempt would be taken for a whole one by npm.
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', ...quiet, `code-server@${VERSION}`], { cwd: home });
  const vscode = join(home, 'node_modules', 'code-server', 'lib', 'vscode');
  run('npm', ['install', ...quiet, '--omit=dev'], { cwd: vscode });
  run('npm', ['install', ...quiet, '--omit=dev'], { cwd: join(vscode, 'extensions') });
  leaveOutArgon2(join(home, 'node_modules', 'argon2'));
  addTerminal(vscode, quiet);
  const headers = nodeHeaders();
  if (headers) {
    try {
      run('npm', ['rebuild', 'native-watchdog', '@vscode/spdlog', '--loglevel=error', '--foreground-scripts'], {
        cwd: vscode,
        env: { ...process.env, npm_config_nodedir: headers },
      });
    } catch {
      say('No compiler for two of its addons: it works without them, with a few warnings in its log.');
    }
  }
  writeFileSync(complete, `${new Date().toISOString()}\n`);
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Installs a .vsix into the extensions folder of a code-server. */
export function installExtension({ vsix, extensionsDir, userDataDir }) {
  mkdirSync(userDataDir, { recursive: true });
  const config = join(userDataDir, 'code-server.yaml');
  writeFileSync(config, 'auth: none\n');
  run(process.execPath, [entry, '--install-extension', vsix, '--force', '--extensions-dir', extensionsDir, '--user-data-dir', userDataDir, '--config', config]);
}

/**
 * Starts code-server and waits until it answers.
 * @param options.trust false keeps VS Code's workspace trust on
 * @returns its address, a `log()` of what it printed, and a `stop()` that ends it with all it started
 * @throws Error with the log when it does not answer within a minute
 */
export async function startCodeServer({ extensionsDir, userDataDir, trust = false, env = {}, port = null }) {
  const at = port ?? (await freePort());
  const config = join(userDataDir, 'code-server.yaml');
  mkdirSync(userDataDir, { recursive: true });
  writeFileSync(config, 'auth: none\n');
  const child = spawn(
    process.execPath,
    [
      entry,
      '--auth', 'none',
      '--bind-addr', `127.0.0.1:${at}`,
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-getting-started-override',
      ...(trust ? [] : ['--disable-workspace-trust']),
      '--extensions-dir', extensionsDir,
      '--user-data-dir', userDataDir,
      // Else it writes one into the user's home.
      '--config', config,
    ],
    // A group of its own, so that stop() reaches the extension host and the terminals too.
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let printed = '';
  const keep = (chunk) => {
    printed = (printed + chunk).slice(-200_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  const stop = () => stopTree(child, () => ended);
  const url = `http://127.0.0.1:${at}`;
  const until = Date.now() + 60_000;
  for (;;) {
    if (ended) throw new Error(`VS Code (code-server) ended at its start:\n${printed}`);
    try {
      const answer = await fetch(`${url}/healthz`);
      if (answer.ok) return { url, pid: child.pid, log: () => printed, stop };
    } catch {
      // not listening yet
    }
    if (Date.now() > until) {
      await stop();
      throw new Error(`VS Code (code-server) did not answer within a minute:\n${printed}`);
    }
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** Every process below `pid`, by /proc; deepest last. Empty where there is no /proc. */
function below(pid) {
  let children = '';
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  return children.trim().split(/\s+/).filter(Boolean).map(Number).flatMap((child) => [child, ...below(child)]);
}

async function stopTree(child, ended) {
  if (ended()) return;
  // The pty host puts each terminal into a session of its own: the group alone would miss them.
  const all = below(child.pid);
  const kill = (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch {
      // gone already
    }
  };
  kill(-child.pid, 'SIGTERM');
  for (let waited = 0; !ended() && waited < 3000; waited += 50) await new Promise((next) => setTimeout(next, 50));
  kill(-child.pid, 'SIGKILL');
  for (const pid of all.reverse()) kill(pid, 'SIGKILL');
}
