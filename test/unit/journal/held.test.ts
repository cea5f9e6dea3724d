/** A record that overtook the string it names, at a segment's change. */
import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/journal/clock.js';
import { Decoder } from '../../../src/journal/decode.js';
import { Model } from '../../../src/model/index.js';
import type { RecordFact } from '../../../src/model/facts.js';
import { STARTED } from './segment.js';

const NOTE = 18;
const INFO = { id: '', argv: [], cwd: '/', python: null, pythonVersion: null, implementation: null, platform: null, startedAt: '', scriptName: '', budgetBytes: null };

class Heard extends Model {
  readonly texts: (string | null)[] = [];
  override record(_image: number, fact: RecordFact): void {
    this.texts.push(fact.s1);
  }
  override string(): void {
    // only what records say is of interest here
  }
}

function naming(string: number): DataView {
  const data = Buffer.alloc(64);
  data.writeBigUInt64LE(STARTED, 0);
  data.writeBigUInt64LE(STARTED, 8);
  data.writeUInt32LE(string, 48);
  data.writeUInt16LE(NOTE, 56);
  return new DataView(data.buffer, data.byteOffset, 64);
}

function text(id: number, value: string): DataView {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(id, 0);
  data.writeUInt32LE(value.length, 4);
  data.write(value, 12);
  data.writeUInt16LE(60, 56);
  data.writeUInt16LE(value.length, 58);
  return new DataView(data.buffer, data.byteOffset, 64);
}

describe('a record that names a string which is not there yet', () => {
  it('is told with it as soon as it comes', () => {
    const heard = new Heard(INFO);
    const decoder = new Decoder(0, heard, new RunClock(STARTED));
    decoder.record(naming(1), 0, 10);
    expect(heard.texts).toEqual([]);
    decoder.record(text(1, 'late'), 0, 11);
    expect(heard.texts).toEqual(['late']);
  });

  it('is told without it when it does not come, or when there are no more records', () => {
    const heard = new Heard(INFO);
    const decoder = new Decoder(0, heard, new RunClock(STARTED));
    decoder.record(naming(1), 0, 10);
    decoder.record(text(2, 'other'), 0, 11);
    for (let index = 12; index < 75; index += 1) decoder.record(naming(2), 0, index);
    expect(heard.texts.filter((each) => each === null)).toHaveLength(1);
    decoder.record(naming(3), 0, 80);
    decoder.finish();
    expect(heard.texts.at(-1)).toBeNull();
  });
});
