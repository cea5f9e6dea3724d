import { describe, expect, test } from 'vitest';
import { applied, fixFor } from '../../../src/fixes/index.js';
import { fill } from '../../../src/protocol/text.js';
import { fault, mended } from './kit.js';

const inMain = (...lines: string[]): string => `def main():\n${lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('')}`;

describe('daemon-with-children', () => {
  const made = (source: string): string | null => mended('daemon-with-children', source, { line: null });

  test('daemon=True becomes False, in the call that made the process or where it is set', () => {
    expect(made('p = mp.Process(target=f, daemon = True, name="x") #+\n')).toBe('p = mp.Process(target=f, daemon = False, name="x") #+\n');
    expect(made('ps = [Process(target=f, daemon=True) for f in fs] #+\n')).toBe('ps = [Process(target=f, daemon=False) for f in fs] #+\n');
    expect(made(inMain('p = Process( #+', '    target=f)', 'p.daemon = True', 'p.start()'))).toBe(inMain('p = Process( #+', '    target=f)', 'p.daemon = False', 'p.start()'));
  });

  test.each([
    ['it is not said', 'p = Process(target=f) #+\np.start()\n'],
    ['it is a variable', 'p = Process(target=f, daemon=d) #+\n'],
    ['it is False by now', 'p = Process(target=f, daemon=False) #+\n'],
    ['it may be in what is unpacked', 'p = Process(target=f, **given) #+\np.daemon = True\n'],
    ['it is set twice', 'p = Process(target=f) #+\np.daemon = True\np.daemon = True\n'],
    ['it is set in another scope', 'p = Process(target=f) #+\ndef g():\n    p.daemon = True\n'],
    ['the name means two processes', 'p = Process(target=f) #+\np = Process(target=g)\np.daemon = True\n'],
    ['there is no process at the line', 'p = Thread(target=f, daemon=True) #+\n'],
    ['there are two', 'p, q = Process(target=f, daemon=True), Process(target=f, daemon=True) #+\n'],
    ['the line is not known', 'p = Process(target=f, daemon=True)\n'],
  ])('no fix where %s', (_, source) => {
    expect(made(source)).toBeNull();
  });
});

describe('join-before-drain', () => {
  const moved = (source: string, name: string | null = 'q'): string | null => mended('join-before-drain', source, { name });

  test.each([
    ['one get', ['p.start()', '# wait', 'p.join() #!', 'x = q.get()', 'print(x)'], ['p.start()', 'x = q.get()', '# wait', 'p.join() #!', 'print(x)']],
    ['a loop of gets, after a list for them', ['p.join(timeout=3) #!', 'found = []', 'for _ in range(6):', '    found.append(q.get())', '', 'print(found)'], ['found = []', 'for _ in range(6):', '    found.append(q.get())', 'p.join(timeout=3) #!', '', 'print(found)']],
    ['joins in a loop', ['for p in ps:', '    p.join() #!', 'all = [q.get() for _ in ps]'], ['all = [q.get() for _ in ps]', 'for p in ps:', '    p.join() #!']],
    ['joins in a loop in one line', ['for p in ps: p.join() #!', 'all = [q.get() for p in ps]'], ['all = [q.get() for p in ps]', 'for p in ps: p.join() #!']],
    ['several joins', ['a.join() #!', 'b.join()', 'x = q.get()', 'y = q.get()'], ['x = q.get()', 'y = q.get()', 'a.join() #!', 'b.join()']],
    ['an end that is told', ['p.join() #!', 'while True:', '    x = q.get()', '    if x is None: break', 'done()'], ['while True:', '    x = q.get()', '    if x is None: break', 'p.join() #!', 'done()']],
    ['iter', ['p.join() #!', 'for x in iter(q.get, None):', '    print(", ".join(x))'], ['for x in iter(q.get, None):', '    print(", ".join(x))', 'p.join() #!']],
  ])('moves behind %s', (_, before, after) => {
    expect(moved(inMain(...before))).toBe(inMain(...after));
  });

  test('moves in an object, with carriage returns, at the end of a file without one', () => {
    expect(moved('self.p.join() #!\r\nx = self.q.get()', 'self.q')).toBe('x = self.q.get()\r\nself.p.join() #!');
  });

  test.each([
    ['the result is returned', ['p.join() #!', 'return q.get()']],
    ['empty() relies on all being there', ['p.join() #!', 'while not q.empty():', '    q.get()']],
    ['get_nowait() does', ['p.join() #!', 'x = q.get_nowait()']],
    ['get() does not wait', ['p.join() #!', 'x = q.get(False)']],
    ['something else stands between', ['p.join() #!', 'x = open("made").read()', 'y = q.get()']],
    ['more is got later', ['p.join() #!', 'x = q.get()', 'print(x)', 'y = q.get()']],
    ['the process is asked', ['p.join() #!', 'x = q.get() if p.is_alive() else 0']],
    ['its exit codes are', ['for p in ps:', '    p.join() #!', 'x = [q.get() for c in ps if c.exitcode == 0]']],
    ['the loop is left', ['for n in ns:', '    p.join() #!', '    if q.get(): break']],
    ['the name is used again', ['p.join() #!', 'for p in ps: print(q.get())']],
    ['nothing is got', ['p.join() #!', 'print(1)']],
    ['the gets are in another block', ['if a:', '    p.join() #!', 'x = q.get()']],
    ['no join is at the line', ['p.start() #!', 'x = q.get()']],
    ['the loop does more', ['for p in ps:', '    p.join() #!', '    print(p)', 'x = q.get()']],
    ['they share a line', ['p.join(); x = q.get() #!']],
  ])('no fix where %s', (_, lines) => {
    expect(moved(inMain(...lines))).toBeNull();
  });

  test('no fix where the queue has no name', () => {
    expect(moved('p.join() #!\nx = q.get()\n', null)).toBeNull();
    expect(moved('p.join() #!\nx = q.get()\n', 'queues[…]')).toBeNull();
  });
});

describe('pipe-end-left-open, in the process that made the pipe', () => {
  const closed = (...lines: string[]): string | null => mended('pipe-end-left-open', inMain(...lines), { madeByItself: true });
  const PIPE = 'r, s = mp.Pipe(False) #+';
  const READ = ['while True:', '    print(r.recv()) #!'];

  test.each([
    ['start()', [PIPE, 'p = Process(target=f, args=(s,))', 'p.start()']],
    ['the last of two', [PIPE, 'p = Process(target=f, args=(s,))', 'p.start()', 'c = Process(target=f, args=(1, s))', 'c.start()']],
    ['a start without a name', [PIPE, 'Process(target=f, args=[s]).start()']],
    ['a loop of them', [PIPE, 'for i in range(3):', '    p = Process(target=f, args=(i, s))', '    p.start()']],
  ])('after %s', (_, before) => {
    expect(closed(...before, ...READ)).toBe(inMain(...before, 's.close()', ...READ));
  });

  test.each([
    ['it is used afterwards', [PIPE, 'p = Process(target=f, args=(s,))', 'p.start()', 's.send(1)', ...READ]],
    ['it is closed already', [PIPE, 'p = Process(target=f, args=(s,))', 'p.start()', 's.close()', ...READ]],
    ['it is kept in a list', [PIPE, 'all = [s]', 'p = Process(target=f, args=(s,))', 'p.start()', ...READ]],
    ['a function uses it', [PIPE, 'def g():', '    s.send(1)', 'p = Process(target=g)', 'p.start()', ...READ]],
    ['nobody gets it', [PIPE, 'p = Process(target=f)', 'p.start()', ...READ]],
    ['the process does not start here', [PIPE, 'p = Process(target=f, args=(s,))', 'go(p)', ...READ]],
    ['the process starts on a condition', [PIPE, 'p = Process(target=f, args=(s,))', 'if x:', '    p.start()', ...READ]],
    ['the name means another end by then', [PIPE, 'r, s = mp.Pipe()', 'p = Process(target=f, args=(s,))', 'p.start()', ...READ]],
    ['it reads before the start', [PIPE, 'print(r.recv()) #!', 'p = Process(target=f, args=(s,))', 'p.start()']],
    ['it does not read there', [PIPE, 'p = Process(target=f, args=(s,))', 'p.start()', 'print(1) #!']],
    ['processes are made in a loop and started after it', [PIPE, 'for i in range(3):', '    p = Process(target=f, args=(s,))', 'p.start()', ...READ]],
  ])('no fix where %s', (_, lines) => {
    expect(closed(...lines)).toBeNull();
  });
});

describe('pipe-end-left-open, in a child', () => {
  const worker = (...lines: string[]): string => `def read(r, other):\n${lines.map((line) => `    ${line}\n`).join('')}\n`;
  const MAIN = 'a, b = Pipe(False) #+\np = Process(target=read, args=(a, b))\np.start()\n';
  const closed = (source: string): string | null => mended('pipe-end-left-open', source);

  test('at the top of its function, below what describes it', () => {
    expect(closed(worker('"""Reads."""', '# all', 'while True:', '    r.recv() #!') + MAIN)).toBe(worker('"""Reads."""', 'other.close()', '# all', 'while True:', '    r.recv() #!') + MAIN);
  });

  test('of either end, also in several processes', () => {
    const main = MAIN.replace('args=(a, b)', 'args=(b, a)') + 'q = Process(target=read, args=(b, a))\n';
    expect(closed(worker('r.recv() #!') + main)).toBe(worker('other.close()', 'r.recv() #!') + main);
  });

  test.each([
    ['the end is used', worker('other.send(1)', 'r.recv() #!') + MAIN],
    ['it is closed already', worker('other.close()', 'r.recv() #!') + MAIN],
    ['it gets the same end twice', worker('r.recv() #!') + MAIN.replace('args=(a, b)', 'args=(a, a)')],
    ['it gets the end of another pipe', worker('r.recv() #!') + MAIN.replace('args=(a, b)', 'args=(a, c)')],
    ['one process gets other ends', worker('r.recv() #!') + MAIN + 'q = Process(target=read, args=(a, c))\n'],
    ['the function is called, too', worker('r.recv() #!') + MAIN + 'read(a, b)\n'],
    ['what it gets is not to be seen', worker('r.recv() #!') + MAIN.replace('args=(a, b)', 'args=ends')],
    ['it gets them by name', worker('r.recv() #!') + MAIN.replace('args=(a, b)', 'kwargs={"r": a, "other": b}')],
    ['it has other parameters', worker('r.recv() #!').replace('other', 'other=None') + MAIN],
    ['it does not read there', worker('print(1) #!') + MAIN],
    ['the pipe is not made there', worker('r.recv() #!') + MAIN.replace('#+', '')],
  ])('no fix where %s', (_, source) => {
    expect(closed(source)).toBeNull();
  });
});

describe('pool-not-closed', () => {
  test('is closed before the join() that was refused, where the finding stands', () => {
    expect(mended('pool-not-closed', inMain('pool = mp.Pool(2)', 'pool.map(f, xs)', 'pool.join() #!'))).toBe(inMain('pool = mp.Pool(2)', 'pool.map(f, xs)', 'pool.close()', 'pool.join() #!'));
    expect(mended('pool-not-closed', inMain('pool = mp.Pool(2)', 'pool = mp.Pool(3)', 'pool.join() #!'))).toBeNull();
    expect(mended('pool-not-closed', inMain('worker = mp.Process(target=f)', 'worker.join() #!'))).toBeNull();
  });

  const closed = (...lines: string[]): string | null => mended('pool-not-closed', inMain(...lines));

  test('is closed and joined at the end of the block that makes it', () => {
    expect(closed('pool = mp.Pool(2) #!', 'found = pool.map(f, xs)', 'for x in found:', '    print(x)')).toBe(inMain('pool = mp.Pool(2) #!', 'found = pool.map(f, xs)', 'for x in found:', '    print(x)', 'pool.close()', 'pool.join()'));
    expect(mended('pool-not-closed', 'if x:\r\n\tpool = Pool() #!\r\n\tpool.map(f, xs)')).toBe('if x:\r\n\tpool = Pool() #!\r\n\tpool.map(f, xs)\r\n\tpool.close()\r\n\tpool.join()');
  });

  test('is closed before a join that would refuse', () => {
    expect(closed('pool = Pool(2) #!', 'pool.map(f, xs)', 'try:', '    pool.join()', 'except ValueError:', '    print(1)')).toBe(inMain('pool = Pool(2) #!', 'pool.map(f, xs)', 'try:', '    pool.close()', '    pool.join()', 'except ValueError:', '    print(1)'));
  });

  test.each([
    ['it is closed on another way', ['pool = Pool(2) #!', 'if x:', '    pool.close()']],
    ['it is returned', ['pool = Pool(2) #!', 'return pool']],
    ['something is returned', ['pool = Pool(2) #!', 'return pool.map(f, xs)']],
    ['it is given away', ['pool = Pool(2) #!', 'use(pool)']],
    ['it is an attribute', ['self.pool = Pool(2) #!', 'self.pool.map(f, xs)']],
    ['it is used after the block', ['if x:', '    pool = Pool(2) #!', 'pool.map(f, xs)']],
    ['another function uses it', ['pool = Pool(2) #!', 'def g():', '    pool.map(f, xs)']],
    ['it is global', ['global pool', 'pool = Pool(2) #!', 'pool.map(f, xs)']],
    ['the interpreter is ended', ['pool = Pool(2) #!', 'pool.map(f, xs)', 'sys.exit(0)']],
    ['it is made twice', ['pool = Pool(2) #!', 'pool = Pool(3)']],
    ['no pool is made there', ['pool = Queue(2) #!', 'pool.get()']],
    ['it is joined twice', ['pool = Pool(2) #!', 'pool.join()', 'pool.join()']],
    ['they share a line', ['pool = Pool(2); pool.map(f, xs) #!']],
  ])('no fix where %s', (_, lines) => {
    expect(closed(...lines)).toBeNull();
  });
});

test('a fix says what it does, and is one stretch of the text', () => {
  const source = 'r, s = Pipe(False) #+\nProcess(target=f, args=(s,)).start()\nr.recv() #!\n';
  const fix = fixFor(source, fault('pipe-end-left-open', source, { madeByItself: true }));
  expect(fix).toMatchObject({ text: 's.close()\n' });
  expect(fill(fix!.title)).toBe('Close the unused end of the pipe here: s.close()');
  expect(applied(source, fix!).split('\n')[2]).toBe('s.close()');
});

test('other rules have none', () => {
  expect(mended('zombie', 'p.start() #!\n')).toBeNull();
});
