/** Small drawings, as SVG nodes: an icon font would need a hole in the content security policy. */
import type { VNode } from 'preact';
import type { Shape } from '../../src/model/words.js';

const PATHS = {
  stop: 'M4 4h8v8H4z',
  again: 'M12.5 8a4.5 4.5 0 1 1-1.3-3.2L12.5 6M12.5 2.6V6H9.1',
  save: 'M3 3h8l2 2v8H3zM5.5 3v3.5h4.5V3M5 13V9h6v4',
  share: 'M8 10V2.5M5 5.2 8 2.3l3 2.9M3.5 8.5v5h9v-5',
  follow: 'M5 3.5v9l7-4.5z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  source: 'M6 4 2.5 8 6 12M10 4l3.5 4-3.5 4',
  right: 'M6 4l4 4-4 4',
  down: 'M4 6l4 4 4-4',
  before: 'M10 4 6 8l4 4M4.5 4v8',
  next: 'M6 4l4 4-4 4M11.5 4v8',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 8h11M5 5 2 8l3 3M11 5l3 3-3 3',
  whole: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M6 6h4v4H6z',
  larger: 'M4.5 7 8 3.5 11.5 7M8 4v9M2.5 13.5h11',
  table: 'M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.5 6.3V13',
  chosen: 'M3 3.5v9M13 3.5v9M5.5 8h5M7 6.2 5.2 8 7 9.8M9 6.2 10.8 8 9 9.8',
  close: 'M4 4l8 8M12 4l-8 8',
  error: 'M8 1.8 14.5 13.8H1.5zM8 6.2v3.6M8 11.4v.9',
  info: 'M8 2.2a5.8 5.8 0 1 0 .01 0M8 7.3v4M8 4.9v.8',
  help: 'M8 2.2a5.8 5.8 0 1 0 .01 0M6.2 6.6a1.8 1.8 0 1 1 2.7 1.5c-.6.4-.9.7-.9 1.400M8 11.4v.01',
  check: 'M3 8.5 6.5 12 13 4.5',
  up: 'M4 10l4-4 4 4',
  columns: 'M2.5 3.5h11v9h-11zM6.2 3.5v9M9.8 3.5v9',
  view: 'M2.5 4.5h11M4.5 8h7M6.5 11.5h3',
  legend: 'M2.5 4.5h3M2.5 8h3M2.5 11.5h3M8 4.5h5.5M8 8h5.5M8 11.5h5.5',
} as const;

export type IconName = keyof typeof PATHS;
const FILLED: ReadonlySet<IconName> = new Set(['stop', 'follow']);

export function Icon(props: { readonly name: IconName; readonly slot?: string; readonly class?: string }): VNode {
  const filled = FILLED.has(props.name);
  return (
    <svg class={`icon ${props.class ?? ''}`} slot={props.slot} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false"
      fill={filled ? 'currentColor' : 'none'} stroke={filled ? 'none' : 'currentColor'} stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
      <path d={PATHS[props.name]} stroke-width={props.name === 'more' ? 2 : undefined} />
    </svg>
  );
}

/** The state's mark before its words, each with an outline of its own. */
const MARKS: Readonly<Record<Shape, VNode>> = {
  run: <circle cx="5" cy="5" r="3.4" fill="currentColor" />,
  wait: <path d="M3.2 2v6M6.8 2v6" stroke="currentColor" stroke-width="1.8" />,
  sleep: <circle cx="5" cy="5" r="1.6" fill="currentColor" />,
  stop: <rect x="2" y="2" width="6" height="6" fill="currentColor" />,
  start: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="1.2" stroke-dasharray="2.5 2" />,
  zombie: <rect x="1.2" y="1.8" width="7.6" height="6.4" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="2.2 1.4" />,
  orphan: <path d="M5 .8 9.2 5 5 9.2.8 5z" fill="currentColor" />,
  done: <circle cx="5" cy="5" r="3" fill="none" stroke="currentColor" stroke-width="1.3" />,
  failed: <path d="M5 1 9.3 8.8H.7z" fill="currentColor" />,
  killed: <path d="M1.8 1.8l6.4 6.4M8.2 1.8 1.8 8.2" stroke="currentColor" stroke-width="1.9" />,
  lost: <path d="M2.8 3.6C2.8 2.2 3.8 1.4 5 1.4s2.2.8 2.2 2c0 1.6-2.2 1.6-2.2 3.2M5 8.6v.01" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" />,
};

export function Mark(props: { readonly shape: Shape }): VNode {
  return (
    <svg class="mark" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false">
      {MARKS[props.shape]}
    </svg>
  );
}
