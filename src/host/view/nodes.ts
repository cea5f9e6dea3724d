/** What the native view shows of a run, as plain data: the run, its findings, the worst first, and its processes under their parents. */
import { alive, signed, stateWords, type Names, type Shape, type StateWords, type Tone, type Translate } from '../../model/words.js';
import type { FindingRow, ProcessRow, RunRow, Severity, Snapshot, SourceRef, Text } from '../../protocol/view.js';
import { namesIn } from './names.js';

interface Looks {
  /** The same for as long as the thing is there: what is unfolded stays so. */
  readonly id: string;
  readonly token: string;
  readonly label: string;
  readonly description: string;
  /** A codicon, and the theme's colour for it; null: the usual one. */
  readonly icon: string;
  readonly color: string | null;
  /** For the `when` clauses of menus: words with dots between. */
  readonly context: string;
  /** For screen readers: all in one sentence. */
  readonly spoken: string;
  /** Unfolded at first. */
  readonly open: boolean;
  readonly children: readonly Node[];
}

export interface RunNode extends Looks {
  readonly kind: 'run';
}

export interface FindingNode extends Looks {
  readonly kind: 'finding';
  readonly finding: string;
  readonly where: SourceRef | null;
}

export interface ProcessNode extends Looks {
  readonly kind: 'process';
  readonly process: string;
  readonly pid: number;
  /** Where it stands, else where it was made. */
  readonly where: SourceRef | null;
}

export type Node = RunNode | FindingNode | ProcessNode;

/** A run, and what is known of it beside its rows. */
export interface Told {
  readonly token: string;
  readonly name: string;
  readonly live: boolean;
  /** It can be run again. */
  readonly again: boolean;
  /** The run was live when this window met it: unfolded at first. */
  readonly open: boolean;
}

/** Puts texts into the reader's language; `text` those that other rooms made. */
export interface Language {
  readonly t: Translate;
  readonly text: (text: Text) => string;
}

const SHAPES: Readonly<Record<Shape, string>> = {
  run: 'play', wait: 'watch', sleep: 'circle-outline', stop: 'debug-pause', zombie: 'circle-slash', orphan: 'debug-disconnect', done: 'check', failed: 'error', killed: 'debug-stop',
  lost: 'question', start: 'loading',
};

const TONES: Readonly<Record<Tone, string | null>> = {
  plain: null, dim: 'descriptionForeground', good: 'charts.green', warn: 'problemsWarningIcon.foreground', bad: 'problemsErrorIcon.foreground',
};

const SEVERITIES: Readonly<Record<Severity, { readonly icon: string; readonly color: string; readonly rank: number }>> = {
  error: { icon: 'error', color: 'problemsErrorIcon.foreground', rank: 0 },
  warning: { icon: 'warning', color: 'problemsWarningIcon.foreground', rank: 1 },
  info: { icon: 'info', color: 'problemsInfoIcon.foreground', rank: 2 },
};

export function runNode(told: Told, snapshot: Snapshot, language: Language): RunNode {
  const { t } = language;
  const { token, name, live, again } = told;
  const findings = [...snapshot.findings].sort((a, b) => SEVERITIES[a.severity].rank - SEVERITIES[b.severity].rank || Number(b.certain) - Number(a.certain));
  const rows = snapshot.processes;
  const orphans = rows.some((row) => row.state === 'orphan');
  const count = live ? snapshot.totals.alive : snapshot.totals.processes;
  // What is wrong comes before how many there are: the end of it is cut off where the view is narrow.
  const words = [
    runWords(snapshot.run, live, t),
    ...(findings.length === 0 ? [] : [t(findings.length === 1 ? '{0} finding' : '{0} findings', findings.length)]),
    t(count === 1 ? '{0} process' : '{0} processes', count),
  ];
  const { icon, color } = runIcon(snapshot.run, live);
  return {
    kind: 'run', id: token, token, label: name, description: words.join(' · '), icon, color,
    context: live ? `run.live${orphans ? '.orphans' : ''}` : `run.ended${again ? '.again' : ''}`,
    spoken: [name, ...words].join(', '), open: told.open,
    children: [...findings.map((finding) => findingNode(token, finding, language)), ...processNodes(told, snapshot, t)],
  };
}

/** Live runs first, of both kinds the newest first. */
export function inOrder<Run extends { readonly live: boolean }>(runs: readonly Run[]): Run[] {
  const newest = [...runs].reverse();
  return [...newest.filter(({ live }) => live), ...newest.filter(({ live }) => !live)];
}

/** A tree as a list, parents before children. */
export function* flat(nodes: readonly Node[]): Iterable<Node> {
  for (const node of nodes) {
    yield node;
    yield* flat(node.children);
  }
}

function runWords(run: RunRow, live: boolean, t: Translate): string {
  if (live) return t('running');
  if (run.signal !== null) return t('ended by {0}', run.signal);
  return run.exitCode === null ? t('ended') : t('exited {0}', signed(run.exitCode));
}

function runIcon(run: RunRow, live: boolean): { readonly icon: string; readonly color: string | null } {
  if (live) return { icon: 'play-circle', color: TONES.good };
  if (run.signal !== null) return { icon: 'stop-circle', color: TONES.warn };
  if (run.exitCode === null) return { icon: 'question', color: TONES.dim };
  return run.exitCode === 0 ? { icon: 'pass', color: TONES.dim } : { icon: 'error', color: TONES.bad };
}

function findingNode(token: string, finding: FindingRow, { t, text }: Language): FindingNode {
  const { icon, color } = SEVERITIES[finding.severity];
  const sentence = text(finding.message);
  const severity = finding.severity === 'error' ? t('Error') : finding.severity === 'warning' ? t('Warning') : t('Note');
  return {
    kind: 'finding', id: `${token}/finding/${finding.key}`, token, finding: finding.key, where: finding.where,
    label: finding.certain ? sentence : t('Likely: {0}', sentence),
    description: finding.where === null ? '' : `${finding.where.file.replace(/^.*[\\/]/, '')}:${finding.where.line}`,
    icon, color, context: `finding${finding.where === null ? '' : '.source'}`,
    spoken: `${severity}, ${finding.certain ? t('Certain') : t('Likely')}: ${sentence}`,
    open: false, children: [],
  };
}

function processNodes({ token, live }: Told, snapshot: Snapshot, t: Translate): ProcessNode[] {
  const names = namesIn(snapshot, t);
  const worst = new Map<string, Severity>();
  for (const { process, severity } of snapshot.findings) {
    const known = process === null ? undefined : worst.get(process);
    if (process !== null && (known === undefined || SEVERITIES[severity].rank < SEVERITIES[known].rank)) worst.set(process, severity);
  }
  const keys = new Set(snapshot.processes.map((row) => row.key));
  const children = new Map<string | null, ProcessRow[]>();
  for (const row of snapshot.processes) {
    const parent = row.parent !== null && keys.has(row.parent) ? row.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [row]);
    else siblings.push(row);
  }
  const made = new Set<string>();
  const nodesOf = (parent: string | null): ProcessNode[] =>
    (children.get(parent) ?? []).sort(helpersLast).flatMap((row) => {
      // Broken records can make a process its own ancestor.
      if (made.has(row.key)) return [];
      made.add(row.key);
      return [processNode(token, live, row, nodesOf(row.key), names, worst.get(row.key) ?? null, t)];
    });
  return nodesOf(null);
}

function processNode(token: string, live: boolean, row: ProcessRow, children: readonly ProcessNode[], names: Names, worst: Severity | null, t: Translate): ProcessNode {
  const words: StateWords = stateWords(row, names, worst);
  const where = row.blocked.find((blocked) => blocked.where !== null)?.where ?? row.created;
  const descends = children.some(({ context }) => /alive|family/.test(context));
  const context = ['process', live && alive(row) ? 'alive' : 'ended', ...(live && descends ? ['family'] : []), ...(where === null ? [] : ['source'])];
  return {
    // VS Code keeps folded what had nothing to unfold when it came: with its first child it is another row.
    kind: 'process', id: `${token}/process/${row.key}${children.length === 0 ? '' : '/parent'}`, token, process: row.key, pid: row.pid, where,
    label: row.name, description: `PID ${row.pid} · ${words.text}`, icon: SHAPES[words.shape], color: TONES[words.tone],
    context: context.join('.'), spoken: `${row.name}, PID ${row.pid}, ${t('State')}: ${words.text}`,
    open: !isHelper(row), children,
  };
}

function isHelper(row: ProcessRow): boolean {
  return row.kind === 'forkserver' || row.kind === 'resource-tracker';
}

function helpersLast(a: ProcessRow, b: ProcessRow): number {
  return Number(isHelper(a)) - Number(isHelper(b)) || a.startedMs - b.startedMs;
}
