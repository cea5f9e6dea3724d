import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toColumns, toRows, type Columns } from '../../../src/protocol/columns.js';

interface Row {
  readonly fromMs: number;
  readonly about: string | null;
  readonly where: { readonly line: number };
  readonly several?: boolean;
  readonly count?: number;
}

/** As it crosses to a page. */
const crossed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('rows as columns', () => {
  test('name each field once and each text once', () => {
    const where = { line: 3 };
    const rows: Row[] = [{ fromMs: 1, about: 'c1', where }, { fromMs: 2, about: 'c1', where }];
    expect(toColumns(rows)).toEqual({ count: 2, fields: { fromMs: [1, 2], about: { of: ['c1'], at: null }, where: { of: [where], at: null } } });
    expect(toColumns<Row>([])).toEqual({ count: 0, fields: {} });
  });

  test('come back as they were, whatever is told, also where a field is missing', () => {
    const row = fc.record(
      { fromMs: fc.integer(), about: fc.constantFrom(null, 'c1', 'c2'), where: fc.record({ line: fc.nat() }), several: fc.boolean(), count: fc.nat() },
      { requiredKeys: ['fromMs', 'about', 'where'] },
    );
    fc.assert(fc.property(fc.array(row), (rows) => {
      expect(toRows(crossed<Columns<(typeof rows)[number]>>(toColumns(rows)))).toEqual(crossed(rows));
    }));
  });
});
