import { describe, expect, it } from 'vitest';
import { foundIn } from '../../../../media/graph/found.js';
import { isEmpty } from '../../../../media/graph/graph.js';
import { channelRow, findingRow, lockRow, namesOf, poolRow, processRow, sharedRow } from '../rows.js';
import { blocked, edge, graph, ids } from './kit.js';

const three = [processRow('p1'), processRow('p2'), processRow('p3')];

describe('edges of the graph', () => {
  it('go from who put to the channel, and from there to who got, with their counts and rates', () => {
    const made = graph({ processes: three, channels: [channelRow('c1', { flows: [['p1', 5, 0], ['p2', 0, 3]] })] }, { rateOf: (row, process, way) => (row.key === 'c1' && process === 'p1' && way === 'put' ? 2.5 : null) });
    expect(made.edges.map(({ id, messages, rate }) => [id, messages, rate])).toEqual([['c1 get p2', 3, null], ['p1 put c1', 5, 2.5]]);
  });

  it('leave out ends that somebody merely holds: after a fork everybody holds all of them', () => {
    const made = graph({ processes: three, channels: [channelRow('c1', { readers: ['p1', 'p2', 'p3'], writers: ['p1', 'p2', 'p3'], flows: [['p1', 1, 0]] })] });
    expect(ids(made)).toEqual(['p1 put c1']);
  });

  it('show what a finding says nobody reads, from the channel to who could', () => {
    const rows = { processes: three, channels: [channelRow('c1', { readers: ['p1', 'p3'], flows: [['p2', 9, 0]] })] };
    const found = [findingRow('f', { rule: 'join-before-drain', severity: 'error', process: 'p1', others: ['p2'], object: 'c1' })];
    expect(edge(graph({ ...rows, findings: found }), 'c1 get p1')).toMatchObject({ messages: 0 });
    expect(ids(graph(rows))).toEqual(['p2 put c1']);
  });

  it('lead from who waits to what for, the longest wait first', () => {
    const made = graph({
      processes: [processRow('p1', { blocked: [blocked('join', { process: 'p2' }, 40)] }), processRow('p2', { blocked: [blocked('lock', { object: 'l1' }, 7)] }), processRow('p3')],
      locks: [lockRow('l1', { holders: ['p3'], users: ['p2', 'p3'], waiters: [{ process: 'p2', op: 'lock', sinceMs: 7, untilMs: null, where: null }] })],
    });
    expect(ids(made)).toEqual(['l1 hold p3', 'p1 wait p2', 'p2 use l1', 'p2 wait l1', 'p3 use l1']);
    expect(edge(made, 'p2 wait l1')?.waiting).toEqual([{ process: 'p2', op: 'lock', sinceMs: 7 }]);
  });

  it('say of who waits for its own feeder what that writes to', () => {
    const row = processRow('p2', { blocked: [blocked('join-thread', { channel: 'c1' }), blocked('feeder-send', { channel: 'c1' })] });
    expect(edge(graph({ processes: [row], channels: [channelRow('c1')] }), 'p2 wait c1')?.waiting.map(({ op }) => op)).toEqual(['feeder-send']);
  });

  it('do not call a pool\'s worker waiting that lacks nothing but a task', () => {
    const names = namesOf({ servesPool: (process, channel) => process === 'p2' && channel === 'c1' });
    const idle = processRow('p2', { kind: 'pool-worker', state: 'blocked', blocked: [blocked('get', { channel: 'c1' })] });
    const made = graph({ processes: [three[0]!, idle, processRow('p3', { blocked: [blocked('result', { object: 'w1' })] })], channels: [channelRow('c1')], pools: [poolRow('w1', { channel: 'c1', workers: ['p2'] })] }, { names, open: new Set(['w1']) });
    expect(ids(made)).toEqual(['p3 wait w1']);
  });

  it('take locks only that somebody had to wait for, and keep them once that is over', () => {
    const made = graph({ processes: three, locks: [lockRow('l1', { users: ['p1', 'p2'] }), lockRow('l2', { users: ['p1'], contended: 3 })] });
    expect(made.nodes.filter((node) => node.kind === 'lock').map((node) => node.id)).toEqual(['l2']);
    expect(ids(made)).toEqual(['p1 use l2']);
  });

  it('believe no holder that is uncertain', () => {
    expect(ids(graph({ processes: three, locks: [lockRow('l1', { contended: 1, holders: ['p1'], holdersUncertain: true })] }))).toEqual([]);
  });

  it('connect a shared object with its users and its server', () => {
    expect(ids(graph({ processes: three, shared: [sharedRow('o1', { users: ['p1', 'p2'], server: 'p3', calls: 4 })] }))).toEqual(['o1 serve p3', 'p1 use o1', 'p2 use o1']);
  });
});

describe('nodes of the graph', () => {
  it('fold the workers of a pool into it, and its channels too, until it is opened', () => {
    const rows = {
      processes: [processRow('p1'), processRow('p2', { kind: 'pool-worker' }), processRow('p3', { kind: 'pool-worker' })],
      channels: [channelRow('c1', { internal: true, flows: [['p1', 8, 0], ['p2', 0, 5], ['p3', 0, 3]] }), channelRow('c2', { internal: true, flows: [['p2', 5, 0], ['p1', 0, 5]] })],
      pools: [poolRow('w1', { channel: 'c1', results: 'c2', workers: ['p2', 'p3'] })],
    };
    const shut = graph(rows);
    expect(shut.nodes.map(({ id, members, folded }) => [id, members, folded])).toEqual([['w1', ['w1', 'p2', 'p3'], true], ['p1', ['p1'], false]]);
    expect(shut.edges.map(({ id, messages }) => [id, messages])).toEqual([['p1 put w1', 8], ['w1 get p1', 5]]);
    const open = graph(rows, { open: new Set(['w1']) });
    expect(open.nodes.map(({ id, fold }) => [id, fold])).toEqual([['w1', null], ['p1', null], ['p2', 'w1'], ['p3', 'w1']]);
    expect(ids(open)).toEqual(['p1 put w1', 'p2 put w1', 'w1 get p1', 'w1 get p2', 'w1 get p3']);
    const inner = graph(rows, { internal: true, open: new Set(['w1']) });
    expect(ids(inner)).toContain('p1 put c1');
  });

  it('leave helpers out, and put those who have to do with nothing into one', () => {
    const rows = { processes: [...three, processRow('p4', { kind: 'resource-tracker' })], channels: [channelRow('c1', { flows: [['p1', 1, 0]] })] };
    expect(graph(rows).nodes.map(({ id, members }) => [id, members])).toEqual([['p1', ['p1']], ['lone', ['p2', 'p3']], ['c1', ['c1']]]);
    expect(graph(rows, { open: new Set(['lone']) }).nodes.map(({ id, fold }) => [id, fold])).toEqual([['p1', null], ['p2', 'lone'], ['p3', 'lone'], ['c1', null]]);
  });

  it('carry the worst finding about any of their members', () => {
    const found = [findingRow('a', { severity: 'warning', process: 'p1' }), findingRow('b', { severity: 'error', process: 'p2', others: ['p1'] }), findingRow('c', { object: 'c1' })];
    const made = graph({ processes: three, channels: [channelRow('c1', { flows: [['p1', 1, 0], ['p2', 1, 0]] })], findings: found });
    expect(made.nodes.map(({ id, severity }) => [id, severity])).toEqual([['p1', 'error'], ['p2', 'error'], ['p3', null], ['c1', 'warning']]);
  });

  it('are nothing to see while nothing goes between them', () => {
    expect(isEmpty(graph({ processes: three }))).toBe(true);
    expect(isEmpty(graph({ processes: three, channels: [channelRow('c1')] }))).toBe(false);
  });
});

describe('a thousand processes', () => {
  const many = Array.from({ length: 1000 }, (_, i) => processRow(`p${i + 2}`, { target: `a.${i % 4 === 0 ? 'read' : 'write'}` }));
  const channels = [channelRow('c1', { flows: many.map((row, i) => [row.key, i % 4 === 0 ? 0 : 2, i % 4 === 0 ? 6 : 0]) })];

  it('become a few nodes of what is alike, and their messages add up', () => {
    const made = graph({ processes: [processRow('p1'), ...many], channels });
    expect(made.nodes.map(({ members }) => members.length)).toEqual([1, 250, 750, 1]);
    expect(made.edges.map(({ messages }) => messages)).toEqual([1500, 1500]);
    expect(made.foldedAway).toBe(1000);
  });

  it('are never more than about 150 nodes, however unlike they are and whatever is opened', () => {
    const unlike = many.map((row, i) => ({ ...row, target: `a.f${i}`, parent: i === 0 ? 'p1' : `p${i + 1}` }));
    const pipes = unlike.map((row, i) => channelRow(`c${i + 1}`, { kind: 'Pipe', created: { file: '/a.py', line: i, function: null }, flows: [[row.key, 1, 0]] }));
    const shut = graph({ processes: [processRow('p1'), ...unlike], channels: pipes });
    expect(shut.nodes.length).toBeLessThan(105);
    const open = graph({ processes: [processRow('p1'), ...unlike], channels: pipes }, { open: new Set(shut.nodes.filter((node) => node.folded).map((node) => node.id)) });
    expect(open.nodes.length).toBeGreaterThan(shut.nodes.length);
    expect(open.nodes.length).toBeLessThan(155);
  });

  it('are folded the more the more goes between them', () => {
    const busy = many.slice(0, 40).map((row, i) => ({ ...row, target: `a.f${i % 8}` }));
    const all = Array.from({ length: 12 }, (_, i) => channelRow(`c${i + 1}`, { flows: busy.map((row) => [row.key, 1, 1] as const) }));
    const made = graph({ processes: [processRow('p1'), ...busy], channels: all });
    expect(made.edges.length).toBeLessThan(320);
    expect(made.foldedAway).toBeGreaterThan(20);
  });

  it('stay folded when some have gone, so that the picture does not change twice', () => {
    const before = graph({ processes: [processRow('p1'), ...many], channels });
    const few = many.slice(0, 12);
    expect(graph({ processes: [processRow('p1'), ...few], channels }).nodes).toHaveLength(14);
    expect(graph({ processes: [processRow('p1'), ...few], channels }, { before: before.folds }).nodes.map(({ members }) => members.length)).toEqual([1, 3, 9, 1]);
  });
});

describe('circles of waits', () => {
  const lock = (key: string, holder: string, waiter: string) => lockRow(key, { holders: [holder], users: [holder, waiter], waiters: [{ process: waiter, op: 'lock', sinceMs: 0, untilMs: null, where: null }] });
  const waits = (key: string, object: string) => processRow(key, { blocked: [blocked('lock', { object })] });
  const rows = { processes: [processRow('p1'), waits('p2', 'l2'), waits('p3', 'l1')], locks: [lock('l1', 'p2', 'p3'), lock('l2', 'p3', 'p2')] };

  it('are those that a finding tells of: who waits, what for, who holds that', () => {
    const made = graph({ ...rows, findings: [findingRow('f', { rule: 'deadlock-cycle', severity: 'error', process: 'p2', others: ['p3'], object: 'l2' })] });
    expect(made.circles).toEqual([['p2', 'l2', 'p3', 'l1']]);
    expect(made.edges.filter((one) => one.circle).map((one) => one.id)).toEqual(['l1 hold p2', 'l2 hold p3', 'p2 wait l2', 'p3 wait l1']);
    expect(edge(made, 'p2 wait l2')?.severity).toBe('error');
  });

  it('are not made up where no finding proves one', () => {
    expect(graph(rows).circles).toEqual([]);
    expect(graph({ ...rows, findings: [findingRow('f', { rule: 'orphan', severity: 'error', process: 'p2' })] }).circles).toEqual([]);
  });

  it('lead over a queue that is full to who could empty it', () => {
    const made = graph({
      processes: [processRow('p1', { blocked: [blocked('join', { process: 'p2' })] }), processRow('p2', { blocked: [blocked('feeder-send', { channel: 'c1' })] })],
      channels: [channelRow('c1', { readers: ['p1', 'p2'], flows: [['p2', 90, 0]] })],
      findings: [findingRow('f', { rule: 'join-before-drain', severity: 'error', process: 'p1', others: ['p2'], object: 'c1' })],
    });
    expect(made.circles).toEqual([['p1', 'p2', 'c1']]);
    expect(edge(made, 'c1 get p1')).toMatchObject({ circle: true, messages: 0 });
  });
});

describe('a filter in the graph', () => {
  it('finds processes, what they are joined to, and the way between', () => {
    const made = graph({ processes: three, channels: [channelRow('c1', { flows: [['p1', 5, 0], ['p2', 0, 3]] }), channelRow('c2', { flows: [['p3', 1, 0]] })] });
    const found = foundIn(made, ['p1']);
    expect([[...found.nodes].sort(), [...found.edges]]).toEqual([['c1', 'p1'], ['p1 put c1']]);
    expect(foundIn(made, [])).toEqual({ nodes: new Set(), edges: new Set() });
  });

  it('finds a fold by one of its members', () => {
    const rows = { processes: [processRow('p1', { name: 'main' }), ...Array.from({ length: 80 }, (_, i) => processRow(`p${i + 2}`, { name: `worker-${i}`, target: 'work', parent: 'p1' }))], channels: [channelRow('c1', { flows: [['p1', 5, 0], ['p50', 0, 3]] })] };
    const made = graph(rows);
    const fold = made.nodeOf.get('p50');
    expect(fold).not.toBe('p50');
    expect([...foundIn(made, ['p50']).nodes]).toContain(fold);
  });
});
