import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { nameAt, SourceNames } from '../../../src/run/names.js';
import { statements } from '../../../src/run/pylines.js';

const name = (source: string, line = 1): string | null => nameAt(statements(source), line);

describe('the name of a channel', () => {
  it.each([
    ['jobs = Queue()', 1, 'jobs'],
    ['    jobs = multiprocessing.Queue(maxsize=3)  # a = b', 1, 'jobs'],
    ['self.q = ctx.Queue(3)', 1, 'self.q'],
    ['self.q: "Queue[int]" = ctx.Queue(3)', 1, 'self.q'],
    ['a, b = Pipe()', 1, 'a ⇄ b'],
    ['(a, b) = mp.Pipe(duplex=False)', 1, 'a ⇄ b'],
    ['self.a, self.b = mp.Pipe()', 1, 'self.a ⇄ self.b'],
    ['q1, q2 = Queue(), Queue(2)', 1, 'q1, q2'],
    ['n, q = 3, Queue()', 1, 'q'],
    ['first = second = Queue()', 1, 'first'],
    ['queues = [Queue() for _ in range(3)]', 1, 'queues[…]'],
    ['by_name = {n: Queue() for n in names}', 1, 'by_name{…}'],
    ['queues[i] = Queue()', 1, 'queues[i]'],
    ['jobs = Queue(\n    maxsize=3,\n)', 1, 'jobs'],
    ['jobs = (\n    Queue()\n)', 2, 'jobs'],
    ['jobs = \\\n    Queue()', 2, 'jobs'],
    ['a, b = (\n    mp\n    .Pipe()\n)', 3, 'a ⇄ b'],
    ['worker = Worker(\n    jobs=Queue(),\n    done=Queue(),\n)', 2, 'jobs'],
    ['worker = Worker(\n    jobs=Queue(),\n    done=Queue(),\n)', 3, 'done'],
    ['if (q := Queue()):\n  pass', 1, 'q'],
    ['if ready: q = Queue()', 1, 'q'],
    ['text = "x = (["; q = Queue()', 1, 'q'],
    ['"""a doc\nstring"""\nq = Queue()', 3, 'q'],
    ['队列 = Queue()', 1, '队列'],
    ['q = make_channel()', 1, 'q'],
    ['jobs_lock = mp.Lock()', 1, 'jobs_lock'],
    ['forks = [mp.Lock() for _ in range(5)]', 1, 'forks[…]'],
    ['self.pool = ctx.Pool(4, initializer=init)', 1, 'self.pool'],
    ["counter = mp.Value('i', 0)", 1, 'counter'],
    ['shm = shared_memory.SharedMemory(create=True, size=10)', 1, 'shm'],
    ['registry = manager.dict()', 1, 'registry'],
    ['listener = Listener(("localhost", 0))', 1, 'listener'],
    ['with Pool(4) as pool:\n    pass', 1, 'pool'],
    ['with mp.Pool(processes=4) as self.pool: pass', 1, 'self.pool'],
    ['with open(path) as f, ProcessPoolExecutor(2) as executor:\n    pass', 1, 'executor'],
    ['async with ProcessPoolExecutor() as executor:\n    pass', 1, 'executor'],
    ['with (\n    open(path) as f,\n    Pool(2) as pool,\n):\n    pass', 3, 'pool'],
    ['worker = Worker(jobs=Queue(), seen=dict(a=1))', 1, 'jobs'],
  ])('%j line %i is %j', (source, line, expected) => {
    expect(name(source, line)).toBe(expected);
  });

  it.each(['return Queue()', 'Queue()', 'start(Queue())', 'x == Queue()', 'def f(): return Queue()', 'q += Queue()', 'with Pool(2): pass', 'with Pool(2), open(p) as f: pass', 'with use(Lock()) as lock: pass', '# q = Queue()', ''])('%j gives none', (source) => {
    expect(name(source)).toBeNull();
  });

  it('is null beyond the end of the file', () => {
    expect(name('q = Queue()', 9)).toBeNull();
  });

  it('never fails, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab=(,)[]{}"\'\\\n#: .*Queue Pipe'.split(''), 'Queue(', '"""', 'Pipe(') }), fc.integer({ min: 1, max: 5 }), (text, line) => {
      const answer = name(text, line);
      expect(answer === null || answer.length <= 80).toBe(true);
    }));
  });
});

describe('names read from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'names "测试" '));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a file again when it has changed, and only then', () => {
    const file = join(folder, 'script.py');
    const names = new SourceNames();
    writeFileSync(file, 'jobs = Queue()\n');
    utimesSync(file, 1, 1);
    expect(names.nameAt(file, 1)).toBe('jobs');
    writeFileSync(file, 'work = Queue()\n');
    utimesSync(file, 1, 1);
    expect(names.nameAt(file, 1)).toBe('jobs');
    utimesSync(file, 2, 2);
    expect(names.nameAt(file, 1)).toBe('work');
  });

  it('says nothing of what is no file', () => {
    const names = new SourceNames();
    expect(names.nameAt('<string>', 1)).toBeNull();
    expect(names.nameAt(folder, 1)).toBeNull();
    expect(names.nameAt(join(folder, 'gone.py'), 1)).toBeNull();
    expect(names.nameAt('/dev/zero', 1)).toBeNull();
  });
});
