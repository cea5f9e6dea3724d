/**
 * Lines at the foot of the terminal, below a script that writes to it as it pleases.
 *
 * The script keeps its terminal: its bytes never pass through us. The foot is kept free by the terminal's own scroll region,
 * which ends above it; each frame is one write that saves the cursor, draws, and puts it back, colours included. So a frame
 * can stand between two writes of the script, and no more harm comes of it than of a second program on the same terminal.
 */
import * as fs from 'node:fs';
import * as tty from 'node:tty';

const ESC = '\u001b';
const SAVE = `${ESC}7`;
const RESTORE = `${ESC}8`;
/** Down one line in the same column; at the end of the scroll region the region scrolls. */
const INDEX = `${ESC}D`;
const PLAIN = `${ESC}[0m`;
const CLEAR_LINE = `${ESC}[2K`;

/** The script keeps at least so many lines. */
const LEAST_ABOVE = 5;

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** The bytes of each frame: pure, so that a test can play them to a terminal of its own. */
export class Foot {
  #size: Size;
  #height = 0;

  constructor(size: Size) {
    this.#size = size;
  }

  get size(): Size {
    return this.#size;
  }

  /** How many lines may be drawn. */
  get room(): number {
    return Math.max(0, Math.min(Math.floor(this.#size.rows / 2), this.#size.rows - LEAST_ABOVE));
  }

  /** A frame. The foot grows as it needs and never shrinks, so that the script's lines do not jump. */
  draw(lines: readonly string[]): string {
    const wanted = Math.min(lines.length, this.room);
    let out = '';
    if (wanted > this.#height) {
      const more = wanted - this.#height;
      const bottom = this.#size.rows - wanted;
      // First move the script's lines up if its cursor stands where the foot will be, then narrow the region.
      out += `${INDEX.repeat(more)}${ESC}[${more}A${SAVE}${ESC}[1;${bottom}r${RESTORE}`;
      this.#height = wanted;
    }
    if (this.#height === 0) return out;
    out += SAVE + PLAIN;
    for (let i = 0; i < this.#height; i++) {
      out += `${ESC}[${this.#size.rows - this.#height + 1 + i};1H${CLEAR_LINE}${lines[i] ?? ''}${PLAIN}`;
    }
    return out + RESTORE;
  }

  /** Gives the whole terminal back, the foot wiped. */
  leave(): string {
    if (this.#height === 0) return '';
    let out = `${SAVE}${PLAIN}`;
    for (let i = 0; i < this.#height; i++) out += `${ESC}[${this.#size.rows - i};1H${CLEAR_LINE}`;
    out += `${ESC}[r${RESTORE}`;
    this.#height = 0;
    return out;
  }

  /** After the window changed its size: terminals drop or keep the region as they like, so it is given up and set anew. */
  resize(size: Size): string {
    const had = this.#height;
    this.#height = 0;
    this.#size = size;
    if (had === 0) return '';
    return `${SAVE}${ESC}[r${PLAIN}${ESC}[${Math.max(1, size.rows - had + 1)};1H${ESC}[J${RESTORE}`;
  }
}

/** The terminal that controls this process, opened for ourselves so that the script's descriptors stay as they are. */
export class Terminal {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null where there is none, or where we are not in its foreground and would stop at the first word. */
  static open(): Terminal | null {
    try {
      const fd = fs.openSync('/dev/tty', fs.constants.O_RDWR | fs.constants.O_NOCTTY | fs.constants.O_NONBLOCK);
      if (!tty.isatty(fd)) {
        fs.closeSync(fd);
        return null;
      }
      return new Terminal(fd);
    } catch {
      return null;
    }
  }

  size(): Size {
    // A stream reads the size once, when it is made; it opens the terminal again for itself.
    const stream = new tty.WriteStream(fs.openSync('/dev/tty', fs.constants.O_RDWR | fs.constants.O_NOCTTY));
    const size = { rows: stream.rows, columns: stream.columns };
    stream.destroy();
    return Number.isInteger(size.rows) && size.rows > 0 && size.columns > 0 ? size : { rows: 24, columns: 80 };
  }

  /** False when the terminal takes nothing now (Ctrl-S): the frame is dropped, nothing waits. Once begun, a frame is finished. */
  write(text: string): boolean {
    let rest: Uint8Array = Buffer.from(text, 'utf8');
    const whole = rest.length;
    for (let patience = 0; rest.length > 0 && patience < 200; ) {
      try {
        rest = rest.subarray(fs.writeSync(this.#fd, rest));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        if (code !== 'EAGAIN' || rest.length === whole) return false;
        patience += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
    return rest.length === 0;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
