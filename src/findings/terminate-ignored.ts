/** SIGTERM was sent to a process, and it lived on well after: a handler, often an inherited one, caught it, or it is blocked or ignored. */
import { joinedProcess } from '../model/present.js';
import type { PidFact, Proc } from '../model/process.js';
import { signalName } from '../model/signals.js';
import { RecordType } from '../model/record-types.js';
import type { FindingRow, ProcessKind, Text } from '../protocol/view.js';
import type { Scene } from './scene.js';

/** Time for a process that tidies up before it ends. Milliseconds. */
const LONG = 5000;
/** The operating system is asked about once a second. Milliseconds. */
const SAMPLE_LAG = 1200;
/** Those whose signal handlers are the script's own. What other programs make of SIGTERM is their matter. */
const OURS: ReadonlySet<ProcessKind> = new Set(['process', 'fork', 'pool-worker', 'executor-worker', 'manager']);

export function terminateIgnored(scene: Scene): FindingRow[] {
  return scene.procs.flatMap((proc) => {
    const sent = firstSent(scene, proc);
    if (sent === null || !livedOn(scene, proc, sent.fact.t0)) return [];
    const { end, created } = scene.facts(proc);
    const sender = sent.image.proc;
    const row: FindingRow = {
      key: `terminate-ignored:${proc.key}`,
      rule: 'terminate-ignored',
      severity: 'warning',
      // It did not die of the signal, which is proved; whether it is about to end in an orderly way, nobody knows.
      certain: false,
      process: proc.key,
      object: null,
      where: sent.image.site(sent.fact.site) ?? created,
      sinceMs: sent.fact.t0,
      message: {
        template: end === null ? '{0} (PID {1}) sent SIGTERM to {2} (PID {3}), which runs on.' : '{0} (PID {1}) sent SIGTERM to {2} (PID {3}), which ran on until SIGKILL ended it.',
        args: [...scene.named(sender), ...scene.named(proc)],
      },
      fix: {
        template: 'Let the handler for SIGTERM end the process, or reset it in the child with signal.signal(signal.SIGTERM, signal.SIG_DFL); kill() cannot be caught.',
        args: [],
      },
      evidence: evidence(scene, proc, sender),
    };
    return [row];
  });
}

/** The first SIGTERM that another process of the run sent to it. */
function firstSent(scene: Scene, proc: Proc): PidFact | null {
  if (!OURS.has(scene.facts(proc).kind)) return null;
  let first: PidFact | null = null;
  for (const sent of proc.signals()) {
    if (signalName(sent.fact.b, scene.world.platform) !== 'SIGTERM' || sent.image.proc === proc) continue;
    if (first === null || sent.fact.t0 < first.fact.t0) first = sent;
  }
  return first;
}

/** Whether it was there long after, and not on its way out. */
function livedOn(scene: Scene, proc: Proc, since: number): boolean {
  const { end, livedUntilMs, reason } = scene.facts(proc);
  // Who ends by itself, however late, has understood. One that SIGKILL had to end has not.
  if (end !== null && end.signal !== 'SIGKILL') return false;
  // One that cannot be looked into may be on its way out.
  if (reason !== null || isLeaving(proc) || isStopped(proc)) return false;
  // Of one that was never seen by the observer nobody would have told that it is gone.
  const seen = proc.lastAliveMs === null ? -Infinity : Math.max(proc.lastAliveMs, scene.now - SAMPLE_LAG);
  const lived = livedUntilMs ?? Math.max(seen, ...proc.images.map((image) => image.lastMs));
  return lived - since >= LONG;
}

/** Its run has come to its end; it may still wait for threads, feeders or children. */
function isLeaving(proc: Proc): boolean {
  return proc.images.some((image) => image.bootstrapEnds.length > 0 || image.exits.length > 0);
}

/** A stopped process takes the signal when it is continued. */
function isStopped(proc: Proc): boolean {
  const state = proc.lastSample?.sample[2] ?? '';
  return 'TtD'.includes(state) && state !== '';
}

function evidence(scene: Scene, proc: Proc, sender: Proc): Text[] {
  const { startMethod, parent } = scene.facts(proc);
  const lines: Text[] = [{ template: '{0} (PID {1}) was still there more than five seconds after the signal: it was caught, blocked or ignored.', args: scene.named(proc) }];
  if (startMethod === 'fork' && parent !== null) {
    lines.push({ template: '{0} (PID {1}) was made by fork, with the signal handlers that {2} (PID {3}) had.', args: [...scene.named(proc), ...scene.named(parent)] });
  }
  const waits = scene.facts(proc).end === null && sender.images.some((image) => scene.waits(image).some(({ slot }) => slot.op === RecordType.JOIN && joinedProcess(scene.world, slot) === proc));
  if (waits) lines.push({ template: '{0} (PID {1}) waits for it in join().', args: scene.named(sender) });
  return lines;
}
