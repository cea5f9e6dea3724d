/** Nodes and edges as SVG. */
import type { VNode } from 'preact';
import { t } from '../state/l10n.js';
import { Mark } from '../ui/icons.js';
import type { EdgePicture, NodePicture } from './drawing.js';

interface EdgeProps {
  readonly edge: EdgePicture;
  readonly near: boolean;
  readonly found: boolean;
}

export function Edge({ edge, near, found }: EdgeProps): VNode {
  return (
    <g class={`edge ${edge.kind} tone-${edge.tone}${edge.dashed ? ' dashed' : ''}${near ? ' near' : ''}${found ? ' found' : ''}`} data-edge={edge.id}>
      <path class="reach" d={edge.path} />
      <path class="line" d={edge.path} stroke-width={edge.width} />
      {edge.tone === 'flow' ? <path class="pulse" d={edge.path} stroke-width={Math.max(1.4, edge.width * 0.5)} /> : null}
      {edge.arrow === null ? null : <path class="head" d={edge.arrow} />}
    </g>
  );
}

export function EdgeLabel({ edge, near, found }: EdgeProps): VNode | null {
  if (edge.label === '') return null;
  return <text class={`label tone-${edge.tone}${near ? ' near' : ''}${found ? ' found' : ''}`} x={edge.labelAt.x} y={edge.labelAt.y + 4}>{edge.label}</text>;
}

interface NodeProps {
  readonly node: NodePicture;
  readonly chosen: boolean;
  readonly near: boolean;
  /** By the page's filter. */
  readonly found: boolean;
  readonly tabbed: boolean;
}

export function Node({ node, chosen, near, found, tabbed }: NodeProps): VNode {
  const { width: w, height: h } = node;
  const left = node.kind === 'lock' || node.kind === 'channel' ? 18 : 12;
  const classes = ['node', node.kind, `tone-${node.tone}`, ...(node.severity === null ? [] : [`found-${node.severity}`]), ...(node.ended ? ['ended'] : []), ...(chosen ? ['chosen'] : []), ...(near ? ['near'] : []), ...(found ? ['found'] : []), ...(node.circle ? ['circle'] : [])];
  // In SVG names of attributes are as they are written: `tabIndex` would be none.
  return (
    <g class={classes.join(' ')} data-node={node.id} transform={`translate(${node.x - w / 2} ${node.y - h / 2})`} role="button" aria-pressed={chosen} aria-label={spoken(node)} tabindex={tabbed ? 0 : -1}>
      {node.folded ? <path class="stack" d={outline(node, 5, -4)} /> : null}
      {node.folded ? <path class="stack" d={outline(node, 2.5, -2)} /> : null}
      <path class="ground" d={outline(node, 0, 0)} />
      {node.fill === null || node.fill === 0 ? null : <path class="fill" d={filled(node, node.fill)} />}
      <path class="rim" d={outline(node, 0, 0)} />
      <text class="name" x={left} y={16}>{node.name}</text>{' '}
      {node.mark === null ? null : <g class="state" transform={`translate(${left} ${h - 14.5})`}><Mark shape={node.mark} /></g>}
      <text class="says" x={left + (node.mark === null ? 0 : 14)} y={h - 6}>{node.line}</text>
      {node.severity === 'error' || node.severity === 'warning' ? <path class="alarm" d={`M${w - 12} -6l8 14h-16z`} /> : null}
      {node.severity === 'error' || node.severity === 'warning' ? <path class="bang" d={`M${w - 12} -1v4.4M${w - 12} 5.4v.4`} /> : null}
      {node.folded || node.fold !== null ? (
        <g class="sign" data-fold={node.fold ?? node.id} transform={`translate(${w - (node.severity === null ? 14 : 30)} 12)`}>
          <circle r="7" />
          <path d={node.folded && node.fold === null ? 'M-3.5 0h7M0 -3.5v7' : 'M-3.5 0h7'} />
        </g>
      ) : null}
    </g>
  );
}

function spoken(node: NodePicture): string {
  // What is seen comes first, as it is seen: who speaks to the page says what he sees.
  const parts = [`${node.name} ${node.line}`, node.name === node.fullName ? '' : node.fullName, kindWord(node.kind)];
  if (node.severity === 'error' || node.severity === 'warning') parts.push(t('a finding speaks of it'));
  if (node.folded) parts.push(t('folded'));
  return parts.filter((part) => part !== '').join(', ');
}

export function kindWord(kind: NodePicture['kind']): string {
  switch (kind) {
    case 'process': return t('process');
    case 'channel': return t('channel');
    case 'pool': return t('pool');
    case 'lock': return t('lock');
    case 'shared': return t('shared object');
  }
}

/** Each kind has an outline of its own, so that colour is never the only difference. */
function outline({ kind, width: w, height: h }: NodePicture, dx: number, dy: number): string {
  const [l, t0, r, b] = [dx, dy, w + dx, h + dy];
  switch (kind) {
    case 'channel': return capsule(l, t0, r, b, h / 2);
    case 'lock': return `M${l + 11} ${t0}H${r - 11}L${r} ${(t0 + b) / 2}L${r - 11} ${b}H${l + 11}L${l} ${(t0 + b) / 2}Z`;
    case 'shared': return `M${l} ${t0}H${r - 12}L${r} ${t0 + 12}V${b}H${l}Z`;
    case 'pool': return capsule(l, t0, r, b, 3);
    case 'process': return capsule(l, t0, r, b, 7);
  }
}

function capsule(l: number, t0: number, r: number, b: number, radius: number): string {
  const a = `A${radius} ${radius} 0 0 1`;
  return `M${l + radius} ${t0}H${r - radius}${a} ${r} ${t0 + radius}V${b - radius}${a} ${r - radius} ${b}H${l + radius}${a} ${l} ${b - radius}V${t0 + radius}${a} ${l + radius} ${t0}Z`;
}

/** The part of a channel that is full, from the left, within its rounded outline. */
function filled({ width: w, height: h }: NodePicture, share: number): string {
  const r = h / 2;
  const to = Math.max(3, share * w);
  const reach = (x: number): number => (x >= r ? r : Math.sqrt(Math.max(0, r * r - (r - x) * (r - x))));
  if (to <= r) return `M${to} ${r - reach(to)}A${r} ${r} 0 0 0 ${to} ${r + reach(to)}Z`;
  if (to <= w - r) return `M${r} 0H${to}V${h}H${r}A${r} ${r} 0 0 1 ${r} 0Z`;
  const y = reach(w - to);
  return `M${r} 0H${w - r}A${r} ${r} 0 0 1 ${to} ${r - y}V${r + y}A${r} ${r} 0 0 1 ${w - r} ${h}H${r}A${r} ${r} 0 0 1 ${r} 0Z`;
}
