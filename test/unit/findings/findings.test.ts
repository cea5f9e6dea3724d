import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import type { Model } from '../../../src/model/index.js';
import { ReapedFlag, RecordType, SendFlag } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const sample = (t: number, pid: number, state: string, ppid: number, session = 1): Call =>
  seen({ k: 'sample', t, p: [[pid, pid * 10, state, ppid, 0, 0, 1, session]] });

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const rules = (of: Model): string[] => of.snapshot().findings.map((finding) => finding.rule);

function one(of: Model, rule: string): FindingRow {
  const found = of.snapshot().findings.filter((finding) => finding.rule === rule);
  expect(found).toHaveLength(1);
  expect(found[0]!.certain).toBe(true);
  return found[0]!;
}

describe('orphan', () => {
  const family = (): { main: Scribe; boss: Scribe; worker: Scribe } => {
    const main = new Scribe(0, 100);
    const boss = main.start(1, 1, 101, { name: 'boss' });
    // Where it is ended by SIGKILL it sent that itself: else there are other findings, about that.
    boss.record(RecordType.SIGNAL, { t0: 990, a: 101, b: 9, flags: 3 });
    return { main, boss, worker: boss.start(5, 2, 102, { name: 'worker', site: boss.site('/w/a.py', 8) }) };
  };

  test('a child that runs on after its parent was killed, with the line that made it', () => {
    const { main, boss, worker } = family();
    main.reaped(1000, 101, -9);
    const found = one(model(3000, [sample(1100, 102, 'S', 1)], main.calls, boss.calls, worker.calls), 'orphan');
    expect(found).toMatchObject({ process: 'p3', where: { line: 8 }, sinceMs: 1000 });
    expect(found.untilMs).toBeUndefined();
    expect(fill(found.message)).toBe('worker (PID 102) runs on although its parent boss (PID 101) has ended.');
    expect(found.evidence.map(fill)).toEqual(['boss (PID 101) was ended by SIGKILL.', 'The operating system names PID 1 as its parent.']);
  });

  test('is still told in the report when it is over, in the report\'s keys', () => {
    const { main, boss, worker } = family();
    main.reaped(1000, 101, -9);
    worker.ends(2500);
    const made = model(3000, [sample(1100, 102, 'S', 1)], worker.calls, boss.calls, main.calls);
    expect(one(made, 'orphan')).toMatchObject({ sinceMs: 1000, untilMs: 2500 });
    const [finding] = made.report().findings;
    expect(finding).toMatchObject({ rule: 'orphan', process: 'p3', message: 'worker (PID 102) ran on after its parent boss (PID 101) had ended.' });
  });

  test('not a process that made itself a session of its own', () => {
    const { main, boss, worker } = family();
    main.reaped(1000, 101, 0);
    expect(rules(model(3000, [sample(1100, 102, 'S', 1, 102)], main.calls, boss.calls, worker.calls))).toEqual([]);
  });

  test('not a child that ends with its parent', () => {
    const { main, boss, worker } = family();
    worker.ends(1010);
    main.reaped(1000, 101, -9);
    expect(rules(model(3000, main.calls, boss.calls, worker.calls))).toEqual([]);
  });
});

describe('zombie', () => {
  const dead = (): { main: Scribe; child: Scribe } => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { name: 'child' });
    child.ends(50, 7);
    return { main, child };
  };

  test('a dead child that its parent does not join', () => {
    const { main, child } = dead();
    const found = one(model(2000, [sample(60, 101, 'Z', 100)], main.calls, child.calls), 'zombie');
    expect(fill(found.message)).toBe('child (PID 101) has ended and is a zombie: MainProcess (PID 100) has not joined it.');
    expect(found.evidence.map(fill)[0]).toContain('its exit code is 7');
    // It may still be joined.
    expect(found.severity).toBe('info');
  });

  test('not one that was joined late: its parent had something else to do', () => {
    const { main, child } = dead();
    main.reaped(8000, 101, 7);
    expect(rules(model(9000, [sample(60, 101, 'Z', 100)], main.calls, child.calls))).toEqual([]);
    // As where a C library waits: it is gone, and its parent runs on.
    const unseen = dead();
    expect(rules(model(9000, [sample(60, 101, 'Z', 100), seen({ k: 'gone', t: 4000, pid: 101, start: 1010 })], unseen.main.calls, unseen.child.calls))).toEqual([]);
  });

  test('a warning where nobody joined it before its parent ended, whether or not multiprocessing did then', () => {
    const { main, child } = dead();
    main.record(RecordType.REAPED, { t0: 8000, a: 101, b: 7, flags: 1 | ReapedFlag.AT_EXIT });
    const found = one(model(9000, [sample(60, 101, 'Z', 100)], main.calls, child.calls), 'zombie');
    expect(found.severity).toBe('warning');
    expect(fill(found.message)).toBe('child (PID 101) had ended and stayed a zombie: MainProcess (PID 100) did not join it.');
    const left = dead();
    const exit = seen({ k: 'exit', t: 8000, pid: 100, code: 0, signal: null });
    expect(one(model(9000, [sample(60, 101, 'Z', 100)], left.main.calls, left.child.calls, [exit]), 'zombie').severity).toBe('warning');
  });

  test('a warning where a parent goes on to make children and leaves ten', () => {
    const severities = (late: boolean): string[] => {
      const main = new Scribe(0, 100);
      const children = Array.from({ length: 10 }, (_, i) => main.start(i, i + 1, 101 + i));
      children.forEach((child) => child.ends(50, 0));
      const next = main.start(late ? 1500 : 40, 11, 111);
      const samples = children.map((_, i) => sample(60, 101 + i, 'Z', 100));
      const found = model(2000, samples, main.calls, ...children.map((child) => child.calls), next.calls).snapshot().findings;
      expect(found).toHaveLength(10);
      return [...new Set(found.map(({ severity }) => severity))];
    };
    expect(severities(true)).toEqual(['warning']);
    expect(severities(false)).toEqual(['info']);
  });

  test('not while the parent joins another: it comes to this one in its turn', () => {
    const { main, child } = dead();
    const other = main.start(2, 2, 102);
    main.slot(RecordType.JOIN, 10, { operand: 102 });
    expect(rules(model(5000, [sample(60, 101, 'Z', 100)], main.calls, child.calls, other.calls))).toEqual([]);
    main.noSlots().record(RecordType.JOIN, { t0: 10, t1: 5000, a: 102 }).reaped(5010, 101, 7);
    expect(rules(model(6000, [sample(60, 101, 'Z', 100)], main.calls, child.calls, other.calls))).toEqual([]);
  });
});

describe('what raises', () => {
  const failing = (error: string): Model => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101, { name: 'child', daemon: true, method: 2 });
    child.record(RecordType.START_FAILED, { t0: 5, site: child.site('/w/a.py', 20), s2: error });
    return model(100, main.calls, child.calls);
  };

  test('a daemon that starts a child', () => {
    const found = one(failing('AssertionError: daemonic processes are not allowed to have children'), 'daemon-with-children');
    expect(found).toMatchObject({ process: 'p2', where: { line: 20 }, severity: 'error' });
  });

  test('a missing main guard, once for all children that fail at one line', () => {
    const error = 'RuntimeError: \n        An attempt has been made to start a new process before the\n        current process has finished its bootstrapping phase.';
    expect(one(failing(error), 'no-main-guard')).toMatchObject({ process: 'p2', where: { line: 20 } });
    const main = new Scribe(0, 100);
    const children = [1, 2, 3].map((i) => {
      const child = main.start(i, i, 100 + i, { method: 2 });
      const site = child.site('/w/a.py', 20);
      child.record(RecordType.START_FAILED, { t0: i + 5, site, s2: error });
      return child.record(RecordType.EXCEPTION, { t0: i + 6, site, s1: error.replace(': ', '\n'), s2: '' });
    });
    const found = one(model(100, main.calls, ...children.map((child) => child.calls)), 'no-main-guard');
    expect(found.evidence.map(fill)[0]).toContain('in 3 of its children');
  });

  test('nothing else that start() raises', () => {
    expect(rules(failing('PicklingError: no'))).toEqual([]);
    expect(rules(failing('AssertionError: cannot start a process twice'))).toEqual([]);
  });

  test('an item that cannot be pickled, with the line of the put and how many', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const line = main.site('/w/a.py', 33);
    for (const t of [1, 2]) main.put(t, 7, { site: line }).record(RecordType.FEEDER_ERROR, { t0: t + 0.5, obj: 7, a: t, site: line, s1: "PicklingError\nCan't pickle <lambda>", s2: 'Traceback' });
    const found = one(model(100, main.calls), 'put-not-picklable');
    expect(found).toMatchObject({ process: 'p1', object: 'c1', where: { line: 33 } });
    expect(fill(found.message)).toContain('2 items');
    expect(found.evidence.map(fill)).toEqual(["The feeder thread raised PicklingError: Can't pickle <lambda>."]);
  });

  test('not a pipe that was closed under the feeder', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(1, 7).record(RecordType.FEEDER_ERROR, { t0: 2, obj: 7, a: 1, s1: 'BrokenPipeError\n[Errno 32]' });
    expect(rules(model(100, main.calls))).toEqual([]);
  });
});

describe('join before drain', () => {
  const stuck = (): { main: Scribe; child: Scribe } => {
    const main = new Scribe(0, 100);
    const line = main.site('/w/a.py', 40);
    main.channel(0, 7, 'Queue');
    const child = main.start(1, 1, 101, { name: 'child' });
    child.put(2, 7).put(3, 7).slot(RecordType.SEND, 4, { obj: 7, operand: 50_000, flags: SendFlag.FEEDER, slot: 1, nativeThread: 300 });
    main.slot(RecordType.JOIN, 10, { operand: 101, site: line });
    return { main, child };
  };

  test('a parent that joins a child whose feeder waits for room that nobody makes', () => {
    const { main, child } = stuck();
    const found = one(model(2000, main.calls, child.calls), 'join-before-drain');
    expect(found).toMatchObject({ process: 'p1', object: 'c1', where: { line: 40 }, sinceMs: 10, severity: 'error' });
  });

  test('not in the first second', () => {
    const { main, child } = stuck();
    expect(rules(model(900, main.calls, child.calls))).toEqual([]);
  });

  test('not where something was read meanwhile', () => {
    const { main, child } = stuck();
    main.get(500, 7);
    expect(rules(model(2000, main.calls, child.calls))).toEqual([]);
  });

  test('not where a process that is no producer holds the end to read from', () => {
    const { main, child } = stuck();
    const consumer = main.start(5, 2, 102, { name: 'consumer' });
    expect(rules(model(2000, main.calls, child.calls, consumer.calls))).toEqual([]);
    consumer.put(6, 7);
    expect(rules(model(2000, main.calls, child.calls, consumer.calls))).toEqual(['join-before-drain']);
  });

  test('is told from the records when it is over: the join gave up, and then somebody read', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const child = main.start(1, 1, 101, { name: 'child' });
    child.put(2, 7).feed(4, 7, { t1: 2600 }).ends(2700);
    main.record(RecordType.JOIN, { t0: 10, t1: 2510, a: 101, flags: 1 }).get(2600, 7).reaped(2710, 101, 0);
    expect(model(3000, main.calls, child.calls).report().findings.map((finding) => finding.rule)).toEqual(['join-before-drain']);
  });
});

describe('pipe end left open', () => {
  const hanging = (): { main: Scribe; reader: Scribe } => {
    const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
    const reader = main.start(1, 1, 101, { name: 'reader' });
    reader.slot(RecordType.RECV, 20, { obj: 7 });
    main.send(10, 7).record(RecordType.CHANNEL_CLOSED, { t0: 12, obj: 7, flags: 1 });
    reader.receive(15, 7);
    return { main, reader };
  };

  test('a reader that is the only one left to hold the end to write to', () => {
    const { main, reader } = hanging();
    main.record(RecordType.CHANNEL_CLOSED, { t0: 13, obj: 7, flags: 2 });
    const found = one(model(2000, main.calls, reader.calls), 'pipe-end-left-open');
    expect(found).toMatchObject({ process: 'p2', object: 'c1', sinceMs: 20 });
  });

  test('is still told when the reader was ended in the middle of it', () => {
    const { main, reader } = hanging();
    main.record(RecordType.CHANNEL_CLOSED, { t0: 13, obj: 7, flags: 2 }).reaped(2500, 101, -15);
    expect(rules(model(3000, main.calls, reader.calls))).toContain('pipe-end-left-open');
  });

  test('not while somebody else may write', () => {
    const { main, reader } = hanging();
    expect(rules(model(2000, main.calls, reader.calls))).toEqual([]);
  });

  test('not while another thread of the one who could write may do so, or hands its end on', () => {
    for (const count of [2, 1]) {
      const { main, reader } = hanging();
      main.record(RecordType.CHANNEL_CLOSED, { t0: 13, obj: 7, flags: 2 });
      const threads = seen({ k: 'sample', t: 60, p: [[101, 1010, 'S', 100, 0, 0, 1, 1, count]] });
      expect(rules(model(2000, main.calls, reader.calls, [threads]))).toEqual(count === 2 ? [] : ['pipe-end-left-open']);
    }
  });

  test('not while a program lives that subprocess gave descriptors', () => {
    for (const flags of [1, 0]) {
      const { main, reader } = hanging();
      main.record(RecordType.CHANNEL_CLOSED, { t0: 13, obj: 7, flags: 2 }).record(RecordType.SUBPROCESS, { t0: 14, t1: 15, a: 150, s1: 'cat', flags });
      expect(rules(model(2000, main.calls, reader.calls))).toEqual(flags === 1 ? [] : ['pipe-end-left-open']);
    }
  });

  test('not in a queue: waiting there is what consumers do', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const consumer = main.start(1, 1, 101).slot(RecordType.RECV, 20, { obj: 7, flags: 1 });
    main.record(RecordType.CHANNEL_CLOSED, { t0: 13, obj: 7, flags: 3 });
    expect(rules(model(2000, main.calls, consumer.calls))).toEqual([]);
  });
});

describe('messages undelivered', () => {
  test('what is left in a queue when nobody is left to read it', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue', { site: 0 }).put(1, 7).put(2, 7).put(3, 7).feed(1.5, 7).feed(2.5, 7).feed(3.5, 7).get(4, 7);
    const found = one(model(0, main.calls, [seen({ k: 'exit', t: 50, pid: 100, code: 0, signal: null })]), 'messages-undelivered');
    expect(fill(found.message)).toBe('2 messages in Queue were never received, and no process that could read them is left.');
    expect(found).toMatchObject({ severity: 'warning', object: 'c1' });
    expect(fill(found.fix)).toContain('cancel_join_thread()');
    const simple = new Scribe(0, 100).channel(0, 7, 'SimpleQueue', { site: 0 }).send(1, 7).send(2, 7).receive(3, 7);
    const left = one(model(0, simple.calls, [seen({ k: 'exit', t: 50, pid: 100, code: 0, signal: null })]), 'messages-undelivered');
    expect(fill(left.fix)).not.toContain('cancel_join_thread()');
  });

  test('not in the second after its last reader ended: what that one told last is in another file, and may be read after', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
    const reader = main.start(1, 1, 101).receive(4, 7);
    main.send(2, 7).send(3, 7).record(RecordType.CHANNEL_CLOSED, { t0: 5, obj: 7, flags: 3 }).reaped(5000, 101, 0);
    expect(rules(model(5900, main.calls, reader.calls))).toEqual([]);
    expect(rules(model(6100, main.calls, reader.calls))).toEqual(['messages-undelivered']);
    expect(rules(model(5900, main.calls, reader.calls, [seen({ k: 'end', t: 5800 })]))).toEqual(['messages-undelivered']);
  });

  test('is a remark where an installed package made the channel: what its workers say as they end, its user cannot read', () => {
    const severities = ['/w/site-packages.py', '/w/.venv/lib/python3.11/site-packages/loky/process_executor.py', 'C:\\Python\\Lib\\site-packages\\loky\\a.py'].map((file) => {
      const main = new Scribe(0, 100);
      main.channel(0, 7, 'SimpleQueue', { site: main.site(file, 8) }).send(1, 7).send(2, 7).receive(3, 7);
      const { severity, evidence } = one(model(0, main.calls, [seen({ k: 'exit', t: 50, pid: 100, code: 0, signal: null })]), 'messages-undelivered');
      return `${severity} ${evidence.length}`;
    });
    expect(severities).toEqual(['warning 1', 'info 2', 'info 2']);
  });

  test('not while somebody may still read, nor of a channel of the library\'s own', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue').put(1, 7).channel(0, 8, 'Pipe', { flags: 2 }).send(2, 8);
    expect(rules(model(100, main.calls))).toEqual([]);
    expect(rules(model(100, main.calls, [seen({ k: 'exit', t: 50, pid: 100, code: 0, signal: null })]))).toEqual(['messages-undelivered']);
  });
});

describe('the list', () => {
  test('has the worst first, and keys that stay while a finding stands', () => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    main.put(1, 7).record(RecordType.FEEDER_ERROR, { t0: 2, obj: 7, a: 1, s1: 'PicklingError\nno' });
    const child = main.start(1, 1, 101, { name: 'child' });
    child.ends(50);
    const made = model(2000, [sample(60, 101, 'Z', 100)], main.calls, child.calls);
    const first = made.snapshot().findings;
    expect(first.map((finding) => finding.severity)).toEqual(['error', 'info']);
    made.advance(4000);
    expect(made.snapshot().findings.map((finding) => finding.key)).toEqual(first.map((finding) => finding.key));
  });

  test('comes with a delta only when it changed', () => {
    const main = new Scribe(0, 100);
    const child = main.start(1, 1, 101);
    child.ends(50);
    const made = told([[ROOT], [sample(60, 101, 'Z', 100)], main.calls, child.calls], { findings: evaluate });
    const cursor = made.cursor();
    made.advance(500);
    expect(cursor.take()!.findings).toEqual([]);
    made.advance(1500);
    expect(cursor.take()!.findings!.map((finding) => finding.rule)).toEqual(['zombie']);
    made.advance(2600);
    expect(cursor.take()?.findings ?? null).toBeNull();
  });
});
