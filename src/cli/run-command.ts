/** `procession run`: starts the script as a child that has our terminal, and watches it from beside. */
import * as fs from 'node:fs';
import type { Report } from '../model/report.js';
import { leftovers, prepareRun, remains, Run, type RunError, type RunOptions } from '../run/index.js';
import { ended, givenDescriptors, passSignals, startScript, statusOf, type Ending } from './child.js';
import { OutFile } from './files.js';
import { LiveView } from './live.js';
import { isTerminal, say, status, wantsColours, writeAll } from './out.js';
import { findingsText } from '../export/text/picture.js';
import { tellFailure, writeReport } from './report-command.js';
import { counted, plain } from '../export/text/words.js';

export interface RunCommand {
  readonly options: RunOptions;
  /** A path, or `-` for standard output; null: no report. */
  readonly json: string | null;
  readonly record: string | null;
  readonly live: boolean;
  /** Rules, or severities and all that is worse, whose certain findings turn the exit status into 70. */
  readonly failOn: readonly string[];
}

const STATUS_OF: Readonly<Record<RunError['code'], number>> = {
  'no-script': status.noInput,
  'no-python': status.unavailable,
  'old-python': status.unavailable,
  'no-runtime': status.unavailable,
  'bad-option': status.usage,
  'no-folder': status.cannotCreate,
  'cannot-write': status.cannotCreate,
  'bad-recording': status.data,
};

/** So many ended left-overs are named one by one. */
const MOST_NOTES = 3;

interface Outputs {
  readonly json: OutFile | null;
  readonly record: OutFile | null;
}

/** Null, after a line that says why, where one of the files cannot be written. */
function openOutputs(command: RunCommand): Outputs | null {
  const { cwd } = command.options;
  const json = command.json === null || command.json === '-' ? null : OutFile.open(command.json, cwd, false);
  if (json !== null && !json.ok) {
    say(json.message);
    return null;
  }
  const record = command.record === null ? null : OutFile.open(command.record, cwd, true);
  if (record !== null && !record.ok) {
    say(record.message);
    json?.file.discard();
    return null;
  }
  return { json: json?.file ?? null, record: record?.file ?? null };
}

/** Tells a person at a terminal, once for each, of runs whose launcher was killed. */
async function noteLeftovers(): Promise<void> {
  if (!isTerminal(2)) return;
  const found = await leftovers();
  for (const { folder, scriptName, pids } of found.filter(({ running }) => running)) {
    say(`an earlier run of ${plain(scriptName)} goes on without its observer (process ${pids.join(', ')}); see it with: procession view ${folder}; end it with: procession clean`);
  }
  const markOf = (folder: string): string => `${folder}/noted`;
  const ended = found.filter(({ folder, running }) => !running && !fs.existsSync(markOf(folder)));
  for (const { folder, scriptName } of ended.slice(0, MOST_NOTES)) say(`an earlier run of ${plain(scriptName)} was left; see it with: procession view ${folder}`);
  if (ended.length > MOST_NOTES) say(`${counted(ended.length - MOST_NOTES, 'more run was', 'more runs were')} left, beside the first of these.`);
  for (const { folder } of ended) fs.writeFileSync(markOf(folder), '');
}

/** Tells a person at a terminal how to be rid of what this run leaves behind. */
async function tellLeft(id: string): Promise<void> {
  if (!isTerminal(2)) return;
  const [left] = await remains(id);
  // The library's helpers end by themselves, a moment after the script.
  if (left === undefined || (left.processes.every(({ helper }) => helper) && left.memory.length === 0)) return;
  const what = [
    left.processes.length > 0 ? counted(left.processes.length, 'process', 'processes') : '',
    left.memory.length > 0 ? counted(left.memory.length, 'piece of shared memory', 'pieces of shared memory') : '',
  ];
  say(`it left ${what.filter((part) => part !== '').join(' and ')} behind; to be rid of that: procession clean --run ${id}`);
}

function discard({ json, record }: Outputs): void {
  json?.discard();
  record?.discard();
}

/** @returns the exit status: the script's own, or one of ours when it could not be started */
export async function runCommand(command: RunCommand): Promise<number> {
  const given = givenDescriptors();
  const outputs = openOutputs(command);
  if (outputs === null) return status.cannotCreate;
  const prepared = await prepareRun(command.options);
  if (!prepared.ok) {
    discard(outputs);
    say(prepared.error.message);
    return STATUS_OF[prepared.error.code];
  }
  await noteLeftovers();
  const { run: plan } = prepared;
  // The script is not to pay for a mistake of ours: its end is waited for and its status passed on, whatever we fail at.
  process.on('uncaughtException', (error) => say(`watching the script failed in part: ${error.stack ?? error.message}`));
  const child = startScript(plan, given, command.json === '-');
  const stopPassing = passSignals(child);
  const whenEnded = ended(child);
  let ending: Ending;
  const run = await Run.watch(plan.folder);
  let live: LiveView | null = null;
  try {
    if (child.pid !== undefined) run.noteRoot(child.pid);
    if (command.live) {
      live = LiveView.start(() => run.model.snapshot());
      if (live === null) say('--live needs a terminal, and there is none; the script runs on without it.');
    }
    ending = await whenEnded;
  } catch (error) {
    live?.end();
    stopPassing();
    discard(outputs);
    await run.close({ keep: false });
    say(`${plan.command} could not be started: ${error instanceof Error ? error.message : String(error)}.`);
    return status.unavailable;
  }
  run.noteExit(ending.code, ending.signal);
  await run.finish();
  live?.end();
  tellFailure(run);
  const { trouble, report } = await writeOutputs(command, run, outputs);
  const failed = failedRules(command, report);
  // Where nobody looks on, standard error is the script's own; a run that fails for its findings says them in any case.
  if (isTerminal(2) ? live === null : failed.length > 0) writeAll(2, findingsText(run.model.snapshot(), wantsColours(2)));
  await run.close({ keep: false });
  await tellLeft(plan.info.id);
  stopPassing();
  if (failed.length > 0) {
    say(`found, and certain: ${failed.join(', ')}.`);
    return status.software;
  }
  const own = statusOf(ending);
  return trouble && own === 0 ? status.cannotCreate : own;
}

/** `trouble`: something could not be written, and a line said what. */
async function writeOutputs(command: RunCommand, run: Run, { json, record }: Outputs): Promise<{ trouble: boolean; report: Report }> {
  let trouble = false;
  const tell = (why: string | null): void => {
    if (why === null) return;
    trouble = true;
    say(why);
  };
  let report = run.model.report();
  if (record !== null) {
    const saved = await run.save(record.part);
    if (saved.ok && run.model.snapshot().totals.alive > 0) report = await reportOf(record.part);
    tell(saved.ok ? record.commit() : saved.message);
    if (!saved.ok) record.discard();
  }
  if (command.json === '-') {
    if (!writeAll(1, `${JSON.stringify(report, null, 2)}\n`)) tell('the report could not be written to standard output.');
  } else if (json !== null) {
    tell(writeReport(report, json));
  }
  return { trouble, report };
}

/** What outlives the script goes on with its journal while that is packed. The report is to say what the recording says. */
async function reportOf(recording: string): Promise<Report> {
  const run = await Run.open(recording);
  try {
    return run.model.report();
  } finally {
    await run.close({ keep: true });
  }
}

function failedRules(command: RunCommand, report: Report): string[] {
  if (command.failOn.length === 0) return [];
  const { failOn } = command;
  const wanted = new Set(failOn);
  // Who wants to hear of warnings wants to hear of errors.
  if (wanted.has('warning')) wanted.add('error');
  const certain = report.findings.filter((finding) => finding.certain && (wanted.has(finding.rule) || wanted.has(finding.severity)));
  return [...new Set(certain.map((finding) => finding.rule))];
}
