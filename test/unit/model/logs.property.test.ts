import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SendLog } from '../../../src/model/logs.js';

test('bytes of the first so many messages are those sums, whatever came late, asked in between or not', () => {
  const batch = fc.array(fc.record({ t: fc.integer({ min: 0, max: 5000 }), bytes: fc.integer({ min: 0, max: 70_000 }) }), { minLength: 1, maxLength: 1500 });
  fc.assert(
    fc.property(fc.array(fc.tuple(batch, fc.boolean()), { maxLength: 6 }), fc.nat(9000), (batches, upTo) => {
      const log = new SendLog(() => 0);
      const all: { t: number; bytes: number }[] = [];
      const asked = (): void => {
        const order = [...all].sort((a, b) => a.t - b.t);
        const count = Math.min(upTo, order.length);
        expect(log.bytesOfFirst(count)).toBe(order.slice(0, count).reduce((sum, { bytes }) => sum + bytes, 0));
      };
      for (const [told, ask] of batches) {
        for (const one of told) {
          log.t0.push(one.t);
          log.bytes.push(one.bytes);
          all.push(one);
        }
        log.order.settle(() => undefined);
        if (ask) asked();
      }
      asked();
    }),
    { numRuns: 60 },
  );
});
