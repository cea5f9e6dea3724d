/** What the pointer is over in the graph, in words. */
import type { VNode } from 'preact';
import { latencies, place } from '../state/format.js';
import { integer, plural, t } from '../state/l10n.js';
import { channelKind } from '../state/names.js';
import type { Shown } from './graph-state.js';
import { kindWord } from './pieces.js';
import { edgeFigures, edgeSentence, nodeWords } from './words.js';

export interface Hovered {
  readonly node: string | null;
  readonly edge: string | null;
  readonly x: number;
  readonly y: number;
}

export function GraphTip({ shown, at }: { readonly shown: Shown; readonly at: Hovered }): VNode | null {
  const said = at.node !== null ? nodeLines(shown, at.node) : at.edge !== null ? edgeLines(shown, at.edge) : null;
  if (said === null) return null;
  const right = at.x > innerWidth - 360;
  const low = at.y > innerHeight - 140;
  return (
    <div class="tip" aria-hidden="true" style={{ left: right ? 'auto' : `${at.x + 14}px`, right: right ? `${innerWidth - at.x + 10}px` : 'auto', top: low ? 'auto' : `${at.y + 16}px`, bottom: low ? `${innerHeight - at.y + 10}px` : 'auto' }}>
      <b>{said.title}</b>
      {said.lines.map((line, i) => <div key={i}>{line}</div>)}
    </div>
  );
}

interface Said {
  readonly title: string;
  readonly lines: readonly string[];
}

function nodeLines({ graph, scene }: Shown, id: string): Said | null {
  const node = graph.nodes.find((one) => one.id === id);
  if (node === undefined) return null;
  const words = nodeWords(node, scene);
  const lines = [words.line];
  const row = scene.processes.get(id);
  if (row !== undefined) {
    lines.push(`PID ${row.pid}`, t('{0} sent, {1} received', integer(row.sent), integer(row.received)));
    if (row.created !== null) lines.push(place(row.created));
  }
  const channel = scene.channels.get(id);
  if (channel !== undefined && !node.folded) {
    lines.splice(0, 1, channelKind(channel), channel.maxsize !== null && channel.maxsize > 0 ? t('{0} of {1} in it', integer(channel.depth), integer(channel.maxsize)) : t('{0} in it, {1} at most so far', integer(channel.depth), integer(channel.maxDepth)));
    lines.push(t('{0} a second in, {1} out', integer(Math.round(channel.putRate)), integer(Math.round(channel.getRate))));
    if (channel.latencyMs !== null) lines.push(`p50 · p99: ${latencies(channel.latencyMs.p50, channel.latencyMs.p99)}`);
    if (channel.created !== null) lines.push(place(channel.created));
  }
  if (node.folded) lines.push(t('Double-click or Space shows them one by one'));
  return { title: `${words.name} (${kindWord(node.kind)})`, lines };
}

function edgeLines({ graph, scene }: Shown, id: string): Said | null {
  const edge = graph.edges.find((one) => one.id === id);
  if (edge === undefined) return null;
  const names = new Map(graph.nodes.map((node) => [node.id, nodeWords(node, scene).name]));
  const figures = edgeFigures(edge, scene.nowMs);
  const lines: string[] = [];
  if (edge.messages !== null) lines.push(plural(edge.messages, '{0} message', '{0} messages'));
  if (edge.rate !== null && edge.rate > 0) lines.push(t('{0} a second', figures.rate));
  if (edge.waiting.length > 0) lines.push(t('for {0}', figures.waiting));
  if (edge.circle) lines.push(t('A part of a circle of waits: none of them can go on.'));
  return { title: edgeSentence(edge, (one) => names.get(one) ?? one, scene), lines };
}
