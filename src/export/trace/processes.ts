/** Processes: what each was, its states, its waits, and what befell it. */
import type { Proc } from '../../model/process.js';
import { orphanStretch, zombieStretch } from '../../model/present.js';
import { signalName } from '../../model/signals.js';
import type { ProcessRow } from '../../protocol/view.js';
import { ending, plain, stateWords } from '../text/words.js';
import { waitsOf } from '../waits.js';
import { SORT, where, type Scene } from './scene.js';
import { nanoseconds, TraceWriter, type Track } from './writer.js';

/** Hands on after each process: its waits may be many. */
export function* processEvents(scene: Scene): Generator<void, void, undefined> {
  const { model, writer, rows } = scene;
  const lives = new Map<string, Track>();
  for (const [order, row] of rows.entries()) {
    const proc = model.live.procOf(row.key);
    const pid = scene.pid(proc);
    if (proc === null || pid === null) continue;
    writer.process(pid, title(row), order + 1, labels(row));
    const life = lifeOf(scene, row, pid);
    lives.set(row.key, life);
    started(scene, row, life, lives);
    states(scene, proc, pid);
    moments(scene, proc, row, life);
    yield* waits(scene, proc, pid);
    yield;
  }
}

function title(row: ProcessRow): string {
  const target = row.target === null || /^(?:multiprocessing|concurrent\.futures)\./.test(row.target) ? '' : ` (${plain(row.target)})`;
  return plain(row.name) + target;
}

function labels(row: ProcessRow): string {
  const words = [row.kind === 'process' ? null : row.kind, row.startMethod, row.daemon === true ? 'daemon' : null, row.endedMs === null ? row.state : ending(row.exitCode, row.signal)];
  return words.filter((word) => word !== null).join(', ');
}

function lifeOf(scene: Scene, row: ProcessRow, pid: number): Track {
  const from = nanoseconds(row.startedMs);
  const to = TraceWriter.endOf(from, row.endedMs === null ? scene.nowNs : nanoseconds(row.endedMs));
  const track = scene.writer.place(pid, 'life', SORT.life, from, to);
  scene.writer.slice(track, 'process', title(row), from, to, {
    key: row.key,
    pid: row.pid,
    parent: row.parent === null ? null : scene.names.process(row.parent),
    kind: row.kind,
    start_method: row.startMethod,
    daemon: row.daemon,
    target: row.target,
    state: stateWords(row, scene.snapshot),
    exit_code: row.exitCode,
    signal: row.signal,
    sent: row.sent,
    received: row.received,
    not_instrumented: row.reason,
    ...where(row.created),
  });
  return track;
}

/** An arrow from who started it, where that one's life is drawn. */
function started(scene: Scene, row: ProcessRow, life: Track, lives: ReadonlyMap<string, Track>): void {
  const parent = row.parent === null ? undefined : lives.get(row.parent);
  if (parent === undefined) return;
  const { writer } = scene;
  const at = nanoseconds(row.startedMs);
  const track = writer.place(parent.pid, 'starts', SORT.starts, at, TraceWriter.endOf(at, at));
  const name = `start ${plain(row.name)}`;
  writer.slice(track, 'start', name, at, TraceWriter.endOf(at, at), { start_method: row.startMethod, ...where(row.created) });
  const flow = writer.flow();
  writer.arrow('s', flow, track, 'start', 'start', at);
  writer.arrow('f', flow, life, 'start', 'start', at);
}

function states(scene: Scene, proc: Proc, pid: number): void {
  const { model, writer, snapshot } = scene;
  for (const [name, stretch] of [['zombie', zombieStretch(model.world, proc, snapshot.nowMs)], ['orphan', orphanStretch(model.world, proc, snapshot.nowMs)]] as const) {
    if (stretch === null) continue;
    const from = nanoseconds(stretch.from);
    const to = TraceWriter.endOf(from, nanoseconds(Math.min(stretch.to, snapshot.nowMs)));
    writer.slice(writer.place(pid, 'state', SORT.states, from, to), 'state', name, from, to, null);
  }
}

function moments(scene: Scene, proc: Proc, row: ProcessRow, life: Track): void {
  const { writer, model } = scene;
  const { platform } = model.world;
  for (const { fact, image } of proc.signals()) {
    writer.instant(life, false, 'signal', signalName(fact.b, platform), nanoseconds(fact.t0), { from: scene.names.process(model.live.process(image.proc) ?? `pid ${image.proc.pid}`), ...where(image.site(fact.site)) });
  }
  for (const { t, signal } of proc.userSignals) writer.instant(life, false, 'signal', signal, nanoseconds(t), { from: 'Procession' });
  for (const image of proc.images) {
    for (const { t, s1, traceback, site } of image.exceptions) writer.instant(life, false, 'exception', plain(s1.split('\n')[0] ?? ''), nanoseconds(t), { traceback, ...where(image.site(site)) });
  }
  if (row.endedMs !== null) {
    writer.instant(life, false, 'exit', row.state === 'lost' ? 'lost' : ending(row.exitCode, row.signal), nanoseconds(row.endedMs), { exit_code: row.exitCode, signal: row.signal, known_by: row.endKnown });
  }
}

function* waits(scene: Scene, proc: Proc, pid: number): Generator<void, void, undefined> {
  const { writer, names } = scene;
  for (const { kind, fromMs, toMs, open, about, where: ref } of waitsOf(scene.model, proc)) {
    const from = nanoseconds(fromMs);
    const to = TraceWriter.endOf(from, nanoseconds(toMs));
    const what = about === null ? null : names.of(about);
    const reason = kind.replace('blocked-', '');
    writer.slice(writer.place(pid, 'waits', SORT.waits, from, to), kind, what === null ? reason : `${reason}: ${what}`, from, to, { kind: reason, about, object: what, lasts: open ? true : null, ...where(ref) });
    yield;
  }
}
