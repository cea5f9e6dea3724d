/** Real Python processes, started by the test and looked at from outside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { sendSignal } from '../../../src/system/index.js';
import { Analysis } from '../../../src/system/outside-stuck.js';
import type { TwoLooks } from '../../../src/system/outside-facts.js';
import { judge, type Judged } from '../../../src/system/outside-verdicts.js';
import { lookFromOutside, processOf } from '../../../src/system/outside.js';
import { listPids, readStat } from '../../../src/system/proc.js';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) {
    // A session of its own: whoever is of it is ours, orphans too.
    for (const pid of listPids()) {
      const stat = readStat(pid);
      if (stat !== null && stat.session === child.pid) sendSignal(stat, 'SIGKILL');
    }
    child.kill('SIGKILL');
  }
});

interface Seen extends Judged {
  readonly pid: number;
  readonly looks: TwoLooks;
  readonly analysis: Analysis;
}

async function look(pid: number): Promise<Seen> {
  const outside = await lookFromOutside(pid);
  if (!outside.ok) throw new Error('it is gone');
  const analysis = new Analysis(outside.looks);
  return { pid, looks: outside.looks, analysis, ...judge(outside.looks, analysis) };
}

/** Starts a script in a session of its own. */
function start(text: string, ...args: string[]): number {
  const file = join(folder, `s${started.length}_${Math.random().toString(36).slice(2)}.py`);
  writeFileSync(file, text);
  const child = spawn('python3', [file, ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  started.push(child);
  return child.pid!;
}

/** Looks until what is waited for is there. */
async function until(pid: number, holds: (seen: Seen) => boolean, ms = 20_000): Promise<Seen> {
  for (const end = performance.now() + ms; ;) {
    const seen = await look(pid);
    if (holds(seen)) return seen;
    if (performance.now() > end) throw new Error(`it did not come true; last seen: ${JSON.stringify({ verdicts: seen.verdicts, waits: waits(seen) }, null, 1)}`);
  }
}

const waits = ({ analysis }: Seen): string[] => analysis.waiters.map(({ process, thread, wait }) => `${process.pid}/${thread.tid} ${wait.kind}`);
const rules = ({ verdicts }: Seen): string[] => verdicts.map(({ rule }) => rule);

test.each(['fork', 'spawn', 'forkserver'])('a join before what was put is read, %s', async (method) => {
  const pid = start([
    'import multiprocessing as mp, sys', 'def child(q): q.put("x" * 1_000_000)', 'if __name__ == "__main__":',
    '    mp.set_start_method(sys.argv[1])', '    q = mp.Queue()', '    p = mp.Process(target=child, args=(q,))', '    p.start()', '    p.join()',
  ].join('\n'), method);
  const seen = await until(pid, ({ verdicts }) => verdicts.length > 0);
  expect(rules(seen)).toEqual(['join-before-drain']);
  const writer = seen.analysis.waiters.find(({ wait }) => wait.kind === 'write')!;
  // The feeder's thread, and not the main one; likely, since a thread lock is among the waits.
  expect(writer.thread.tid).not.toBe(writer.process.pid);
  expect(seen.verdicts[0]).toMatchObject({ severity: 'error', certain: false, pids: expect.arrayContaining([pid, writer.process.pid]) as number[] });
  expect(seen.verdicts[0]!.message).toContain(`(PID ${pid}) waits for its child ${writer.process.pid} to end`);
});

test('a reader that holds the other end itself, and its parent that waits for it', async () => {
  const pid = start(['import os', 'r, w = os.pipe()', 'if os.fork() == 0:', '    os.read(r, 10)', '    os._exit(0)', 'os.close(r)', 'os.close(w)', 'os.wait()'].join('\n'));
  const seen = await until(pid, ({ verdicts }) => verdicts.length > 0);
  expect(rules(seen)).toEqual(['pipe-end-left-open']);
  const child = seen.looks.processes.find(({ ppid }) => ppid === pid)!;
  expect(seen.verdicts[0]).toMatchObject({ pids: [child.pid], certain: seen.looks.unread === 0 && !seen.looks.hidden });
  expect(seen.verdicts[0]!.evidence.join('\n')).toContain(`PID ${pid} waits for these in turn.`);
});

test('two processes that each read what only the other could write', async () => {
  const pid = start([
    'import os', 'a, b = os.pipe()', 'c, d = os.pipe()', 'if os.fork() == 0:', '    os.close(a); os.close(d)', '    os.read(c, 1)', '    os.write(b, b"x")', '    os._exit(0)',
    'os.close(b); os.close(c)', 'os.read(a, 1)', 'os.write(d, b"x")',
  ].join('\n'));
  const seen = await until(pid, ({ verdicts }) => verdicts.length > 0);
  expect(rules(seen)).toEqual(['deadlock-cycle']);
  expect(new Set(seen.verdicts[0]!.pids)).toEqual(new Set(seen.looks.processes.map((process) => process.pid)));
});

test('a zombie: exit code, parent, since when', async () => {
  const pid = start('import os, time\nif os.fork() == 0: os._exit(3)\ntime.sleep(120)');
  const seen = await until(pid, ({ verdicts }) => verdicts.length > 0);
  expect(rules(seen)).toEqual(['zombie']);
  const dead = seen.looks.processes.find(({ state }) => state === 'Z')!;
  expect(dead).toMatchObject({ ppid: pid, waitStatus: 3 << 8 });
  expect(seen.verdicts[0]!.evidence[0]).toMatch(new RegExp(`^PID ${dead.pid} exited 3\\b`));
});

test('an orphan of the tree is found by its session, and named as likely', async () => {
  const pid = start([
    'import os, time', 'm = os.fork()', 'if m == 0:', '    if os.fork() == 0:', '        time.sleep(120)', '        os._exit(0)', '    os._exit(0)', 'os.waitpid(m, 0)', 'time.sleep(120)',
  ].join('\n'));
  const seen = await until(pid, ({ looks }) => looks.processes.some(({ relation }) => relation === 'orphan'));
  expect(rules(seen)).toEqual(['orphan']);
  expect(seen.verdicts[0]).toMatchObject({ severity: 'warning', certain: false });
  expect(seen.looks.processes.map(({ relation }) => relation)).toEqual(['asked', 'orphan']);
});

test.each(['fork', 'spawn', 'forkserver'])('a pool at rest is no verdict, %s', async (method) => {
  const pid = start([
    'import multiprocessing as mp, sys, time', 'def f(x): return x', 'if __name__ == "__main__":', '    mp.set_start_method(sys.argv[1])',
    '    with mp.Pool(3) as pool:', '        pool.map(f, range(9))', '        time.sleep(120)',
  ].join('\n'), method);
  const seen = await until(pid, ({ looks, analysis }) => {
    const workers = looks.processes.filter((process) => analysis.threadsOf(process.pid).some(({ wait }) => wait.kind === 'read' || (wait.kind === 'lock' && wait.mapping?.semaphore === true)));
    return workers.length >= 4 && analysis.threadsOf(looks.processes[0]!.pid)[0]?.wait.kind === 'sleep';
  });
  expect(seen.verdicts).toEqual([]);
  expect(seen.notes).toEqual([]);
});

test('a slow consumer, a busy child that is joined and a server that waits for clients are no verdicts', async () => {
  const pid = start([
    'import multiprocessing as mp, socket, time', 'def slow(q):', '    while True:', '        q.get()', '        time.sleep(120)', 'def serve():', '    s = socket.socket()', '    s.bind(("127.0.0.1", 0))',
    '    s.listen()', '    s.accept()', 'def fill(q): q.put("x" * 1_000_000); q.put("x" * 1_000_000)', 'if __name__ == "__main__":', '    mp.set_start_method("fork")', '    q = mp.Queue()',
    '    made = [mp.Process(target=slow, args=(q,)), mp.Process(target=serve), mp.Process(target=fill, args=(q,))]', '    for p in made: p.start()', '    made[2].join()',
  ].join('\n'));
  const seen = await until(pid, (now) => {
    const kinds = now.analysis.waiters.map(({ wait }) => wait.kind);
    return kinds.includes('write') && kinds.includes('sleep') && kinds.includes('accept') && kinds.includes('child');
  });
  expect(seen.verdicts).toEqual([]);
});

test('a process that waits for a signal to be told to stop is no verdict', async () => {
  const pid = start([
    'import os, signal', 'signal.signal(signal.SIGTERM, lambda *_: os._exit(0))', 'r, w = os.pipe()', 'os.read(r, 1)',
  ].join('\n'));
  const seen = await until(pid, ({ analysis }) => analysis.waiters[0]?.wait.kind === 'read');
  expect(seen.verdicts).toEqual([]);
});

test('poll, select and epoll: for which descriptors', async () => {
  const pid = start([
    'import os, select, threading', 'pipes = [os.pipe() for _ in range(3)]', 'def polls():', '    p = select.poll()', '    p.register(pipes[0][0], select.POLLIN)', '    p.poll()',
    'def epolls():', '    e = select.epoll()', '    e.register(pipes[1][0], select.EPOLLIN)', '    e.poll()',
    'for f in (polls, epolls): threading.Thread(target=f, daemon=True).start()', 'select.select([pipes[2][0]], [], [])',
  ].join('\n'));
  const seen = await until(pid, ({ analysis }) => analysis.waiters.length === 3 && analysis.waiters.every(({ wait }) => wait.kind === 'several'));
  for (const { wait } of seen.analysis.waiters) {
    expect(wait).toMatchObject({ timed: false, ends: [{ read: true, write: false, end: { key: expect.stringMatching(/^pipe:\d+$/) as string } }] });
  }
  const keys = seen.analysis.waiters.map(({ wait }) => (wait.kind === 'several' ? wait.ends?.[0]?.end.key : null));
  expect(new Set(keys).size).toBe(3);
});

test('who holds an end beyond the tree counts as able to write', async () => {
  // Its standard input is a socket, whose other end this test holds.
  const pid = start('import os\nos.read(0, 1)');
  const seen = await until(pid, ({ analysis }) => analysis.waiters[0]?.wait.kind === 'read');
  expect(seen.verdicts).toEqual([]);
  expect(seen.looks.strangers.map((stranger) => stranger.pid)).toContain(process.pid);
});

test('a thread is named by its process, and what is gone is told', async () => {
  const pid = start('import threading, time\nthreading.Thread(target=time.sleep, args=(120,)).start()\ntime.sleep(120)');
  const seen = await until(pid, ({ analysis }) => analysis.waiters.length === 2);
  expect(processOf(seen.analysis.waiters[1]!.thread.tid)).toBe(pid);
  expect(processOf(2 ** 30)).toBeNull();
  expect(await lookFromOutside(2 ** 30)).toEqual({ ok: false, why: 'gone' });
  // It ends between the two looks.
  const looking = lookFromOutside(pid);
  sendSignal(readStat(pid)!, 'SIGKILL');
  const after = await looking;
  expect(after.ok ? after.looks.processes.map(({ state }) => state) : 'gone').toSatisfy((now: unknown) => now === 'gone' || (Array.isArray(now) && now.every((state) => state === 'X')));
});
