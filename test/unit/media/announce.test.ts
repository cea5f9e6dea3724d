import { describe, expect, it } from 'vitest';
import type { FindingRow, RunRow } from '../../../src/protocol/view.js';
import { Announcer } from '../../../media/state/announce.js';

const run = { id: 'r1', durationMs: null } as RunRow;
const over = { ...run, durationMs: 900 };
const finding = (key: string, more: Partial<FindingRow> = {}): FindingRow =>
  ({ key, rule: 'zombie', severity: 'warning', certain: true, process: null, others: [], object: null, sinceMs: 1, where: null, message: { template: key, args: [] }, evidence: [], fix: { template: '', args: [] }, ...more });
const keys = (rows: readonly FindingRow[]): readonly string[] => rows.map((row) => row.key);

describe('what is told by ear', () => {
  it('is nothing of what stood there when the page opened', () => {
    const announcer = new Announcer();
    expect(announcer.take(over, [finding('a')])).toEqual({ findings: [], ended: false });
    expect(announcer.take(over, [finding('a')])).toEqual({ findings: [], ended: false });
  });

  it('is each certain finding, once, though it goes and comes again', () => {
    const announcer = new Announcer();
    announcer.take(run, []);
    expect(keys(announcer.take(run, [finding('a'), finding('b', { severity: 'error' })]).findings)).toEqual(['b', 'a']);
    expect(announcer.take(run, []).findings).toEqual([]);
    expect(announcer.take(run, [finding('a')]).findings).toEqual([]);
  });

  it('is no guess and no note', () => {
    const announcer = new Announcer();
    announcer.take(run, []);
    expect(announcer.take(run, [finding('a', { certain: false }), finding('b', { severity: 'info' })]).findings).toEqual([]);
    expect(keys(announcer.take(run, [finding('a')]).findings)).toEqual(['a']);
  });

  it('is the end of the run, once, though the page looks back in between', () => {
    const announcer = new Announcer();
    announcer.take(run, []);
    expect(announcer.take(over, []).ended).toBe(true);
    expect(announcer.take(run, []).ended).toBe(false);
    expect(announcer.take(over, []).ended).toBe(false);
  });

  it('begins anew with another run', () => {
    const announcer = new Announcer();
    announcer.take(over, []);
    announcer.take({ ...run, id: 'r2' }, []);
    expect(announcer.take({ ...over, id: 'r2' }, [finding('a')])).toMatchObject({ ended: true, findings: [{ key: 'a' }] });
  });
});
