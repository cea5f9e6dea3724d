import { describe, expect, it } from 'vitest';
import { readIncoming } from '../../../src/host/panel/incoming.js';

const where = { file: '/w/s.py', line: 3, function: null };
const query = { fromMs: 0, toMs: 1000, pixels: 500, rows: ['p1', 'p2'], arrowsFor: null };

const filter = { text: 'x', from: 'p1', to: null, direction: 1, state: 'flight', minBytes: 10, minLatencyMs: null };
const messages = { channel: 'c1', serial: 3, filter, order: 'newest', upTo: 12, first: 0, count: 200, untilMs: null };

describe('what the page says', () => {
  it.each([
    { type: 'ready' },
    { type: 'open', where, beside: false },
    { type: 'signal', id: 1, process: 'p1', tree: true, signal: 'SIGTERM' },
    { type: 'signal', id: 1, process: null, tree: true, signal: 'SIGINT' },
    { type: 'stop', id: 0 },
    { type: 'save', id: 2 },
    { type: 'rerun', id: 3 },
    { type: 'endOrphans', id: 5 },
    { type: 'chain', process: 'p1' },
    { type: 'chain', process: null },
    { type: 'stacks', id: 4, process: 'p1' },
    { type: 'lanes', query },
    { type: 'lanes', query: null },
    { type: 'messages', query: messages },
    { type: 'messages', query: { ...messages, filter: null, upTo: null, untilMs: 12.5 } },
    { type: 'messages', query: null },
    { type: 'flow', query: { channel: 'c1', columns: 300, untilMs: null } },
    { type: 'flow', query: null },
    { type: 'tasks', pool: 'w1', limit: 200 },
    { type: 'tasks', pool: null, limit: 0 },
    { type: 'copy', text: '48210' },
    { type: 'export' },
    { type: 'picture', kind: 'svg', data: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
    { type: 'picture', kind: 'png', data: `iVBORw0KGgo${'A'.repeat(5_000_000)}==` },
    { type: 'showLog' },
  ])('is taken when it is a message of the protocol: %j', (message) => {
    expect(readIncoming(message)).toEqual({ ok: true, message });
  });

  it.each([
    null,
    'ready',
    { type: 'nothing' },
    { type: 'picture', kind: 'svg', data: '<html><script>1</script></html>' },
    { type: 'picture', kind: 'png', data: '<svg xmlns="http://www.w3.org/2000/svg"/>' },
    { type: 'picture', kind: 'png', data: 'iVBORw0KGgo "' },
    { type: 'picture', kind: 'exe', data: 'iVBORw0KGgo' },
    { type: 'open', where: { ...where, line: 1.5 }, beside: false },
    { type: 'open', where: { ...where, file: '' }, beside: false },
    { type: 'lanes', query: { ...query, pixels: Infinity } },
    { type: 'lanes', query: { ...query, rows: Array.from({ length: 5000 }, () => 'p1') } },
    { type: 'messages', query: { ...messages, count: 1e9 } },
    { type: 'messages', query: { ...messages, first: -1 } },
    { type: 'messages', query: { ...messages, filter: { ...filter, state: 'lost' } } },
    { type: 'messages', query: { ...messages, filter: { ...filter, text: 'x'.repeat(5000) } } },
    { type: 'flow', query: { channel: 'c1', columns: 1e9, untilMs: null } },
    { type: 'tasks', pool: 5, limit: 1 },
    { type: 'tasks', pool: 'w1', limit: -1 },
    { type: 'stacks', process: 'p1' },
    { type: 'copy', text: 5 },
  ])('is refused otherwise: %j', (message) => {
    expect(readIncoming(message)).toMatchObject({ ok: false, id: null });
  });

  it('is answered also where only the id of a request is right', () => {
    expect(readIncoming({ type: 'signal', id: 7, process: 'p1', tree: false, signal: 'SIGHUP' })).toMatchObject({ ok: false, id: 7 });
    expect(readIncoming({ type: 'format-disk', id: 8 })).toMatchObject({ ok: false, id: 8 });
  });

  it('brings along nothing that was not asked for', () => {
    expect(readIncoming({ type: 'ready', extra: 1 })).toEqual({ ok: true, message: { type: 'ready' } });
  });
});
