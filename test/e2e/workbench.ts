/**
 * A real VS Code (code-server) with the packaged extension, in a real Chromium: what every end-to-end test drives.
 * Nothing of VS Code and no process is mocked.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium, type Browser, type ConsoleMessage, type Frame, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { findChromium, flags } from '../../scripts/chromium.mjs';
import { findPythons } from '../../scripts/pythons.mjs';
import { root, startCodeServer } from '../../scripts/vscode.mjs';

export type Theme = 'dark' | 'light' | 'hc-dark' | 'hc-light';

const THEMES: Readonly<Record<Theme, string>> = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'hc-dark': 'Default High Contrast',
  'hc-light': 'Default High Contrast Light',
};

export interface WorkbenchOptions {
  /** Files of the workspace by name; or a folder that is copied. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly copyOf?: string;
  /** The workspace folder's name: awkward ones are worth a test. */
  readonly folderName?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Keep VS Code's workspace trust on, with the workspace not trusted. */
  readonly untrusted?: boolean;
  /** VS Code's display language. */
  readonly language?: 'zh-cn';
  readonly width?: number;
  readonly height?: number;
}

/** The Python that the scripts of the tests run on. */
export function pythonPath(): string {
  const named = process.env['PROCESSION_PYTHON'];
  if (named) return named;
  const found = findPythons();
  const python = found.find(({ minor }: { minor: number }) => minor === 11) ?? found.at(-1);
  if (!python) throw new Error('no CPython from 3.8 on was found');
  return python.path;
}

/** A process is there and not a zombie. */
export function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

type Truthy<T> = Exclude<T, false | null | undefined | '' | 0>;

function isTrue<T>(value: T): value is Truthy<T> {
  return Boolean(value);
}

/** Waits until `probe` answers something true; the error says what was waited for and what was seen last. */
export async function until<T>(what: string, probe: () => Promise<T> | T, timeoutMs = 30_000): Promise<Truthy<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (isTrue(value)) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms; last: ${String(last)}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

export class Workbench {
  /** What pages wrote to the console as an error, VS Code's own included. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly folder: string,
    private readonly home: string,
    /** Where runs of this workbench keep their journals, apart from those of anybody else on the machine. */
    private readonly runsHome: string,
    private readonly browser: Browser,
    private readonly server: Awaited<ReturnType<typeof startCodeServer>>,
    private settings: Record<string, unknown>,
  ) {}

  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const home = mkdtempSync(join(tmpdir(), 'procession-e2e-'));
    const folder = join(home, options.folderName ?? 'work');
    mkdirSync(folder, { recursive: true });
    if (options.copyOf) cpSync(options.copyOf, folder, { recursive: true });
    for (const [name, text] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const settings: Record<string, unknown> = {
      'workbench.startupEditor': 'none',
      'workbench.colorTheme': THEMES.dark,
      'window.autoDetectColorScheme': false,
      'task.allowAutomaticTasks': 'on',
      'procession.python': pythonPath(),
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.enabled': options.untrusted === true,
      'telemetry.telemetryLevel': 'off',
      'chat.commandCenter.enabled': false,
      ...options.settings,
    };
    const userDataDir = join(home, 'user');
    writeSettings(userDataDir, settings);
    if (options.language !== undefined) writeLanguagePack(userDataDir, options.language);
    const executablePath = findChromium();
    if (!executablePath) throw new Error('no Chromium; see PROCESSION_CHROMIUM');
    const runsHome = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'procession-e2e-'));
    const server = await startCodeServer({ extensionsDir: inject('extensionsDir'), userDataDir, trust: options.untrusted === true, env: { PROCESSION_RUNS: runsHome } });
    let browser: Browser;
    try {
      browser = await chromium.launch({ executablePath, args: flags, headless: true });
    } catch (error) {
      await server.stop();
      throw error;
    }
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      locale: options.language === undefined ? 'en-US' : 'zh-CN',
    });
    page.setDefaultTimeout(20_000);
    const bench = new Workbench(page, folder, home, runsHome, browser, server, settings);
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error' || /Content Security Policy/.test(message.text())) bench.complaints.push(`${message.location().url}: ${message.text()}`);
    });
    page.on('pageerror', (error) => bench.complaints.push(`uncaught: ${error.stack ?? error.message}`));
    try {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await bench.load();
    } catch (error) {
      await bench.close();
      throw error;
    }
    return bench;
  }

  /** What the extension has written to its output channel, since the workbench was opened; empty while there is none. */
  extensionLog(): string {
    const files = readdirSync(this.home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('Procession.log'));
    return files.map((name) => readFileSync(join(this.home, name), 'utf8')).join('');
  }

  /** Loads (or reloads) the workbench and waits until it can be used. */
  async load(): Promise<void> {
    await this.page.goto(`${this.server.url}/?folder=${encodeURIComponent(this.folder)}`);
    await this.page.locator('.monaco-workbench .explorer-folders-view').waitFor({ timeout: 60_000 });
  }

  /** Runs a command by its title in the command palette, with the keyboard: what the pointer aims at moves while the list is filled. */
  async command(title: string): Promise<void> {
    const { keyboard } = this.page;
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await until(`the command ${title} can be chosen`, async () => {
      await keyboard.press('Escape');
      await keyboard.press('F1');
      await input.fill(`>${title}`, { timeout: 5000 });
      // At first VS Code may not know the extension's commands yet.
      await rows.and(this.page.locator(`[aria-label^=${JSON.stringify(title)}]`)).first().waitFor({ timeout: 3000 });
      for (let down = 0; down < 8; down += 1) {
        if ((await rows.and(this.page.locator('.focused')).getAttribute('aria-label', { timeout: 2000 }))?.startsWith(title)) return true;
        await keyboard.press('ArrowDown');
      }
      return false;
    });
    await keyboard.press('Enter');
    // A command that asks for a choice has the same field again, at once.
    await until(`the command ${title} is taken`, async () => !(await input.isVisible()) || !(await input.inputValue({ timeout: 2000 })).startsWith('>'));
  }

  /** Opens a file at the top of the workspace in the editor, from the explorer. (Quick open searches by ripgrep, which npm cannot bring.) */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Escape');
    const item = this.page.locator('.explorer-folders-view').getByRole('treeitem', { name: new RegExp(`^${literal(name)}(,|$)`) }).first();
    const tab = this.page.locator('.editor-group-container.active .tabs-container .tab.active').and(this.page.locator(`[data-resource-name="${name}"]`));
    // Files that a script writes move the rows under the pointer: then the click was for another.
    await until(`${name} is open`, async () => {
      await item.click({ timeout: 5000 });
      await tab.waitFor({ timeout: 3000 });
      return true;
    });
  }

  /** The document inside the extension's webview. With several panels, the one that shows. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame');
  }

  /** The same as a frame that scripts can be run in. */
  async panelFrame(): Promise<Frame> {
    const body = await this.panel.locator('body').elementHandle();
    const frame = await body?.ownerFrame();
    if (!frame) throw new Error('there is no panel');
    return frame;
  }

  /** Brings an editor to the front by its tab. */
  async showTab(title: string | RegExp): Promise<void> {
    await this.page.locator('.tabs-container .tab').filter({ hasText: title }).first().click();
  }

  /** Shows an editor, and waits until VS Code takes it for the active one: of a click in a page it hears late. */
  async focusTab(title: string): Promise<void> {
    await this.showTab(title);
    await this.page.locator('.editor-group-container.active .tab.active').filter({ hasText: title }).waitFor();
  }

  /** Closes an editor by its tab. */
  async closeTab(title: string | RegExp): Promise<void> {
    const tabs = this.page.locator('.tabs-container .tab').filter({ hasText: title });
    await tabs.first().click({ button: 'middle' });
    await tabs.first().waitFor({ state: 'detached' });
  }

  /** Folders of the runs that are kept. */
  runs(): string[] {
    return readdirSync(this.runsHome).flatMap((base) => {
      const entries = readdirSync(join(this.runsHome, base), { withFileTypes: true });
      // Beside them lie notes of what runs left.
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(this.runsHome, base, name));
    });
  }

  /** The process that extensions run in; null while there is none. */
  extensionHostPid(): number | null {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        if (!readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('--type=extensionHost')) continue;
        if (ancestors(Number(name)).includes(this.serverPid) && alive(Number(name))) return Number(name);
      } catch {
        // gone meanwhile
      }
    }
    return null;
  }

  /** For `afterEach`: what the screen showed and what was logged, when the test failed. */
  async explain(task: { readonly name: string; readonly result?: { readonly state: string } | undefined }): Promise<void> {
    if (task.result?.state !== 'fail') return;
    await this.picture(`failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}`);
    const name = join(root, 'test-results', `failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}.log`);
    writeFileSync(name, this.logs());
    console.log(`${name} has the logs; they end with:\n${this.logs().split('\n').filter((line) => line.includes('rocession')).slice(-15).join('\n')}`);
  }

  /** Changes user settings while VS Code runs, as the user would by hand. */
  set(settings: Readonly<Record<string, unknown>>): void {
    this.settings = { ...this.settings, ...settings };
    writeSettings(join(this.home, 'user'), this.settings);
  }

  async theme(theme: Theme): Promise<void> {
    this.set({ 'workbench.colorTheme': THEMES[theme] });
    const marker = { dark: 'vs-dark', light: 'vs', 'hc-dark': 'hc-black', 'hc-light': 'hc-light' }[theme];
    await this.page.locator(`.monaco-workbench.${marker}`).waitFor();
  }

  /** A notification that came: a toast, or, where VS Code has hidden that already (a key, three others), in its list of them. */
  async notification(text: string | RegExp, timeoutMs?: number): Promise<Locator> {
    const item = this.page.locator(':is(.notifications-toasts, .notifications-center.visible) .notification-list-item').filter({ hasText: text }).first();
    await until(`${text} is told`, async () => {
      await item.waitFor({ timeout: 3000 }).catch(() => this.command('Notifications: Show Notifications'));
      return item.isVisible();
    }, timeoutMs);
    return item;
  }

  /** Texts of the notifications on the screen. */
  notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item-message').allInnerTexts();
  }

  /** A picture into test-results/pictures/. */
  async picture(name: string): Promise<string> {
    const file = join(root, 'test-results', 'pictures', `${name}.png`);
    mkdirSync(dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
    return file;
  }

  /** What code-server and the extension logged: for the message of a failed test. */
  logs(): string {
    const logs = join(this.home, 'user', 'logs');
    const files = existsSync(logs) ? readdirSync(logs, { recursive: true, encoding: 'utf8' }) : [];
    const ours = files.filter((file) => /rocession.*\.log$|exthost.*\.log$|remoteagent\.log$/.test(file));
    return [this.server.log(), '--- console', ...this.complaints, ...ours.map((file) => `--- ${file}\n${readFileSync(join(logs, file), 'utf8').slice(-20_000)}`)].join('\n');
  }

  /** Pid of the server; the extension host is below it. */
  get serverPid(): number {
    const { pid } = this.server;
    if (pid === undefined) throw new Error('the server has no pid');
    return pid;
  }

  async close(): Promise<void> {
    await this.browser.close();
    // Scripts outlive VS Code when it is killed, as they should: those of the tests end with it.
    const scripts = this.runs().flatMap(pidsOf);
    await this.server.stop();
    for (const pid of scripts) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // ended long ago
      }
    }
    rmSync(this.home, { recursive: true, force: true });
    rmSync(this.runsHome, { recursive: true, force: true });
  }
}

function writeSettings(userDataDir: string, settings: Readonly<Record<string, unknown>>): void {
  // A window of code-server is a remote one: what names things of a machine (procession.python) counts only in that machine's own settings.
  for (const place of ['User', 'Machine']) {
    const file = join(userDataDir, place, 'settings.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(settings, null, 2));
  }
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function ancestors(pid: number): number[] {
  const found: number[] = [];
  for (let at = pid; at > 1; ) {
    at = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0);
    found.push(at);
  }
  return found;
}

/** Processes of a run that are alive, and the same that wrote there: a segment's name has pid and start time. */
function pidsOf(folder: string): number[] {
  const found = new Set<number>();
  for (const name of readdirSync(folder)) {
    const [, pid, start] = /^(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || start === undefined || !alive(Number(pid))) continue;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === start) found.add(Number(pid));
  }
  return [...found];
}

/** What VS Code itself writes when a language pack is installed; this one translates nothing of VS Code's own. */
function writeLanguagePack(userDataDir: string, language: string): void {
  const translations = join(userDataDir, 'pack', 'main.i18n.json');
  mkdirSync(dirname(translations), { recursive: true });
  writeFileSync(translations, JSON.stringify({ version: '1.0.0', contents: {} }));
  writeFileSync(join(userDataDir, 'languagepacks.json'), JSON.stringify({ [language]: { hash: 'e2e', label: language, extensions: [{ extensionIdentifier: { id: 'e2e.language-pack' }, version: '1.0.0' }], translations: { vscode: translations } } }));
  // "Configure Display Language" keeps the choice here.
  mkdirSync(join(userDataDir, 'User'), { recursive: true });
  writeFileSync(join(userDataDir, 'User', 'argv.json'), JSON.stringify({ locale: language }));
}
