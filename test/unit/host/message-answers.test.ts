import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MessageAnswers, type Searched } from '../../../src/host/panel/message-answers.js';
import type { MessageQuery, MessageReply } from '../../../src/protocol/message-query.js';

const query: MessageQuery = { channel: 'c1', serial: 1, filter: null, order: 'newest', upTo: null, first: 0, count: 10, untilMs: null };

/** A search that takes so many slices of a few milliseconds each. */
class Slow implements Searched {
  slices = 0;

  constructor(private readonly takes: number) {}

  messageWindow(asked: MessageQuery): { reply: MessageReply; more: boolean } {
    this.slices++;
    const more = this.slices < this.takes;
    return { reply: { channel: asked.channel, serial: asked.serial, total: 100, matching: this.slices, searched: more ? this.slices : null, senders: [], receivers: [], first: 0, rows: [] }, more };
  }
}

describe('answers about messages', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('come at once, tell how far a search is in between, and end with all that was found', () => {
    const searched = new Slow(100);
    const told: MessageReply[] = [];
    const answers = new MessageAnswers(() => searched, (reply) => told.push(reply));
    answers.ask(query);
    expect(told.map((reply) => reply.searched)).toEqual([1]);
    vi.advanceTimersByTime(1000);
    expect(searched.slices).toBe(100);
    expect(told.at(-1)).toMatchObject({ searched: null, matching: 100 });
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(10);
    vi.advanceTimersByTime(5000);
    expect(searched.slices).toBe(100);
  });

  it('come again when something changed, but not oftener than somebody reads', () => {
    const searched = new Slow(1);
    const told: MessageReply[] = [];
    const answers = new MessageAnswers(() => searched, (reply) => told.push(reply));
    answers.ask(query);
    for (let i = 0; i < 100; i++) {
      answers.changed();
      vi.advanceTimersByTime(10);
    }
    expect(told.length).toBeGreaterThan(3);
    expect(told.length).toBeLessThanOrEqual(5);
  });

  it('end with the wish for them, in the middle of a search', () => {
    const searched = new Slow(100);
    const answers = new MessageAnswers(() => searched, () => undefined);
    answers.ask(query);
    vi.advanceTimersByTime(20);
    answers.ask(null);
    const { slices } = searched;
    vi.advanceTimersByTime(1000);
    expect(searched.slices).toBe(slices);
    answers.ask(query);
    answers.cancel();
    vi.advanceTimersByTime(1000);
    expect(searched.slices).toBe(slices + 1);
  });
});
