/**
 * Runs Python as `procession run` does, and looks at the findings as often as the panel would: what a user was ever shown, also what
 * has gone away by the end and is in no report. `build.mjs` makes a program of it:
 *
 *   node watched.cjs RUNTIME OUT PYTHON (SCRIPT | -m MODULE | -c CODE) ARGUMENTS...
 *
 * OUT is a JSON file: `findings`, each with `fromMs` and `toMs`, when it was first and last there, and `last`, whether it still was at
 * the end; `processes`, how many were seen. The exit status is Python's.
 */
import * as fs from 'node:fs';
import { cutWords } from '../../src/cli/args.js';
import { ended, givenDescriptors, passSignals, startScript, statusOf } from '../../src/cli/child.js';
import { fill } from '../../src/protocol/text.js';
import type { FindingRow } from '../../src/protocol/view.js';
import { prepareRun, Run } from '../../src/run/index.js';

/** Findings are worked out anew this often at most (SLOW in src/model/live.ts). */
const LOOK_MS = 100;

interface Seen {
  readonly rule: string;
  readonly severity: string;
  readonly certain: boolean;
  readonly where: { readonly file: string; readonly line: number } | null;
  readonly message: string;
  readonly evidence: readonly string[];
  readonly fromMs: number;
  toMs: number;
  last: boolean;
}

const given = givenDescriptors();
const [runtimeFolder = '', out = '', python = '', ...words] = process.argv.slice(2);
const { target, args } = cutWords(words, []);
if (target === null) throw new Error('there is nothing to run');
const prepared = await prepareRun({ target, args, cwd: process.cwd(), python, pythonOptions: [], env: {}, previewBytes: 200, budgetBytes: null, runtimeFolder });
if (!prepared.ok) throw new Error(prepared.error.message);
const child = startScript(prepared.run, given, false);
const stopPassing = passSignals(child);
const whenEnded = ended(child);
const run = await Run.watch(prepared.run.folder);
if (child.pid !== undefined) run.noteRoot(child.pid);

const began = Date.now();
// A finding may grow worse, or become certain: that is one more.
const seen = new Map<string, Seen>();
function note(row: FindingRow, last: boolean): void {
  const key = `${row.key} ${row.severity} ${String(row.certain)}`;
  const now = Date.now() - began;
  const known = seen.get(key);
  if (known !== undefined) {
    known.toMs = now;
    known.last = last;
    return;
  }
  const { rule, severity, certain, where } = row;
  seen.set(key, { rule, severity, certain, where, message: fill(row.message), evidence: row.evidence.map(fill), fromMs: now, toMs: now, last });
}
const timer = setInterval(() => {
  for (const row of run.model.snapshot().findings) note(row, false);
}, LOOK_MS);
// As a front that shows the run: nobody who listens, and the journal is read less often.
run.onChange(() => undefined);
const ending = await whenEnded;
run.noteExit(ending.code, ending.signal);
await run.finish();
clearInterval(timer);
const { findings, processes } = run.model.snapshot();
for (const row of findings) note(row, true);
fs.writeFileSync(out, JSON.stringify({ processes: processes.length, findings: [...seen.values()] }));
await run.close({ keep: false });
stopPassing();
process.exitCode = statusOf(ending);
