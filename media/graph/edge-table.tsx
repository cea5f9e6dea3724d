/** The graph as a table of its edges: for those who do not see the drawing, and for all who rather read. */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../state/l10n.js';
import type { Shown } from './graph-state.js';
import { nodeWords, edgeFigures, edgeSentence } from './words.js';
import type { GraphEdge } from './types.js';

/** A table that changes several times a second cannot be read aloud. */
const EVERY_MS = 2000;
const MOST = 400;

/** @param visible drawn for all; else only for screen readers */
export function EdgeTable({ shown, visible, onChoose }: { readonly shown: Shown; readonly visible: boolean; readonly onChoose: (id: string) => void }): VNode {
  const told = useTold(shown);
  const { graph, scene, found } = told;
  const names = new Map(graph.nodes.map((node) => [node.id, nodeWords(node, scene).name]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const rows = graph.edges.filter((edge) => found === null || found.edges.has(edge.id)).sort((a, b) => rank(b) - rank(a)).slice(0, MOST);
  return (
    <div class={visible ? 'edge-table' : 'unseen'} tabIndex={visible ? 0 : undefined} role={visible ? 'region' : undefined} aria-label={visible ? t('What goes between processes and channels') : undefined}>
      <table class="plain">
        <caption>{t('What goes between processes and channels')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('What')}</th>
            <th scope="col">{t('From')}</th>
            <th scope="col">{t('To')}</th>
            <th scope="col" class="end">{t('Messages')}</th>
            <th scope="col" class="end">{t('A second')}</th>
            <th scope="col" class="end">{t('Waiting')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((edge) => {
            const figures = edgeFigures(edge, scene.nowMs);
            return (
              <tr key={edge.id} class={`tone-${edge.severity === 'error' ? 'bad' : edge.severity === 'warning' ? 'warn' : 'plain'}`}>
                <th scope="row">{edgeSentence(edge, nameOf, scene)}{edge.circle ? t(' (part of a circle of waits)') : ''}</th>
                <td><Name id={edge.from} name={nameOf(edge.from)} visible={visible} onChoose={onChoose} /></td>
                <td><Name id={edge.to} name={nameOf(edge.to)} visible={visible} onChoose={onChoose} /></td>
                <td class="end">{figures.messages}</td>
                <td class="end">{figures.rate}</td>
                <td class="end">{figures.waiting}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A link where it is seen; unseen there would be stops for the Tab key that nobody sees. */
function Name({ id, name, visible, onChoose }: { readonly id: string; readonly name: string; readonly visible: boolean; readonly onChoose: (id: string) => void }): VNode {
  return visible ? <button type="button" class="link name" onClick={() => onChoose(id)}>{name}</button> : <>{name}</>;
}

/** Circles first, then what a finding speaks of, waits, and what flows. */
function rank(edge: GraphEdge): number {
  return (edge.circle ? 1e12 : 0) + (edge.severity === 'error' ? 1e11 : edge.severity === 'warning' ? 1e10 : 0) + (edge.kind === 'wait' ? 1e9 : 0) + Math.min(1e8, (edge.rate ?? 0) * 1000) + Math.min(999, edge.messages ?? 0) / 1000;
}

function useTold(shown: Shown): Shown {
  const latest = useRef(shown);
  latest.current = shown;
  const [told, tell] = useState(shown);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tell(latest.current);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return told;
}
