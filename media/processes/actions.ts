/** What can be done with a process: the same list for the row's menu, its buttons and the details. */
import { signal } from '@preact/signals';
import type { SignalName } from '../../src/protocol/messages.js';
import type { ProcessRow } from '../../src/protocol/view.js';
import { choices, chooseProcess } from '../state/choices.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { showTab } from '../state/show.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import type { MenuItem } from '../ui/menu.js';
import { compareWith, stopComparing, toggleCompare } from './compare.js';
import { sayReply } from '../ui/toast.js';
import { alive } from '../../src/model/words.js';

export function signalProcess(key: string | null, tree: boolean, signal: SignalName): void {
  void sayReply(host.request({ type: 'signal', process: key, tree, signal }, noAnswer));
}

/** Said when the host is silent: it may have been restarted under the page. */
export function noAnswer(): string {
  return t('No answer from the extension. Reload the window if this goes on.');
}

export function canSignal(row: ProcessRow): boolean {
  // What is shown of the past is not what a signal would reach.
  return store.live.value && moment.value === null && alive(row);
}

function hasLivingChildren(key: string): boolean {
  // Each is looked at once: facts that are broken can make a circle of parents.
  const under = new Set([key]);
  for (const above of under) {
    for (const row of store.processes.values()) {
      const child = row.peek();
      if (child.parent !== above) continue;
      if (child.key !== key && alive(child)) return true;
      under.add(child.key);
    }
  }
  return false;
}

/** Processes whose stacks are being read. */
export const readingStacks = signal<ReadonlySet<string>>(new Set());

/** Asks where the threads of a process stand: the answer comes for itself, and is drawn among the details. */
export async function askStacks(key: string): Promise<void> {
  if (readingStacks.peek().has(key)) return;
  readingStacks.value = new Set([...readingStacks.peek(), key]);
  await sayReply(host.request({ type: 'stacks', process: key }, noAnswer));
  readingStacks.value = new Set([...readingStacks.peek()].filter((other) => other !== key));
}

function showStacks(key: string): void {
  chooseProcess(key);
  showTab('details');
  void askStacks(key);
}

/** Beside whom its numbers can be put. */
function compareItems(row: ProcessRow, before: string | null): readonly MenuItem[] {
  const { compare } = choices.tree.peek();
  if (compare === row.key) return [{ kind: 'item', label: t('Stop comparing'), hint: 'Ctrl+Space', run: stopComparing }];
  const other = compare ?? before;
  const known = other === null || other === row.key ? undefined : store.processes.get(other)?.peek();
  if (known === undefined) return [{ kind: 'item', label: t('Compare with the next one chosen'), hint: 'Ctrl+Space', run: () => toggleCompare(row.key) }];
  return [{ kind: 'item', label: t('Compare with {0}', known.name), hint: t('Ctrl+click'), run: () => compareWith(known.key) }];
}

/** @param before who was chosen before the menu was opened: whom to compare with */
export function processMenu(row: ProcessRow, before: string | null = null): readonly MenuItem[] {
  const where = row.created ?? row.blocked[0]?.where ?? null;
  const stands = row.blocked.find((b) => b.where !== null)?.where ?? null;
  const can = canSignal(row);
  const send = (label: string, signal: SignalName, tree: boolean): MenuItem => ({
    kind: 'item', label, hint: signal, disabled: tree ? !store.live.value || moment.value !== null : !can, danger: signal === 'SIGKILL',
    run: () => signalProcess(row.key, tree, signal),
  });
  const out: MenuItem[] = [
    { kind: 'item', label: t('Open where it was created'), hint: 'Enter', disabled: where === null, run: () => where !== null && host.open(where, false) },
  ];
  if (can) out.push({ kind: 'item', label: t('Stacks'), run: () => showStacks(row.key) });
  if (stands !== null) out.push({ kind: 'item', label: t('Open where it waits'), run: () => host.open(stands, false) });
  out.push({ kind: 'line' }, ...compareItems(row, before));
  out.push({ kind: 'line' }, send(t('Interrupt'), 'SIGINT', false), send(t('Terminate'), 'SIGTERM', false), send(t('Kill'), 'SIGKILL', false));
  if (hasLivingChildren(row.key)) {
    out.push(
      { kind: 'line' },
      send(t('Interrupt with all its children'), 'SIGINT', true),
      send(t('Terminate with all its children'), 'SIGTERM', true),
      send(t('Kill with all its children'), 'SIGKILL', true),
    );
  }
  if (row.state === 'orphan' && store.live.value && moment.value === null) {
    out.push({ kind: 'line' }, { kind: 'item', label: t('End all orphans of this run'), danger: true, run: () => void sayReply(host.request({ type: 'endOrphans' }, noAnswer)) });
  }
  out.push({ kind: 'line' }, { kind: 'item', label: t('Copy PID'), hint: String(row.pid), run: () => host.copy(String(row.pid)) });
  if (row.argv !== null) {
    const argv = row.argv;
    out.push({ kind: 'item', label: t('Copy command line'), run: () => host.copy(argv.join(' ')) });
  }
  return out;
}
