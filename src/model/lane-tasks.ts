/** The tasks that one image ran, as its lane shows them: from far away those of one pixel are one. */
import { octets, words } from './columns.js';
import type { Pool } from './pool-table.js';
import { Stretches } from './stretches.js';

export interface TaskPiece {
  fromMs: number;
  toMs: number;
  /** Number of the pool among those that the image serves, from 1; 0: of several. */
  pool: number;
  /** Number of the function's name; SEVERAL: of several. */
  function: number;
  count: number;
  failed: boolean;
  /** Of several the one that ran longest: the number of its pool, its run there, and how long that was. */
  longest: { readonly pool: number; readonly run: number; readonly ms: number };
}

export const SEVERAL = -1;

/** What the tasks of a block have in common. */
interface Block {
  pool: number;
  function: number;
  count: number;
  failed: boolean;
  /** The row of the longest. */
  longest: number;
}

export class LaneTasks {
  private readonly pools: Pool[] = [];
  private readonly pool = octets();
  private readonly function = words();
  private readonly run = words();
  private readonly failed = octets();
  private readonly blocks: Block[][] = [];
  private readonly stretches = new Stretches((level, block, row) => this.summarise(level, block, row));
  /** Runs that it has begun and not ended. */
  private readonly open = new Map<Pool, Set<number>>();

  begin(pool: Pool, run: number): void {
    const runs = this.open.get(pool);
    if (runs === undefined) this.open.set(pool, new Set([run]));
    else runs.add(run);
  }

  end(pool: Pool, run: number, t0: number, t1: number, named: number, failed: boolean): void {
    this.open.get(pool)?.delete(run);
    this.pool.push(this.numberOf(pool));
    this.function.push(named);
    this.run.push(run);
    this.failed.push(Number(failed));
    this.stretches.add(t0, t1);
  }

  /** Tasks that ended here. */
  get ended(): number {
    return this.stretches.count;
  }

  /** Tasks that had ended by a time, ms from the run's start. */
  endedBy(ms: number): number {
    let late = 0;
    return this.stretches.endedBy(ms, () => late++) + late;
  }

  poolAt(number: number): Pool | null {
    return this.pools[number - 1] ?? null;
  }

  /**
   * All tasks that touch the window; those of a block that lies within one `grain` come as one.
   * @param openUntil when those that have not ended are over: with the process, or now
   * @param lost the process has ended: what it had begun will have no end
   */
  visit(fromMs: number, toMs: number, grain: number, openUntil: number, lost: boolean, take: (piece: TaskPiece) => void): void {
    this.stretches.visit(
      fromMs,
      toMs,
      grain,
      (row, t0, t1) => take({ fromMs: t0, toMs: t1, pool: this.pool.at(row), function: this.function.at(row), count: 1, failed: this.failed.at(row) !== 0, longest: this.told(row) }),
      (level, block, t0, t1) => {
        const known = this.blocks[level]![block]!;
        take({ ...known, fromMs: t0, toMs: t1, longest: this.told(known.longest) });
      },
    );
    for (const [pool, runs] of this.open) {
      for (const run of runs) {
        const t0 = pool.tasks.t0.at(run);
        if (t0 > toMs || openUntil < fromMs) continue;
        const number = this.numberOf(pool);
        const end = Math.max(t0, openUntil);
        take({ fromMs: t0, toMs: end, pool: number, function: pool.tasks.function.at(run), count: 1, failed: lost, longest: { pool: number, run, ms: end - t0 } });
      }
    }
  }

  private told(row: number): TaskPiece['longest'] {
    return { pool: this.pool.at(row), run: this.run.at(row), ms: this.stretches.lengthOf(row) };
  }

  /** An image serves one pool, but for those of libraries; past 255 they are "several". */
  private numberOf(pool: Pool): number {
    const known = this.pools.indexOf(pool) + 1;
    if (known > 0) return known;
    if (this.pools.length >= 255) return 0;
    return this.pools.push(pool);
  }

  private summarise(level: number, block: number, row: number): void {
    const blocks = (this.blocks[level] ??= []);
    const known = blocks[block];
    const pool = this.pool.at(row);
    const named = this.function.at(row);
    const failed = this.failed.at(row) !== 0;
    if (known === undefined) {
      blocks[block] = { pool, function: named, count: 1, failed, longest: row };
      return;
    }
    known.count++;
    if (known.pool !== pool) known.pool = 0;
    if (known.function !== named) known.function = SEVERAL;
    known.failed ||= failed;
    if (this.stretches.lengthOf(row) > this.stretches.lengthOf(known.longest)) known.longest = row;
  }
}
