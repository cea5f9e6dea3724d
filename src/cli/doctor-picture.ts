/** `procession doctor` as text: the tree, what it shares, what is wrong, what cannot be known. */
import pc from 'picocolors';
import type { SeenProcess } from '../system/outside-facts.js';
import type { Ends, Holding } from '../system/outside-stuck.js';
import type { Verdict } from '../system/outside-verdicts.js';
import type { Waiter } from '../system/outside-waits.js';
import { endWords } from '../system/outside-verdicts.js';
import { kindOf, memoryName, nameOf, pidList, waitWords } from '../system/outside-words.js';
import { memoryOf, waitingAt, type Doctored } from './doctor-report.js';
import { cut, head, table, WIDE, type Cell, type Colours, type PictureOptions } from '../export/text/table.js';
import { counted, duration, plain } from '../export/text/words.js';

/** Pipes and semaphores that nobody waits at are named up to so many; all are in the JSON. */
const MOST_QUIET = 8;

/** Cells of a command line; the JSON has it whole. */
const MOST_NAME = 60;

interface Line {
  readonly process: SeenProcess;
  readonly prefix: string;
  /** For the lines of its threads. */
  readonly below: string;
}

function tree({ looks }: Doctored): Line[] {
  const children = new Map<number, SeenProcess[]>();
  const known = new Set(looks.processes.map(({ pid }) => pid));
  const tops: SeenProcess[] = [];
  for (const process of looks.processes) {
    if (process.relation !== 'descendant' || !known.has(process.ppid)) {
      tops.push(process);
      continue;
    }
    const siblings = children.get(process.ppid);
    if (siblings === undefined) children.set(process.ppid, [process]);
    else siblings.push(process);
  }
  const lines: Line[] = [];
  const walk = (process: SeenProcess, own: string, below: string): void => {
    const mine = children.get(process.pid) ?? [];
    lines.push({ process, prefix: own, below: `${below}${mine.length > 0 ? '│  ' : '   '}` });
    mine.forEach((child, i) => {
      const last = i === mine.length - 1;
      walk(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    });
  };
  for (const process of tops) walk(process, '', '');
  return lines;
}

function forSince({ thread, wait }: Waiter): string {
  return thread.sleptMs === null || wait.kind === 'runs' || wait.kind === 'ended' || wait.kind === 'stopped' ? '' : duration(thread.sleptMs);
}

function stateCell(process: SeenProcess, main: Waiter | undefined, blamed: ReadonlySet<number>, c: Colours): Cell {
  if (process.state === 'X') return { text: 'has just ended', paint: c.dim };
  if (process.state === 'Z') return { text: `zombie: ${endWords(process.waitStatus)}, PID ${process.ppid} has to join it`, paint: c.red };
  const words = plain(main === undefined ? '' : waitWords(main.wait));
  const text = process.relation === 'orphan' ? `orphan; ${words}` : words;
  const paint = blamed.has(process.pid) ? c.red : main?.wait.kind === 'runs' ? c.green : main?.wait.kind === 'stopped' || main?.wait.kind === 'uninterruptible' ? c.yellow : String;
  return { text, paint };
}

function processLines(doctored: Doctored, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const { analysis, judged } = doctored;
  const mostName = o.width === null ? MOST_NAME : Math.min(MOST_NAME, Math.max(16, Math.floor(o.width / 3)));
  const blamed = new Set(judged.verdicts.flatMap(({ pids }) => pids));
  const rows: Cell[][] = [['PROCESS', 'PID', 'KIND', 'AGE', 'FOR', 'DOES'].map((text, i) => head(text, c, i === 1 || i === 3 || i === 4))];
  for (const { process, prefix, below } of tree(doctored)) {
    const [main, ...others] = analysis.threadsOf(process.pid);
    const kind = kindOf(process, analysis.process(process.ppid));
    rows.push([
      { text: `${prefix}${cut(plain(nameOf(process)), mostName)}` },
      { text: String(process.pid), right: true },
      { text: kind === 'other' || kind === 'python' ? '' : kind, paint: c.cyan },
      { text: duration(process.ageMs), right: true, paint: c.dim },
      { text: main === undefined || process.state === 'Z' ? duration(main?.thread.sleptMs ?? 0) : forSince(main), right: true },
      stateCell(process, main, blamed, c),
    ]);
    for (const other of process.state === 'Z' ? [] : others) {
      rows.push([
        { text: `${below}thread ${other.thread.comm === process.comm ? '' : `${plain(other.thread.comm)} `}`.trimEnd(), paint: c.dim },
        { text: String(other.thread.tid), right: true, paint: c.dim },
        { text: '' },
        { text: '' },
        { text: forSince(other), right: true, paint: c.dim },
        { text: plain(waitWords(other.wait)), paint: blamed.has(process.pid) && other.wait.kind === 'write' ? c.red : c.dim },
      ]);
    }
  }
  return table(rows, o.width ?? WIDE, [5, 0, 2]);
}

/** `7 (fd 3), 8 (fd 3, 5)`; a stranger with its name, since the tree above does not show it. */
function holders(list: readonly Holding[], doctored: Doctored, awaited: boolean, most: number): string {
  return cut(holderWords(list, doctored, awaited), most);
}

function holderWords(list: readonly Holding[], { looks }: Doctored, awaited: boolean): string {
  // A read at whose other end nobody is returns at once.
  if (list.length === 0) return awaited ? 'somebody out of sight' : 'nobody';
  const strangers = new Map(looks.strangers.map(({ pid, comm }) => [pid, comm]));
  const words = list.map(({ pid, fds }) => {
    const name = strangers.get(pid);
    return `${pid}${name === undefined ? '' : ` ${plain(name)}`} (fd ${fds.join(', ')})`;
  });
  return words.length <= 5 ? words.join(', ') : `${words.slice(0, 4).join(', ')} and ${words.length - 4} more`;
}

function waiters(list: readonly Waiter[]): string {
  return list.map(({ process, thread, wait }) => `${process.pid}${thread.tid === process.pid ? '' : `/${thread.tid}`} ${wait.kind === 'write' ? 'writes' : wait.kind === 'several' ? 'polls' : wait.kind === 'lock' ? 'waits' : 'reads'}`).join(', ');
}

function pidsOf({ readers, writers }: Ends): Set<number> {
  return new Set([...readers, ...writers].map(({ pid }) => pid));
}

function pipeLines(doctored: Doctored, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const { analysis, looks } = doctored;
  const members = new Set(looks.processes.map(({ pid }) => pid));
  const inTree = (ends: Ends): boolean => [...pidsOf(ends)].some((pid) => members.has(pid));
  const all = [...analysis.ends.values()].filter(inTree).map((ends) => ({ ends, waiting: waitingAt(ends, analysis) }));
  const shared = all.filter(({ ends, waiting }) => waiting.length > 0 || (ends.kind === 'pipe' && pidsOf(ends).size > 1) || (ends.kind === 'socket' && looks.sockets.get(ends.inode)?.peer != null));
  const busy = shared.filter(({ waiting }) => waiting.length > 0);
  // A terminal's or a log's, which others beyond the tree have as well, tells least.
  const within = ({ ends }: { readonly ends: Ends }): boolean => [...pidsOf(ends)].every((pid) => members.has(pid));
  const silent = shared.filter(({ waiting }) => waiting.length === 0);
  const quiet = [...silent.filter(within), ...silent.filter((each) => !within(each))];
  if (shared.length === 0) return [];
  const rows: Cell[][] = [['PIPE OR SOCKET', 'CAN READ', 'CAN WRITE', 'WAITING'].map((text) => head(text, c))];
  // The two lists of holders share what the rest leaves.
  const most = o.width === null ? WIDE : Math.max(16, Math.floor((o.width - 44) / 2));
  for (const { ends, waiting } of [...busy, ...quiet.slice(0, MOST_QUIET)]) {
    const fact = looks.sockets.get(ends.inode);
    const peer = fact?.peer ?? null;
    const far = peer === null ? undefined : analysis.ends.get(`socket:${peer}`);
    const path = fact?.path == null ? '' : ` ${plain(fact.path)}`;
    rows.push([
      { text: ends.kind === 'pipe' ? `pipe ${ends.inode}` : `socket ${ends.inode}${peer === null ? path : ` ⇄ ${peer}`}` },
      { text: holders(ends.readers, doctored, waiting.some(({ wait }) => wait.kind === 'write'), most), paint: ends.readers.length === 0 ? c.dim : String },
      ends.kind === 'pipe'
        ? { text: holders(ends.writers, doctored, waiting.some(({ wait }) => wait.kind === 'read'), most), paint: ends.writers.length === 0 ? c.dim : String }
        : { text: far === undefined ? (peer === null ? 'not known' : 'somebody beyond') : holders(far.writers, doctored, false, most), paint: far === undefined ? c.dim : String },
      { text: waiters(waiting), paint: c.yellow },
    ]);
  }
  const lines = table(rows, o.width ?? WIDE, [2, 1, 3]);
  if (quiet.length > MOST_QUIET) lines.push(c.dim(`and ${quiet.length - MOST_QUIET} more at which nobody waits`));
  return lines;
}

function memoryLines(doctored: Doctored, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const all = memoryOf(doctored).filter(({ semaphore, waiting, path, pids }) => waiting.length > 0 || semaphore || (pids.length > 1 && path.startsWith('/dev/shm/')));
  const busy = all.filter(({ waiting }) => waiting.length > 0);
  const quiet = all.filter(({ waiting }) => waiting.length === 0);
  if (all.length === 0) return [];
  const rows: Cell[][] = [['SHARED MEMORY', 'KIND', 'MAPPED BY', 'WAITING'].map((text) => head(text, c))];
  for (const { path, semaphore, pids, waiting } of [...busy, ...quiet.slice(0, MOST_QUIET)]) {
    rows.push([{ text: plain(memoryName(path)) }, { text: semaphore ? 'semaphore' : 'memory', paint: c.cyan }, { text: pidList(pids) }, { text: waiters(waiting), paint: c.yellow }]);
  }
  const lines = table(rows, o.width ?? WIDE, [2, 3, 0]);
  if (quiet.length > MOST_QUIET) lines.push(c.dim(`and ${quiet.length - MOST_QUIET} more at which nobody waits`));
  return lines;
}

function verdictLines({ rule, severity, certain, message, evidence, fix }: Verdict, c: Colours): string[] {
  const colour = severity === 'error' ? c.red : c.yellow;
  return [
    `${colour(severity)} ${c.bold(rule)} (${certain ? 'certain' : 'likely'}): ${plain(message)}`,
    ...evidence.map((line) => `    ${plain(line)}`),
    `    ${c.green('do:')} ${plain(fix)}`,
  ];
}

function titleLine({ pid, looks, analysis, judged }: Doctored, o: PictureOptions): string {
  const c = pc.createColors(o.colours);
  const root = analysis.process(pid);
  const parts = [counted(looks.processes.length, 'process', 'processes'), counted(analysis.waiters.length, 'thread', 'threads')];
  const zombies = looks.processes.filter(({ state }) => state === 'Z').length;
  if (zombies > 0) parts.push(counted(zombies, 'zombie', 'zombies'));
  const orphans = looks.processes.filter(({ relation }) => relation === 'orphan').length;
  if (orphans > 0) parts.push(counted(orphans, 'orphan', 'orphans'));
  const closed = looks.processes.filter(({ descriptors, threads, state }) => state !== 'Z' && state !== 'X' && (descriptors === null || threads.some(({ denied }) => denied))).length;
  parts.push(judged.verdicts.length === 0 ? (closed === 0 ? 'nothing wrong that shows from outside' : `no verdict: ${counted(closed, 'process', 'processes')} could not be looked into`) : counted(judged.verdicts.length, 'verdict', 'verdicts'));
  const name = root === null ? '' : plain(nameOf(root));
  return `${c.bold(o.width === null ? name : cut(name, Math.max(20, o.width - 50)))}  ${parts.join(' · ')}`;
}

export function doctorPicture(doctored: Doctored, o: PictureOptions): string {
  const c = pc.createColors(o.colours);
  const { looks, judged, unknown, at } = doctored;
  const lines = [titleLine(doctored, o), c.dim(`PID ${doctored.pid} from outside, ${at.toISOString()}; what two looks ${Math.round(looks.betweenMs)} ms apart agree on`), '', ...processLines(doctored, o)];
  for (const section of [pipeLines(doctored, o), memoryLines(doctored, o)]) if (section.length > 0) lines.push('', ...section);
  if (judged.verdicts.length > 0 || judged.notes.length > 0) lines.push('', c.dim('VERDICTS'));
  for (const verdict of judged.verdicts) lines.push(...verdictLines(verdict, c));
  for (const note of judged.notes) lines.push(`${c.blue('note')} ${plain(note)}`);
  lines.push('', c.dim('WHAT CANNOT BE KNOWN FROM OUTSIDE'));
  for (const { what, why, how } of unknown) lines.push(`· ${plain(what)}: ${c.dim(plain(`${why}${how === null ? '' : `. To know it: ${how}`}`))}`);
  return `${lines.join('\n')}\n`;
}
