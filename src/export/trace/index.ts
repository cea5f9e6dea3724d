/** A run in the Trace Event Format, for ui.perfetto.dev and chrome://tracing. docs/export.md says what becomes what. */
import type { Model } from '../../model/index.js';
import { fill } from '../../protocol/text.js';
import { messageEvents } from './messages.js';
import { processEvents } from './processes.js';
import { Scene, where } from './scene.js';
import { taskEvents } from './tasks.js';
import { nanoseconds, TraceWriter } from './writer.js';

/** A piece is handed on when it has so many characters. */
const PIECE = 64 * 1024;

/**
 * The run as it is now, in pieces of JSON text, made as they are taken: of a live run, what is told while they are taken may be
 * in it or not, and nothing is in it twice.
 */
export function* traceChunks(model: Model): Generator<string, void, undefined> {
  const writer = new TraceWriter();
  const scene = new Scene(model, writer);
  yield head(scene);
  for (const events of [runEvents(scene), processEvents(scene), taskEvents(scene), messageEvents(scene)]) {
    while (events.next().done !== true) if (writer.length >= PIECE) yield writer.take();
  }
  yield `${writer.take()}\n]}\n`;
}

function head({ snapshot }: Scene): string {
  const { run, totals } = snapshot;
  const about = {
    'made-by': 'Procession',
    script: run.scriptName,
    argv: run.argv,
    cwd: run.cwd,
    python: run.python,
    platform: run.platform,
    startedAt: run.startedAt,
    messages: totals.messages,
    // Known by number only: of these there is no slice.
    countedOnly: totals.countedOnly,
    dropped: totals.dropped,
  };
  return `{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[`;
}

/** What is about the run as a whole, with its findings, which are seen across all processes. */
function* runEvents(scene: Scene): Generator<void, void, undefined> {
  const { writer, snapshot } = scene;
  writer.process(scene.runPid, `${snapshot.run.scriptName}: queues, pipes, findings`, 0, null);
  for (const finding of snapshot.findings) {
    const pid = scene.pidOf(finding.process) ?? scene.runPid;
    writer.instant({ pid, tid: 0 }, true, 'finding', finding.rule, finding.sinceMs === null ? scene.nowNs : nanoseconds(finding.sinceMs), {
      severity: finding.severity,
      certain: finding.certain,
      process: finding.process === null ? null : scene.names.process(finding.process),
      object: finding.object === null ? null : scene.names.of(finding.object),
      message: fill(finding.message),
      fix: fill(finding.fix),
      ...where(finding.where),
    });
    yield;
  }
}
