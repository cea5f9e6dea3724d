/**
 * The file `quiet`: a record for each forked child that came to its end without a journal of its own, because it had nothing
 * else to tell. Each is appended in one write, so that only a file that was cut ends within one.
 */
import * as path from 'node:path';
import type { Observation } from '../model/facts.js';
import { readSigned, type RunClock } from './clock.js';
import type { Files, JournalFile } from './files.js';
import { QUIET_FILE, Rec, RECORD_BYTES, Type } from './format.js';

/** Records in one read. */
const BATCH = 1024;

export type QuietEnd = Extract<Observation, { k: 'quiet' }>;

export interface QuietRead {
  readonly ends: readonly QuietEnd[];
  /** Records that say something else. */
  readonly bad: number;
  /** The file goes on: read again. */
  readonly more: boolean;
}

/** Reads the file as it grows. */
export class QuietTail {
  readonly #files: Files;
  readonly #file: JournalFile;
  readonly #clock: RunClock;
  readonly #bytes = new Uint8Array(BATCH * RECORD_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #position = 0;

  constructor(folder: string, files: Files, clock: RunClock) {
    this.#files = files;
    this.#file = { path: path.join(folder, QUIET_FILE), fd: -1 };
    this.#clock = clock;
  }

  read(): QuietRead {
    const got = Math.floor(this.#files.read(this.#file, this.#bytes, this.#bytes.length, this.#position) / RECORD_BYTES);
    const ends: QuietEnd[] = [];
    let bad = 0;
    for (let i = 0; i < got; i++) {
      const end = this.#endAt(i * RECORD_BYTES);
      if (end === null) bad += 1;
      else ends.push(end);
    }
    this.#position += got * RECORD_BYTES;
    return { ends, bad, more: got === BATCH };
  }

  #endAt(at: number): QuietEnd | null {
    const view = this.#view;
    if (view.getUint16(at + Rec.type, true) !== Type.QUIET || view.getUint32(at + Rec.commit, true) !== 1) return null;
    return {
      k: 'quiet',
      t: this.#clock.read(view, at + Rec.t1),
      from: this.#clock.read(view, at + Rec.t0),
      pid: readSigned(view, at + Rec.a),
      parent: view.getUint32(at + Rec.thread, true),
      code: readSigned(view, at + Rec.b),
    };
  }

  close(): void {
    this.#files.close(this.#file);
  }
}
