/** What was seen to wait in vain, as rules look at it: who waited in what for whom, and which of them wait for each other. */
import { operationOf } from '../model/present.js';
import type { Image } from '../model/image.js';
import type { Proc } from '../model/process.js';
import type { BlockedOp, SourceRef, Text } from '../protocol/view.js';
import { baseName, type Scene } from './scene.js';

/** A process that waits in vain, or did. */
export interface StuckNode {
  readonly proc: Proc;
  readonly image: Image;
  readonly op: BlockedOp;
  readonly obj: number;
  readonly sinceMs: number;
  readonly where: SourceRef | null;
  /** Who could have ended its wait. */
  readonly by: readonly Proc[];
  /** The operating system was asked while it did, and says so too. */
  readonly agreed: boolean;
  /** It waits there still. */
  readonly stands: boolean;
}

/** Processes that wait for each other, directly or through others; in the order in which they began to. */
export type Circle = readonly StuckNode[];

/** Two rules ask for the same. */
const known = new WeakMap<Scene, readonly Circle[]>();

/** All circles that were seen, each once, the first first. A process that waits for itself is one as well. */
export function circlesOf(scene: Scene): readonly Circle[] {
  let circles = known.get(scene);
  if (circles === undefined) {
    circles = findCircles(scene);
    known.set(scene, circles);
  }
  return circles;
}

function findCircles(scene: Scene): Circle[] {
  const seen = new Set<string>();
  const circles: Circle[] = [];
  for (const { t, p } of scene.world.stuck) {
    const nodes = new Map<Proc, StuckNode>();
    for (const [pid, , sinceMs, op, flags, obj, operand, site, by, agreed] of p) {
      const proc = scene.world.table.at(pid, t);
      const image = proc?.imageAt(t) ?? null;
      const name = operationOf(scene.world, { slot: 0, sinceMs, obj, operand, deadlineMs: null, site, op, flags, nativeThread: pid });
      if (proc === null || image === null || name === null) continue;
      const others = by.map((other) => scene.world.table.at(other, t)).filter((other) => other !== null);
      const stands = scene.facts(proc).end === null && proc.latestImage() === image && image.slots.some((slot) => slot.obj === obj && slot.sinceMs === sinceMs && slot.op === op);
      nodes.set(proc, { proc, image, op: name, obj, sinceMs, where: image.site(site), by: others, agreed: agreed === true, stands });
    }
    for (const circle of connected(nodes)) {
      const key = circle.map((node) => `${node.proc.pid} ${node.proc.start} ${node.obj} ${node.sinceMs}`).join();
      if (seen.has(key)) continue;
      seen.add(key);
      circles.push(circle);
    }
  }
  return circles;
}

/** Strongly connected parts (Tarjan's), without those of one process that does not wait for itself. */
function connected(nodes: ReadonlyMap<Proc, StuckNode>): Circle[] {
  const index = new Map<StuckNode, number>();
  const low = new Map<StuckNode, number>();
  const stack: StuckNode[] = [];
  // An event is waited for by many who all could set it: there are as many edges as pairs of them.
  const onStack = new Set<StuckNode>();
  const found: Circle[] = [];
  const next = (node: StuckNode): StuckNode[] => node.by.map((proc) => nodes.get(proc)).filter((other) => other !== undefined);
  const visit = (root: StuckNode): void => {
    // By hand, since five hundred that wait in a row would be five hundred calls deep.
    const work: { readonly node: StuckNode; readonly rest: StuckNode[] }[] = [];
    const enter = (node: StuckNode): void => {
      index.set(node, index.size);
      low.set(node, index.size - 1);
      stack.push(node);
      onStack.add(node);
      work.push({ node, rest: next(node) });
    };
    const lower = (node: StuckNode, to: number): void => {
      low.set(node, Math.min(low.get(node) ?? to, to));
    };
    enter(root);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { node, rest } = top;
      const other = rest.pop();
      if (other !== undefined) {
        if (!index.has(other)) enter(other);
        else if (onStack.has(other)) lower(node, index.get(other) ?? 0);
        continue;
      }
      work.pop();
      const above = work.at(-1);
      if (above !== undefined) lower(above.node, low.get(node) ?? 0);
      if (low.get(node) !== index.get(node)) continue;
      const part = stack.splice(stack.lastIndexOf(node));
      for (const one of part) onStack.delete(one);
      if (part.length > 1 || next(node).includes(node)) found.push(part.sort(inOrder));
    }
  };
  for (const node of [...nodes.values()].sort(inOrder)) if (!index.has(node)) visit(node);
  return found;
}

function inOrder(a: StuckNode, b: StuckNode): number {
  return a.sinceMs - b.sinceMs || a.proc.pid - b.proc.pid;
}

/** More names in one sentence than these nobody reads. */
const MOST_NAMES = 8;
/** And more sentences. */
const MOST_SENTENCES = 24;

/** `a (PID 1), b (PID 2)`, as one argument; of many the first, and how many more. */
export function listed(scene: Scene, procs: readonly Proc[]): string {
  const names = procs.slice(0, MOST_NAMES).map((proc) => `${scene.facts(proc).name} (PID ${proc.pid})`);
  return procs.length > MOST_NAMES ? `${names.join(', ')}, … (+${procs.length - MOST_NAMES})` : names.join(', ');
}

/** What a process waits in, and for whom, as a sentence. */
export function sentence(scene: Scene, node: StuckNode): Text {
  const { proc, op, by } = node;
  const self = scene.named(proc);
  const others = by.filter((other) => other !== proc);
  const [only] = others;
  const name = nameOf(scene, node);
  switch (op) {
    case 'lock':
      return only === undefined
        ? { template: '{0} (PID {1}) waits{2} for {3}, which it holds itself.', args: [...self, at(node), name] }
        : others.length === 1
          ? { template: '{0} (PID {1}) waits{2} for {3}, which {4} (PID {5}) holds.', args: [...self, at(node), name, ...scene.named(only)] }
          : { template: '{0} (PID {1}) waits{2} for {3}, which only processes that wait themselves could release.', args: [...self, at(node), name] };
    case 'join':
    case 'wait':
      return { template: '{0} (PID {1}) waits{2} for the end of {3}.', args: [...self, at(node), listed(scene, others)] };
    case 'get':
    case 'recv':
    case 'poll':
      return only === undefined
        ? { template: '{0} (PID {1}) waits{2} for a message in {3}, into which only it itself could still put one.', args: [...self, at(node), name] }
        : { template: '{0} (PID {1}) waits{2} for a message in {3}, which only {4} could send.', args: [...self, at(node), name, listed(scene, others)] };
    case 'put':
    case 'send':
    case 'feeder-send':
      return { template: '{0} (PID {1}) waits{2} for room in {3}, which only {4} could make.', args: [...self, at(node), name, listed(scene, others.length > 0 ? others : by)] };
    default:
      return { template: '{0} (PID {1}) waits{2} in {3} on {4}, and all who could end that wait themselves.', args: [...self, at(node), CALLS[op] ?? op, name] };
  }
}

const CALLS: Readonly<Partial<Record<BlockedOp, string>>> = { condition: 'wait()', event: 'wait()', barrier: 'wait()', 'queue-join': 'join()', 'join-thread': 'join_thread()' };

/** What each of them waits in, and whether the operating system says so too. */
export function evidenceOf(scene: Scene, circle: Circle): Text[] {
  const said = circle.slice(0, MOST_SENTENCES).map((node) => sentence(scene, node));
  if (circle.length > MOST_SENTENCES) said.push({ template: '{0} more wait in this circle.', args: [circle.length - MOST_SENTENCES] });
  if (!circle.every(({ agreed }) => agreed)) return said;
  const piped = circle.some(({ op }) => PIPED.has(op));
  return [...said, piped
    ? { template: 'The operating system says so too: each of them sleeps, and no other process has an end of these pipes open.', args: [] }
    : { template: 'The operating system says so too: each of them sleeps.', args: [] }];
}

const PIPED: ReadonlySet<BlockedOp> = new Set(['get', 'recv', 'poll', 'put', 'send', 'feeder-send']);

/** The channel or lock that it waits on. */
export function nameOf(scene: Scene, node: StuckNode): string {
  const lock = scene.world.objects.locks.at(node.obj);
  if (lock !== null) return scene.objectName(lock, lock.kind);
  const channel = scene.world.channelAt(node.obj);
  return channel === null ? '?' : scene.channelName(channel);
}

/** Key of it. */
export function keyOfObject(scene: Scene, node: StuckNode): string | null {
  return scene.world.objects.locks.at(node.obj)?.key ?? scene.world.channelAt(node.obj)?.key ?? null;
}

/** Keys of the others of a circle. */
export function keysOfOthers(circle: Circle, self: StuckNode): string[] {
  return circle.filter((node) => node !== self).map(({ proc }) => proc.key).filter((key) => key !== null);
}

function at({ where }: StuckNode): string {
  return where === null ? '' : ` (${baseName(where.file)}:${where.line})`;
}
