/** A daemonic process tried to start a child, which multiprocessing refuses. */
import type { FindingRow } from '../protocol/view.js';
import type { Scene } from './scene.js';

export function daemonWithChildren(scene: Scene): FindingRow[] {
  return scene.images().flatMap((image) =>
    image.startFailures
      .filter((failure) => (failure.s2 ?? '').startsWith('AssertionError') && (failure.s2 ?? '').includes('daemonic processes are not allowed'))
      .map((failure, i): FindingRow => ({
        key: `daemon-with-children:${image.proc.key}:${i}`,
        rule: 'daemon-with-children',
        severity: 'error',
        certain: true,
        process: image.proc.key,
        object: null,
        where: image.site(failure.site),
        sinceMs: failure.t0,
        message: { template: '{0} (PID {1}) is daemonic and tried to start a child, which is not allowed.', args: scene.named(image.proc) },
        fix: { template: 'Make the parent non-daemonic, or use threads or concurrent.futures inside it: a daemonic process is ended without a chance to end its children.', args: [] },
        evidence: [{ template: 'start() raised {0}.', args: [oneLine(failure.s2 ?? '')] }],
      })),
  );
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
