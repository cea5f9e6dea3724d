/**
 * observer.jsonl: what the operating system and the user's hand did, one JSON object a line. In memory times are milliseconds
 * from the run's start; in the file they are nanoseconds.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as v from 'valibot';
import type { Observation } from '../model/facts.js';
import { failed, systemReason, type Result } from './errors.js';
import type { Files, JournalFile } from './files.js';
import { OBSERVER_FILE } from './format.js';

const NS_IN_MS = 1_000_000;
/** Some hundreds of lines: parsed and checked in a few milliseconds. */
const READ_BYTES = 64 * 1024;
/** No observation is longer; what is longer is garbage and is not kept in memory. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

const t = v.pipe(v.number(), v.finite());
const pid = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const number = v.pipe(v.number(), v.finite());
const text = v.string();
const usual = [pid, number, text, pid, number, number, number, number] as const;
const sample = v.union([v.strictTuple([...usual, number, number]), v.strictTuple([...usual, number]), v.strictTuple(usual)]);
const asleep = v.union([v.strictTuple([pid, number, number, text]), v.strictTuple([pid, number, number, text, v.literal(true)])]);
const stuckFields = [pid, number, number, number, number, number, number, number, v.array(pid)] as const;
const stuck = v.union([v.strictTuple(stuckFields), v.strictTuple([...stuckFields, v.boolean()])]);
const files = v.tuple([pid, number, number, v.nullable(number)]);

const Line: v.GenericSchema<unknown, Observation> = v.variant('k', [
  v.object({ k: v.literal('sample'), t, p: v.array(sample) }),
  v.object({ k: v.literal('gone'), t, pid, start: number }),
  v.object({ k: v.literal('found'), t, pid, start: number, ppid: pid, argv: v.array(text), python: v.boolean(), reason: text }),
  v.object({ k: v.literal('root'), t, pid, start: number }),
  v.object({ k: v.literal('exit'), t, pid, code: v.nullable(number), signal: v.nullable(text) }),
  v.object({ k: v.literal('signal'), t, pid, start: number, signal: text }),
  v.object({ k: v.literal('name'), t, file: text, line: number, name: text }),
  v.object({ k: v.literal('asleep'), t, p: v.array(asleep) }),
  v.object({ k: v.literal('idle'), t, p: v.array(v.tuple([pid, number, number])) }),
  v.object({ k: v.literal('stuck'), t, p: v.array(stuck) }),
  v.object({ k: v.literal('files'), t, p: v.array(files) }),
  v.object({ k: v.literal('lost'), t, what: text, n: number }),
  v.object({ k: v.literal('end'), t }),
]);

/** Null where the line is not an observation. */
export function parseObservation(line: string): Observation | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = v.safeParse(Line, json);
  return parsed.success ? { ...parsed.output, t: parsed.output.t / NS_IN_MS } : null;
}

/** Appends observations. What cannot be written is counted, and said with the next one that can. */
export class ObserverLog {
  readonly #path: string;
  #fd = -1;
  #lost = 0;

  constructor(folder: string) {
    this.#path = path.join(folder, OBSERVER_FILE);
  }

  /** @param observation its `t` in milliseconds from the run's start */
  append(observation: Observation): Result<null> {
    try {
      if (this.#fd < 0) this.#fd = fs.openSync(this.#path, 'a', 0o600);
      const lines = this.#lost > 0 ? [asLine({ k: 'lost', t: observation.t, what: 'observations', n: this.#lost }), asLine(observation)] : [asLine(observation)];
      fs.writeSync(this.#fd, lines.join(''));
      this.#lost = 0;
      return { ok: true, value: null };
    } catch (error) {
      this.#lost += 1;
      return failed('cannot-write', '{0} cannot be written: {1}.', this.#path, systemReason(error));
    }
  }

  close(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}

function asLine(observation: Observation): string {
  return `${JSON.stringify({ ...observation, t: Math.round(observation.t * NS_IN_MS) })}\n`;
}

export interface ObserverRead {
  readonly observations: readonly Observation[];
  /** Lines that are no observation. */
  readonly bad: number;
  /** The file goes on: read again. */
  readonly more: boolean;
}

/** Reads observer.jsonl as it grows. A last line without its end waits for the rest. */
export class ObserverTail {
  readonly #files: Files;
  readonly #file: JournalFile;
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);
  #skippingLine = false;

  constructor(folder: string, files: Files) {
    this.#files = files;
    this.#file = { path: path.join(folder, OBSERVER_FILE), fd: -1 };
  }

  read(): ObserverRead {
    const got = this.#files.read(this.#file, this.#buffer, READ_BYTES, this.#position);
    if (got === 0) return { observations: [], bad: 0, more: false };
    this.#position += got;
    const observations: Observation[] = [];
    let bad = 0;
    const data = Buffer.concat([this.#rest, this.#buffer.subarray(0, got)]);
    let from = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
      const line = data.toString('utf8', from, end);
      from = end + 1;
      if (this.#skippingLine) {
        this.#skippingLine = false;
        continue;
      }
      if (line.trim() === '') continue;
      const observation = parseObservation(line);
      if (observation === null) bad += 1;
      else observations.push(observation);
    }
    this.#rest = Buffer.from(data.subarray(from));
    if (this.#rest.length > MOST_LINE_BYTES) {
      this.#rest = Buffer.alloc(0);
      if (!this.#skippingLine) bad += 1;
      this.#skippingLine = true;
    }
    return { observations, bad, more: got === READ_BYTES };
  }

  close(): void {
    this.#files.close(this.#file);
  }
}
