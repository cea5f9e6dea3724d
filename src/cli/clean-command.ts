/** `procession clean`: what earlier runs left in the system, and its end. */
import * as readline from 'node:readline';
import * as tty from 'node:tty';
import pc from 'picocolors';
import { cleanUp, remains, type Cleaned, type LeftMemory, type Remains } from '../run/index.js';
import { OutFile } from './files.js';
import { isTerminal, say, status, wantsColours, widthOf, writeAll } from './out.js';
import { writeJson } from './report-command.js';
import { head, table, WIDE, type Cell, type PictureOptions } from '../export/text/table.js';
import { bytes, counted, place, plain } from '../export/text/words.js';

export interface CleanCommand {
  /** Id of one run; null: all. */
  readonly run: string | null;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** A path, or `-` for standard output; null: none. */
  readonly json: string | null;
}

const processes = (n: number): string => counted(n, 'process', 'processes');
const pieces = (n: number): string => counted(n, 'piece of shared memory', 'pieces of shared memory');

const total = (found: readonly Remains[], of: (one: Remains) => number): number => found.reduce((sum, one) => sum + of(one), 0);
const processesOf = (found: readonly Remains[]): number => total(found, (one) => one.processes.length);
const memoryOf = (found: readonly Remains[]): number => total(found, (one) => one.memory.length);

function users({ mappedBy }: LeftMemory, own: readonly { readonly pid: number }[]): string {
  const [first] = mappedBy;
  if (first === undefined) return '';
  const more = mappedBy.length > 1 ? ` and ${mappedBy.length - 1} more` : '';
  const stays = mappedBy.every(({ pid }) => own.some((one) => one.pid === pid)) ? '' : '; stays';
  return `mapped by PID ${first.pid} (${plain(first.command)})${more}${stays}`;
}

/** The list as a person reads it. */
export function listText(found: readonly Remains[], o: PictureOptions, cwd: string): string {
  const c = pc.createColors(o.colours);
  const lines: string[] = [];
  for (const one of found) {
    const when = one.startedAt.slice(0, 16).replace('T', ' ');
    lines.push(`${c.bold(plain(one.scriptName))} ${c.dim(`run ${one.id}, begun ${when} UTC`)}`);
    const rows: Cell[][] = [[head('  LEFT', c), head('NAME', c), head('PID', c, true), head('SIZE', c, true), head('', c)]];
    for (const { name, pid, command } of one.processes) rows.push([{ text: '  process' }, { text: plain(name) }, { text: String(pid), right: true }, { text: '' }, { text: plain(command) }]);
    for (const file of [...one.memory, ...one.inUse]) {
      const stays = one.inUse.includes(file);
      const notes = [place(file.where, cwd), users(file, one.processes)].filter((note) => note !== '').join('; ');
      rows.push([
        { text: file.kind === 'semaphore' ? '  semaphore' : '  memory', ...(stays ? { paint: (text: string) => c.dim(text) } : {}) },
        { text: plain(file.name) },
        { text: '' },
        { text: bytes(file.bytes), right: true },
        { text: notes },
      ]);
    }
    lines.push(...table(rows, o.width ?? WIDE, [4, 1]), '');
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** False at the end of the input, too. */
function ask(question: string): Promise<boolean> {
  writeAll(2, question);
  const input = new tty.ReadStream(0);
  // The terminal stays as it is: Ctrl-C ends us as it ends any command.
  const reader = readline.createInterface({ input, terminal: false });
  return new Promise((resolve) => {
    reader.once('line', (line) => {
      resolve(/^\s*y(es)?\s*$/i.test(line));
      reader.close();
    });
    reader.once('close', () => {
      input.destroy();
      resolve(false);
    });
  });
}

function tellCleaned({ ended, refused, removed, kept }: Cleaned): void {
  if (ended.length > 0) say(`${processes(ended.length)} ended.`);
  if (removed.length > 0) say(`${pieces(removed.length)} removed, ${bytes(removed.reduce((sum, file) => sum + file.bytes, 0))}.`);
  for (const { why } of refused) say(plain(why.message));
  for (const { why } of kept) say(plain(why.message));
}

function asJson(found: readonly Remains[], cleaned: Cleaned | null): unknown {
  return {
    schema: 'procession-clean/1',
    runs: found,
    cleaned: cleaned === null ? null : {
      ended: cleaned.ended,
      refused: cleaned.refused.map(({ process, why }) => ({ process, why: why.message })),
      removed: cleaned.removed,
      kept: cleaned.kept.map(({ memory, why }) => ({ memory, why: why.message })),
    },
  };
}

/** @returns the exit status */
export async function cleanCommand(command: CleanCommand, cwd: string): Promise<number> {
  const { run, dryRun, json } = command;
  const output = json === null || json === '-' ? null : OutFile.open(json, cwd, false);
  if (output !== null && !output.ok) {
    say(output.message);
    return status.cannotCreate;
  }
  const found = await remains(run);
  const [toEnd, toRemove] = [processesOf(found), memoryOf(found)];
  const quiet = json === '-';
  if (!quiet) writeAll(1, listText(found, { colours: wantsColours(1), width: widthOf(1) }, cwd));
  let yes = !dryRun && command.yes;
  if (toEnd + toRemove === 0) {
    yes = false;
    if (!quiet) say(run === null ? 'earlier runs left nothing that could be cleaned.' : `the run ${plain(run)} left nothing that could be cleaned.`);
  } else if (!dryRun && !yes && json === null) {
    const what = [toEnd > 0 ? `end ${processes(toEnd)}` : '', toRemove > 0 ? `remove ${pieces(toRemove)}` : ''].filter((part) => part !== '').join(' and ');
    if (isTerminal(0) && isTerminal(2)) yes = await ask(`${what.charAt(0).toUpperCase()}${what.slice(1)}? [y/N] `);
    else say(`nobody is here to be asked whether to ${what}; --yes does it.`);
  }
  const cleaned = yes ? await cleanUp(found.map((one) => ({ remains: one, processes: true, memory: true }))) : null;
  if (cleaned !== null) tellCleaned(cleaned);
  if (json !== null) {
    const why = writeJson(asJson(found, cleaned), output === null ? null : output.file);
    if (why !== null) {
      say(why);
      return status.cannotCreate;
    }
  }
  const left = cleaned === null ? found : await remains(run);
  return processesOf(left) + memoryOf(left) === 0 ? status.ok : status.software;
}
