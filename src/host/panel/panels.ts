/** The panels beside the editor: one a run, used again when the same script is run again. */
import * as vscode from 'vscode';
import { panelViewType } from '../../protocol/ids.js';
import type { Stacks } from '../../protocol/stacks.js';
import { panelHtml, webviewOptions } from './html.js';
import { PanelSession, type Shown, type Sight } from './session.js';

interface Open {
  readonly panel: vscode.WebviewPanel;
  session: PanelSession;
  token: string;
}

export class Panels implements vscode.Disposable {
  readonly #open = new Set<Open>();
  readonly #closed = new vscode.EventEmitter<string>();
  readonly #activated = new vscode.EventEmitter<string>();

  /** Fires with the token of the run whose panel was closed by hand. */
  readonly onDidClose = this.#closed.event;
  /** Fires with the token of the run whose panel was brought to the front. */
  readonly onDidActivate = this.#activated.event;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  isShown(token: string): boolean {
    return this.#find(token) !== undefined;
  }

  /**
   * Brings the run's panel to the front, or makes one.
   * @param instead token of an ended run whose panel may be used for this one
   */
  show(shown: Shown, title: string, instead: string | null, preserveFocus: boolean): void {
    const mine = this.#find(shown.token);
    if (mine !== undefined) {
      mine.panel.reveal(undefined, preserveFocus);
      return;
    }
    const used = instead === null ? undefined : this.#find(instead);
    if (used !== undefined) {
      used.session.dispose();
      used.token = shown.token;
      used.session = this.#fill(used.panel, shown, title);
      used.panel.reveal(undefined, preserveFocus);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      panelViewType,
      title,
      { viewColumn: this.#column(), preserveFocus },
      { ...webviewOptions(this.extensionUri), retainContextWhenHidden: false },
    );
    this.#adopt(panel, shown, title);
  }

  /** Shows a process with its stacks in the run's panel, which must be there. */
  showStacks(token: string, stacks: Stacks): void {
    this.#find(token)?.session.showStacks(stacks);
  }

  /** Brings a process or a finding into sight, in the run's panel where it has one. */
  point(token: string, sight: Sight): void {
    this.#find(token)?.session.show(sight);
  }

  /** Takes over a panel that VS Code kept over a reload of the window. */
  restore(panel: vscode.WebviewPanel, shown: Shown, title: string): void {
    panel.webview.options = webviewOptions(this.extensionUri);
    this.#adopt(panel, shown, title);
  }

  dispose(): void {
    for (const open of this.#open) open.session.dispose();
    this.#open.clear();
    this.#closed.dispose();
    this.#activated.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, shown: Shown, title: string): void {
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'icons', 'panel-light.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'icons', 'panel-dark.svg'),
    };
    const open: Open = { panel, session: this.#fill(panel, shown, title), token: shown.token };
    this.#open.add(open);
    panel.onDidChangeViewState(() => {
      if (panel.active) this.#activated.fire(open.token);
    });
    panel.onDidDispose(() => {
      // Also called when the extension host goes, when what is shown must stay findable: then the set is empty already.
      if (!this.#open.delete(open)) return;
      open.session.dispose();
      this.#closed.fire(open.token);
    });
  }

  #fill(panel: vscode.WebviewPanel, shown: Shown, title: string): PanelSession {
    panel.title = title;
    const session = new PanelSession(panel, shown, this.log, this.extensionUri);
    panel.webview.html = panelHtml(panel.webview, this.extensionUri, title);
    return session;
  }

  /** With the other panels, unless a text is seen there. `Beside` alone would open a new column where theirs is locked, as it is by default. */
  #column(): vscode.ViewColumn {
    const edited = new Set(vscode.window.visibleTextEditors.map((editor) => editor.viewColumn));
    const columns = [...this.#open].map((open) => open.panel.viewColumn);
    return columns.find((column) => column !== undefined && !edited.has(column)) ?? vscode.ViewColumn.Beside;
  }

  #find(token: string): Open | undefined {
    return [...this.#open].find((open) => open.token === token);
  }
}
