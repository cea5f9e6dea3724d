/** run.json: what the launcher wrote of a run before it began. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import type { RunInfo } from '../model/facts.js';
import { failed, systemCode, systemReason, type Result } from './errors.js';
import { RUN_FILE, RUN_SCHEMA } from './format.js';

export interface RunFile {
  readonly info: RunInfo;
  /** Monotonic ns at the run's start: zero of the run's clock. */
  readonly startedMono: bigint;
  /** Who started the run and observes it; start in clock ticks, 0 unknown. */
  readonly launcher: { readonly pid: number; readonly start: number };
  readonly previewBytes: number | null;
}

const Schema = v.object({ schema: v.string() });

const textOrNull = v.optional(v.nullable(v.string()), null);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const Contents = v.object({
  id: v.string(),
  argv: v.array(v.string()),
  cwd: v.string(),
  python: textOrNull,
  pythonVersion: textOrNull,
  implementation: textOrNull,
  platform: textOrNull,
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  startedMono: v.pipe(v.string(), v.regex(/^\d{1,19}$/)),
  launcher: v.optional(v.object({ pid: count, start: count }), { pid: 0, start: 0 }),
  options: v.optional(v.object({ previewBytes: v.optional(v.nullable(count), null), budgetBytes: v.optional(v.nullable(count), null) }), {}),
  scriptName: v.string(),
});

/** Reads and checks a run folder's run.json. Errors: no-run (there is none), cannot-read, bad-run, unknown-version. */
export function readRunFile(folder: string): Result<RunFile> {
  const file = path.join(folder, RUN_FILE);
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? failed('no-run', '{0} holds no run of Procession: there is no {1} in it.', folder, RUN_FILE)
      : failed('cannot-read', '{0} cannot be read: {1}.', file, systemReason(error));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed('bad-run', '{0} is not readable as JSON; the run in this folder cannot be shown.', file);
  }
  const named = v.safeParse(Schema, json);
  if (!named.success) return failed('bad-run', '{0} does not say what it is; the run in this folder cannot be shown.', file);
  if (named.output.schema !== RUN_SCHEMA) {
    return failed('unknown-version', '{0} has the schema {1}, and this Procession reads {2}; use the Procession that wrote it.', RUN_FILE, named.output.schema.slice(0, 80), RUN_SCHEMA);
  }
  const parsed = v.safeParse(Contents, json);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? '';
    return failed('bad-run', '{0} is damaged at {1}; the run in this folder cannot be shown.', RUN_FILE, where);
  }
  const { startedMono, launcher, options, ...rest } = parsed.output;
  return {
    ok: true,
    value: { info: { ...rest, budgetBytes: options.budgetBytes ?? null }, startedMono: BigInt(startedMono), launcher, previewBytes: options.previewBytes ?? null },
  };
}
