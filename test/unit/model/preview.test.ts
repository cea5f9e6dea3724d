import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePreview } from '../../../src/model/preview.js';

const of = (hex: string, length?: number): string => {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return decodePreview(bytes, length ?? bytes.length);
};

/** `pickle.dumps(value, protocol=4)`, in hexadecimal. */
const PICKLES: readonly (readonly [string, string])[] = [
  ['80044e2e', 'None'],
  ['8004882e', 'True'],
  ['80044b072e', '7'],
  ['80044afbffffff2e', '-5'],
  ['8004950f000000000000008a0d00000040eaed7446d09c2c9f0c2e', '1000000000000000000000000000000'],
  ['8004950a00000000000000473ff80000000000002e', '1.5'],
  ['80049505000000000000008c01619400'.slice(0, -2) + '2e', "'a'"],
  ['80049506000000000000004302006194' + '2e', "b'\\x00a'"],
  ['800495110000000000000028' + '8c036a6f6294' + '4b03' + '7d94' + '74942e', "('job', 3, {})"],
  ['80045d942e', '[]'],
  ['80045d94284b014b02652e', '[1, 2]'],
  ['80047d948c01619488732e', "{'a': True}"],
  ['80048f94284b014b02902e', '{1, 2}'],
  ['80048f942e', 'set()'],
  ['80044b0185942e', '(1,)'],
  // A dataclass instance: P(x=1, y='q'), protocol 4.
  ['80048c085f5f6d61696e5f5f948c015094939429819 47d94288c0178944b018c0179948c01719475622e'.replace(/ /g, ''), "P(x=1, y='q')"],
];

describe('a preview', () => {
  test.each(PICKLES)('of %s is %s', (hex, text) => {
    expect(of(hex)).toBe(text);
  });

  test('of a cut message ends where it was cut', () => {
    expect(of('80045d94284b014b02', 500)).toBe('[1, 2, …]');
    expect(of('80048c10616263', 500)).toBe("'abc…");
    expect(of('80047d94288c0161944b01', 500)).toBe("{'a': 1, …}");
    expect(of('8004', 500)).toBe('…');
  });

  test('of what is no pickle is its bytes', () => {
    expect(of('68656c6c6f')).toBe("b'hello'");
    expect(of('68656c6c6f', 100)).toBe("b'hello…");
    expect(of('8004ff')).toBe("b'\\x80\\x04\\xff'");
    expect(of('')).toBe("b''");
  });

  test('shows an array by shape and type', () => {
    // (numpy.core.multiarray._reconstruct)(ndarray, (0,), b'b'), BUILD (1, (2, 3), dtype('f8'), False, b'')
    const text = (s: string): string => `8c${s.length.toString(16).padStart(2, '0')}${[...s].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')}`;
    const hex =
      `8004${text('numpy.core.multiarray')}${text('_reconstruct')}93${text('numpy')}${text('ndarray')}934b0085430162` + `8752` +
      `284b014b024b0386${text('numpy')}${text('dtype')}93${text('f8')}8988875289430074622e`;
    expect(of(hex)).toBe('ndarray((2, 3), float64)');
  });

  test('cannot move the cursor or turn the direction of text', () => {
    expect(of('80048c04' + '1b5b326a' + '942e')).toBe("'\\x1b[2j'");
    expect(of('80048c03' + 'e280ae' + '942e')).toBe("'\\u202e'");
  });

  test('never throws, is never long, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((tail) => Uint8Array.from([0x80, 4, ...tail])),
      // Mostly opcodes that build something.
      fc.array(fc.constantFrom(0x28, 0x5d, 0x7d, 0x29, 0x4b, 0x61, 0x65, 0x73, 0x75, 0x94, 0x68, 0x32, 0x85, 0x86, 0x93, 0x52, 0x81, 0x62, 0x8c, 0x30, 0x2e, 1, 2, 0), { maxLength: 200 }).map((tail) => Uint8Array.from([0x80, 4, ...tail])),
    );
    fc.assert(
      fc.property(bytes, fc.nat(1000), (data, more) => {
        const text = decodePreview(data, data.length + more);
        expect(text.length).toBeLessThanOrEqual(1000);
        expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
      }),
      { numRuns: 1000 },
    );
  });
});
