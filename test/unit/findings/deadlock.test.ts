/** What follows from processes that were seen to wait in vain: deadlock-cycle and getter-never-ends; and holder-died. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/findings/index.js';
import { fill } from '../../../src/protocol/text.js';
import type { FindingRow } from '../../../src/protocol/view.js';
import type { Model } from '../../../src/model/index.js';
import type { StuckFact } from '../../../src/model/facts.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from '../model/kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });
const LOCK = RecordType.LOCK_WAIT;

function model(now: number, ...streams: (readonly Call[])[]): Model {
  const made = told([[ROOT], ...streams], { findings: evaluate });
  made.advance(now);
  return made;
}

const findings = (of: Model): FindingRow[] => of.snapshot().findings.filter(({ rule }) => ['deadlock-cycle', 'getter-never-ends', 'holder-died'].includes(rule));
const said = (of: Model): string[] => findings(of).map(({ message }) => fill(message));
/** [pid, start, since, op, flags, obj, operand, site, by] */
const verdict = (t: number, ...p: StuckFact[]): Call => seen({ k: 'stuck', t, p });

function locked(): { main: Scribe; a: Scribe; b: Scribe } {
  const main = new Scribe(0, 100);
  main.lock(0, 7, 'Lock', { site: main.site('/w/a.py', 3) }).lock(0, 8, 'Lock', { site: main.site('/w/a.py', 4) });
  const a = main.start(1, 1, 101, { name: 'a' });
  const b = main.start(1, 2, 102, { name: 'b' });
  a.held([7]).slot(LOCK, 100, { obj: 8, site: a.site('/w/a.py', 11) });
  b.held([8]).slot(LOCK, 200, { obj: 7, site: b.site('/w/a.py', 22) });
  return { main, a, b };
}

const AB = [[101, 1010, 100, LOCK, 0, 8, 0, 1, [102]], [102, 1020, 200, LOCK, 0, 7, 0, 1, [101]]] as const satisfies readonly StuckFact[];

describe('a deadlock', () => {
  test('is told with both processes, both locks and the line that closed the circle', () => {
    const { main, a, b } = locked();
    const [found, ...more] = findings(model(2000, main.calls, a.calls, b.calls, [verdict(1200, ...AB)]));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ rule: 'deadlock-cycle', severity: 'error', certain: true, process: 'p3', object: 'l1', where: { line: 22 }, sinceMs: 200 });
    expect(fill(found!.message)).toBe('Deadlock: a (PID 101) and b (PID 102) wait for each other and can never go on.');
    expect(found!.evidence.map(fill)).toEqual(['a (PID 101) waits (a.py:11) for Lock (a.py:4), which b (PID 102) holds.', 'b (PID 102) waits (a.py:22) for Lock (a.py:3), which a (PID 101) holds.']);
    expect(fill(found!.fix)).toContain('one and the same order');
  });

  test('is history when one of them was ended, and stays in the report', () => {
    const { main, a, b } = locked();
    main.reaped(1900, 101, -15);
    expect(said(model(2000, main.calls, a.calls, b.calls, [verdict(1200, ...AB)]))).toEqual(['Deadlock: a (PID 101) and b (PID 102) waited for each other and could never go on.']);
  });

  test('is told once, however often it was seen, and who waits for it is no part of it', () => {
    const { main, a, b } = locked();
    main.slot(RecordType.JOIN, 300, { operand: 101 });
    const joins: StuckFact = [100, 1000, 300, RecordType.JOIN, 0, 0, 101, 0, [101]];
    expect(said(model(3000, main.calls, a.calls, b.calls, [verdict(1200, ...AB), verdict(1500, joins, ...AB)]))).toHaveLength(1);
  });

  test('of three is a circle with all their names; of one, a lock that it holds itself', () => {
    const main = new Scribe(0, 100);
    const three = [1, 2, 3].map((n) => main.start(n, n, 100 + n, { name: `p${n}` }));
    const facts = three.map((child, i): StuckFact => [child.pid, child.pid * 10, 100 + i, LOCK, 0, 7, 0, 0, [101 + ((i + 1) % 3)]]);
    expect(said(model(2000, main.lock(0, 7, 'Lock').calls, ...three.map((child) => child.calls), [verdict(1200, ...facts)]))).toEqual([
      'Deadlock: 3 processes waited for each other and could never go on: p1 (PID 101), p2 (PID 102), p3 (PID 103).',
    ]);
    const alone = new Scribe(0, 100).lock(0, 7, 'Lock').held([7]).slot(LOCK, 100, { obj: 7 });
    const [found] = findings(model(2000, alone.calls, [verdict(1200, [100, 1000, 100, LOCK, 0, 7, 0, 0, [100]])]));
    expect(fill(found!.message)).toBe('MainProcess (PID 100) waits for itself on Lock and can never go on.');
    expect(fill(found!.fix)).toContain('RLock');
  });

  test('a process that waits for stuck ones, without a circle, is no finding', () => {
    const { main } = locked();
    expect(said(model(2000, main.calls, [verdict(1200, [100, 1000, 300, RecordType.JOIN, 0, 0, 101, 0, [101]])]))).toEqual([]);
  });
});

describe('a getter that never ends', () => {
  const family = (): { main: Scribe; reader: Scribe } => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const reader = main.start(1, 1, 101, { name: 'reader' });
    return { main, reader };
  };
  const GETS: StuckFact = [101, 1010, 100, RecordType.RECV, 1, 7, 0, 1, [100, 101]];
  const JOINS: StuckFact = [100, 1000, 150, RecordType.JOIN, 0, 0, 101, 0, [101]];

  test('is told with the reader and its line, and not as a deadlock', () => {
    const { main, reader } = family();
    main.slot(RecordType.JOIN, 150, { operand: 101 });
    reader.slot(RecordType.RECV, 100, { obj: 7, flags: 1, site: reader.site('/w/a.py', 9) });
    const found = findings(model(2000, main.calls, reader.calls, [verdict(1200, GETS, JOINS)]));
    expect(found.map(({ rule }) => rule)).toEqual(['getter-never-ends']);
    expect(found[0]).toMatchObject({ process: 'p2', object: 'c1', where: { line: 9 }, sinceMs: 150, certain: true });
    expect(fill(found[0]!.message)).toBe('reader (PID 101) waits for ever for a message in Queue: nobody will send one any more, and MainProcess (PID 100) waits for it to end.');
  });

  test('two that each wait for a message of the other are a deadlock', () => {
    const { main, reader } = family();
    main.channel(0, 8, 'Queue');
    expect(said(model(2000, main.calls, reader.calls, [verdict(1200, GETS, [100, 1000, 150, RecordType.RECV, 1, 8, 0, 0, [101]])]))).toEqual([
      'Deadlock: reader (PID 101) and MainProcess (PID 100) waited for each other and could never go on.',
    ]);
  });

  test('what join-before-drain says is not said again', () => {
    const { main, reader } = family();
    expect(said(model(2000, main.calls, reader.calls, [verdict(1200, [101, 1010, 100, RecordType.SEND, 1, 7, 9, 0, [100]], JOINS)]))).toEqual([]);
  });
});

describe('a holder that died', () => {
  const family = (): { main: Scribe; holder: Scribe } => {
    const main = new Scribe(0, 100);
    main.lock(0, 7, 'Lock', { site: main.site('/w/a.py', 3) });
    return { main, holder: main.start(1, 1, 101, { name: 'holder' }).held([7]) };
  };
  const killed = (main: Scribe): Scribe => main.reaped(100, 101, -15);

  test('leaves a lock for which somebody waits for ever', () => {
    const { main, holder } = family();
    killed(main).slot(LOCK, 200, { obj: 7, site: main.site('/w/a.py', 30) });
    const [found, ...more] = findings(model(2000, main.calls, holder.calls));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ rule: 'holder-died', process: 'p2', object: 'l1', where: { line: 30 }, sinceMs: 200, certain: true });
    expect(fill(found!.message)).toBe('MainProcess (PID 100) waits for Lock (a.py:3) for ever: holder (PID 101) has ended without releasing it.');
    expect(found!.evidence.map(fill)[0]).toBe('holder (PID 101) was ended by SIGTERM.');
  });

  test('or gave up', () => {
    const { main, holder } = family();
    killed(main).record(LOCK, { t0: 200, t1: 700, obj: 7, a: 5e8, flags: 1 });
    expect(said(model(2000, main.calls, holder.calls))).toEqual(['MainProcess (PID 100) waited in vain for Lock (a.py:3): holder (PID 101) had ended without releasing it.']);
  });

  test('is none when nobody waits, when the wait is young, when it gave up before, or when somebody releases in its stead', () => {
    const none = family();
    killed(none.main);
    expect(said(model(2000, none.main.calls, none.holder.calls))).toEqual([]);
    const young = family();
    killed(young.main).slot(LOCK, 1500, { obj: 7 });
    expect(said(model(2000, young.main.calls, young.holder.calls))).toEqual([]);
    const before = family();
    killed(before.main).record(LOCK, { t0: 20, t1: 90, obj: 7, flags: 1 });
    expect(said(model(2000, before.main.calls, before.holder.calls))).toEqual([]);
    const freed = family();
    killed(freed.main).record(RecordType.LOCK_FREED, { t0: 150, obj: 7 }).slot(LOCK, 200, { obj: 7 });
    expect(said(model(2000, freed.main.calls, freed.holder.calls))).toEqual([]);
  });

  const queue = (): { main: Scribe; dead: Scribe; next: Scribe } => {
    const main = new Scribe(0, 100).channel(0, 7, 'Queue');
    const dead = main.start(1, 1, 101, { name: 'dead' }).slot(RecordType.RECV, 50, { obj: 7, flags: 1 });
    const next = main.start(2, 2, 102, { name: 'next' });
    main.reaped(100, 101, -9);
    return { main, dead, next };
  };

  test('inside get() takes the reading lock with it: the next one waits though there are messages', () => {
    const { main, dead, next } = queue();
    main.put(300, 7).feed(301, 7);
    next.slot(RecordType.RECV, 200, { obj: 7, flags: 1, site: next.site('/w/a.py', 12) });
    const [found] = findings(model(2000, main.calls, dead.calls, next.calls));
    expect(found).toMatchObject({ rule: 'holder-died', process: 'p2', object: 'c1', where: { line: 12 } });
    expect(fill(found!.message)).toContain('dead (PID 101) ended inside get()');
  });

  test('not where the queue is empty, or another one got something since', () => {
    const empty = queue();
    empty.next.slot(RecordType.RECV, 200, { obj: 7, flags: 1 });
    expect(said(model(2000, empty.main.calls, empty.dead.calls, empty.next.calls))).toEqual([]);
    const going = queue();
    going.main.put(300, 7).feed(301, 7).put(302, 7).feed(303, 7);
    going.next.get(400, 7).slot(RecordType.RECV, 500, { obj: 7, flags: 1 });
    expect(said(model(2000, going.main.calls, going.dead.calls, going.next.calls))).toEqual([]);
  });
});
