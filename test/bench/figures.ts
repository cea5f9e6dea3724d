/** Collects the figures of one `npm run bench`: each with what it should be, into test-results/figures.jsonl. */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/vscode.mjs';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it must reach or stay below. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** How it was measured, in a few words. */
  readonly how: string;
}

export const figuresFile = join(root, 'test-results', 'figures.jsonl');

export function note(figure: Figure): void {
  mkdirSync(join(root, 'test-results'), { recursive: true });
  appendFileSync(figuresFile, `${JSON.stringify(figure)}\n`);
  console.log(`${figure.name}: ${figure.value} ${figure.unit}`);
}

/** Processor time that a process has used so far, user and system, in seconds (proc_pid_stat(5), fields 14 and 15; 100 ticks a second). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory of a process, in bytes (proc_pid_status(5), VmRSS). */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(kib?.[1] ?? 0) * 1024;
}

/** Percent of one core that a process uses over so many seconds from now. */
export async function corePercent(pid: number, seconds: number): Promise<number> {
  const before = cpuSeconds(pid);
  const began = process.hrtime.bigint();
  await pause(seconds);
  const passed = Number(process.hrtime.bigint() - began) / 1e9;
  return Math.round(((cpuSeconds(pid) - before) / passed) * 1000) / 10;
}

export const pause = (seconds: number): Promise<void> => new Promise((next) => setTimeout(next, seconds * 1000));

/** The value below which the given share (0 to 1) of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  if (at === undefined) throw new Error('no values');
  return at;
}
