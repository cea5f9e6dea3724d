import { describe, expect, test } from 'vitest';
import type { Model, ModelOptions } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import type { ProcessRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const sample = (t: number, pid: number, state: string, ppid: number, session = 1): Call =>
  seen({ k: 'sample', t, p: [[pid, pid * 10, state, ppid, 3, 2048, 1, session]] });
const gone = (t: number, pid: number): Call => seen({ k: 'gone', t, pid, start: pid * 10 });
const exit = (t: number, code: number | null, signal: string | null = null): Call => seen({ k: 'exit', t, pid: 100, code, signal });

function rows(streams: readonly (readonly Call[])[], options: ModelOptions = {}): { model: Model; row: (name: string) => ProcessRow } {
  const model = told(streams, options);
  return {
    model,
    row: (name) => {
      const found = model.snapshot().processes.find((process) => process.name === name);
      if (found === undefined) throw new Error(`no process ${name}`);
      return found;
    },
  };
}

describe('a process', () => {
  test('has the parent, name, method and target that START and BOOTSTRAP tell, and the line where it was made', () => {
    const main = new Scribe(0, 100);
    const made = main.site('/w/a.py', 12);
    const started = main.site('/w/a.py', 14);
    const child = main.start(5, 1, 101, { name: 'worker', target: 'a.work', method: 2, daemon: true, site: started });
    main.record(RecordType.START, { t0: 20, t1: 21, a: 102, b: made, site: started, s1: 'second', s2: 'a.work', flags: 1 });
    const { row } = rows([[ROOT], main.calls, child.calls]);
    expect(row('MainProcess')).toMatchObject({ key: 'p1', kind: 'main', parent: null });
    expect(row('worker')).toMatchObject({ key: 'p2', parent: 'p1', kind: 'process', startMethod: 'spawn', daemon: true, target: 'a.work', created: { file: '/w/a.py', line: 14 } });
    expect(row('second')).toMatchObject({ created: { line: 12, function: 'main' }, state: 'running' });
  });

  test('adds up what it waited in by reason, and the tasks that it ran; waits under a millisecond are none', () => {
    const main = new Scribe(0, 100).pool(1, 50, 'Pool', { workers: 1 });
    const child = main.start(2, 1, 101, { name: 'worker' });
    child.record(RecordType.LOCK_WAIT, { t0: 10, t1: 30, obj: 71 }).record(RecordType.LOCK_WAIT, { t0: 40, t1: 45, obj: 71 }).record(RecordType.LOCK_WAIT, { t0: 50, t1: 50.5, obj: 71 });
    child.record(RecordType.GET_EMPTY, { t0: 60, t1: 160, obj: 72 }).record(RecordType.JOIN, { t0: 200, t1: 207, a: 103 });
    child.beginTask(210, 50, 1).endTask(210, 220, 50, 1).beginTask(221, 50, 2).endTask(221, 230, 50, 2, { error: 'E: x' }).beginTask(231, 50, 3);
    const { row } = rows([[ROOT], main.calls, child.calls]);
    expect(row('worker')).toMatchObject({ blockedMs: { queue: 100, pipe: 0, join: 7, lock: 25, result: 0, other: 0 }, tasks: 2 });
    expect(row('MainProcess').tasks).toBe(0);
  });

  test('made by fork that had nothing to tell is what its parent says, and ends as it said itself, however late it is reaped', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.BOOT, { t0: 0, s1: 'python\0a.py', s2: '{"version":"3.11.7"}' });
    main.record(RecordType.START, { t0: 20, t1: 21, a: 101, s1: 'silent', s2: 'a.work', flags: 1 });
    const streams = [[ROOT], main.calls];
    const { row: before } = rows(streams);
    expect(before('silent')).toMatchObject({ parent: 'p1', osParent: 100, state: 'running', argv: ['python', 'a.py'], python: '3.11.7', reason: null });
    main.record(RecordType.REAPED, { t0: 900, a: 101, b: 3, flags: 1 });
    const end = seen({ k: 'quiet', t: 23, from: 20.5, pid: 101, parent: 100, code: 3 });
    for (const order of [[[ROOT], main.calls, [end]], [[ROOT], [end], main.calls]]) {
      expect(rows(order).row('silent')).toMatchObject({ parent: 'p1', state: 'exited', exitCode: 3, endKnown: 'reaped', startedMs: 20, endedMs: 23 });
    }
  });

  test('made by fork that nobody reaps still has the exit code that it left', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.START, { t0: 20, t1: 21, a: 101, s1: 'silent', flags: 1 });
    const end = seen({ k: 'quiet', t: 23, from: 20.5, pid: 101, parent: 100, code: 0 });
    const { row } = rows([[ROOT], main.calls, [end, sample(1000, 101, 'Z', 100)]]);
    expect(row('silent')).toMatchObject({ exitCode: 0, endKnown: 'self', endedMs: 23 });
  });

  test('whose parent was killed before it could speak of it is shown by its own word', () => {
    const main = new Scribe(0, 100);
    const end = seen({ k: 'quiet', t: 23, from: 20.5, pid: 101, parent: 100, code: 0 });
    expect(rows([[ROOT], main.calls, [end]]).row('process 101')).toMatchObject({ parent: 'p1', kind: 'process', startedMs: 20.5, endedMs: 23, state: 'exited', exitCode: 0 });
  });

  test('that had nothing to tell is not taken for the next one with its pid', () => {
    const main = new Scribe(0, 100);
    const second = new Scribe(1, 102, { ppid: 100, madeByFork: true, parentStart: 1000, openedMs: 5 });
    main.record(RecordType.START, { t0: 20, t1: 21, a: 101, s1: 'first', flags: 1 }).reaped(30, 101, 1);
    second.record(RecordType.START, { t0: 5000, t1: 5001, a: 101, s1: 'second', flags: 1 }).reaped(5010, 101, 2);
    const ends = [seen({ k: 'quiet', t: 23, from: 20.5, pid: 101, parent: 100, code: 1 }), seen({ k: 'quiet', t: 5003, from: 5000.5, pid: 101, parent: 102, code: 2 })];
    for (const order of [[[ROOT], main.calls, second.calls, ends], [[ROOT], ends, main.calls, second.calls], [[ROOT], second.calls, main.calls, ends]]) {
      const { row, model } = rows(order);
      expect(model.snapshot().processes.filter(({ pid }) => pid === 101)).toHaveLength(2);
      expect(row('first')).toMatchObject({ parent: 'p1', endedMs: 23, exitCode: 1 });
      expect(row('second')).toMatchObject({ endedMs: 5003, exitCode: 2 });
    }
  });

  test('under forkserver has the requester as its parent, and the server as the system\'s', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.SPAWNED, { t0: 1, a: 101, flags: 2 }).record(RecordType.SPAWNED, { t0: 1.5, a: 103, flags: 3 });
    const server = new Scribe(1, 101, { ppid: 100, openedMs: 2 });
    server.record(RecordType.FORK, { t0: 6, a: 102 });
    const child = main.start(5, 2, 102, { method: 3, name: 'job' });
    const tracker = new Scribe(3, 103, { ppid: 100, openedMs: 2 });
    const { row } = rows([[ROOT, sample(8, 102, 'S', 101)], server.calls, child.calls, main.calls, tracker.calls]);
    expect(row('forkserver')).toMatchObject({ kind: 'forkserver', parent: 'p1' });
    expect(row('resource_tracker')).toMatchObject({ kind: 'resource-tracker', parent: 'p1' });
    expect(row('job')).toMatchObject({ kind: 'process', parent: 'p1', osParent: 101, startMethod: 'forkserver' });
  });

  test.each([
    ['multiprocessing.pool.worker', 'pool-worker'],
    ['concurrent.futures.process._process_worker', 'executor-worker'],
    ['multiprocessing.managers.BaseManager._run_server', 'manager'],
  ])('whose target is %s is a %s', (target, kind) => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { target, name: 'it' });
    expect(rows([[ROOT], main.calls, child.calls]).row('it').kind).toBe(kind);
  });

  test('made by os.fork is a fork of its parent, by name too, and after exec has the command\'s name', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.FORK, { t0: 1, a: 101 }).record(RecordType.FORK, { t0: 2, a: 102 });
    const inner = new Scribe(1, 101, { ppid: 100, madeByFork: true, parentStart: 1000, openedMs: 1.5 });
    inner.record(RecordType.FORK, { t0: 3, a: 103 });
    const execs = new Scribe(2, 102, { ppid: 100, madeByFork: true, parentStart: 1000, openedMs: 2.5 });
    execs.record(RecordType.EXEC, { t0: 3, s1: '/bin/ls', s2: '/bin/ls\0-l' });
    const { row } = rows([[ROOT], execs.calls, inner.calls, main.calls]);
    expect(row('fork of MainProcess')).toMatchObject({ kind: 'fork', pid: 101, parent: 'p1' });
    expect(row('fork of fork of MainProcess')).toMatchObject({ kind: 'fork', pid: 103 });
    expect(row('ls')).toMatchObject({ kind: 'fork', pid: 102 });
  });

  test('that has a second image after exec stays one process', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.FORK, { t0: 1, a: 101 });
    const before = new Scribe(1, 101, { ppid: 100, madeByFork: true, parentStart: 1000, openedMs: 2 });
    before.send(3, 7);
    const after = new Scribe(2, 101, { ppid: 100, openedMs: 4 });
    after.record(RecordType.BOOT, { t0: 4, s1: 'python\0child.py' }).send(5, 7);
    const { model } = rows([[ROOT], after.calls, before.calls, main.calls]);
    const all = model.snapshot().processes.filter((row) => row.pid === 101);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ sent: 2, argv: ['python', 'child.py'] });
  });

  test('made by subprocess is named by its command; without instrumentation it says why', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.SUBPROCESS, { t0: 1, a: 101, s1: 'python\0-u\0/w/tool.py\0x' }).record(RecordType.SUBPROCESS, { t0: 2, a: 102, s1: 'sleep\x005' });
    main.record(RecordType.SUBPROCESS, { t0: 3, a: 103, s1: 'python\0-I\0x.py' });
    const python = new Scribe(1, 101, { ppid: 100, openedMs: 1.5 });
    const found = (pid: number, isPython: boolean, argv: string[], reason: string): Call => seen({ k: 'found', t: 10, pid, start: pid * 10, ppid: 100, argv, python: isPython, reason });
    const { row, model } = rows([[ROOT, found(102, false, ['sleep', '5'], 'not-python'), found(103, true, ['python', '-I', 'x.py'], '-I')], main.calls, python.calls]);
    expect(row('tool.py')).toMatchObject({ kind: 'subprocess', reason: null });
    expect(row('sleep')).toMatchObject({ kind: 'subprocess', reason: 'not-python' });
    expect(row('x.py')).toMatchObject({ kind: 'uninstrumented', reason: '-I' });
    expect(model.report().run.uninstrumented).toBe(1);
  });

  test('found before its journal is a process like any other once the journal is there', () => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { name: 'late' });
    const found = seen({ k: 'found', t: 2, pid: 101, start: 1010, ppid: 100, argv: ['python'], python: true, reason: 'unknown' });
    expect(rows([[ROOT, found], main.calls, child.calls]).row('late')).toMatchObject({ kind: 'process', reason: null });
  });

  test('known to the system only by a sample is no process of the run', () => {
    expect(rows([[ROOT, sample(5, 999, 'S', 1)], new Scribe(0, 100).calls]).model.snapshot().processes).toHaveLength(1);
  });
});

describe('the end of a process', () => {
  const withChild = (write: (main: Scribe, child: Scribe) => void, ...observed: Call[]): { model: Model; row: (name: string) => ProcessRow } => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { name: 'child', daemon: true });
    write(main, child);
    return rows([[ROOT, ...observed], main.calls, child.calls]);
  };

  test('is what the parent reaped, at the time the child itself told', () => {
    const { row } = withChild((main, child) => {
      child.ends(50, 3);
      main.reaped(80, 101, 3);
    });
    expect(row('child')).toMatchObject({ state: 'exited', exitCode: 3, signal: null, endedMs: 50, endKnown: 'reaped' });
  });

  test('by a signal has its name, and who sent it', () => {
    const { row, model } = withChild((main) => {
      main.record(RecordType.SIGNAL, { t0: 60, a: 101, b: 9, site: 1 });
      main.reaped(61, 101, -9);
    });
    expect(row('child')).toMatchObject({ state: 'signaled', exitCode: -9, signal: 'SIGKILL', endedMs: 61, endedBy: { process: 'p1', how: 'signal' } });
    expect(model.report().processes[1]).toMatchObject({ end: 'signaled', exitCode: -9, signal: 'SIGKILL' });
  });

  test('of a daemon whose parent ends is by its parent\'s exit, not a crash', () => {
    const withRecord = withChild((main) => {
      main.record(RecordType.EXIT, { t0: 59, a: -1, flags: 2 });
      main.record(RecordType.SIGNAL, { t0: 60, a: 101, b: 15 });
      main.reaped(61, 101, -15);
    });
    expect(withRecord.row('child').endedBy).toEqual({ process: 'p1', how: 'parent-exit' });
    const without = withChild((main) => {
      main.record(RecordType.EXIT, { t0: 59, a: -1, flags: 2 });
      main.reaped(61, 101, -15);
    });
    expect(without.row('child').endedBy).toEqual({ process: 'p1', how: 'parent-exit' });
  });

  test('by the user\'s hand says so', () => {
    const { row } = withChild((main) => main.reaped(70, 101, -15), seen({ k: 'signal', t: 60, pid: 101, start: 1010, signal: 'SIGTERM' }));
    expect(row('child').endedBy).toEqual({ process: null, how: 'user' });
  });

  test('nobody knows is lost; os._exit tells it', () => {
    expect(withChild(() => undefined, gone(90, 101)).row('child')).toMatchObject({ state: 'lost', endedMs: 90, exitCode: null, endKnown: 'vanished' });
    expect(withChild((_, child) => child.record(RecordType.EXIT, { t0: 70, a: 4, flags: 1 }), gone(90, 101)).row('child')).toMatchObject({ state: 'exited', exitCode: 4, endKnown: 'self', endedMs: 70 });
  });

  test('of the script is what its launcher saw, whether it exited or was killed', () => {
    expect(rows([[ROOT, exit(90, 2)], new Scribe(0, 100).calls]).row('MainProcess')).toMatchObject({ state: 'exited', exitCode: 2, endedMs: 90 });
    const killed = rows([[exit(90, null, 'SIGTERM'), ROOT], new Scribe(0, 100).calls]);
    expect(killed.row('MainProcess')).toMatchObject({ state: 'signaled', exitCode: -15, signal: 'SIGTERM' });
    expect(killed.model.report().run).toMatchObject({ exitCode: null, signal: 'SIGTERM', durationMs: 90 });
  });

  test('of an exception is told with type, message and traceback', () => {
    const { row } = withChild((_, child) => child.record(RecordType.EXCEPTION, { t0: 40, s1: 'ValueError\nbad\nvalue', s2: 'Traceback ...', flags: 1 }));
    expect(row('child').exception).toEqual({ type: 'ValueError', message: 'bad\nvalue', traceback: 'Traceback ...' });
  });

  test('of a pid that the system used again belongs to the one that had it then', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.START, { t0: 1, t1: 2, a: 101, s1: 'first', flags: 1 }).reaped(100, 101, 1);
    main.record(RecordType.START, { t0: 5000, t1: 5001, a: 101, s1: 'second', flags: 1 }).reaped(6000, 101, 2);
    const first = new Scribe(1, 101, { start: 11, openedMs: 1.5, madeByFork: true, ppid: 100, parentStart: 1000 });
    const second = new Scribe(2, 101, { start: 22, openedMs: 5000.5, madeByFork: true, ppid: 100, parentStart: 1000 });
    for (const order of [[first, second], [second, first]]) {
      const { row } = rows([[ROOT], ...order.map((scribe) => scribe.calls), main.calls]);
      expect(row('first')).toMatchObject({ exitCode: 1, startedMs: 1 });
      expect(row('second')).toMatchObject({ exitCode: 2, startedMs: 5000 });
    }
  });
});

describe('zombies and orphans', () => {
  test('a dead child is a zombie while its living parent does not reap it, not for the moment every child takes', () => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { name: 'child' });
    child.ends(50, 7);
    const model = told([[ROOT, sample(60, 101, 'Z', 100)], main.calls, child.calls]);
    const state = (): ProcessRow => model.snapshot().processes[1]!;
    model.advance(300);
    expect(state()).toMatchObject({ state: 'exited', zombieMs: 0 });
    model.advance(2700);
    expect(state()).toMatchObject({ state: 'zombie', stateSinceMs: 60, exitCode: 7, zombieMs: 2000 });
    expect(model.snapshot().totals.zombies).toBe(1);
    model.record(0, { type: RecordType.REAPED, flags: 1, t0: 3000, t1: 3000, obj: 0, a: 101, b: 7, thread: 0, site: 0, s1: null, s2: null });
    expect(state()).toMatchObject({ state: 'exited', zombieMs: 2940 });
    expect(model.report().processes[1]!.zombieMs).toBe(2940);
  });

  test('a child that lives on after its parent is an orphan, with the time from the parent\'s end', () => {
    const main = new Scribe(0, 100);
    const boss = main.start(1, 1, 101, { name: 'boss' });
    const child = boss.start(5, 2, 102, { name: 'worker' });
    main.reaped(1000, 101, -9);
    child.ends(3500, 0);
    const { row, model } = rows([[ROOT, sample(1200, 102, 'S', 1), gone(3600, 102)], main.calls, boss.calls, child.calls]);
    expect(row('worker')).toMatchObject({ state: 'exited', orphanMs: 2500, parent: 'p2', osParent: 1 });
    expect(model.report().processes[2]!.orphanMs).toBe(2500);
  });

  test('an orphan that still runs says so, and what it is blocked in', () => {
    const main = new Scribe(0, 100);
    const boss = main.start(1, 1, 101, { name: 'boss' });
    const child = boss.start(5, 2, 102, { name: 'worker' });
    main.reaped(1000, 101, -9);
    child.slot(RecordType.RECV, 20, { obj: 7 });
    const model = told([[ROOT, sample(1100, 102, 'S', 1)], main.calls, boss.calls, child.calls]);
    model.advance(3000);
    const worker = model.snapshot().processes[2]!;
    expect(worker).toMatchObject({ state: 'orphan', stateSinceMs: 1000 });
    expect(worker.blocked).toMatchObject([{ op: 'recv', sinceMs: 20 }]);
  });

  test('whose end the system told late was no orphan: it may have ended with its parent', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.SUBPROCESS, { t0: 1, a: 101, s1: 'sleep' });
    const { row } = rows([[ROOT, sample(5, 101, 'S', 100), exit(1000, 0), gone(1900, 101)], main.calls]);
    expect(row('sleep').orphanMs).toBe(0);
  });

  test('helpers that outlive the script a little are no orphans', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.SPAWNED, { t0: 1, a: 101, flags: 3 });
    const { row } = rows([[ROOT, exit(1000, 0), sample(4000, 101, 'S', 1)], main.calls]);
    expect(row('resource_tracker')).toMatchObject({ orphanMs: 0, state: 'sleeping' });
  });
});

describe('what threads wait in', () => {
  test('shows with the channel, the process waited for, the thread and the line, the main thread first', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const child = main.start(1, 1, 101, { name: 'child' });
    const line = main.site('/w/a.py', 30);
    main.record(RecordType.THREAD, { t0: 2, thread: 1, a: 150, s1: 'QueueFeederThread' });
    main.slot(RecordType.SEND, 40, { slot: 1, obj: 7, operand: 100, flags: 1, nativeThread: 150 });
    main.slot(RecordType.JOIN, 10, { operand: 101, site: line, deadlineMs: 5000 });
    const model = told([[ROOT], main.calls, child.calls]);
    model.advance(1000);
    const row = model.snapshot().processes[0]!;
    expect(row).toMatchObject({ state: 'blocked', stateSinceMs: 10 });
    expect(row.blocked).toEqual([
      { op: 'join', sinceMs: 10, untilMs: 5000, channel: null, object: null, process: 'p2', thread: null, where: { file: '/w/a.py', line: 30, function: 'main' } },
      { op: 'feeder-send', sinceMs: 40, untilMs: null, channel: 'c1', object: null, process: null, thread: 'QueueFeederThread', where: null },
    ]);
    expect(model.snapshot().channels[0]!.waiters).toEqual([{ process: 'p1', op: 'feeder-send', sinceMs: 40 }]);
  });

  test('is not called blocked before it has lasted a moment, and shows up without another fact', () => {
    const main = new Scribe(0, 100);
    main.slot(RecordType.RECV, 100, { obj: 7 });
    const model = told([[ROOT], main.calls]);
    const cursor = model.cursor();
    model.advance(105);
    expect(cursor.take()!.processes[0]!.blocked).toEqual([]);
    model.advance(180);
    expect(cursor.take()!.processes[0]).toMatchObject({ state: 'blocked', stateSinceMs: 100 });
  });
});

describe('keys and families', () => {
  test('a key once shown stays, though an earlier process is told of later; the report sorts by start', () => {
    const main = new Scribe(0, 100);
    const early = new Scribe(1, 101, { ppid: 100, openedMs: 5, madeByFork: true, parentStart: 1000 });
    const late = new Scribe(2, 102, { ppid: 100, openedMs: 9, madeByFork: true, parentStart: 1000 });
    const model = told([[ROOT], main.calls, late.calls]);
    expect(model.snapshot().processes.map((row) => [row.key, row.pid])).toEqual([['p1', 100], ['p2', 102]]);
    for (const call of early.calls) call(model);
    expect(model.snapshot().processes.map((row) => [row.key, row.pid])).toEqual([['p1', 100], ['p2', 102], ['p3', 101]]);
    expect(model.report().processes.map((process) => [process.key, process.pid])).toEqual([['p1', 100], ['p2', 101], ['p3', 102]]);
  });

  test('descendants come deepest first, without those that ended', () => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101);
    const grandchild = child.start(2, 2, 102);
    const other = main.start(3, 3, 103);
    main.reaped(50, 103, 0);
    const model = told([[ROOT], main.calls, child.calls, grandchild.calls, other.calls]);
    expect(model.descendants(null)).toEqual(['p3', 'p2', 'p1']);
    expect(model.descendants('p2')).toEqual(['p3']);
    expect(model.descendants('p4')).toEqual([]);
    expect(model.identity('p3')).toEqual({ pid: 102, start: 1020 });
    expect(model.identity('p9')).toBeNull();
  });

  test('a cursor gives everything once, then what changed, then nothing', () => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101);
    const model = told([[ROOT], main.calls, child.calls]);
    model.advance(10);
    const cursor = model.cursor();
    expect(cursor.take()!.processes).toHaveLength(2);
    expect(cursor.take()).toBeNull();
    sample(20, 101, 'R', 100)(model);
    const delta = cursor.take()!;
    expect(delta.processes.map((row) => row.key)).toEqual(['p2']);
    expect(delta.run).toBeNull();
    expect(delta.findings).toBeNull();
  });
});
