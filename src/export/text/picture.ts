/** A run as text: its processes as a tree, its channels, its locks, pools and memory, its findings. The same lines for `view` and for `--live`. */
import pc from 'picocolors';
import type { ChannelRow, FindingRow, ProcessRow, Snapshot } from '../../protocol/view.js';
import { fill } from '../../protocol/text.js';
import { head, table, WIDE, type Cell, type Colours, type PictureOptions } from './table.js';
import { objectLines } from './objects.js';
import { bytes, channelName, count, counted, duration, ending, isIdle, place, plain, processName, stateWords } from './words.js';

function stateColour(row: ProcessRow, idle: boolean, c: Colours): (text: string) => string {
  switch (row.state) {
    case 'running': case 'starting': return c.green;
    case 'blocked': return idle ? c.dim : c.yellow;
    case 'stopped': return c.yellow;
    case 'zombie': case 'orphan': case 'lost': return c.red;
    case 'signaled': return wasEndedInOrder(row) ? c.dim : c.red;
    case 'exited': return row.exitCode === 0 ? c.dim : c.red;
    default: return String;
  }
}

/** A daemon that ends with its parent, a worker that its pool terminates: how multiprocessing ends them always. */
function wasEndedInOrder(row: ProcessRow): boolean {
  if (row.endedBy?.how === 'parent-exit') return true;
  return row.kind === 'pool-worker' && row.signal === 'SIGTERM' && row.parent !== null && row.endedBy?.process === row.parent;
}

interface TreeLine {
  readonly row: ProcessRow;
  readonly prefix: string;
}

/** Depth first, children in order of start; a process whose parent is unknown stands at the top. */
export function tree(processes: readonly ProcessRow[]): TreeLine[] {
  const known = new Set(processes.map((row) => row.key));
  const children = new Map<string | null, ProcessRow[]>();
  for (const row of [...processes].sort((a, b) => a.startedMs - b.startedMs)) {
    const parent = row.parent !== null && known.has(row.parent) ? row.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [row]);
    else siblings.push(row);
  }
  const lines: TreeLine[] = [];
  const visited = new Set<string>();
  const walk = (row: ProcessRow, own: string, below: string): void => {
    if (visited.has(row.key)) return;
    visited.add(row.key);
    lines.push({ row, prefix: own });
    const mine = children.get(row.key) ?? [];
    mine.forEach((child, i) => {
      const last = i === mine.length - 1;
      walk(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    });
  };
  for (const row of children.get(null) ?? []) walk(row, '', '');
  return lines;
}

function kindWords(row: ProcessRow): string {
  const words: string[] = [];
  if (row.kind === 'main') words.push('main');
  else if (row.startMethod !== null) words.push(row.startMethod);
  if (row.kind !== 'main' && row.kind !== 'process') words.push(row.kind);
  if (row.daemon === true) words.push('daemon');
  return words.join(' ');
}

/** A first sample of the operating system says states before CPU and memory were measured. */
function isUnmeasured(row: ProcessRow): boolean {
  return row.rssKiB === 0;
}

export function processLines(snapshot: Snapshot, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const rows: Cell[][] = [['PROCESS', 'PID', 'START', 'STATE', 'CPU', 'MEMORY', 'OUT', 'IN'].map((text, i) => head(text, c, i === 1 || i > 3))];
  for (const { row, prefix } of tree(snapshot.processes)) {
    const name = row.kind === 'uninstrumented' || row.kind === 'subprocess' ? row.argv?.join(' ') ?? row.name : row.name;
    // What the library runs in workers and servers, their kind says already, in less room.
    const target = row.target === null || /^(?:multiprocessing|concurrent\.futures)\./.test(row.target) ? '' : ` (${plain(row.target)})`;
    rows.push([
      { text: `${prefix}${plain(name)}${target}` },
      { text: String(row.pid), right: true },
      { text: kindWords(row), paint: c.cyan },
      { text: `${stateWords(row, snapshot)}${row.reason === null ? '' : `, not instrumented: ${plain(row.reason)}`}`, paint: stateColour(row, isIdle(row, snapshot), c) },
      { text: row.cpu === null || row.endedMs !== null || isUnmeasured(row) ? '' : `${Math.round(row.cpu)} %`, right: true },
      { text: row.rssKiB === null || row.endedMs !== null || isUnmeasured(row) ? '' : bytes(row.rssKiB * 1024), right: true },
      { text: row.sent === 0 ? '' : count(row.sent), right: true },
      { text: row.received === 0 ? '' : count(row.received), right: true },
    ]);
  }
  return table(rows, o.width ?? WIDE, [3, 0, 2]);
}

function depthWords(row: ChannelRow): string {
  const capacity = row.maxsize !== null && row.maxsize > 0 ? `/${row.maxsize}` : '';
  return `${count(row.depth)}${capacity} (max ${count(row.maxDepth)})`;
}

export function channelLines(snapshot: Snapshot, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const shown = snapshot.channels.filter((row) => !row.internal);
  if (shown.length === 0) return [];
  const rows: Cell[][] = [['CHANNEL', 'KIND', 'IN', 'OUT', 'BYTES', 'DEPTH', 'LATENCY', 'MATCHED', 'WAITING', 'MADE AT'].map((text, i) => head(text, c, i > 1 && i < 5))];
  for (const row of shown) {
    rows.push([
      { text: channelName(row, snapshot.run.cwd) },
      { text: row.kind, paint: c.cyan },
      { text: count(row.puts > 0 ? row.puts : row.sent), right: true },
      { text: count(row.gets > 0 ? row.gets : row.received), right: true },
      { text: bytes(row.bytes), right: true },
      { text: depthWords(row) },
      { text: row.latencyMs === null ? '' : `p50 ${duration(row.latencyMs.p50)}, p99 ${duration(row.latencyMs.p99)}` },
      { text: row.matching, paint: row.matching === 'exact' ? String : c.yellow },
      { text: row.waiters.map((waiter) => `${processName(waiter.process, snapshot)} ${waiter.op}`).join(', '), paint: c.yellow },
      { text: place(row.created, snapshot.run.cwd), paint: c.dim },
    ]);
  }
  return table(rows, o.width ?? WIDE, [8, 9, 6, 0]);
}

function findingLines(row: FindingRow, snapshot: Snapshot, c: Colours): string[] {
  const colour = row.severity === 'error' ? c.red : row.severity === 'warning' ? c.yellow : c.blue;
  const where = place(row.where, snapshot.run.cwd);
  const lines = [`${colour(row.severity)} ${c.bold(row.rule)} (${row.certain ? 'certain' : 'likely'})${where === '' ? '' : ` at ${where}`}: ${plain(fill(row.message))}`];
  for (const evidence of row.evidence) lines.push(`    ${plain(fill(evidence))}`);
  const fix = plain(fill(row.fix));
  if (fix !== '') lines.push(`    ${c.green('do:')} ${fix}`);
  return lines;
}

/** What went wrong, for the end of a run; empty where nothing did. */
export function findingsText(snapshot: Snapshot, colours: boolean): string {
  const c = pc.createColors(colours);
  const lines = snapshot.findings.flatMap((finding) => findingLines(finding, snapshot, c));
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

/** One line: which script, how it stands, how much there was. */
export function titleLine(snapshot: Snapshot, o: PictureOptions): string {
  const c = pc.createColors(o.colours);
  const { run, totals } = snapshot;
  const phase = run.durationMs === null
    ? run.phase === 'recording' ? 'its end was not recorded' : `running for ${duration(snapshot.nowMs)}`
    : `${ending(run.exitCode, run.signal)} after ${duration(run.durationMs)}`;
  const parts = [phase, counted(totals.processes, 'process', 'processes'), counted(totals.messages, 'message', 'messages')];
  if (totals.alive > 0 && run.durationMs !== null) parts.push(`${count(totals.alive)} still running`);
  if (totals.zombies > 0) parts.push(counted(totals.zombies, 'zombie', 'zombies'));
  if (totals.orphans > 0) parts.push(counted(totals.orphans, 'orphan', 'orphans'));
  if (totals.countedOnly > 0) parts.push(`${count(totals.countedOnly)} messages counted only, without a record each`);
  if (totals.dropped > 0) parts.push(`${counted(totals.dropped, 'record', 'records')} dropped`);
  return `${c.bold(plain(run.scriptName))}  ${parts.join(' · ')}`;
}

/** The whole picture, for paper or a pager. */
export function picture(snapshot: Snapshot, o: PictureOptions): string {
  const c = pc.createColors(o.colours);
  const lines = [titleLine(snapshot, o)];
  const { run } = snapshot;
  const versions = [run.implementation, run.python, run.platform].filter((word) => word !== null).map(plain).join(' ');
  lines.push(c.dim(`${run.startedAt}  ${versions}  in ${plain(run.cwd)}`), '', ...processLines(snapshot, o));
  const channels = channelLines(snapshot, o);
  if (channels.length > 0) lines.push('', ...channels);
  for (const section of objectLines(snapshot, o)) lines.push('', ...section);
  const exceptions = snapshot.processes.filter((row) => row.exception !== null);
  if (exceptions.length > 0) lines.push('', c.dim('EXCEPTIONS'));
  for (const row of exceptions) {
    if (row.exception === null) continue;
    lines.push(`${plain(row.name)} (${row.pid}): ${c.red(plain(row.exception.type))}: ${plain(row.exception.message)}`);
    for (const line of row.exception.traceback.trimEnd().split('\n')) lines.push(`    ${plain(line)}`);
  }
  if (snapshot.findings.length > 0) {
    lines.push('', c.dim('FINDINGS'));
    for (const finding of snapshot.findings) lines.push(...findingLines(finding, snapshot, c));
  }
  return `${lines.join('\n')}\n`;
}
