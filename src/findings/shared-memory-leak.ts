/** A named piece of shared memory that was created and that nobody unlinked. */
import { isInUse, isLeaked } from '../model/segment-row.js';
import type { Creation, Segment } from '../model/segment-table.js';
import { hasLostRecords } from '../model/unseen.js';
import type { FindingRow, ProcessKind, Text } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** The library's own: they know no segment by name but to remove it. */
const HELPERS: ReadonlySet<ProcessKind> = new Set(['resource-tracker', 'forkserver']);
/** A worker that made a segment for others may end before they open it. Milliseconds. */
const HANDED_OVER = 5000;

interface Leak {
  readonly segment: Segment;
  readonly creation: Creation;
  readonly sinceMs: number;
  /** No tracker will remove it. */
  readonly lasts: boolean;
  readonly certain: boolean;
}

export function sharedMemoryLeak(scene: Scene): FindingRow[] {
  // Elsewhere (Windows) a segment goes with the last process that maps it, and there is nothing to unlink.
  if (scene.world.platform === 'win32' || hasLostRecords(scene.world)) return [];
  const leaks = new Map<string, Leak[]>();
  for (const segment of scene.world.objects.segments.all) {
    const leak = leakOf(scene, segment);
    if (leak === null) continue;
    // A loop leaks many at one line: that is one thing to mend.
    const where = leak.creation.image.site(leak.creation.site);
    const place = `${where === null ? segment.systemName : `${where.file}:${where.line}`}:${leak.lasts ? 'lasts' : 'tracked'}`;
    const same = leaks.get(place);
    if (same === undefined) leaks.set(place, [leak]);
    else same.push(leak);
  }
  return [...leaks].map(([place, list]) => finding(scene, place, list));
}

function leakOf(scene: Scene, segment: Segment): Leak | null {
  const { world } = scene;
  const { creation } = segment;
  // Who outlives the script may unlink it yet.
  if (creation === null || !isLeaked(world, segment) || isInUse(world, segment)) return null;
  if (wasRemovedUnseen(scene, segment, creation)) return null;
  const sinceMs = Math.max(...[...segment.users].map((image) => scene.facts(image.proc).end?.ms ?? creation.t));
  // Others that live may have been given its name, and open and unlink it yet.
  const othersLive = scene.procs.some((proc) => scene.facts(proc).end === null && !HELPERS.has(scene.facts(proc).kind));
  if (othersLive && !world.observerEnded && scene.now - sinceMs < HANDED_OVER) return null;
  return { segment, creation, sinceMs, lasts: !world.objects.segments.isTracked(segment.obj), certain: !othersLive && !mayBeRemovedByProgram(scene, creation) };
}

/** Whether something removed it, or may have, that leaves no record of an unlinking: the script's own unlink() would only raise then. */
function wasRemovedUnseen(scene: Scene, segment: Segment, creation: Creation): boolean {
  // Two trackers: that of one user may have removed it while another used it (py#82300).
  const users = new Set([...segment.users].map((image) => image.proc));
  if (users.size > 1 && scene.procs.filter((proc) => scene.facts(proc).kind === 'resource-tracker').length > 1) return true;
  const name = segment.systemName ?? '';
  return scene.procs.some((proc) => {
    if (proc.images.length > 0) return proc.images.some((image) => image.notes.some((note) => (note.s1 ?? '').startsWith('SharedMemory')));
    const { reason, kind, end, argv } = scene.facts(proc);
    if (HELPERS.has(kind) || (end !== null && end.ms < creation.t)) return false;
    if (reason !== null && reason !== 'not-python') return true;
    return name !== '' && (argv ?? []).some((word) => word.includes(name));
  });
}

/** A program that is not Python can unlink a segment as well, if it was told the name in some other way than on its command line. */
function mayBeRemovedByProgram(scene: Scene, creation: Creation): boolean {
  return scene.procs.some((proc) => {
    const { kind, end } = scene.facts(proc);
    const isProgram = (proc.images.length === 0 && kind === 'subprocess') || (proc.latestImage()?.execs.length ?? 0) > 0;
    return isProgram && (end === null || end.ms >= creation.t);
  });
}

function finding(scene: Scene, place: string, leaks: readonly Leak[]): FindingRow {
  const first = leaks.reduce((a, b) => ((b.creation.t - a.creation.t || b.segment.obj - a.segment.obj) < 0 ? b : a));
  const { segment, creation, lasts } = first;
  const { proc } = creation.image;
  const name = scene.objectName(segment, segment.kind);
  return {
    key: `shared-memory-leak:${place}`,
    rule: 'shared-memory-leak',
    severity: 'warning',
    certain: leaks.every((leak) => leak.certain),
    process: proc.key,
    object: segment.key,
    where: creation.image.site(creation.site),
    sinceMs: first.sinceMs,
    message:
      leaks.length === 1
        ? { template: '{0} (PID {1}) created the shared memory {2}, and nobody unlinked it.', args: [...scene.named(proc), name] }
        : { template: '{3} pieces of shared memory that were made at one line, the first by {0} (PID {1}) as {2}, were never unlinked.', args: [...scene.named(proc), name, leaks.length] },
    fix: { template: 'Call close() in each process that uses it, and unlink() once, in a finally clause of the process that created it; or make it through a SharedMemoryManager.', args: [] },
    evidence: [
      { template: 'Its name in the system is {0}, its size {1} bytes; all processes that used it have ended, and none of them called unlink().', args: [segment.systemName ?? '?', segment.bytes] },
      fate(lasts, creation),
    ],
  };
}

function fate(lasts: boolean, { untracked }: Creation): Text {
  if (!lasts) return { template: 'The resource tracker was told of it: it warns at its end and removes it, so that the memory is not lost for good.', args: [] };
  if (untracked) return { template: 'The resource tracker was not told of it (track=False): it stays until somebody removes it or the machine is restarted.', args: [] };
  return { template: 'The resource tracker was told to forget it: it stays until somebody removes it or the machine is restarted.', args: [] };
}
