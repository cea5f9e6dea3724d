/**
 * `npm start [-- script.py args...]`: builds the extension, installs it into VS Code, and opens a workspace in which the sample
 * (or the given script) runs by itself with the panel beside it. The desktop VS Code where `code` is on the path, else VS Code in the browser.
 *
 * The run starts by a task with `runOn: folderOpen` in a workspace file made for the purpose: the extension needs no back door for it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { buildExtension, checkNode, ensurePackages, vsix } from './prepare.mjs';
import { ensureCodeServer, installExtension, root, startCodeServer } from './vscode.mjs';

const say = (line) => console.log(line);
const home = join(root, '.cache', 'start');

checkNode();
const [given, ...scriptArguments] = process.argv.slice(2);
const script = given === undefined ? join(root, 'examples', 'pipeline.py') : resolve(process.env.INIT_CWD ?? process.cwd(), given);
if (!existsSync(script)) {
  console.error(`There is no script ${script}. Name a Python file: npm start -- my_script.py`);
  process.exit(66);
}
try {
  ensurePackages(say);
  buildExtension(say);
  const workspace = writeWorkspace();
  if (hasDesktop()) openDesktop(workspace);
  else await openInBrowser(workspace);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

/** A workspace of the script's folder with one task that starts when it opens. */
function writeWorkspace() {
  mkdirSync(home, { recursive: true });
  const file = join(home, `${basename(script).replace(/\.pyw?$/, '')}.code-workspace`);
  const task = {
    type: 'procession',
    label: `Procession: ${basename(script)}`,
    script,
    args: scriptArguments,
    problemMatcher: [],
    presentation: { reveal: 'always', panel: 'dedicated' },
    runOptions: { runOn: 'folderOpen' },
  };
  const workspace = { folders: [{ path: dirname(script) }], tasks: { version: '2.0.0', tasks: [task] } };
  writeFileSync(file, `${JSON.stringify(workspace, null, 2)}\n`);
  return file;
}

/** A desktop VS Code counts only where it can open a window. */
function hasDesktop() {
  if (process.env.PROCESSION_START === 'browser') return false;
  if (!hasDisplay()) return false;
  const found = spawnSync('code', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });
  return found.status === 0;
}

function hasDisplay() {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function openDesktop(workspace) {
  const shell = process.platform === 'win32';
  const code = (...args) => {
    const done = spawnSync('code', args, { encoding: 'utf8', shell });
    if (done.status !== 0) throw new Error(`code ${args.join(' ')} failed:\n${done.stderr}`);
  };
  say('Installing the extension into VS Code.');
  code('--install-extension', vsix, '--force');
  code('--new-window', workspace);
  say('VS Code opens. When it asks whether the workspace may run tasks by itself, allow it: the run is such a task.');
}

async function openInBrowser(workspace) {
  ensureCodeServer(say);
  const places = { extensionsDir: join(home, 'extensions'), userDataDir: join(home, 'user') };
  const settings = join(places.userDataDir, 'User', 'settings.json');
  mkdirSync(dirname(settings), { recursive: true });
  // Only what the sample needs to start by itself; what the user then changes stays.
  const before = existsSync(settings) ? JSON.parse(readFileSync(settings, 'utf8')) : {};
  const wanted = { 'task.allowAutomaticTasks': 'on', 'workbench.startupEditor': 'none', 'security.workspace.trust.enabled': false };
  writeFileSync(settings, `${JSON.stringify({ ...wanted, ...before }, null, 2)}\n`);
  say('Installing the extension into VS Code for the browser.');
  installExtension({ vsix, ...places });
  const server = await startCodeServer({ ...places, port: process.env.PROCESSION_PORT ? Number(process.env.PROCESSION_PORT) : null });
  // No file is opened: the panel then has the whole width, and its source lines open what they name.
  const url = `${server.url}/?workspace=${encodeURIComponent(workspace)}`;
  say(`\nVS Code with Procession: ${url}\n`);
  say('The run starts when the page is open. Ctrl-C here ends VS Code.');
  if (hasDisplay()) openBrowser(url);
  const end = async () => {
    await server.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
}

function openBrowser(url) {
  const [command, ...args] = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] }[process.platform] ?? ['xdg-open', url];
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => say('No browser could be opened: open the address above.'))
    .unref();
}
