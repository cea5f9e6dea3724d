/** As much of a terminal as the tests of `--live` need: cells, a cursor, a scroll region, saved cursors. */
import { expect } from 'vitest';

interface Cursor {
  row: number;
  column: number;
  pending: boolean;
}

export class FakeTerminal {
  readonly cells: string[][];
  /** Lines that left the screen at its top. */
  readonly scrolled: string[] = [];
  cursor: Cursor = { row: 0, column: 0, pending: false };
  #saved: Cursor = { row: 0, column: 0, pending: false };
  #top = 0;
  #bottom: number;

  constructor(readonly rows: number, readonly columns: number) {
    this.cells = Array.from({ length: rows }, () => this.#blank());
    this.#bottom = rows - 1;
  }

  get lines(): string[] {
    return this.cells.map((row) => row.join('').trimEnd());
  }

  /** All that was ever shown, from the top. */
  get history(): string[] {
    return [...this.scrolled, ...this.lines];
  }

  get region(): [number, number] {
    return [this.#top, this.#bottom];
  }

  #blank(): string[] {
    return Array.from({ length: this.columns }, () => ' ');
  }

  #down(): void {
    this.cursor.pending = false;
    if (this.cursor.row === this.#bottom) {
      const [gone] = this.cells.splice(this.#top, 1);
      if (this.#top === 0 && gone !== undefined) this.scrolled.push(gone.join('').trimEnd());
      this.cells.splice(this.#bottom, 0, this.#blank());
    } else if (this.cursor.row < this.rows - 1) {
      this.cursor.row += 1;
    }
  }

  #print(character: string): void {
    if (this.cursor.pending) {
      this.cursor.column = 0;
      this.#down();
    }
    const row = this.cells[this.cursor.row];
    if (row !== undefined) row[this.cursor.column] = character;
    if (this.cursor.column === this.columns - 1) this.cursor.pending = true;
    else this.cursor.column += 1;
  }

  #clear(row: number, from: number): void {
    const cells = this.cells[row];
    for (let i = from; i < this.columns; i++) if (cells !== undefined) cells[i] = ' ';
  }

  #csi(args: number[], final: string): void {
    const first = args[0] ?? 0;
    switch (final) {
      case 'A':
        this.cursor = { row: Math.max(this.cursor.row >= this.#top ? this.#top : 0, this.cursor.row - Math.max(1, first)), column: this.cursor.column, pending: false };
        break;
      case 'H':
        this.cursor = { row: Math.max(1, first) - 1, column: Math.max(1, args[1] ?? 1) - 1, pending: false };
        break;
      case 'K':
        this.#clear(this.cursor.row, first === 2 ? 0 : this.cursor.column);
        break;
      case 'J':
        this.#clear(this.cursor.row, this.cursor.column);
        for (let row = this.cursor.row + 1; row < this.rows; row++) this.#clear(row, 0);
        break;
      case 'r':
        this.#top = Math.max(1, first) - 1;
        this.#bottom = (args[1] ?? this.rows) - 1;
        this.cursor = { row: 0, column: 0, pending: false };
        break;
      case 'm':
        break;
      default:
        expect.fail(`a sequence that this terminal does not know: CSI ${args.join(';')}${final}`);
    }
  }

  /** Output as the terminal's driver passes it on: a line feed also returns the carriage. */
  write(text: string): void {
    for (let at = 0; at < text.length; ) {
      const rest = text.slice(at);
      const csi = /^\u001b\[([\d;]*)([A-Za-z])/.exec(rest);
      if (csi !== null) {
        this.#csi((csi[1] ?? '').split(';').filter((word) => word !== '').map(Number), csi[2] ?? '');
        at += csi[0].length;
      } else if (rest.startsWith('\u001b7')) {
        this.#saved = { ...this.cursor };
        at += 2;
      } else if (rest.startsWith('\u001b8')) {
        this.cursor = { ...this.#saved };
        at += 2;
      } else if (rest.startsWith('\u001bD')) {
        this.#down();
        at += 2;
      } else {
        const character = String.fromCodePoint(rest.codePointAt(0) ?? 32);
        if (character === '\n') {
          this.cursor.column = 0;
          this.#down();
        } else if (character === '\r') {
          this.cursor.column = 0;
          this.cursor.pending = false;
        } else if (character === '\u001b') {
          expect.fail(`a sequence that this terminal does not know: ${JSON.stringify(rest.slice(0, 8))}`);
        } else {
          this.#print(character);
        }
        at += character.length;
      }
    }
  }
}
