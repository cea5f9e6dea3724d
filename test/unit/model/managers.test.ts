import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/model/index.js';
import { RecordType } from '../../../src/model/record-types.js';
import { Scribe, seen, told, type Call } from './kit.js';

const ROOT = seen({ k: 'root', t: 0, pid: 100, start: 1000 });

function live(streams: readonly (readonly Call[])[], now = 1000): Model {
  const model = told([[ROOT], ...streams]);
  model.advance(now);
  return model;
}

describe('what a manager holds', () => {
  function run(): { main: Scribe; server: Scribe; child: Scribe } {
    const main = new Scribe(0, 100);
    const line = main.site('/w/a.py', 5);
    const server = main.start(1, 1, 101, { target: 'multiprocessing.managers.SyncManager._run_server' });
    server.record(RecordType.SERVER_NEW, { t0: 3, obj: 60, s1: 'Server', s2: '/tmp/m' }).record(RecordType.SHARED_NEW, { t0: 11, obj: 61, a: 60, s1: 'dict', s2: '/tmp/m' });
    main.record(RecordType.PROXY_CALL, { t0: 10, t1: 12, obj: 61, s1: '#CREATE', s2: 'dict', site: line }).record(RecordType.PROXY_NEW, { t0: 13, obj: 61, s1: 'dict', s2: '/tmp/m', site: line });
    const child = main.start(14, 2, 102);
    child.record(RecordType.PROXY_NEW, { t0: 15, obj: 61, s1: 'dict', s2: '/tmp/m' });
    for (const [t, method, flags] of [[20, '__setitem__', 0], [30, '__setitem__', 0], [40, 'pop', 1]] as const) {
      child.record(RecordType.PROXY_CALL, { t0: t, t1: t + 2, obj: 61, s1: method, s2: 'dict', flags });
    }
    return { main, server, child };
  }

  test('has its server, the line that made it, its users and the calls by method, whoever is read first', () => {
    const { main, server, child } = run();
    for (const streams of [[main, server, child], [child, server, main]]) {
      const model = live(streams.map((one) => one.calls));
      expect(model.snapshot().shared).toMatchObject([{
        key: 'o1', typeId: 'dict', address: '/tmp/m', created: { file: '/w/a.py', line: 5 }, createdBy: 'p1', server: 'p2', calls: 3, failed: 1, users: ['p1', 'p3'],
        methods: [{ method: '__setitem__', calls: 2, ms: 4 }, { method: 'pop', calls: 1, ms: 2 }], callMs: { max: 2 },
      }]);
      expect(model.report().shared).toMatchObject([{ key: 'o1', calls: 3, callMs: { p50: 2, p99: 2, max: 2 }, waiters: [] }]);
      expect(model.snapshot().channels).toEqual([]);
    }
  });

  test('of a server that did not tell of it is known by the address; of one without instrumentation, not', () => {
    const main = new Scribe(0, 100);
    main.record(RecordType.PROXY_NEW, { t0: 13, obj: 61, s1: 'list', s2: '/tmp/m' }).record(RecordType.PROXY_NEW, { t0: 13, obj: 62, s1: 'list', s2: '10.0.0.9:5000' });
    const server = main.start(1, 1, 101).record(RecordType.SERVER_NEW, { t0: 3, obj: 60, s1: 'Server', s2: '/tmp/m' });
    for (const streams of [[main, server], [server, main]]) expect(live(streams.map((one) => one.calls)).snapshot().shared.map((row) => row.server)).toEqual(['p2', null]);
  });

  test('who is in a call waits for the server', () => {
    const { main, server, child } = run();
    child.slot(RecordType.PROXY_CALL, 100, { obj: 61 });
    const model = live([main.calls, server.calls, child.calls]);
    expect(model.snapshot().shared[0]!.waiters).toMatchObject([{ process: 'p3', op: 'call', sinceMs: 100 }]);
    expect(model.snapshot().processes[2]!.blocked).toMatchObject([{ op: 'call', channel: null, object: 'o1', process: 'p2' }]);
  });

  test('lists at most 20 methods while it runs, and all in the report', () => {
    const main = new Scribe(0, 100).record(RecordType.PROXY_NEW, { t0: 1, obj: 61, s1: 'Thing', s2: '/m' });
    for (let i = 0; i < 25; i++) for (let n = 0; n <= i; n++) main.record(RecordType.PROXY_CALL, { t0: 2, t1: 3, obj: 61, s1: `call${i}` });
    const model = live([main.calls]);
    expect(model.snapshot().shared[0]!.methods.map((row) => row.calls)).toEqual(Array.from({ length: 20 }, (_, i) => 25 - i));
    expect(model.report().shared[0]!.methods).toHaveLength(25);
  });
});
