/**
 * Descriptors for many journal files within a limit: a burst of 500 processes must not take the extension host's last one.
 * Files past the limit are opened for each read, which is slower and right.
 */
import * as fs from 'node:fs';
import { systemCode } from './errors.js';

/** Taken where the operating system does not say its own limit. */
const CAREFUL_LIMIT = 200;
const MOST = 2048;

export interface JournalFile {
  readonly path: string;
  /** -1 while closed. */
  fd: number;
}

function processLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? CAREFUL_LIMIT : Math.min(MOST, Math.floor(Number(soft) / 4));
  } catch {
    return CAREFUL_LIMIT;
  }
}

export class Files {
  #limit: number;
  #open = 0;

  constructor(limit: number = processLimit()) {
    this.#limit = limit;
  }

  /** Reads up to `length` bytes from `position`; fewer at the file's end, 0 where the file cannot be read now. */
  read(file: JournalFile, buffer: Uint8Array, length: number, position: number): number {
    const fd = this.#descriptor(file);
    if (fd < 0) return 0;
    try {
      let got = 0;
      while (got < length) {
        const n = fs.readSync(fd, buffer, got, length - got, position + got);
        if (n === 0) break;
        got += n;
      }
      return got;
    } catch {
      return 0;
    } finally {
      if (file.fd < 0) fs.closeSync(fd);
    }
  }

  /** Size in bytes; 0 where it cannot be told. */
  size(file: JournalFile): number {
    try {
      return file.fd >= 0 ? fs.fstatSync(file.fd).size : fs.statSync(file.path).size;
    } catch {
      return 0;
    }
  }

  close(file: JournalFile): void {
    if (file.fd < 0) return;
    fs.closeSync(file.fd);
    file.fd = -1;
    this.#open -= 1;
  }

  /** A descriptor that stays in `file` while there is room for it; else the caller closes it. */
  #descriptor(file: JournalFile): number {
    if (file.fd >= 0) return file.fd;
    try {
      const fd = fs.openSync(file.path, 'r');
      if (this.#open < this.#limit) {
        file.fd = fd;
        this.#open += 1;
      }
      return fd;
    } catch (error) {
      // Others in this process took what was left: keep what we have and hold no more.
      const code = systemCode(error);
      if (code === 'EMFILE' || code === 'ENFILE') this.#limit = Math.max(1, this.#open >> 1);
      return -1;
    }
  }
}
