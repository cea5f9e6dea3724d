import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Picture } from '../../../media/lanes/draw.js';
import { Drawn } from '../../../media/lanes/drawn.js';
import type { LaneReply } from '../../../src/protocol/view.js';

const COLORS = {};
const REPLY: LaneReply = { query: { fromMs: 0, toMs: 1000, pixels: 100, rows: [], arrowsFor: null }, sites: [], lanes: [], arrows: [] };
const PICTURE: Picture = {
  width: 120, height: 80, scale: { fromMs: 0, toMs: 1000, left: 10, width: 100 }, nowMs: 500, live: true, momentMs: null, axisTop: 0, axisHeight: 20, rowsTop: 20, rowHeight: 20,
  laneTop: 2, laneHeight: 16, underText: false, columnFromMs: 0, columnMs: 10, arrows: [], cursor: null,
  lanes: [{ top: 20, selected: false, hovered: false, lanes: [], alive: true, alarmFromMs: null, parentTop: null, startedMs: 0, idleAt: null }],
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

it('a picture that says the same is not drawn again, another one is', () => {
  const drawn = new Drawn();
  const differs = (picture: Partial<Picture>, reply = REPLY, colors: unknown = COLORS): boolean => drawn.differs({ ...PICTURE, ...picture }, reply, colors, 1, false);
  expect(differs({})).toBe(true);
  expect(differs({ lanes: [{ ...PICTURE.lanes[0]! }] })).toBe(false);
  expect(differs({ lanes: [{ ...PICTURE.lanes[0]!, hovered: true }] })).toBe(true);
  expect(differs({ lanes: [{ ...PICTURE.lanes[0]!, hovered: true }] })).toBe(false);
  expect(differs({})).toBe(true);
  expect(differs({}, { ...REPLY })).toBe(true);
  expect(differs({}, { ...REPLY })).toBe(true);
});

it('the present moves by pixels', () => {
  const drawn = new Drawn();
  const at = (nowMs: number): boolean => drawn.differs({ ...PICTURE, nowMs }, REPLY, COLORS, 1, false);
  expect([at(500), at(502), at(511), at(512)]).toEqual([true, false, true, false]);
});

it('or by steps of a second, where nothing else is another', () => {
  const drawn = new Drawn();
  const at = (nowMs: number, more: Partial<Picture> = {}): boolean => drawn.differs({ ...PICTURE, nowMs, ...more }, REPLY, COLORS, 1, true);
  expect(at(500)).toBe(true);
  vi.advanceTimersByTime(600);
  expect(at(600)).toBe(false);
  expect(at(600, { height: 90 })).toBe(true);
  expect(at(600)).toBe(true);
  vi.advanceTimersByTime(1001);
  expect([at(700), at(800)]).toEqual([true, false]);
});
