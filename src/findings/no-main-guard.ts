/** A script without the main guard: each child imports it, and comes to the same start() again. */
import type { Image } from '../model/image.js';
import type { FindingRow, SourceRef } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** From the RuntimeError that multiprocessing.spawn raises in the child. */
const SAYS = 'bootstrapping phase';

interface Case {
  readonly image: Image;
  readonly where: SourceRef | null;
  readonly t: number;
}

export function noMainGuard(scene: Scene): FindingRow[] {
  const cases = new Map<string, Case[]>();
  for (const image of scene.images()) {
    const [first] = casesOf(image).sort((a, b) => Number(b.where !== null) - Number(a.where !== null) || a.t - b.t);
    if (first === undefined) continue;
    // Many children fail at one line: that is one thing to mend.
    const place = first.where === null ? '' : `${first.where.file}:${first.where.line}`;
    const same = cases.get(place);
    if (same === undefined) cases.set(place, [first]);
    else same.push(first);
  }
  return [...cases].map(([place, list]): FindingRow => {
    const first = list.reduce((a, b) => (b.t < a.t || (b.t === a.t && b.image.info.pid < a.image.info.pid) ? b : a));
    return {
      key: `no-main-guard:${place}`,
      rule: 'no-main-guard',
      severity: 'error',
      certain: true,
      process: first.image.proc.key,
      object: null,
      where: first.where,
      sinceMs: first.t,
      message: { template: '{0} (PID {1}) imported the script and came to a start() that is not under the main guard.', args: scene.named(first.image.proc) },
      fix: { template: "Put what starts processes under `if __name__ == '__main__':`, for spawn and forkserver import the script in each child.", args: [] },
      evidence: [{ template: 'multiprocessing raised RuntimeError in {0} of its children while they were bootstrapping.', args: [list.length] }],
    };
  });
}

function casesOf(image: Image): Case[] {
  return [
    ...image.startFailures
      .filter((failure) => (failure.s2 ?? '').startsWith('RuntimeError') && (failure.s2 ?? '').includes(SAYS))
      .map((failure) => ({ image, where: image.site(failure.site), t: failure.t0 })),
    ...image.exceptions
      .filter((exception) => exception.s1.startsWith('RuntimeError') && exception.s1.includes(SAYS))
      .map((exception) => ({ image, where: image.site(exception.site), t: exception.t })),
  ];
}
