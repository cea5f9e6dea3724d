import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../../media/processes/columns.js';
import { fitColumns } from '../../../media/ui/columns.js';

describe('fitting columns', () => {
  it('shows all where there is room', () => {
    expect(fitColumns(COLUMNS, 720).ids).toEqual(['name', 'pid', 'state', 'cpu', 'memory', 'io']);
  });

  it('drops what matters least first, and never name or state', () => {
    expect(fitColumns(COLUMNS, 500).ids).toEqual(['name', 'pid', 'state', 'cpu']);
    expect(fitColumns(COLUMNS, 394).ids).toEqual(['name', 'state']);
    expect(fitColumns(COLUMNS, 100).ids).toEqual(['name', 'state']);
  });

  it('uses the whole width in whole pixels, with no column under its least', () => {
    fc.assert(
      fc.property(fc.integer({ min: 345, max: 4000 }), (width) => {
        const { ids, widths } = fitColumns(COLUMNS, width);
        expect(widths.reduce((a, b) => a + b, 0)).toBe(width);
        ids.forEach((id, i) => expect(widths[i]).toBeGreaterThanOrEqual(COLUMNS.find((c) => c.id === id)?.min ?? Infinity));
      }),
    );
  });
});
