/** What the operating system says of processes that wait in vain by the records: real ones, and a pipe whose number is real. */
import { expect, test } from 'vitest';
import { RecordType } from '../../../src/model/record-types.js';
import { stuckProcesses } from '../../../src/model/wait-for.js';
import { HangWatch } from '../../../src/run/hang-watch.js';
import { hearSystem } from '../../../src/run/second-witness.js';
import { readStat } from '../../../src/system/proc.js';
import { isAlive } from '../../../src/system/index.js';
import { Scribe, seen, told } from '../model/kit.js';
import { python, until } from '../system/python.js';

const linux = process.platform === 'linux';

/** A parent that waits for its child, which reads from a pipe to which by the records only it itself could write. `keeps`: somebody unknown could, too. */
async function pair(keeps: boolean) {
  const { self, numbers } = await python(`
import os, subprocess, time
r, w = os.pipe()
program = subprocess.Popen(["sleep", "99"], pass_fds=[w] if ${keeps ? 'True' : 'False'} else [])
child = os.fork()
if child == 0:
    os.read(r, 1)
    os._exit(0)
inode = os.fstat(r).st_ino
os.close(w)
print(child, inode, program.pid, flush=True)
os.waitpid(child, 0)
`, [0, 2]);
  const [child, inode, program] = numbers as [number, number, number];
  await until(() => readStat(child)?.state === 'S' && readStat(self.pid)?.state === 'S');
  const obj = 2 ** 48 + inode;
  const main = new Scribe(0, self.pid, { start: self.start }).channel(0, obj, 'Pipe', { second: obj, flags: 1 });
  const start = readStat(child)!.start;
  main.record(RecordType.START, { t0: 1, t1: 2, a: child, flags: 1, s1: 'child', s2: 'script.work' });
  const image = new Scribe(1, child, { start, ppid: self.pid, openedMs: 1.5, madeByFork: true, parentStart: self.start });
  image.record(RecordType.BOOTSTRAP, { t0: 1.6, a: self.pid, flags: 1, s1: 'child', s2: 'script.work' });
  main.record(RecordType.CHANNEL_CLOSED, { t0: 3, obj, flags: 2 });
  main.slot(RecordType.JOIN, 10, { operand: child });
  image.slot(RecordType.RECV, 10, { obj });
  const made = told([[seen({ k: 'root', t: 0, pid: self.pid, start: self.start })], main.calls, image.calls]);
  made.advance(5000);
  return { made, self, child, program };
}

test.skipIf(!linux)('it agrees where they sleep and nobody else has an end of the pipe', async () => {
  const { made } = await pair(false);
  const stuck = stuckProcesses(made.world, 5000);
  expect(stuck).toHaveLength(2);
  const { refuted, agreed } = hearSystem(made.world, stuck);
  expect(refuted).toEqual([]);
  expect(agreed.size).toBe(2);
});

test.skipIf(!linux)('a program of which nothing was recorded has the end to write to: whoever reads is refuted, and so nobody is told to be stuck', async () => {
  const { made, child, program } = await pair(true);
  expect(hearSystem(made.world, stuckProcesses(made.world, 5000)).refuted.map(({ proc }) => proc.pid)).toEqual([child]);
  const watch = new HangWatch(hearSystem);
  const looks = (times: readonly number[]): number[] => times.map((t) => {
    made.advance(t);
    const told = watch.look(made.world);
    return told?.k === 'stuck' ? told.p.length : 0;
  });
  expect(looks([5000, 5300, 5600])).toEqual([0, 0, 0]);
  process.kill(program, 'SIGKILL');
  await until(() => readStat(program)?.state === 'Z' || !isAlive({ pid: program, start: 0 }));
  expect(looks([7400, 7700, 8000])).toEqual([0, 2, 0]);
});
