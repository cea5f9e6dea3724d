import { describe, expect, test } from 'vitest';
import { mended } from './kit.js';

const guarded = (source: string): string | null => mended('no-main-guard', source);

const HEAD = 'from multiprocessing import Process\n\ndef work(n):\n    print(n)\n\n';

describe('what the script runs goes under the guard', () => {
  test('from the last definition to the end, with the comment above it', () => {
    expect(guarded(`${HEAD}# begin\np = Process(target=work, args=(1,))\np.start() #!\n\n# wait\np.join()\n# end\n`)).toBe(
      `${HEAD}if __name__ == '__main__':\n    # begin\n    p = Process(target=work, args=(1,))\n    p.start() #!\n\n    # wait\n    p.join()\n# end\n`,
    );
  });

  test('with blocks in it, continued lines, and strings over several lines as they are', () => {
    const run = ['for i in range(2):', '    Process(', '        target=work,', '    args=(i,)).start() #!', 'print("""one', '  two', '', 'three""", i)', 'x = 1 + \\', '  2', "s = 'a\\", "b'", "f = f'''{", "i}'''"];
    const after = ['for i in range(2):', '        Process(', '            target=work,', '        args=(i,)).start() #!', '    print("""one', '  two', '', 'three""", i)', '    x = 1 + \\', '      2', "    s = 'a\\", "b'", "    f = f'''{", "i}'''"];
    expect(guarded(`${HEAD}${run.join('\n')}\n`)).toBe(`${HEAD}if __name__ == '__main__':\n    ${after.join('\n')}\n`);
  });

  test('by tabs, with carriage returns, in the quotes of the file, and without an end of the last line', () => {
    expect(guarded('from multiprocessing import Process\r\ndef work():\r\n\tprint("x")\r\np = Process(target=work)\r\np.start() #!\r\np.join()')).toBe(
      'from multiprocessing import Process\r\ndef work():\r\n\tprint("x")\r\nif __name__ == "__main__":\r\n\tp = Process(target=work)\r\n\tp.start() #!\r\n\tp.join()',
    );
  });

  test('by two blanks, after set up and constants, which stay', () => {
    const head = 'import logging\nfrom multiprocessing import Pool\ndef work(n):\n  return n * SIZE\n\nSIZE = 3\nlogging.basicConfig(level=10)\n';
    expect(guarded(`${head}with Pool(2) as pool: #!\n  print(pool.map(work, [1]))\n`)).toBe(`${head}if __name__ == '__main__':\n  with Pool(2) as pool: #!\n    print(pool.map(work, [1]))\n`);
  });

  test('where the start is in a function that it calls, through another', () => {
    const head = 'import multiprocessing as mp\ndef work(): pass\ndef go():\n    p = mp.Process(target=work)\n    p.start() #!\ndef main():\n    go()\n';
    expect(guarded(`${head}main()\n`)).toBe(`${head}if __name__ == '__main__':\n    main()\n`);
  });

  test('while a constant that a function reads stays outside', () => {
    expect(guarded(`from multiprocessing import Process\ndef work():\n    print(N)\np = Process(target=work)\nN = 4  # how many\np.start() #!\n`)).toBe(
      `from multiprocessing import Process\ndef work():\n    print(N)\nN = 4  # how many\n\n\nif __name__ == '__main__':\n    p = Process(target=work)\n    p.start() #!\n`,
    );
  });

  test('and the names of parameters, local variables, comprehensions and keywords are not those of the module', () => {
    const head = 'from multiprocessing import Process, Queue\ndef work(q, *rest, i=0):\n    p = [j for j in rest]\n    with open(q) as f:\n        q.put(item=p)\n    try:\n        import r\n    except E as e:\n        print(e, f, r, i)\nclass K:\n    t = 1\n    def m(self):\n        s: int = 0\n        return s, self.t\n';
    const run = 'q = Queue()\nj = i = item = f = e = r = s = t = 0\np = Process(target=work, args=(q,))\np.start() #!\n';
    expect(guarded(head + run)).toBe(`${head}if __name__ == '__main__':\n${run.replace(/^/gm, '    ').trimEnd()}\n`);
  });

  test('of a guard that stands too low: it goes up', () => {
    expect(guarded(`${HEAD}p = Process(target=work, args=(1,))\np.start() #!\n\nif __name__ == "__main__":  # here\n    p.join()\n`)).toBe(
      `${HEAD}if __name__ == "__main__":  # here\n    p = Process(target=work, args=(1,))\n    p.start() #!\n\n    p.join()\n`,
    );
  });

  test('two statements in one line go together, and what comes after a class made by a call', () => {
    const head = `${HEAD}P = namedtuple('P', 'x y')\n`;
    expect(guarded(`${head}p = Process(target=work); p.start() #!\n`)).toBe(`${head}if __name__ == '__main__':\n    p = Process(target=work); p.start() #!\n`);
  });

  test('what runs before the last definition is left alone', () => {
    expect(guarded(`print('hello')\n${HEAD}p = Process(target=work, args=(1,))\np.start() #!\n`)).toBe(`print('hello')\n${HEAD}if __name__ == '__main__':\n    p = Process(target=work, args=(1,))\n    p.start() #!\n`);
  });
});

describe('there is no fix', () => {
  test.each([
    ['no start at that line', `${HEAD}p = Process(target=work)\nprint(p) #!\np.start()\n`],
    ['a line that is not there', `${HEAD}p = Process(target=work)\np.start()\n`],
    ['a source that is broken', `${HEAD}p = Process(target=work\np.start() #!\n`],
    ['a lock that a function reads', 'from multiprocessing import Process, Lock\ndef work():\n    with lock: pass\np = Process(target=work)\nlock = Lock()\np.start() #!\n'],
    ['a lock that a method reads, whose class has one of that name', 'from multiprocessing import Process, Lock\nclass K:\n    lock = 1\n    def work(self):\n        with lock: pass\nlock = Lock()\np = Process(target=K().work)\np.start() #!\n'],
    ['a list that a function declares global', 'from multiprocessing import Process\ndef work():\n    global seen\n    seen = 2\nprint(1)\nseen = [1]\nseen = [2]\np = Process(target=work)\np.start() #!\n'],
    ['a lambda that reads what is made', 'from multiprocessing import Process, Queue\nget = lambda: q.get()\nq = Queue()\np = Process(target=get)\np.start() #!\n'],
    ['a function below', `${HEAD}p = Process(target=work)\np.start() #!\ndef later(): pass\nlater()\n`],
    ['a class made by a call below', `${HEAD}p = Process(target=work)\np.start() #!\nP = namedtuple('P', 'x')\n`],
    ['a function that sees all names', 'from multiprocessing import Process\ndef work():\n    print(globals())\np = Process(target=work)\np.start() #!\n'],
    ['a guard over it already', `${HEAD}if __name__ == '__main__':\n    p = Process(target=work)\n    p.start() #!\n`],
    ['a guard with another branch', `${HEAD}p = Process(target=work)\np.start() #!\nif __name__ == '__main__':\n    p.join()\nelse:\n    print(1)\n`],
    ['something below the guard', `${HEAD}p = Process(target=work)\np.start() #!\nif __name__ == '__main__':\n    p.join()\nprint(1)\n`],
    ['a start in a function that nobody calls', 'from multiprocessing import Process\ndef go():\n    Process().start() #!\nprint(1)\n'],
    ['tabs and blanks', 'from multiprocessing import Process\ndef a():\n    pass\ndef b():\n\tpass\np = Process(target=a)\np.start() #!\n'],
  ])('for %s', (_, source) => {
    expect(guarded(source)).toBeNull();
  });
});
