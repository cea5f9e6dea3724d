/** What main threads sleep in, of real processes. */
import { expect, test } from 'vitest';
import { callOf } from '../../../src/model/places.js';
import { AsleepWatch } from '../../../src/system/asleep.js';
import { readStat } from '../../../src/system/proc.js';
import { python, until } from './python.js';

const linux = process.platform === 'linux';

test.skipIf(!linux)('a sleep is told when a second look finds it, and its end when it is over', async () => {
  const { child, self } = await python('import sys; print(1, flush=True); sys.stdin.readline(); print(2, flush=True)\nwhile True: pass');
  await until(() => readStat(self.pid)?.state === 'S');
  const watch = new AsleepWatch();
  // Node's pipes to a child are sockets.
  expect(watch.look([self], 1000)).toEqual([]);
  const [told, ...more] = watch.look([self], 2000);
  expect([told?.[0], told?.[1], told?.[2], callOf(told?.[3] ?? '')]).toEqual([self.pid, self.start, 1000, 'socket']);
  expect(more).toEqual([]);
  expect(watch.look([self], 3000)).toEqual([]);
  child.stdin!.write('\n');
  await until(() => readStat(self.pid)?.state === 'R');
  expect(watch.look([], 4000)).toEqual([[self.pid, self.start, 4000, '']]);
  expect(watch.look([], 5000)).toEqual([]);
});

test.skipIf(!linux)('who wakes and sleeps again does not sleep in one and the same', async () => {
  const { child, self } = await python('import sys\nprint(1, flush=True)\nwhile True: sys.stdin.readline()');
  await until(() => readStat(self.pid)?.state === 'S');
  const watch = new AsleepWatch();
  watch.look([self], 1000);
  child.stdin!.write('\n');
  await until(() => (readStat(self.pid)?.state === 'S' ? watch.look([self], 2000).length === 0 : false));
  // The next look counts from the one that found it asleep anew.
  const facts = watch.look([self], 3000);
  expect(facts.map(([, , since]) => since).every((since) => since === 2000)).toBe(true);
});

test.skipIf(!linux)('each kind of sleep by its own word', async () => {
  const codes: Readonly<Record<string, string>> = {
    'pipe-read': 'import os; r, w = os.pipe(); print(1, flush=True); os.read(r, 1)',
    sleep: 'import time; print(1, flush=True); time.sleep(99)',
    lock: 'import threading; k = threading.Lock(); k.acquire(); print(1, flush=True); k.acquire()',
    'pipe-write': "import os; r, w = os.pipe(); print(1, flush=True); os.write(w, b'x' * 1000000)",
    socket: 'import socket; a, b = socket.socketpair(); print(1, flush=True); a.recv(1)',
    poll: 'import select, os; r, w = os.pipe(); print(1, flush=True); select.select([r], [], [])',
    accept: "import socket; s = socket.create_server(('127.0.0.1', 0)); print(1, flush=True); s.accept()",
    child: "import subprocess, os; p = subprocess.Popen(['sleep', '99']); print(1, p.pid, flush=True); p.wait()",
  };
  for (const [call, code] of Object.entries(codes)) {
    const { self } = await python(code, call === 'child' ? [1] : []);
    const watch = new AsleepWatch();
    // It has said that it is about to; let it.
    const [, , , place] = await until(() => watch.look([self], 1)[0]);
    expect([code, callOf(place)]).toEqual([code, call]);
  }
});

test.skipIf(!linux)('of a sleep on a lock it is told whether more than its own threads may end it', async () => {
  const codes: readonly (readonly [boolean, string])[] = [
    [false, 'import threading; k = threading.Lock(); k.acquire(); print(1, flush=True); k.acquire()'],
    [false, 'import threading; print(1, flush=True); threading.Event().wait()'],
    [true, 'import threading; print(1, flush=True); threading.Event().wait(99)'],
    [true, 'import threading, signal; signal.signal(signal.SIGTERM, lambda *_: None); print(1, flush=True); threading.Event().wait()'],
    [true, 'import multiprocessing; k = multiprocessing.Lock(); k.acquire(); print(1, flush=True); k.acquire()'],
  ];
  for (const [woken, code] of codes) {
    const { self } = await python(code);
    const watch = new AsleepWatch();
    const fact = await until(() => watch.look([self], 1).find(([, , , place]) => callOf(place) === 'lock'));
    expect([code, fact[4] === true]).toEqual([code, woken]);
  }
});

test('a process that is gone, or has its pid from another, is no sleeper', () => {
  const watch = new AsleepWatch();
  const gone = { pid: 2 ** 22 + 1, start: 7 };
  expect(watch.look([gone], 1)).toEqual([]);
  expect(watch.look([gone], 2)).toEqual([]);
});
