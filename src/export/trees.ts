/** The tree of processes for elsewhere: a JSON document, a Mermaid flowchart, text as the command line prints it. Of rows alone: live, recorded or past. */
import { fill } from '../protocol/text.js';
import type { Blocked, ProcessRow, Snapshot, SourceRef } from '../protocol/view.js';
import { Names } from './names.js';
import { processLines, titleLine, tree } from './text/picture.js';
import { ending, plain } from './text/words.js';

const PLAIN = { colours: false, width: null };

/** The first line and the table of processes that `procession view` prints. */
export function treeText(snapshot: Snapshot): string {
  return [titleLine(snapshot, PLAIN), '', ...processLines(snapshot, PLAIN), ''].join('\n');
}

/**
 * `procession-tree/1`: processes in the order of the tree, parents before their children, always with the same fields in the same order;
 * an absent fact is null. Times are milliseconds from the run's start. What is measured (CPU, memory) is not in it: two looks at
 * a recording give the same text.
 */
export function treeJson(snapshot: Snapshot): string {
  const { run } = snapshot;
  const document = {
    schema: 'procession-tree/1',
    run: { argv: run.argv, cwd: run.cwd, python: run.python, platform: run.platform, startedAt: run.startedAt, durationMs: run.durationMs, exitCode: run.exitCode, signal: run.signal },
    atMs: snapshot.nowMs,
    processes: tree(snapshot.processes).map(({ row }) => treeProcess(row)),
    findings: snapshot.findings.map(({ rule, severity, certain, process, object, where, message }) => ({ rule, severity, certain, process, object, where: place(where), message: fill(message) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function treeProcess(row: ProcessRow): unknown {
  return {
    key: row.key,
    parent: row.parent,
    pid: row.pid,
    name: row.name,
    kind: row.kind,
    startMethod: row.startMethod,
    daemon: row.daemon,
    target: row.target,
    created: place(row.created),
    startedMs: row.startedMs,
    endedMs: row.endedMs,
    state: row.state,
    stateSinceMs: row.stateSinceMs,
    blocked: row.blocked.map(treeWait),
    exitCode: row.exitCode,
    signal: row.signal,
    exception: row.exception === null ? null : { type: row.exception.type, message: row.exception.message },
    zombieMs: row.zombieMs,
    orphanMs: row.orphanMs,
    sent: row.sent,
    received: row.received,
    reason: row.reason,
  };
}

function treeWait({ op, sinceMs, channel, object, process, thread, where }: Blocked): unknown {
  return { op, sinceMs, on: object ?? channel ?? process, thread, where: place(where) };
}

function place(where: SourceRef | null): { readonly file: string; readonly line: number } | null {
  return where === null ? null : { file: where.file, line: where.line };
}

/** How a node looks, by the state of its process. */
const CLASSES = {
  running: 'fill:#e6f4ea,stroke:#1a7f37,color:#10391c',
  blocked: 'fill:#fff4d6,stroke:#9a6700,color:#3d2a00',
  ended: 'fill:#f3f4f6,stroke:#6e7781,color:#24292f',
  failed: 'fill:#ffe3e0,stroke:#cf222e,color:#5a0c10',
  zombie: 'fill:#f4e4ff,stroke:#8250df,color:#35145f,stroke-dasharray:4 3',
  orphan: 'fill:#ffe8d6,stroke:#bc4c00,color:#4f2100,stroke-width:3px',
  unknown: 'fill:#ffffff,stroke:#8c959f,color:#24292f,stroke-dasharray:2 3',
} as const;

type ClassName = keyof typeof CLASSES;

/** A flowchart in Mermaid's language: a node a process, an arrow from who started it, dotted where that one has ended before it. */
export function treeMermaid(snapshot: Snapshot): string {
  const rows = tree(snapshot.processes).map(({ row }) => row);
  const names = new Names(snapshot);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const lines = ['flowchart TD'];
  for (const row of rows) lines.push(`  ${node(row.key)}["${nodeWords(row, names).map(escaped).join('<br/>')}"]:::${classOf(row)}`);
  for (const row of rows) {
    const parent = row.parent === null ? undefined : byKey.get(row.parent);
    if (parent === undefined) continue;
    const orphaned = row.state === 'orphan' || row.orphanMs > 0;
    const label = [row.startMethod ?? startWord(row), orphaned ? 'orphaned' : null].filter((word) => word !== null).join(', ');
    lines.push(`  ${node(parent.key)} ${orphaned ? '-.->' : '-->'}${label === '' ? '' : `|"${escaped(label)}"|`} ${node(row.key)}`);
  }
  const used = new Set(rows.map(classOf));
  for (const [name, style] of Object.entries(CLASSES)) if (used.has(name as ClassName)) lines.push(`  classDef ${name} ${style}`);
  return `${lines.join('\n')}\n`;
}

/** Keys of processes are `p1`, `p2`: nothing else may become a name in the diagram, where `end` is a word of its own. */
function node(key: string): string {
  return `p${key.replace(/\D/g, '')}`;
}

function startWord(row: ProcessRow): string | null {
  return row.kind === 'subprocess' || row.kind === 'fork' ? row.kind : null;
}

function nodeWords(row: ProcessRow, names: Names): string[] {
  const kind = [row.kind === 'process' || row.kind === 'main' ? null : row.kind, row.daemon === true ? 'daemon' : null].filter((word) => word !== null).join(', ');
  return [plain(row.name), `PID ${row.pid}${kind === '' ? '' : ` · ${kind}`}`, stateWord(row, names)];
}

/** Without the time that it lasts: the same text at the next look. */
function stateWord(row: ProcessRow, names: Names): string {
  if (row.state === 'zombie') return `zombie, ${ending(row.exitCode, row.signal)}`;
  if (row.endedMs !== null) return `${row.state === 'lost' ? 'lost' : ending(row.exitCode, row.signal)}${row.exception === null ? '' : `: ${plain(row.exception.type)}`}`;
  const [first] = row.blocked;
  const on = first?.object ?? first?.channel ?? first?.process ?? null;
  return first === undefined ? row.state : `${row.state === 'orphan' ? 'orphan, ' : ''}blocked in ${first.op}${on === null ? '' : ` on ${names.of(on)}`}`;
}

function classOf(row: ProcessRow): ClassName {
  switch (row.state) {
    case 'zombie': case 'orphan': case 'blocked': return row.state;
    case 'running': case 'sleeping': case 'starting': case 'stopped': return 'running';
    case 'exited': return row.exitCode === 0 ? 'ended' : 'failed';
    case 'signaled': return row.endedBy?.how === 'parent-exit' || (row.signal === 'SIGTERM' && row.endedBy?.process === row.parent) ? 'ended' : 'failed';
    case 'lost': return 'failed';
    default: return 'unknown';
  }
}

/**
 * A text inside of a quoted label. Names come from the user's script, and what Mermaid reads in a label is more than quotes: HTML,
 * Markdown, its own directives and entities. So all but letters, digits and harmless signs goes as a numbered entity.
 */
export function escaped(text: string): string {
  // A label that begins like an item of a list is read as one.
  return text.replace(/^[\d+-]|[^\p{L}\p{N} .,:/()·=+-]/gu, (c) => `#${c.codePointAt(0) ?? 63};`);
}
