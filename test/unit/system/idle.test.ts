/** Threads that can do nothing by themselves, of real processes. */
import { expect, test } from 'vitest';
import { idleThreads } from '../../../src/system/idle.js';
import { python, until } from './python.js';

const linux = process.platform === 'linux';

test.skipIf(!linux)('threads that wait for work are idle; one that sleeps, reads, or gives up by itself is not', async () => {
  const { self } = await python(`
import os, queue, threading, time
def start(target, *args):
    threading.Thread(target=target, args=args, daemon=True).start()
work = queue.Queue()
for _ in range(5):
    start(work.get)
start(threading.Event().wait)
start(threading.Event().wait, 60)
start(time.sleep, 60)
start(os.read, os.pipe()[0], 1)
print(1, flush=True)
time.sleep(60)
`);
  await until(() => idleThreads(self.pid) === 6);
});

test.skipIf(!linux)('the main thread is none of them, nor is one that waits for what other processes share', async () => {
  const { self } = await python(`
import multiprocessing as mp, threading
lock = mp.Lock()
lock.acquire()
threading.Thread(target=lock.acquire, daemon=True).start()
print(1, flush=True)
threading.Event().wait()
`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(idleThreads(self.pid)).toBe(0);
});

test('of a process that is gone nothing is known', () => {
  expect(idleThreads(2 ** 22 + 1)).toBeNull();
});
