/** Previews of what Python's own pickle made, in every protocol that multiprocessing has used (pickles/make.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePreview } from '../../../src/model/preview.js';

const pickles = JSON.parse(readFileSync(join(import.meta.dirname, 'pickles/pickles.json'), 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>;

const EXPECTED: Readonly<Record<string, string>> = {
  None: 'None',
  bools: '[True, False]',
  ints: '[0, 255, 256, 65536, -1, 2147483648, -1099511627776, 1180591620717411303424]',
  floats: '[1.5, -0.0, 1e+100, inf]',
  complex: '(1+2j)',
  str: "'hello'",
  quotes: '"it\'s"',
  unicode: "'π 漢字 🙂'",
  bytes: "b'ab\\x00\\xff'",
  'empty bytes': "b''",
  bytearray: "bytearray(b'abc')",
  list: '[1, [2, [3]]]',
  'long list': '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]',
  tuples: '((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4))',
  dict: "{'id': 5, 'data': {'x': [1, 2]}, 3: None}",
  set: '{1}',
  frozenset: 'frozenset({2})',
  twice: '[[1], [1]]',
  dataclass: "Job(id=7, name='resize', tags=['a', 'b'])",
  slots: "Slotted(x=1, y='q')",
  'plain object': "Plain(color='red', size=3)",
  'object without state': 'State(a=1)',
  namedtuple: 'Point(1, 2)',
  'dict subclass': "Bag({'a': 1})",
  'list subclass': 'Row([1, 2])',
  OrderedDict: "OrderedDict({'a': 1, 'b': 2})",
  defaultdict: "defaultdict(int, {'a': 2})",
  Counter: "Counter({'a': 2, 'b': 1})",
  deque: 'deque([1, 2], maxlen=5)',
  enum: 'Color(1)',
  'int enum': 'Level(10)',
  flag: 'Flags(1)',
  datetime: 'datetime(2026, 1, 2, 3, 4, 5, 678900)',
  'aware datetime': 'datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)',
  date: 'date(2026, 1, 2)',
  time: 'time(3, 4, 5)',
  timedelta: 'timedelta(days=1, seconds=2)',
  Decimal: "Decimal('1.50')",
  Fraction: 'Fraction(1, 3)',
  UUID: "UUID('00000000-0000-0000-0000-000000000005')",
  path: "PurePosixPath('/tmp/x')",
  range: 'range(1, 10, 2)',
  slice: 'slice(1, 2, None)',
  exception: "ValueError('no tiles', 3)",
  class: 'Job',
  function: 'len',
  task: '(3, 0, len, ([1],), {})',
  'numpy array': 'ndarray((2, 3), float64)',
  'numpy ints': 'ndarray((4,), int16)',
  'numpy Fortran': 'ndarray((2, 3), float64)',
  'numpy scalar': 'float32(1.5)',
  'numpy strings': 'ndarray((2,), U2)',
  'numpy records': "ndarray((2,), V12('a', 'b'))",
  'numpy empty': 'ndarray((0, 3), float64)',
  'numpy dtype': "dtype('float64')",
  'numpy in a dict': "{'frame': 3, 'tiles': [ndarray((2, 2), uint8)]}",
  'torch tensor': 'tensor((2, 3), float32)',
  'torch half': 'tensor((4,), float16)',
  'torch parameter': 'Parameter((2,), float32)',
  'torch size': 'Size((1, 2))',
  'torch dtype': 'float32',
  'torch shared': 'tensor((2, 3), float32)',
};

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe('the preview of a pickle', () => {
  const rows = Object.entries(EXPECTED).flatMap(([name, text]) => Object.entries(pickles[name] ?? { none: '' }).map(([protocol, hex]) => ({ name, protocol, hex, text })));

  test.each(rows)('of $name by protocol $protocol is $text', ({ hex, text }) => {
    const bytes = bytesOf(hex);
    expect(decodePreview(bytes, bytes.length)).toBe(text);
  });

  test('of a large array tells shape and type from the first bytes, or its size where the data comes first', () => {
    const large = pickles['numpy large']!;
    for (const protocol of ['2', '3', '4']) expect(decodePreview(bytesOf(large[protocol]!), 4_000_163)).toBe('ndarray((1000, 1000), float32)');
    expect(decodePreview(bytesOf(large['5']!), 4_000_163)).toBe('ndarray(… 4000000 bytes …)');
  });

  test('of keywords of a constructor shows them, where the protocol keeps them', () => {
    for (const protocol of ['4', '5']) expect(decodePreview(bytesOf(pickles['new with keywords']![protocol]!), 1e6)).toBe("WithNew(1, key='v')");
  });

  test('that is cut anywhere keeps what there is, and says that there is more', () => {
    for (const [name, by] of Object.entries(pickles)) {
      for (const hex of Object.values(by)) {
        const bytes = bytesOf(hex);
        for (let end = 2; end < bytes.length - 1; end += bytes.length > 300 ? 7 : 1) {
          const text = decodePreview(bytes.subarray(0, end), bytes.length);
          expect(text).not.toBe('');
          expect(text.length).toBeLessThan(600);
          // Of an array shape and type are all that is shown, and come first.
          if (!text.includes('…')) expect(text).toBe(name === 'numpy large' ? 'ndarray((1000, 1000), float32)' : EXPECTED[name]);
        }
      }
    }
  });

  test('of an object that is cut has the fields that are there', () => {
    const bytes = bytesOf(pickles['dataclass']!['4']!);
    // Behind `name='resize'`.
    const end = bytes.lastIndexOf(0x65, bytes.lastIndexOf(0x5d)) + 1;
    expect(decodePreview(bytes.subarray(0, end), bytes.length)).toMatch(/^Job\(id=7, name='resize.*…\)$/);
  });

  test('ends, whatever refers to itself', () => {
    // builtins.set of a list that holds that set, many times over.
    const hostile = fc.array(fc.constantFrom([0x8c, 8, ...new TextEncoder().encode('builtins'), 0x8c, 3, ...new TextEncoder().encode('set'), 0x93, 0x94], [0x5d, 0x94], [0x85], [0x52, 0x94], [0x68, 0], [0x68, 1], [0x68, 2], [0x61], [0x28], [0x65], [0x32]), { maxLength: 400 });
    fc.assert(
      fc.property(hostile, (parts) => {
        const bytes = Uint8Array.from([0x80, 4, ...parts.flat()]);
        const begun = performance.now();
        expect(decodePreview(bytes, bytes.length + 10).length).toBeLessThan(1000);
        expect(performance.now() - begun).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
    const deep = Uint8Array.from([0x80, 4, 0x8c, 8, ...new TextEncoder().encode('builtins'), 0x8c, 3, ...new TextEncoder().encode('set'), 0x93, 0x94, ...Array.from({ length: 15_000 }, () => [0x68, 0, 0x5d]).flat(), ...Array.from({ length: 15_000 }, () => [0x61, 0x85, 0x52]).flat()]);
    expect(decodePreview(deep, deep.length + 1).length).toBeLessThan(1000);
  });
});
