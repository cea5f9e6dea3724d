/** The native view: runs with their findings and processes, live for as long as it is seen, and at rest while it is not. */
import * as vscode from 'vscode';
import { commands, runsViewId } from '../../protocol/ids.js';
import { t, translate } from '../texts.js';
import type { Watched, Watches } from '../watches.js';
import { inOrder, runNode, type Node, type RunNode } from './nodes.js';
import { findingTip, processTip } from './tips.js';

/** A run's row stays the same object, by which VS Code is told that it changed; all below is made anew. */
interface Root {
  node: RunNode;
}

type Element = Root | Exclude<Node, RunNode>;

export class RunsView implements vscode.TreeDataProvider<Element>, vscode.Disposable {
  readonly #view: vscode.TreeView<Element>;
  readonly #roots = new Map<string, Root>();
  readonly #changed = new vscode.EventEmitter<Element | undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(private readonly watches: Watches) {
    this.#view = vscode.window.createTreeView(runsViewId, { treeDataProvider: this, showCollapseAll: true });
    const all = (): void => this.#refreshAll();
    this.#disposables = [
      this.#view,
      this.#changed,
      watches.onDidAdd(all),
      watches.onDidRemove(all),
      watches.onDidChange(({ watched, findings }) => {
        this.#refresh(watched);
        if (findings || !watched.entry.run.live) this.#showBadge();
      }),
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (visible) this.#refreshAll();
      }),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  getChildren(element?: Element): Element[] {
    if (element !== undefined) return ('node' in element ? element.node.children : element.children).filter((node) => node.kind !== 'run');
    this.#roots.clear();
    return inOrder(this.watches.all.map((watched) => ({ watched, live: watched.entry.run.live }))).map(({ watched }) => {
      const root = { node: nodeOf(watched) };
      this.#roots.set(watched.entry.token, root);
      return root;
    });
  }

  getTreeItem(element: Element): vscode.TreeItem {
    const node = 'node' in element ? element.node : element;
    const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(node.label, node.children.length === 0 && node.kind !== 'run' ? None : node.open ? Expanded : Collapsed);
    item.id = node.id;
    item.description = node.description;
    item.iconPath = new vscode.ThemeIcon(node.icon, node.color === null ? undefined : new vscode.ThemeColor(node.color));
    item.contextValue = node.context;
    item.accessibilityInformation = { label: node.spoken };
    // A run's row only folds: what it shows is below it.
    if (node.kind === 'finding') item.command = { command: commands.openSource, title: vscode.l10n.t('Open Source'), arguments: [node] };
    if (node.kind === 'process') item.command = { command: commands.showPanel, title: vscode.l10n.t('Show in Panel'), arguments: [node] };
    return item;
  }

  /** Only for the row that the pointer rests on: its evidence is of no use to the others. */
  resolveTreeItem(item: vscode.TreeItem, element: Element): vscode.TreeItem {
    if ('node' in element) {
      const entry = this.watches.get(element.node.token)?.entry;
      if (entry !== undefined) item.tooltip = `${entry.run.info.argv.join(' ')}\n${new Date(entry.run.info.startedAt).toLocaleString(vscode.env.language)}`;
      return item;
    }
    const snapshot = this.watches.get(element.token)?.entry.run.model.snapshot();
    if (snapshot === undefined) return item;
    if (element.kind === 'finding') {
      const finding = snapshot.findings.find(({ key }) => key === element.finding);
      if (finding !== undefined) item.tooltip = findingTip(finding);
    } else {
      const row = snapshot.processes.find(({ key }) => key === element.process);
      if (row !== undefined) item.tooltip = processTip(row, snapshot);
    }
    return item;
  }

  #refreshAll(): void {
    this.#showBadge();
    if (this.#view.visible) this.#changed.fire(undefined);
  }

  #refresh(watched: Watched): void {
    if (!this.#view.visible) return;
    const root = this.#roots.get(watched.entry.token);
    if (root === undefined) {
      this.#changed.fire(undefined);
      return;
    }
    const before = root.node;
    const now = nodeOf(watched);
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    root.node = now;
    // An ended run goes below those that live.
    const moved = before.context.startsWith('run.live') !== now.context.startsWith('run.live');
    this.#changed.fire(moved ? undefined : root);
  }

  #showBadge(): void {
    const value = this.watches.all.filter(({ entry }) => entry.run.live).flatMap(({ findings }) => findings).filter(({ severity }) => severity !== 'info').length;
    const tooltip = value === 1 ? vscode.l10n.t('{0} problem of a running script', value) : vscode.l10n.t('{0} problems of running scripts', value);
    this.#view.badge = value === 0 ? undefined : { value, tooltip };
  }
}

function nodeOf({ entry, wasLive }: Watched): RunNode {
  const told = { token: entry.token, name: entry.name, live: entry.run.live, again: entry.request !== null, open: wasLive };
  return runNode(told, entry.run.model.snapshot(), { t, text: translate });
}
