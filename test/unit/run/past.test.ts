import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Chain, Snapshot } from '../../../src/protocol/view.js';
import { readRunFile } from '../../../src/journal/index.js';
import { Run, type Past } from '../../../src/run/index.js';
import { readPast } from '../../../src/run/past.js';
import { Bench, sleep, until } from './started.js';

vi.setConfig({ testTimeout: 60_000 });

const bench = Bench.forTests();
const never = new AbortController().signal;

const PHASES = `
import multiprocessing as mp, time

def gets(jobs, done):
    while (n := jobs.get()) is not None:
        time.sleep(.4)
        done.put(n)

def brief():
    pass

def holds(lock, held):
    with lock:
        held.set()
        time.sleep(6)

def waits(lock, held):
    held.wait()
    with lock:
        pass

if __name__ == '__main__':
    jobs = mp.Queue(1)
    done = mp.Queue()
    lock = mp.Lock()
    held = mp.Event()
    # The last, for each start joins who has ended by then.
    makes = {'getter': (gets, (jobs, done)), 'holder': (holds, (lock, held)), 'waiter': (waits, (lock, held)), 'brief': (brief, ())}
    processes = [mp.Process(target=f, args=args, name=name) for name, (f, args) in makes.items()]
    for p in processes: p.start()
    time.sleep(2)
    for n in range(5): jobs.put(n)
    jobs.put(None)
    print([done.get() for _ in range(5)])
    for p in processes: p.join()
`;

const DEADLOCK = `
import multiprocessing as mp

def takes(first, second, both):
    with first:
        both.wait()
        with second:
            pass

if __name__ == '__main__':
    left, right, both = mp.Lock(), mp.Lock(), mp.Barrier(2)
    pair = [mp.Process(target=takes, args=(left, right, both), name='one'), mp.Process(target=takes, args=(right, left, both), name='other')]
    for p in pair: p.start()
    for p in pair: p.join()
`;

const BUSY = `
import multiprocessing as mp

def gets(jobs, done, lock):
    while (n := jobs.get()) is not None:
        with lock:
            done.put({'n': n, 'text': 'x' * (n % 300)})
    done.put(None)

if __name__ == '__main__':
    jobs, done, lock = mp.Queue(500), mp.Queue(), mp.Lock()
    getters = [mp.Process(target=gets, args=(jobs, done, lock), name=f'getter-{i}') for i in range(3)]
    for p in getters: p.start()
    for n in range(6000): jobs.put(n)
    for p in getters: jobs.put(None)
    left = 3
    while left:
        left -= done.get() is None
    for p in getters: p.join()
`;

interface Moment {
  readonly snapshot: Snapshot;
  readonly chains: readonly (Chain | null)[];
}

const momentOf = ({ model }: Run): Moment => {
  const snapshot = model.snapshot();
  return { snapshot, chains: snapshot.processes.map(({ key }) => model.chain(key)) };
};
const thenOf = (past: Past): Moment => ({ snapshot: past.snapshot, chains: past.snapshot.processes.map(({ key }) => past.chain(key)) });

const row = (run: Run, name: string) => run.model.snapshot().processes.find((one) => one.name === name);
const isIn = (run: Run, name: string, op: string): boolean => row(run, name)?.blocked[0]?.op === op;

/**
 * What a moment was, to be compared with the same moment seen later. Left out is: what the system was asked for in between (processor,
 * memory, and by which a sleep is told from a run); rates, which a live view takes from when it looked; the size of the files; and
 * who holds a lock. A record's beginning may be some milliseconds before that of its slot.
 */
function plain({ snapshot }: Moment): unknown {
  const near = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 50));
  return {
    processes: snapshot.processes.map(({ key, pid, parent, name, kind, state, exitCode, signal, sent, received, blocked }) => ({
      key, pid, parent, name, kind, exitCode, signal, sent, received, state: state === 'sleeping' ? 'running' : state,
      blocked: blocked.map(({ op, channel, object, where, sinceMs, untilMs }) => ({ op, channel, object, where, since: near(sinceMs), untilMs })),
    })),
    channels: snapshot.channels.map(({ key, name, kind, puts, gets, sent, received, bytes, depth, waiters, readers, writers }) => ({
      key, name, kind, puts, gets, sent, received, bytes, depth, readers, writers, waiters: waiters.map(({ process, op }) => ({ process, op })),
    })),
    locks: snapshot.locks.map(({ key, name, kind, contended, isSet, waiters }) => ({ key, name, kind, contended, isSet, waiters: waiters.map(({ process, op }) => ({ process, op })) })),
    findings: snapshot.findings.map(({ key, rule, process, certain }) => ({ key, rule, process, certain })),
  };
}

describe('the past of a run', () => {
  it('is what was seen then: while the run goes on, when it has ended, and from its recording', async () => {
    const { run, ended } = await bench.start(PHASES);
    const seen: Moment[] = [];
    const see = async (is: () => boolean): Promise<void> => {
      await until(is);
      // What begins and ends at this moment may be told a moment later: in the middle of a wait nothing does.
      await sleep(150);
      seen.push(momentOf(run));
    };
    await see(() => isIn(run, 'getter', 'get') && isIn(run, 'waiter', 'lock') && row(run, 'brief')?.state === 'zombie');
    await see(() => isIn(run, 'MainProcess', 'put'));
    const whileLive = thenOf(await run.past(seen[0]!.snapshot.nowMs, never));
    expect(run.live).toBe(true);
    await see(() => isIn(run, 'MainProcess', 'join') && isIn(run, 'waiter', 'lock'));
    await ended;
    await run.whenEnded;
    expect(row(run, 'brief')).toMatchObject({ state: 'exited' });
    expect(plain(whileLive)).toEqual(plain(seen[0]!));

    const file = join(bench.folder, 'phases.procession');
    await run.save(file);
    const recording = await Run.open(file);
    bench.later(() => recording.close({ keep: true }));
    for (const moment of seen) {
      const { nowMs } = moment.snapshot;
      const then = thenOf(await run.past(nowMs, never));
      expect(then.snapshot.nowMs).toBe(nowMs);
      expect(plain(then)).toEqual(plain(moment));
      const recorded = thenOf(await recording.past(nowMs, never));
      expect({ ...recorded.snapshot, run: null }).toEqual({ ...then.snapshot, run: null });
      expect(recorded.snapshot.run.phase).toBe('recording');
      expect(recorded.chains).toEqual(then.chains);
    }
    const states = seen.map(({ snapshot }) => snapshot.processes.find(({ name }) => name === 'brief')!.state);
    // Though it was joined in the end.
    expect(states).toEqual(['zombie', 'zombie', 'zombie']);
  });

  it('of a run that is over is the same where its messages are known and where all of it is read again', async () => {
    const { run, ended } = await bench.start(BUSY);
    await ended;
    await run.whenEnded;
    const file = join(bench.folder, 'busy.procession');
    await run.save(file);
    const recording = await Run.open(file);
    bench.later(() => recording.close({ keep: true }));
    const all = (past: Past): unknown => [thenOf(past), past.snapshot.channels.map(({ key }) => past.messages(key, 3000).rows.map((message) => ({ ...message, id: '' })))];
    for (const one of [run, recording]) {
      const read = readRunFile(one.folder);
      if (!read.ok) throw new Error(read.error.message);
      const { nowMs, totals } = one.model.snapshot();
      expect(totals.messages).toBeGreaterThan(12_000);
      for (const share of [0.05, 0.35, 0.55, 0.75, 0.98]) {
        const known = await one.past(nowMs * share, never);
        const again = await readPast({ folder: one.folder, run: read.value, ended: true, remembered: null }, one.model, nowMs * share, never);
        expect(all(known)).toEqual(all(again));
      }
    }
  });

  it('has a deadlock that was ended standing, and none before it closed', async () => {
    const { run, ended } = await bench.start(DEADLOCK);
    await until(() => run.model.snapshot().findings.some(({ rule }) => rule === 'deadlock-cycle'));
    await sleep(200);
    const seen = momentOf(run);
    const [finding] = seen.snapshot.findings;
    const stopped = await run.stop();
    expect(stopped.ok).toBe(true);
    await ended;
    await run.whenEnded;
    // An end by Ctrl-C clears slots and words: the report says that it was.
    expect(run.model.snapshot().processes.every(({ endedMs }) => endedMs !== null)).toBe(true);

    const then = thenOf(await run.past(seen.snapshot.nowMs, never));
    expect(then.snapshot.findings).toEqual(seen.snapshot.findings);
    expect(plain(then)).toEqual(plain(seen));
    const one = seen.snapshot.processes.findIndex(({ name }) => name === 'one');
    expect(then.chains[one]).toEqual(seen.chains[one]);
    expect(then.chains[one]).toMatchObject({ stuck: true, atMs: null });
    const held = ({ snapshot }: Moment): unknown => snapshot.locks.filter(({ kind, internal }) => kind === 'Lock' && !internal).map(({ holders, holdersUncertain }) => ({ holders, holdersUncertain }));
    expect(held(seen)).toEqual([{ holders: ['p2'], holdersUncertain: false }, { holders: ['p3'], holdersUncertain: false }]);
    expect(held(then)).toEqual(held(seen));

    const before = await run.past((finding?.sinceMs ?? 0) - 5, never);
    expect(before.snapshot.findings).toEqual([]);
    const closed = await run.past((finding?.sinceMs ?? 0) + 100, never);
    expect(closed.snapshot.processes.filter(({ blocked }) => blocked[0]?.op === 'lock')).toHaveLength(2);
  });

  it('of a moment to come is the present, and reading it ends at once when nobody wants it any more', async () => {
    const { run, ended } = await bench.start(PHASES);
    await ended;
    await run.whenEnded;
    const past = await run.past(1e9, never);
    expect(past.snapshot).toEqual(run.model.snapshot());
    const gone = new AbortController();
    const asked = run.past(1000, gone.signal);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await expect(run.past(1000, gone.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const early = await run.past(0, never);
    expect(early.snapshot.channels).toEqual([]);
    expect(early.snapshot.run).toMatchObject({ exitCode: null, durationMs: null, phase: 'ended' });
  });
});
