/** A small drawing with its title, and the same as a table for who cannot see it. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { palette, type Palette } from '../lanes/palette.js';
import { inFrame, Stage } from '../state/frame.js';
import { useSize } from './size.js';

interface Props {
  readonly class: string;
  readonly title: ComponentChildren;
  /** What a reader of screens says in place of the drawing. */
  readonly label: string;
  readonly draw: (g: CanvasRenderingContext2D, box: { readonly width: number; readonly height: number }, colors: Palette) => void;
  /** Where the pointer is, in pixels from its left; null: elsewhere. `width`: of the drawing. */
  readonly onPoint: (x: number | null, width: number) => void;
  readonly onWidth?: (width: number) => void;
  readonly table: VNode;
}

export function Chart(props: Props): VNode {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const colors = palette.value;
  const latest = useRef<() => void>(() => undefined);
  latest.current = () => {
    const element = canvas.current;
    const g = element?.getContext('2d') ?? null;
    if (element === null || g === null || colors === null || size.width === 0) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    props.draw(g, size, colors);
  };
  const paint = useRef(() => latest.current()).current;
  useEffect(() => inFrame(Stage.Draw, paint));
  const { onWidth } = props;
  useEffect(() => {
    if (size.width > 0) onWidth?.(size.width);
  }, [size.width]);
  return (
    <figure class={`chart ${props.class}`}>
      <figcaption>{props.title}</figcaption>
      <div ref={box} class="canvas-box" onPointerMove={(event) => props.onPoint(event.offsetX, size.width)} onPointerLeave={() => props.onPoint(null, size.width)}>
        <canvas ref={canvas} role="img" aria-label={props.label} />
      </div>
      <div class="unseen">{props.table}</div>
    </figure>
  );
}
