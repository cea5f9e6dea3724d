/** Serves the page as it is built, and joins it to the panel's own host by the messages that VS Code would carry. */
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type * as vscode from 'vscode';
import { root } from '../../../scripts/vscode.mjs';
import { PanelSession } from '../../../src/host/panel/session.js';
import type { FromWebview, ToWebview } from '../../../src/protocol/messages.js';
import type { Run } from '../../../src/run/index.js';
import { THEMES } from '../../../media/dev/themes.js';
import { RUN, type History } from './history.js';

const dark = Object.entries(THEMES['dark']?.variables ?? {}).map(([name, value]) => `--vscode-${name}: ${value};`).join(' ');
/** As the host's own, but for the line that brings its messages, and the theme that VS Code puts in. */
const HTML = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Procession</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-bench'; style-src 'self' 'nonce-bench'; img-src 'self' data:; connect-src 'self'">
<meta property="csp-nonce" content="bench"><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/main.css">
<style nonce="bench">:root { ${dark} } body { background: var(--vscode-editor-background); color: var(--vscode-foreground); font: 13px var(--vscode-font-family); }</style></head>
<body class="vscode-dark"><div id="root"></div><script nonce="bench" src="/main.js"></script></body></html>`;

export class Site {
  readonly #listeners = new Set<(message: unknown) => void>();
  readonly #changed = new Set<() => void>();
  readonly #server: Server;
  #line: ServerResponse | null = null;
  #session: PanelSession | null = null;
  #sent = 0;
  readonly #waiting = new Map<number, () => void>();
  /** Messages to the page by kind, and their bytes. */
  readonly told = new Map<string, { count: number; bytes: number }>();
  /** Moments of the past that the page was told of and has. */
  readonly moments = new Set<number>();

  private constructor(private readonly history: History) {
    const built = (name: string): Buffer => readFileSync(join(root, 'dist', 'media', name));
    const files: Readonly<Record<string, readonly [string, string | Buffer]>> = { '/': ['text/html', HTML], '/main.js': ['text/javascript', built('main.js')], '/main.css': ['text/css', built('main.css')] };
    this.#server = createServer((request, response) => {
      // Isolated, so that the page may measure its own memory.
      const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' };
      if (request.url === '/line') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...isolated });
        response.flushHeaders();
        this.#line = response;
        return;
      }
      const file = files[request.url ?? ''];
      response.writeHead(file === undefined ? 404 : 200, { 'content-type': `${file?.[0] ?? 'text/plain'}; charset=utf-8`, ...isolated });
      response.end(file?.[1] ?? '');
    });
  }

  static async open(history: History): Promise<Site> {
    const site = new Site(history);
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The page's end of the line, before any of its scripts. */
  async join(page: Page): Promise<void> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Runtime.enable');
    await cdp.send('Runtime.addBinding', { name: 'benchSay' });
    cdp.on('Runtime.bindingCalled', ({ payload }) => {
      const said = JSON.parse(payload) as { readonly got?: number; readonly message?: FromWebview };
      if (said.got !== undefined) {
        this.#waiting.get(said.got)?.();
        this.#waiting.delete(said.got);
      } else if (said.message?.type === 'ready') this.#begin();
      if (said.message !== undefined) for (const listener of [...this.#listeners]) listener(said.message);
    });
    await page.addInitScript(pageEnd);
  }

  /** The run has changed. */
  change(): void {
    for (const listener of [...this.#changed]) listener();
  }

  close(): void {
    this.#session?.dispose();
    this.#line?.end();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** A page that is ready has its line open. The session is as VS Code's panels have it; only its run and its panel are ours. */
  #begin(): void {
    this.#session?.dispose();
    const nothing = { dispose: (): void => undefined };
    const panel = {
      visible: true,
      webview: {
        onDidReceiveMessage: (listener: (message: unknown) => void) => {
          this.#listeners.add(listener);
          return { dispose: () => this.#listeners.delete(listener) };
        },
        postMessage: (message: ToWebview) => this.#post(message),
      },
      onDidChangeViewState: () => nothing,
    } as unknown as vscode.WebviewPanel;
    const run = {
      model: this.history.model,
      info: RUN,
      live: true,
      // The hand does not rest here: what is folded anew is measured where there is a journal.
      past: () => new Promise(() => undefined),
      onChange: (listener: () => void) => {
        this.#changed.add(listener);
        return () => this.#changed.delete(listener);
      },
    } as unknown as Run;
    const none = (): Promise<{ ok: true; message: null }> => Promise.resolve({ ok: true, message: null });
    const log = { warn: console.error, error: console.error, debug: () => undefined } as unknown as vscode.LogOutputChannel;
    this.#session = new PanelSession(panel, { kind: 'run', run, token: 'bench', actions: { stop: none, save: none, rerun: null, stacks: null } }, log, undefined as unknown as vscode.Uri);
  }

  /** Resolves when the page has it, as VS Code's does. */
  #post(message: ToWebview): Promise<boolean> {
    const n = ++this.#sent;
    const text = JSON.stringify({ n, message });
    const told = this.told.get(message.type) ?? { count: 0, bytes: 0 };
    this.told.set(message.type, { count: told.count + 1, bytes: told.bytes + text.length });
    this.#line?.write(`data: ${text}\n\n`);
    return new Promise((resolve) => this.#waiting.set(n, () => {
      if (message.type === 'past') this.moments.add(message.past.atMs);
      resolve(true);
    }));
  }
}

/** Runs in the page. */
function pageEnd(): void {
  const say = (value: unknown): void => (globalThis as unknown as { benchSay: (text: string) => void }).benchSay(JSON.stringify(value));
  let state: unknown = null;
  let open: Promise<void> | null = null;
  const line = (): Promise<void> =>
    (open ??= new Promise((resolve) => {
      const events = new EventSource('/line');
      events.onopen = () => resolve();
      events.onmessage = (event: MessageEvent<string>) => {
        const { n, message } = JSON.parse(event.data) as { n: number; message: { type: string } };
        window.postMessage(message, location.origin);
        say({ got: n });
        const marks = window as unknown as { benchLanes?: number };
        // In the next frame it is taken and drawn; what comes after that frame, it was seen.
        if (message.type === 'lanes' && marks.benchLanes === undefined) {
          marks.benchLanes = 0;
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => (marks.benchLanes = performance.now());
          requestAnimationFrame(() => requestAnimationFrame(() => port2.postMessage(0)));
        }
      };
    }));
  Object.assign(globalThis, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => void line().then(() => say({ message })),
      getState: () => state,
      setState: (next: unknown) => (state = next),
    }),
  });
}
