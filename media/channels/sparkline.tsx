/** A channel's depth over time, small: a line, its ground, and the capacity as a dashed line. */
import type { VNode } from 'preact';
import { integer, t } from '../state/l10n.js';

interface Props {
  readonly values: readonly number[];
  /** The depth now, which holds after the last value. */
  readonly last: number;
  readonly limit: number | null;
  readonly tone: 'plain' | 'warn' | 'bad';
}

const WIDTH = 110;
const HEIGHT = 18;

export function Sparkline({ values, last, limit, tone }: Props): VNode | null {
  if (values.length === 0 && last === 0) return null;
  const all = [...values, last];
  const top = Math.max(1, limit ?? 0, ...all);
  const y = (v: number): number => HEIGHT - 1.5 - (v / top) * (HEIGHT - 3);
  const x = (i: number): number => (all.length === 1 ? WIDTH : (i / (all.length - 1)) * WIDTH);
  const line = all.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join(' ');
  return (
    <svg class={`spark tone-${tone}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t('from {0} over {1} at most to {2}', integer(all[0] ?? 0), integer(Math.max(...all)), integer(last))} focusable="false">
      {limit === null ? null : <line x1="0" x2={WIDTH} y1={y(limit)} y2={y(limit)} class="limit" />}
      <polygon points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} class="ground" />
      <polyline points={line} />
    </svg>
  );
}
