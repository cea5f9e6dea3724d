/**
 * What the model makes of each message of a recording: `node pairs.cjs RECORDING FILE.json`.
 *
 * For each channel that the user made, in the order of the report: how it is matched, and all of its sends as four numbers each: the
 * sender's pid, which of its sends on this channel it was (from 0), and the same of the receive that got it (-1 -1: none, or not known).
 */
import { writeFileSync } from 'node:fs';
import { matchingOf } from '../../src/model/matching.js';
import { compareChannels } from '../../src/model/order.js';
import type { TimeOrder } from '../../src/model/time-order.js';
import { Run } from '../../src/run/index.js';

const [recording, out] = process.argv.slice(2) as [string, string];
const run = await Run.open(recording);
const report = run.model.report();
const { world } = run.model;

/** Which of its image's each row was, in the order of time. */
function ordinals(order: TimeOrder, image: (row: number) => number, rows: number): Int32Array {
  const counts = new Map<number, number>();
  const of = new Int32Array(rows);
  for (let position = 0; position < order.length; position++) {
    const row = order.row(position);
    const count = counts.get(image(row)) ?? 0;
    of[row] = count;
    counts.set(image(row), count + 1);
  }
  return of;
}

const sorted = [...world.channels].sort(compareChannels);
const channels = report.channels.flatMap(({ key, internal }, i) => {
  const channel = sorted[i];
  if (channel === undefined) throw new Error(`the report has a channel ${key} that the model does not know`);
  if (internal) return [];
  const pid = (image: number): number => world.images[image]!.info.pid;
  const pairs: number[] = [];
  for (const { pairing } of channel.directions) {
    const { sends, receives } = pairing;
    const sent = ordinals(sends.order, (row) => sends.image.at(row), sends.count);
    const received = ordinals(receives.order, (row) => receives.image.at(row), receives.count);
    for (let position = 0; position < sends.order.length; position++) {
      const send = sends.order.row(position);
      const receive = pairing.receiveOf(position);
      pairs.push(pid(sends.image.at(send)), sent[send]!);
      if (receive < 0) pairs.push(-1, -1);
      else pairs.push(pid(receives.image.at(receive)), received[receive]!);
    }
  }
  return [{ key, ...matchingOf(world, channel), pairs }];
});
writeFileSync(out, JSON.stringify({ report, channels }));
await run.close({ keep: true });
