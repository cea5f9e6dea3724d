import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Foot } from '../../../src/cli/screen.js';
import { FakeTerminal } from './terminal.js';

const size = { rows: 12, columns: 20 };

describe('the foot of the terminal', () => {
  it('stands below what the script writes, and the script\'s lines scroll above it', () => {
    const terminal = new FakeTerminal(size.rows, size.columns);
    const foot = new Foot(size);
    terminal.write('one\ntwo\n');
    terminal.write(foot.draw(['====', 'tree']));
    for (let i = 0; i < 12; i++) terminal.write(`line ${i}\n`);
    terminal.write(foot.draw(['====', 'grown']));
    expect(terminal.lines.slice(-2)).toEqual(['====', 'grown']);
    expect(terminal.history.filter((line) => line !== '' && line !== '====' && line !== 'grown')).toEqual(['one', 'two', ...Array.from({ length: 12 }, (_, i) => `line ${i}`)]);
  });

  it('leaves a line that the script has not ended as it is, and the script goes on in it', () => {
    const terminal = new FakeTerminal(size.rows, size.columns);
    const foot = new Foot(size);
    for (let i = 0; i < 20; i++) terminal.write(`line ${i}\n`);
    terminal.write('half');
    terminal.write(foot.draw(['a', 'b', 'c']));
    terminal.write(' done\nnext');
    terminal.write(foot.draw(['a', 'b', 'c', 'd']));
    terminal.write('!\n');
    expect(terminal.history).toContain('half done');
    expect(terminal.history).toContain('next!');
    expect(terminal.history.indexOf('next!')).toBe(terminal.history.indexOf('half done') + 1);
  });

  it('gives the whole terminal back', () => {
    const terminal = new FakeTerminal(size.rows, size.columns);
    const foot = new Foot(size);
    terminal.write('hello\n');
    terminal.write(foot.draw(['a', 'b']));
    terminal.write(foot.leave());
    expect(terminal.region).toEqual([0, size.rows - 1]);
    expect(terminal.lines.filter((line) => line !== '')).toEqual(['hello']);
    expect(terminal.cursor).toMatchObject({ row: 1, column: 0 });
    expect(foot.leave()).toBe('');
  });

  it('takes no more than half of the terminal, and nothing of a tiny one', () => {
    expect(new Foot({ rows: 24, columns: 80 }).room).toBe(12);
    expect(new Foot({ rows: 6, columns: 80 }).room).toBe(1);
    expect(new Foot({ rows: 4, columns: 80 }).room).toBe(0);
    expect(new Foot({ rows: 4, columns: 80 }).draw(['a'])).toBe('');
  });

  it('is drawn anew after the window changed its size', () => {
    const foot = new Foot(size);
    foot.draw(['a', 'b']);
    const terminal = new FakeTerminal(8, 30);
    terminal.write(foot.resize({ rows: 8, columns: 30 }));
    expect(terminal.region).toEqual([0, 7]);
    terminal.write(foot.draw(['a', 'b']));
    expect(terminal.region).toEqual([0, 5]);
    expect(terminal.lines.slice(-2)).toEqual(['a', 'b']);
  });

  it('never changes what the script wrote, whenever a frame comes between', () => {
    const step = fc.oneof(
      fc.record({ script: fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 30 }) }),
      fc.record({ frame: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const alone = new FakeTerminal(40, size.columns);
      const watched = new FakeTerminal(size.rows, size.columns);
      const foot = new Foot(size);
      for (const each of steps) {
        if ('script' in each) {
          alone.write(each.script);
          watched.write(each.script);
        } else {
          watched.write(foot.draw(Array.from({ length: each.frame }, (_, i) => `#${i}`)));
        }
      }
      watched.write(foot.leave());
      const text = (lines: readonly string[]): string => lines.join('\n').trimEnd();
      expect(text(watched.history)).toBe(text(alone.history));
    }), { numRuns: 300 });
  });
});
