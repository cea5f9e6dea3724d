/** The command line: reads words, calls a command, ends with its status. */
import { realpathSync } from 'node:fs';
import * as path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { exportFormats, type ExportFormat } from '../export/index.js';
import { ruleNames } from '../protocol/rules.js';
import { cutWords, parseSize } from './args.js';
import { cleanCommand } from './clean-command.js';
import { doctorCommand } from './doctor-command.js';
import { exportCommand } from './export-command.js';
import { say, status, wantsColours, writeAll } from './out.js';
import { reportCommand, viewCommand } from './report-command.js';
import { runCommand } from './run-command.js';

/** As in the format's document and the extension's setting. */
const PREVIEW_BYTES = 200;

interface RunFlags {
  readonly json?: string;
  readonly record?: string;
  readonly python?: string;
  readonly pythonOption: string[];
  readonly previews: boolean;
  readonly budget?: number;
  readonly live?: boolean;
  readonly failOn?: string[];
}

interface CleanFlags {
  readonly run?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: string;
}

/** The runtime is shipped beside dist/, where this bundle is. */
function runtimeFolder(): string {
  return path.join(path.dirname(realpathSync(process.argv[1] ?? '.')), '..', 'runtime');
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === null) throw new InvalidArgumentError('It is not a size such as 64M or 1G.');
  return bytes;
}

function pid(text: string): number {
  const number = Number(text);
  if (!/^[1-9]\d*$/.test(text) || number > 2 ** 31 - 1) throw new InvalidArgumentError('It is not the number of a process.');
  return number;
}

/** A rule that nobody knows would never fail, and nobody would notice. */
function rules(text: string): string[] {
  const words = text.split(',').map((word) => word.trim()).filter((word) => word !== '');
  const known: readonly string[] = ['error', 'warning', ...ruleNames];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no rule ${unknown}. There are ${ruleNames.join(', ')}; and error, warning.`);
  return words;
}

function configured(command: Command): Command {
  return command
    .exitOverride()
    .showHelpAfterError('(procession --help says more)')
    .configureOutput({
      // Node's own streams would switch a shared pipe to non-blocking.
      writeOut: (text) => void writeAll(1, text),
      writeErr: (text) => void writeAll(2, text),
      outputError: (text, write) => write(text.replace(/^error: /, 'procession: ')),
      getOutHasColors: () => wantsColours(1),
      getErrHasColors: () => wantsColours(2),
    });
}

function makeRun(finish: (status: number) => void): { readonly command: Command; readonly parse: (words: readonly string[]) => Promise<void> } {
  const command = configured(new Command('run'))
    .description('Run a Python script and watch its processes, queues and pipes. Everything after the script belongs to the script.')
    .usage('[options] (SCRIPT | -m MODULE | -c CODE) [ARGUMENTS...]')
    .option('--json <file>', 'write the report there when the run has ended; "-" is standard output, and the script\'s own output then goes to standard error')
    .option('--record <file>', 'save the run there, to be opened again by `view`, `report` or VS Code')
    .option('--live', 'draw the processes at the foot of the terminal while the script runs')
    .option('--python <path>', 'the interpreter: a path, or a name to find on PATH (default: python3, python, py)')
    .addOption(new Option('--python-option <option>', 'an option for the interpreter itself, such as -I or -Xdev; may be given again').argParser((word: string, before: string[]) => [...before, word]).default([], 'none'))
    .option('--no-previews', 'keep no bytes of messages')
    .option('--budget <size>', 'what the journal may take, such as 64M (default: 256M, and never more than a quarter of what is free)', size)
    .option('--fail-on <rules>', 'exit with status 70 when one of these findings, such as orphan,zombie, is certain; error: any error, warning: any warning or error', rules)
    .addHelpText('after', '\nThe exit status is the script\'s own (128 + n when a signal ended it). 64: wrong usage, 66: no such script, 69: no usable Python, 73: a file or folder cannot be written.\nThe journal is kept in memory (/dev/shm) or the temporary folder while the script runs; PROCESSION_RUNS names another folder.');
  const parse = async (words: readonly string[]): Promise<void> => {
    const shapes = command.options.map((option) => ({ short: option.short, long: option.long, takesValue: option.required || option.optional }));
    const { own, target, args, missing } = cutWords(words, shapes);
    command.action(async () => {
      if (missing !== null) command.error(`error: ${missing} needs ${missing === '-m' ? 'the name of a module' : 'code to run'}`);
      if (target === null) return command.error('error: there is no script to run');
      const flags = command.opts<RunFlags>();
      const cwd = process.cwd();
      if (flags.json !== undefined && flags.record !== undefined && flags.json !== '-' && path.resolve(flags.json) === path.resolve(flags.record)) {
        command.error('error: --json and --record name the same file');
      }
      if (flags.record === '-') command.error('error: --record needs the name of a file');
      finish(await runCommand({
        options: {
          target,
          args,
          cwd,
          python: flags.python ?? null,
          pythonOptions: flags.pythonOption,
          env: {},
          previewBytes: flags.previews ? PREVIEW_BYTES : 0,
          budgetBytes: flags.budget ?? null,
          runtimeFolder: runtimeFolder(),
        },
        json: flags.json ?? null,
        record: flags.record ?? null,
        live: flags.live === true,
        failOn: flags.failOn ?? [],
      }));
    });
    await command.parseAsync(own, { from: 'user' });
  };
  return { command, parse };
}

async function main(words: readonly string[]): Promise<number> {
  let result: number = status.ok;
  const finish = (value: number): void => {
    result = value;
  };
  const run = makeRun(finish);
  const program = configured(new Command('procession'))
    .description('Watch the processes of a Python script, and what they send each other.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addCommand(run.command);
  configured(program.command('report'))
    .description('Write the report of a recording, as JSON.')
    .argument('<recording>', 'a .procession file, or the folder of a run')
    .option('--json <file>', 'where to; "-" is standard output', '-')
    .action(async (recording: string, flags: { json: string }) => finish(await reportCommand(recording, flags.json, process.cwd())));
  configured(program.command('view'))
    .description('Print the processes, channels and findings of a recording.')
    .argument('<recording>', 'a .procession file, or the folder of a run')
    .action(async (recording: string) => finish(await viewCommand(recording, process.cwd())));
  configured(program.command('export'))
    .description('Write a recording for other programs: a trace for ui.perfetto.dev, a folder of CSV, the tree of its processes.')
    .argument('<recording>', 'a .procession file, or the folder of a run')
    .requiredOption('--to <path>', 'the file to write, or the folder for csv; "-" is standard output')
    .addOption(new Option('--format <format>', 'perfetto: a trace in JSON; csv: a folder of tables; mermaid, text, json: the tree').choices(exportFormats).makeOptionMandatory())
    .option('--force', 'replace what is there')
    .addHelpText('after', '\nThe exit status is 0 when all is written. 64: wrong usage, 65 and 66: the recording cannot be read or is not there, 73: a file cannot be written, or is there already.\ndocs/export.md says what is in each format.')
    .action(async (recording: string, flags: { to: string; format: ExportFormat; force?: boolean }) => finish(await exportCommand({ recording, to: flags.to, format: flags.format, force: flags.force === true, cwd: process.cwd() })));
  configured(program.command('clean'))
    .description('List what earlier runs left, processes that go on and shared memory that nobody unlinked, and end and remove it.')
    .option('--run <id>', 'of this run only; the list names them')
    .option('--dry-run', 'only list')
    .option('-y, --yes', 'do it without asking')
    .option('--json <file>', 'write the list there, and what became of it; "-" is standard output. Nothing is asked then')
    .addHelpText('after', '\nThe exit status is 0 when nothing is left, and 70 when something remains. 64: wrong usage, 73: a file cannot be written.\nWhat others still map is listed and left alone. A process is ended by SIGINT, then SIGTERM, then SIGKILL, children before their parents.')
    .action(async (flags: CleanFlags) => finish(await cleanCommand({ run: flags.run ?? null, dryRun: flags.dryRun === true, yes: flags.yes === true, json: flags.json ?? null }, process.cwd())));
  configured(program.command('doctor'))
    .description('Look at a process and its descendants from outside, without having started them: who waits in which call and for whom, who shares which pipe, zombies, orphans, deadlocks. Linux.')
    .argument('<pid>', 'the process at the root of the tree', pid)
    .option('--json <file>', 'write what was seen there, too; "-" is standard output, in place of the text')
    .addOption(new Option('--fail-on <severity>', 'exit with status 70 when there is such a verdict or a worse one, certain or likely').choices(['error', 'warning']))
    .addHelpText('after', '\nNothing is sent to the processes and nothing is started in them. 64: wrong usage, 66: no such process, 69: no /proc, 73: a file cannot be written.\nProcesses of other users, and calls where kernel.yama.ptrace_scope is set, need root: sudo procession doctor PID.')
    .action(async (number: number, flags: { json?: string; failOn?: 'error' | 'warning' }) => finish(await doctorCommand({ pid: number, json: flags.json ?? null, failOn: flags.failOn ?? null, cwd: process.cwd() })));
  try {
    // `run` is cut before the library sees it: what follows the script is not ours to understand.
    if (words[0] === 'run') await run.parse(words.slice(1));
    else await program.parseAsync([...words], { from: 'user' });
    return result;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.ok : status.usage;
    throw error;
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    // Timers and watchers of a run that was let go must not keep the shell waiting.
    process.exit(code);
  },
  (error: unknown) => {
    say(`this should not have happened, and is a mistake of Procession's own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(status.software);
  },
);
