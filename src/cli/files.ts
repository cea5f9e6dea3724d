/**
 * Files that are written when the run has ended, opened before it begins: a path that cannot be written is told at once, and a
 * run that fails leaves an older file as it was.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { reasonOf } from '../run/index.js';

export type Opened = { readonly ok: true; readonly file: OutFile } | { readonly ok: false; readonly message: string };

export class OutFile {
  /** What the user named. */
  readonly name: string;
  /** Where to write; becomes the file by `commit`. */
  readonly part: string;
  readonly #target: string;

  private constructor(name: string, part: string, target: string) {
    this.name = name;
    this.part = part;
    this.#target = target;
  }

  /**
   * A file that is there already is replaced in one step at the end; a pipe or a device is written as it is, where that is
   * wanted (`onlyFiles` false).
   */
  static open(name: string, cwd: string, onlyFiles: boolean): Opened {
    const named = path.resolve(cwd, name);
    try {
      let target = named;
      let mode = 0o666; // less what the user's mask takes away
      try {
        const stat = fs.statSync(named);
        if (stat.isDirectory()) return { ok: false, message: `${name} cannot be written: it is a folder.` };
        fs.accessSync(named, fs.constants.W_OK);
        if (!stat.isFile() && onlyFiles) return { ok: false, message: `${name} cannot be written: it is no regular file.` };
        if (!stat.isFile()) return { ok: true, file: new OutFile(name, named, named) };
        target = fs.realpathSync(named);
        mode = stat.mode & 0o777;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
      const part = path.join(path.dirname(target), `.${path.basename(target).slice(0, 100)}.${process.pid}.part`);
      fs.closeSync(fs.openSync(part, 'wx', mode));
      return { ok: true, file: new OutFile(name, part, target) };
    } catch (error) {
      return { ok: false, message: `${name} cannot be written: ${reasonOf(error)}.` };
    }
  }

  /** Null, or why it could not be put in place. */
  commit(): string | null {
    if (this.part === this.#target) return null;
    try {
      fs.renameSync(this.part, this.#target);
      return null;
    } catch (error) {
      this.discard();
      return `${this.name} cannot be written: ${reasonOf(error)}.`;
    }
  }

  discard(): void {
    if (this.part !== this.#target) fs.rmSync(this.part, { force: true });
  }
}
