/** Real Python processes for tests, each ended when its test is. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import { isAlive, processIdentity, sendSignal, type ProcessIdentity } from '../../../src/system/index.js';

const started: ChildProcess[] = [];
const others: ProcessIdentity[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const identity of others.splice(0)) if (isAlive(identity)) sendSignal(identity, 'SIGKILL');
});

export interface Started {
  readonly child: ChildProcess;
  readonly self: ProcessIdentity;
  /** What its first line says. */
  readonly numbers: readonly number[];
}

/** @param code prints one line of numbers when it is where the test wants it @param pids which of these are processes that it made */
export async function python(code: string, pids: readonly number[] = []): Promise<Started> {
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const line = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const numbers = line.split(' ').filter(Boolean).map(Number);
  for (const index of pids) {
    const identity = processIdentity(numbers[index]!);
    if (identity !== null) others.push(identity);
  }
  return { child, self: processIdentity(child.pid!)!, numbers };
}

export async function until<T>(look: () => T | null | undefined | false): Promise<T> {
  for (const end = performance.now() + 15_000; performance.now() < end;) {
    const seen = look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not come true');
}
