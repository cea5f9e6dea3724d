/** An item that the feeder thread could not pickle: put() had returned, and the item is lost. */
import type { RecordFact } from '../model/facts.js';
import type { Image } from '../model/image.js';
import type { FindingRow } from '../protocol/view.js';
import { oneLine } from './daemon-with-children.js';
import type { Scene } from './scene.js';

/** Errors of the pipe, not of the item. */
const OF_THE_PIPE = /^(OSError|BrokenPipeError|ConnectionError|ConnectionResetError|ConnectionAbortedError|EOFError|InterruptedError)$/;

export function putNotPicklable(scene: Scene): FindingRow[] {
  return scene.images().flatMap((image) => {
    const byPlace = new Map<string, RecordFact[]>();
    for (const error of image.feederErrors) {
      if (OF_THE_PIPE.test((error.s1 ?? '').split('\n')[0] ?? '')) continue;
      const place = `${error.obj}:${error.site}`;
      byPlace.set(place, [...(byPlace.get(place) ?? []), error]);
    }
    return [...byPlace.values()].map((errors) => finding(scene, image, errors));
  });
}

function finding(scene: Scene, image: Image, errors: readonly RecordFact[]): FindingRow {
  const [first] = errors as [RecordFact];
  const channel = scene.world.channelAt(first.obj);
  const where = image.site(first.site);
  const name = channel === null ? 'Queue' : scene.channelName(channel);
  return {
    key: `put-not-picklable:${image.proc.key}:${channel?.key ?? ''}:${where === null ? '' : `${where.file}:${where.line}`}`,
    rule: 'put-not-picklable',
    severity: 'error',
    certain: true,
    process: image.proc.key,
    object: channel?.key ?? null,
    where,
    sinceMs: first.t0,
    message:
      errors.length === 1
        ? { template: 'An item that {0} (PID {1}) put into {2} could not be pickled and is lost.', args: [...scene.named(image.proc), name] }
        : { template: '{3} items that {0} (PID {1}) put into {2} could not be pickled and are lost.', args: [...scene.named(image.proc), name, errors.length] },
    fix: { template: 'Put only what can be pickled: no lambdas, local functions, open files or locks. The feeder thread pickles after put() has returned, so put() cannot raise; SimpleQueue.put() does.', args: [] },
    evidence: [{ template: 'The feeder thread raised {0}.', args: [oneLine((first.s1 ?? '').replace('\n', ': '))] }],
  };
}
