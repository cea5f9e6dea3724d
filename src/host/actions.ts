/** Commands on a run, a process or a finding: from the native view, which says which, or from the palette, which asks. */
import * as v from 'valibot';
import * as vscode from 'vscode';
import { commands, type CommandId } from '../protocol/ids.js';
import type { SignalName } from '../protocol/messages.js';
import { pickProcess, pickRun, tell } from './ask.js';
import type { Host } from './host.js';
import { openRulePage, openSource } from './panel/source.js';
import type { RunEntry } from './runs.js';
import { translatedOutcome } from './texts.js';

const where = v.nullable(v.object({ file: v.string(), line: v.number(), function: v.nullable(v.string()) }));
const node = v.variant('kind', [
  v.object({ kind: v.literal('run'), token: v.string() }),
  v.object({ kind: v.literal('process'), token: v.string(), process: v.string(), pid: v.number(), where }),
  v.object({ kind: v.literal('finding'), token: v.string(), finding: v.string(), where }),
]);
/** What the native view gives to a command: a run's row wraps its node. */
const given = v.union([node, v.pipe(v.object({ node }), v.transform((row) => row.node))]);

type Given = v.InferOutput<typeof given>;

/** What a row of the native view stands for; null: the command was chosen elsewhere. */
export function givenNode(argument: unknown): Given | null {
  const read = v.safeParse(given, argument);
  return read.success ? read.output : null;
}

/** The run that a row of the native view belongs to; null: the command was chosen elsewhere, or the run is gone. */
export function givenRun(host: Host, argument: unknown): RunEntry | null {
  const row = givenNode(argument);
  return row === null ? null : (host.runs.get(row.token) ?? null);
}

interface Signal {
  readonly signal: SignalName;
  readonly tree: boolean;
  /** What the palette asks. */
  readonly title: () => string;
}

const signals = {
  [commands.interrupt]: { signal: 'SIGINT', tree: false, title: () => vscode.l10n.t('Which process shall be interrupted?') },
  [commands.terminate]: { signal: 'SIGTERM', tree: false, title: () => vscode.l10n.t('Which process shall be terminated?') },
  [commands.kill]: { signal: 'SIGKILL', tree: false, title: () => vscode.l10n.t('Which process shall be killed?') },
  [commands.interruptTree]: { signal: 'SIGINT', tree: true, title: () => vscode.l10n.t('Which process shall be interrupted, with all that descend from it?') },
  [commands.terminateTree]: { signal: 'SIGTERM', tree: true, title: () => vscode.l10n.t('Which process shall be terminated, with all that descend from it?') },
  [commands.killTree]: { signal: 'SIGKILL', tree: true, title: () => vscode.l10n.t('Which process shall be killed, with all that descend from it?') },
} as const satisfies Partial<Record<CommandId, Signal>>;

type ActionId = keyof typeof signals | typeof commands.endOrphans | typeof commands.stacks | typeof commands.openSource | typeof commands.explain | typeof commands.copyPid;

export function actionHandlers(host: Host): Readonly<Record<ActionId, (argument: unknown) => Promise<void>>> {
  const handler = (command: keyof typeof signals) => (argument: unknown) => send(host, argument, signals[command]);
  return {
    [commands.interrupt]: handler(commands.interrupt),
    [commands.terminate]: handler(commands.terminate),
    [commands.kill]: handler(commands.kill),
    [commands.interruptTree]: handler(commands.interruptTree),
    [commands.terminateTree]: handler(commands.terminateTree),
    [commands.killTree]: handler(commands.killTree),
    [commands.endOrphans]: (argument) => endOrphans(host, argument),
    [commands.stacks]: (argument) => stacks(host, argument),
    [commands.openSource]: (argument) => goToSource(host, argument),
    [commands.explain]: (argument) => explain(host, argument),
    [commands.copyPid]: (argument) => copyPid(argument),
  };
}

async function send(host: Host, argument: unknown, { signal, tree, title }: Signal): Promise<void> {
  const row = givenNode(argument);
  const entry = row === null ? await pickLive(host) : (host.runs.get(row.token) ?? null);
  if (entry === null) return;
  const chosen = row?.kind === 'process' ? row : await pickProcess(entry, tree, title());
  if (chosen === null) return;
  const outcome = translatedOutcome(await entry.run.signal(chosen.process, tree, signal));
  host.log.info(`${entry.name}: ${signal} to ${chosen.process}${tree ? ' and its descendants' : ''}: ${outcome.message ?? ''}`);
  tell(outcome);
}

async function endOrphans(host: Host, argument: unknown): Promise<void> {
  const entry = givenRun(host, argument) ?? (await pickLive(host));
  if (entry === null) return;
  const outcome = translatedOutcome(await entry.run.endOrphans());
  host.log.info(`${entry.name}: end orphans: ${outcome.message ?? ''}`);
  tell(outcome);
}

async function stacks(host: Host, argument: unknown): Promise<void> {
  const row = givenNode(argument);
  const entry = givenRun(host, argument) ?? (row === null ? await pickLive(host) : null);
  if (entry === null) return;
  const chosen = row?.kind === 'process' ? row : await pickProcess(entry, false, vscode.l10n.t('Stacks of which process?'));
  if (chosen !== null) tell(await host.showStacks(entry, chosen.process));
}

async function pickLive(host: Host): Promise<RunEntry | null> {
  const live = host.runs.all.filter(({ run }) => run.live);
  if (live.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('No run is alive.'));
  return pickRun(live, vscode.l10n.t('Of which run?'));
}

async function goToSource(host: Host, argument: unknown): Promise<void> {
  const row = givenNode(argument);
  const entry = givenRun(host, argument);
  if (row === null || row.kind === 'run' || entry === null) return;
  if (row.where !== null) {
    const opened = await openSource(row.where, false, entry.run.info.cwd, null);
    if (!opened.ok) tell(opened);
  } else host.show(entry, row.kind === 'finding' ? { what: 'finding', key: row.finding } : { what: 'process', key: row.process });
}

async function explain(host: Host, argument: unknown): Promise<void> {
  const row = givenNode(argument);
  if (row?.kind !== 'finding') return;
  const finding = host.watches.get(row.token)?.findings.find(({ key }) => key === row.finding);
  if (finding !== undefined) await openRulePage(host.extensionUri, finding.rule, null);
}

async function copyPid(argument: unknown): Promise<void> {
  const row = givenNode(argument);
  if (row?.kind === 'process') await vscode.env.clipboard.writeText(String(row.pid));
}
