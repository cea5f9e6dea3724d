/** A process was ended by a signal that the run sent, and its own children ran on: a signal ends one process, not the tree under it. */
import type { Proc } from '../model/process.js';
import type { FindingRow, Text } from '../protocol/view.js';
import { endedByTheRun, orphansOf, type Orphan } from './orphan.js';
import type { Scene } from './scene.js';

/** So many children are named in the message, so many in the evidence. */
const IN_MESSAGE = 3;
const IN_EVIDENCE = 10;

export function terminateOrphanedGrandchildren(scene: Scene): FindingRow[] {
  const left = new Map<Proc, Orphan[]>();
  for (const one of orphansOf(scene)) {
    const siblings = left.get(one.parent);
    if (siblings === undefined) left.set(one.parent, [one]);
    else siblings.push(one);
  }
  return [...left].flatMap(([parent, children]) => {
    const ended = endedByTheRun(scene, parent);
    if (ended === null) return [];
    const { signal, sender, where } = ended;
    const row: FindingRow = {
      key: `terminate-orphaned-grandchildren:${parent.key}`,
      rule: 'terminate-orphaned-grandchildren',
      severity: 'warning',
      certain: true,
      process: parent.key,
      object: null,
      where: where ?? scene.facts(parent).created,
      sinceMs: Math.min(...children.map(({ since }) => since)),
      ...overSince(scene, children),
      message: message(scene, parent, signal, children),
      fix: {
        template: 'End the children too: let the process end them in a handler for SIGTERM, tell all of them by an Event, or end the whole process group. SIGKILL leaves it no time to do so.',
        args: [],
      },
      evidence: [
        { template: '{0} (PID {1}) sent {2} to {3} (PID {4}).', args: [...scene.named(sender), signal, ...scene.named(parent)] },
        ...children.slice(0, IN_EVIDENCE).map(({ proc }) => lived(scene, proc)),
      ],
    };
    return [row];
  });
}

/** When the last of them ended; nothing while one runs on. */
function overSince(scene: Scene, children: readonly Orphan[]): Pick<FindingRow, 'untilMs'> {
  const ends = children.map(({ proc }) => scene.facts(proc).end?.ms ?? Infinity);
  const last = Math.max(...ends);
  return last === Infinity ? {} : { untilMs: last };
}

function message(scene: Scene, parent: Proc, signal: string, children: readonly Orphan[]): Text {
  const running = children.filter(({ proc }) => scene.facts(proc).end === null);
  const over = running.length === 0;
  const meant = over ? children : running;
  const [first] = meant;
  if (first !== undefined && meant.length === 1) {
    return {
      template: over
        ? '{0} (PID {1}) was ended by {2}, and its child {3} (PID {4}) ran on as an orphan.'
        : '{0} (PID {1}) was ended by {2}, and its child {3} (PID {4}) runs on as an orphan.',
      args: [...scene.named(parent), signal, ...scene.named(first.proc)],
    };
  }
  const names = meant.slice(0, IN_MESSAGE).map(({ proc }) => {
    const [name, pid] = scene.named(proc);
    return `${name} (PID ${pid})`;
  });
  return {
    template: over
      ? '{0} (PID {1}) was ended by {2}, and {3} children of it ran on as orphans, among them {4}.'
      : '{0} (PID {1}) was ended by {2}, and {3} children of it run on as orphans, among them {4}.',
    args: [...scene.named(parent), signal, meant.length, names.join(', ')],
  };
}

function lived(scene: Scene, proc: Proc): Text {
  const { end } = scene.facts(proc);
  return end === null
    ? { template: '{0} (PID {1}) is a child of it and has not ended.', args: scene.named(proc) }
    : { template: '{0} (PID {1}) is a child of it and ended later.', args: scene.named(proc) };
}
