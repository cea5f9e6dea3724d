import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProcessRow } from '../../../src/protocol/view.js';
import { Scribe, seen, told } from './kit.js';
import type { Model } from '../../../src/model/index.js';

const COUNT = 200;

/** A run of many processes that all send through one pipe. */
function crowd(): { readonly model: Model; readonly children: readonly Scribe[] } {
  const main = new Scribe(0, 100).channel(0, 7, 'Pipe');
  const children = Array.from({ length: COUNT }, (_, i) => main.start(1 + i * 0.01, i + 1, 101 + i));
  const model = told([[seen({ k: 'root', t: 0, pid: 100, start: 1000 })], main.calls, ...children.map((child) => child.calls)]);
  model.advance(10);
  return { model, children };
}

/** What the last call of a scribe says, told. */
function tell(model: Model, child: Scribe): void {
  child.calls.at(-1)?.(model);
}

describe('a cursor that knows what is on the screen', () => {
  test('tells the rows that are seen and what is news at once, the figures of many others within half a second', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ senders: fc.integer({ min: 0, max: COUNT }), first: fc.nat(COUNT - 1), ends: fc.option(fc.nat(COUNT - 1)), seenFrom: fc.nat(COUNT - 1) }), { minLength: 1, maxLength: 12 }), (rounds) => {
        const { model, children } = crowd();
        const cursor = model.cursor();
        const page = new Map<string, ProcessRow>();
        const take = (keys: ReadonlySet<string> | null): number => {
          const rows = cursor.take(keys)?.processes ?? [];
          for (const row of rows) page.set(row.key, row);
          return rows.length;
        };
        take(new Set());
        const before = new Map(model.snapshot().processes.map((row) => [row.key, row]));
        expect(page).toEqual(before);
        let now = 10;
        const ended = new Set<number>();
        for (const { senders, first, ends, seenFrom } of rounds) {
          now += 50;
          for (let i = 0; i < senders; i++) tell(model, children[(first + i) % COUNT]!.send(now, 7));
          if (ends !== null && !ended.has(ends)) {
            ended.add(ends);
            tell(model, children[ends]!.ends(now, 3));
          }
          model.advance(now);
          const onScreen = new Set(Array.from({ length: 20 }, (_, i) => `p${((seenFrom + i) % COUNT) + 1}`));
          take(onScreen);
          const truth = model.snapshot().processes;
          for (const row of truth) {
            if (onScreen.has(row.key)) expect(page.get(row.key)).toEqual(row);
            expect(page.get(row.key)?.endedMs).toBe(row.endedMs);
          }
        }
        // Nothing more happens, and time goes by.
        model.advance(now + 500);
        take(new Set());
        expect([...page.values()]).toEqual(model.snapshot().processes);
        expect(take(new Set())).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  test('sends a few rows only, of a thousand that change', () => {
    const { model, children } = crowd();
    const cursor = model.cursor();
    cursor.take(new Set());
    for (const child of children) tell(model, child.send(20, 7));
    model.advance(20);
    expect(cursor.take(new Set(['p3', 'p4']))?.processes.map((row) => row.key)).toEqual(['p3', 'p4']);
  });

  test('keeps nothing back at the end of a run', () => {
    const { model, children } = crowd();
    const cursor = model.cursor();
    cursor.take(new Set());
    for (const child of children) tell(model, child.send(20, 7));
    model.observe({ k: 'end', t: 21 });
    const rows = new Map(cursor.take(new Set())?.processes.map((row) => [row.key, row]));
    expect([...rows.values()].filter((row) => row.sent === 1)).toHaveLength(COUNT);
  });
});
