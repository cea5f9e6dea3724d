/**
 * What a run left in the system, kept in a small file beside the runs' folders for as long as something of it is there: a run's folder
 * goes when nobody looks at the run any more, and what it left does not. For a folder that is kept the file also says that its
 * journal was read, and need not be again.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';

const SCHEMA = 'procession-left/1';
const ENDING = '.left.json';
/** Of more runs than these only the newest are remembered. */
const MOST_NOTES = 200;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const process_ = v.object({ pid: v.pipe(count, v.minValue(2)), start: v.pipe(count, v.minValue(1)), name: v.string(), helper: v.boolean() });
const memory = v.object({
  kind: v.picklist(['SharedMemory', 'ShareableList', 'semaphore']),
  name: v.string(),
  bytes: count,
  dev: count,
  inode: count,
  madeMs: v.number(),
  where: v.nullable(v.object({ file: v.string(), line: v.number(), function: v.nullable(v.string()) })),
});
const Note = v.object({
  schema: v.literal(SCHEMA),
  id: v.string(),
  folder: v.string(),
  scriptName: v.string(),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  /** The machine's boot: pids and inodes of another mean nothing. */
  boot: v.string(),
  processes: v.array(process_),
  memory: v.array(memory),
});

export type LeftNote = Omit<v.InferOutput<typeof Note>, 'schema' | 'boot'>;

/** Names this boot of the machine; '' where it has no name. */
function bootName(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

function fileOf(folder: string): string {
  return `${folder}${ENDING}`;
}

/** @throws where the file cannot be written */
export function writeLeftNote(note: LeftNote): void {
  const file = fileOf(note.folder);
  const part = `${file}.${process.pid}`;
  fs.writeFileSync(part, JSON.stringify({ schema: SCHEMA, boot: bootName(), ...note }), { mode: 0o600 });
  fs.renameSync(part, file);
}

/** Null where there is none, or none that means anything now. */
export function readLeftNote(folder: string): LeftNote | null {
  try {
    const parsed = v.safeParse(Note, JSON.parse(fs.readFileSync(fileOf(folder), 'utf8')));
    return parsed.success && parsed.output.boot === bootName() && parsed.output.folder === folder ? parsed.output : null;
  } catch {
    return null;
  }
}

export function dropLeftNote(folder: string): void {
  fs.rmSync(fileOf(folder), { force: true });
}

/** Folders, there or gone, that a base has notes of; the oldest notes are dropped where there are too many. */
export function notedFolders(base: string): string[] {
  const names = fs.readdirSync(base).filter((name) => name.endsWith(ENDING)).sort();
  // A run's name begins with its time.
  const folders = names.map((name) => path.join(base, name.slice(0, -ENDING.length)));
  for (const folder of folders.splice(0, Math.max(0, folders.length - MOST_NOTES))) dropLeftNote(folder);
  return folders;
}
