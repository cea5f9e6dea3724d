import { expect, it } from 'vitest';
import { routes, type Box } from '../../../../media/graph/route.js';

it('words of short ways between two nodes, there and back, lie on each other as little as can be', () => {
  const boxes = new Map<string, Box>([['p1', { x: 60, y: 20, width: 126, height: 28 }], ['c1', { x: 241, y: 42, width: 116, height: 30 }]]);
  const links = [['a', 'p1', 'c1'], ['b', 'c1', 'p1'], ['c', 'p1', 'c1']].map(([id, from, to]) => ({ id: id!, from: from!, to: to! }));
  const labels = [...routes(boxes, links).values()].map(({ label }) => label);
  // A rate is some 26 pixels wide and 10 high.
  for (const [i, one] of labels.entries()) for (const other of labels.slice(i + 1)) expect(Math.abs(one.x - other.x) > 26 || Math.abs(one.y - other.y) > 9).toBe(true);
});
