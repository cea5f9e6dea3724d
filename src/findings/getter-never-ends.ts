/** A consumer waits for messages that nobody will send, while those who could wait for its end. */
import type { FindingRow } from '../protocol/view.js';
import { isOfGetters } from './deadlock-cycle.js';
import { circlesOf, keyOfObject, keysOfOthers, evidenceOf, listed, nameOf, type Circle, type StuckNode } from './verdicts.js';
import type { Scene } from './scene.js';

export function getterNeverEnds(scene: Scene): FindingRow[] {
  return circlesOf(scene).flatMap((circle) => {
    if (!isOfGetters(circle)) return [];
    const waiting = circle.filter(({ op }) => op === 'join' || op === 'wait');
    return circle.filter((node) => !waiting.includes(node)).map((getter) => finding(scene, circle, getter, waiting));
  });
}

function finding(scene: Scene, circle: Circle, getter: StuckNode, waiting: readonly StuckNode[]): FindingRow {
  const stands = circle.every((node) => node.stands);
  const args = [...scene.named(getter.proc), nameOf(scene, getter), listed(scene, waiting.map(({ proc }) => proc))];
  return {
    key: `getter-never-ends:${getter.proc.key}:${getter.obj}:${getter.sinceMs}`,
    rule: 'getter-never-ends',
    severity: 'error',
    certain: true,
    process: getter.proc.key,
    others: keysOfOthers(circle, getter),
    object: keyOfObject(scene, getter),
    where: getter.where,
    sinceMs: Math.max(...circle.map(({ sinceMs }) => sinceMs)),
    message: stands
      ? { template: '{0} (PID {1}) waits for ever for a message in {2}: nobody will send one any more, and {3} waits for it to end.', args }
      : { template: '{0} (PID {1}) waited in vain for a message in {2}: nobody would send one any more, and {3} waited for it to end.', args },
    fix: { template: 'Put a sentinel (None, one for each consumer) when there is nothing more to come, and let the consumer end when it gets it.', args: [] },
    evidence: evidenceOf(scene, circle),
  };
}
