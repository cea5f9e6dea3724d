/**
 * The theme's colours as a canvas can use them: mixed by the stylesheet (styles/base.css), read through a probe element, read
 * again when the theme changes.
 */
import { signal } from '@preact/signals';

const NAMES = [
  'bg', 'fg', 'dim', 'line', 'grid', 'accent', 'life', 'life-line', 'queue', 'pipe', 'join', 'lock', 'result', 'other', 'task', 'task-text', 'task-line', 'task-failed', 'alarm', 'zombie', 'orphan', 'send', 'receive',
  'exit', 'signal', 'exception', 'row-selected', 'row-hover', 'arrow', 'edge', 'focus',
] as const;

export type ColorName = (typeof NAMES)[number];

export interface Palette {
  readonly color: Readonly<Record<ColorName, string>>;
  /** The axis's font, from the page. */
  readonly font: string;
  readonly contrast: boolean;
}

let probe: HTMLElement | null = null;

function read(): Palette {
  if (probe === null) {
    probe = document.createElement('span');
    probe.className = 'probe';
    document.body.append(probe);
  }
  const color: Record<string, string> = {};
  for (const name of NAMES) {
    probe.style.color = `var(--c-${name})`;
    color[name] = getComputedStyle(probe).color;
  }
  const style = getComputedStyle(document.body);
  return {
    color: color as Record<ColorName, string>,
    font: `11px ${style.fontFamily}`,
    contrast: document.body.classList.contains('vscode-high-contrast') || document.body.classList.contains('vscode-high-contrast-light') || matchMedia('(forced-colors: active)').matches,
  };
}

/** Null until the page is there. */
export const palette = signal<Palette | null>(null);

export function watchTheme(): void {
  palette.value = read();
  const again = (): void => {
    palette.value = read();
  };
  // VS Code sets the variables on the root's style and the kind of theme on the body's class.
  const observer = new MutationObserver(again);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
  matchMedia('(forced-colors: active)').addEventListener('change', again);
}
