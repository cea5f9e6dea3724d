import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitTo } from '../../../media/picture/fit.js';
import { escapeXml, plainColor, SvgContext } from '../../../media/picture/svg-context.js';

const lanes = join(import.meta.dirname, '../../../media/lanes');
const context = (): SvgContext => new SvgContext((_, text) => text.length * 6);

describe('the context that writes SVG', () => {
  it('knows all of a canvas that the lanes are drawn with', () => {
    const files = readdirSync(lanes).filter((name) => /^(?:draw.*|shapes|patterns)\.ts$/.test(name));
    const used = files.flatMap((name) => [...readFileSync(join(lanes, name), 'utf8').matchAll(/\b[gc]\.([a-zA-Z]+)\b/g)].map(([, word]) => word!));
    expect(used.length).toBeGreaterThan(50);
    // A pattern of tiles is a canvas's own: patterns.ts makes it for one.
    const unknown = [...new Set(used)].filter((word) => word !== 'createPattern' && !(word in context()));
    expect(unknown).toEqual([]);
  });

  it('closes the groups of what it clips and moves', () => {
    const g = context();
    g.save();
    g.translate(3, 4);
    g.beginPath();
    g.rect(0, 0, 10, 10);
    g.clip();
    g.fillRect(1, 2, 3, 4);
    g.restore();
    g.fillStyle = '#123456';
    g.fillRect(0, 0, 1, 1);
    const text = g.toString();
    expect(text.match(/<g /g)).toHaveLength(2);
    expect(text.match(/<\/g>/g)).toHaveLength(2);
    expect(text).toMatch(/<\/g>\n<rect x="0" y="0" width="1" height="1" fill="#123456"\/>$/);
  });

  it('writes no colour that only browsers know, and no text that is not XML', () => {
    expect(plainColor('rgba(255, 128, 0, 0.5)')).toEqual({ color: '#ff8000', alpha: 0.5 });
    expect(plainColor('color(srgb 1 0.5 0 / 0.25)')).toEqual({ color: '#ff8000', alpha: 0.25 });
    expect(plainColor('rgb(1 2 3 / 50%)')).toEqual({ color: '#010203', alpha: 0.5 });
    expect(plainColor('#abc')).toEqual({ color: '#abc', alpha: 1 });
    expect(plainColor('transparent').color).toBe('none');
    expect(escapeXml('<a & "b">\u0000\ud800 工人 \u{1f600}')).toBe('&#60;a &#38; &#34;b&#34;&#62;\ufffd\ufffd 工人 \u{1f600}');
  });

  it('draws a whole circle, and no number that is none', () => {
    const g = context();
    g.beginPath();
    g.arc(5, 5, 3, 0, 7);
    g.fill();
    g.fillRect(NaN, 0, -1, 2);
    expect(g.toString()).toContain('M2 5a3 3 0 1 1 6 0a3 3 0 1 1 -6 0Z');
    expect(g.toString()).not.toMatch(/NaN|Infinity|width="-/);
  });

  it('cuts texts to their room', () => {
    const measure = (text: string): number => text.length * 10;
    expect(fitTo('abcdef', 40, measure, true)).toBe('abc…');
    expect(fitTo('abcdef', 5, measure, true)).toBe('');
    expect(fitTo('abcdef', 5, measure, false)).toBe('abcdef');
  });
});
