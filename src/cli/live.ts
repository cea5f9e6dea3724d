/** `--live`: the tree at the foot of the terminal for as long as the script runs, and its last state when it has ended. */
import pc from 'picocolors';
import type { Snapshot } from '../protocol/view.js';
import { wantsColours } from './out.js';
import { urgentLines } from '../export/text/objects.js';
import { channelLines, processLines, titleLine } from '../export/text/picture.js';
import type { PictureOptions } from '../export/text/table.js';
import { Foot, Terminal } from './screen.js';

/** Milliseconds between frames: calm enough to read. */
const FRAME_MS = 250;

/**
 * The lines of a frame, no more than `room`: processes first, the ended ones left out when there are too many, then the pools at work and
 * the locks that somebody waits for, then channels.
 */
export function frame(snapshot: Snapshot, room: number, o: PictureOptions): string[] {
  const c = pc.createColors(o.colours);
  const rule = c.dim('─'.repeat(Math.max(1, (o.width ?? 80) - 1)));
  const processes = processLines(snapshot, o);
  const channels = channelLines(snapshot, o);
  const urgent = urgentLines(snapshot, o);
  const all = [rule, titleLine(snapshot, o), ...processes, ...urgent, ...channels];
  if (all.length <= room) return all;
  const alive = processLines({ ...snapshot, processes: snapshot.processes.filter((row) => row.endedMs === null) }, o);
  const lines = [rule, titleLine(snapshot, o), ...alive, ...urgent, ...channels];
  if (lines.length <= room) return lines;
  const kept = lines.slice(0, Math.max(0, room - 1));
  return [...kept, c.dim(`… ${lines.length - kept.length} more lines`)].slice(0, room);
}

export class LiveView {
  readonly #terminal: Terminal;
  readonly #foot: Foot;
  readonly #snapshot: () => Snapshot;
  readonly #colours = wantsColours(2) || wantsColours(1);
  readonly #timer: NodeJS.Timeout;
  #paused = false;
  #last = '';

  private constructor(terminal: Terminal, snapshot: () => Snapshot) {
    this.#terminal = terminal;
    this.#foot = new Foot(terminal.size());
    this.#snapshot = snapshot;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    process.on('SIGWINCH', this.#resized);
    process.on('SIGTSTP', this.#stopped);
    process.on('SIGCONT', this.#continued);
  }

  /** Null where there is no terminal to draw on. */
  static start(snapshot: () => Snapshot): LiveView | null {
    const terminal = Terminal.open();
    return terminal === null ? null : new LiveView(terminal, snapshot);
  }

  /** Wipes the foot and leaves the last state where the cursor stands. */
  end(): void {
    clearInterval(this.#timer);
    process.off('SIGWINCH', this.#resized);
    process.off('SIGTSTP', this.#stopped);
    process.off('SIGCONT', this.#continued);
    const { columns } = this.#foot.size;
    const lines = frame(this.#snapshot(), 200, { colours: this.#colours, width: columns });
    // So many spaces as the terminal is wide: from the first column they come back to the same line, and from any other,
    // where the script's last line has no end, they lead to the next one.
    const freshLine = `${' '.repeat(columns)}\r\u001b[J`;
    this.#terminal.write(`${this.#foot.leave()}${freshLine}${lines.join('\r\n')}\r\n`);
    this.#terminal.close();
  }

  #draw(): void {
    if (this.#paused) return;
    const lines = frame(this.#snapshot(), this.#foot.room, { colours: this.#colours, width: this.#foot.size.columns });
    const text = lines.join('\n');
    if (text === this.#last) return;
    if (this.#terminal.write(this.#foot.draw(lines))) this.#last = text;
  }

  readonly #resized = (): void => {
    this.#terminal.write(this.#foot.resize(this.#terminal.size()));
    this.#last = '';
    this.#draw();
  };

  /** Ctrl-Z: the shell gets its whole terminal back before we stop as the script does. */
  readonly #stopped = (): void => {
    this.#paused = true;
    this.#terminal.write(this.#foot.leave());
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #continued = (): void => {
    this.#paused = false;
    this.#last = '';
  };
}
