/** The lanes' canvas: input, hover, and when to draw. What is drawn is put together in picture.ts, drawn in draw.ts. */
import { effect } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TreeRow } from '../processes/flatten.js';
import { layout, scrollTop } from '../processes/layout.js';
import { activeRow, hoveredRow, tree } from '../processes/tree-state.js';
import { choices } from '../state/choices.js';
import { clock } from '../state/clock.js';
import { inFrame, Stage } from '../state/frame.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import { draw } from './draw.js';
import { Drawn, STILL_MS } from './drawn.js';
import { hit, type Spot } from './hit.js';
import { askLanes, chosenMessage, currentScale, fitAll, follow, panBy, presentMs, view, zoomBy, zoomToChosen, zoomToRange } from './lane-state.js';
import { palette } from './palette.js';
import { makePatterns, type Patterns } from './patterns.js';
import { pictureNow } from './picture.js';
import { toMs, toX } from './scale.js';
import { bandAt } from './shapes.js';
import { lookAt, toPresent } from '../time/looking.js';
import { stepKey } from '../time/scrubber.js';
import { lineAt, siteOf, type Band } from './source.js';
import { Stretch, stretch, Tip, tip } from './tip.js';
import { laneOf } from './told.js';
import { LaneTools } from './tools.js';
import { endWalk, pauseWalk, rowOfKeys, walk, walked, walkedNow } from './walk.js';

interface Props {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly onRow: (row: TreeRow) => void;
  readonly onMenu: (row: TreeRow, x: number, y: number) => void;
  readonly onKeyRow: (by: number) => void;
}

const LEAST_MS = 66;

export function Lanes({ scroller, onRow, onMenu, onKeyRow }: Props): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const looked = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let patterns: { readonly of: unknown; readonly ratio: number; readonly made: Patterns } | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const drawn = new Drawn();
    const still = matchMedia('(prefers-reduced-motion: reduce)');

    const paint = (): void => {
      const element = canvas.current;
      const colors = palette.peek();
      const at = layout.peek();
      if (element === null || colors === null || at.lanesWidth < 1 || at.height < 1) return;
      const ratio = devicePixelRatio || 1;
      const width = Math.round(at.lanesWidth * ratio);
      const height = Math.round(at.height * ratio);
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
        element.style.width = `${at.lanesWidth}px`;
        element.style.height = `${at.height}px`;
      }
      const g = element.getContext('2d');
      if (g === null) return;
      if (patterns?.of !== colors || patterns.ratio !== ratio) patterns = { of: colors, ratio, made: makePatterns(g, colors, ratio) };
      const now = pictureNow();
      const picture = at.narrow ? now : { ...now, momentMs: null };
      const steps = still.matches || moment.peek() !== null;
      // Its size is part of a picture: a canvas that was emptied by another is drawn again.
      if (drawn.differs(picture, store.lanes.peek(), colors, ratio, steps)) {
        g.setTransform(ratio, 0, 0, ratio, 0, 0);
        draw(g, picture, colors, patterns.made);
      }
      placeMoment();
      askLanes();
      if (timer !== null) clearTimeout(timer);
      timer = null;
      // The present moves by pixels: no frame is spent on less, and none for a hair in a long run. Who looks back looks elsewhere.
      if (clock.live) {
        const perPixel = (picture.scale.toMs - picture.scale.fromMs) / picture.scale.width / ratio;
        timer = setTimeout(() => inFrame(Stage.Draw, paint), steps ? STILL_MS : Math.min(1000, Math.max(LEAST_MS, perPixel * 2)));
      }
    };

    // A hand that drags through time moves this one line: the lanes beneath stay as they are drawn.
    const placeMoment = (): void => {
      const line = looked.current;
      if (line === null) return;
      const at = layout.peek();
      const ms = at.narrow ? null : moment.peek();
      line.hidden = ms === null;
      if (ms === null) return;
      // Out of sight on the left all is after it, and on the right nothing is.
      line.style.transform = `translateX(${Math.min(at.lanesWidth + 8, Math.max(-8, toX(currentScale(), ms)))}px)`;
    };
    const stopPlacing = effect(() => {
      void moment.value;
      inFrame(Stage.Draw, layout.peek().narrow ? paint : placeMoment);
    });

    const stop = effect(() => {
      void [palette.value, layout.value, scrollTop.value, store.lanes.value, tree.value, choices.process.value, choices.channel.value, choices.object.value, choices.arrows.value,
        hoveredRow.value, view.value, chosenMessage.value, walked.value, activeRow.value, store.run.value, store.findings.value, store.poolOfWorker.value];
      inFrame(Stage.Draw, paint);
    });

    return () => {
      stop();
      stopPlacing();
      if (timer !== null) clearTimeout(timer);
    };
  }, []);

  useEffect(() => {
    const element = box.current;
    const scrolled = scroller.current;
    if (element === null || scrolled === null) return;
    // Not through Preact: a listener that may prevent scrolling must be registered as not passive.
    const wheel = (event: WheelEvent): void => {
      const at = layout.peek();
      const place = locate(element, event);
      if (place.x < 0) return;
      const scale = currentScale();
      const rowsFit = tree.peek().rows.length * at.rowHeight <= at.height - at.headHeight;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
      if (sideways !== 0) panBy((sideways / scale.width) * (scale.toMs - scale.fromMs));
      else if (event.ctrlKey || event.metaKey || place.onAxis || (rowsFit && !at.narrow)) zoomBy(Math.exp(event.deltaY * 0.0022), toMs(scale, place.x));
      else return;
      event.preventDefault();
    };
    scrolled.addEventListener('wheel', wheel, { passive: false });
    return () => scrolled.removeEventListener('wheel', wheel);
  }, []);

  const drag = useRef<{ x: number; moved: boolean; readonly stretches: boolean; readonly looks: boolean } | null>(null);

  /** On the axis a press is a look at that moment. */
  const lookThere = (x: number): void => {
    const ms = toMs(currentScale(), x);
    if (ms >= presentMs()) toPresent();
    else lookAt(ms);
  };

  const begin = (event: PointerEvent, element: HTMLElement): void => {
    const place = locate(element, event);
    const looks = place.onAxis && !event.shiftKey;
    drag.current = { x: event.clientX, moved: false, stretches: event.shiftKey, looks };
    if (event.shiftKey) stretch.value = { from: place.x, to: place.x };
    if (looks) lookThere(place.x);
  };

  /** @returns whether it was more than a click */
  const release = (): boolean => {
    const dragged = drag.current;
    const drawn = stretch.peek();
    drag.current = stretch.value = null;
    if (dragged?.moved === true && drawn !== null) {
      const scale = currentScale();
      const [from, to] = [Math.min(drawn.from, drawn.to), Math.max(drawn.from, drawn.to)];
      zoomToRange({ fromMs: toMs(scale, from), toMs: toMs(scale, to) });
    }
    return dragged?.moved === true || dragged?.looks === true;
  };

  // Narrow, the lanes let the pointer through to the rows above them: what it does in a row's lane is heard at the scroller.
  useEffect(() => {
    const scrolled = scroller.current;
    const element = box.current;
    if (scrolled === null || element === null || !layout.value.narrow) return;
    const inLane = (event: PointerEvent): boolean => {
      const at = layout.peek();
      const { y, onAxis } = locate(element, event);
      return onAxis || (y > at.headHeight && (y - at.headHeight + scrollTop.peek()) % at.rowHeight >= at.textHeight);
    };
    const pressed = (event: PointerEvent): void => {
      if (event.button === 0 && event.pointerType === 'mouse' && inLane(event)) begin(event, element);
    };
    const moved = (event: PointerEvent): void => {
      if (drag.current !== null || inLane(event)) move(event);
      else tip.value = null;
    };
    const released = (): void => void release();
    const left = (): void => {
      tip.value = null;
    };
    scrolled.addEventListener('pointerdown', pressed);
    scrolled.addEventListener('pointermove', moved);
    scrolled.addEventListener('pointerleave', left);
    addEventListener('pointerup', released);
    return () => {
      scrolled.removeEventListener('pointerdown', pressed);
      scrolled.removeEventListener('pointermove', moved);
      scrolled.removeEventListener('pointerleave', left);
      removeEventListener('pointerup', released);
    };
  }, [layout.value.narrow]);

  const rowOf = (y: number): TreeRow | undefined => {
    const at = layout.peek();
    return y < at.headHeight ? undefined : tree.peek().rows[Math.floor((y - at.headHeight + scrollTop.peek()) / at.rowHeight)];
  };

  const hover = (event: PointerEvent): void => {
    const element = box.current;
    if (element === null) return;
    const place = locate(element, event);
    const row = rowOf(place.y);
    hoveredRow.value = row?.id ?? null;
    const lane = row?.process == null ? null : laneOf(row.process);
    const reply = store.lanes.peek();
    if (row?.process == null || lane === null || reply === null) {
      tip.value = null;
      return;
    }
    const found = hit(lane, names.process(row.process), spotAt(toMs(currentScale(), place.x)), names, reply.sites);
    tip.value = found.lines.length === 0 ? null : { ...found, x: event.clientX, y: event.clientY };
  };

  const move = (event: PointerEvent): void => {
    const dragged = drag.current;
    if (dragged?.looks === true && box.current !== null) {
      lookThere(locate(box.current, event).x);
      return;
    }
    if (dragged === null) {
      hover(event);
      return;
    }
    const by = event.clientX - dragged.x;
    if (!dragged.moved && Math.abs(by) < 3) return;
    dragged.moved = true;
    tip.value = null;
    if (dragged.stretches) {
      const drawn = stretch.peek();
      if (drawn !== null && box.current !== null) stretch.value = { from: drawn.from, to: locate(box.current, event).x };
      return;
    }
    dragged.x = event.clientX;
    const scale = currentScale();
    panBy((-by / scale.width) * (scale.toMs - scale.fromMs));
  };

  const bandOf = (y: number): Band => {
    const row = rowOf(y);
    const lane = row?.process == null ? null : laneOf(row.process);
    const at = layout.peek();
    const inRow = (y - at.headHeight + scrollTop.peek()) % at.rowHeight;
    return bandAt(inRow - at.laneTop - at.laneHeight / 2, lane !== null && lane.tasks.length > 0);
  };

  const goOn = (forward: boolean): void => {
    if (rowOfKeys() === undefined) onKeyRow(1);
    tip.value = null;
    walk(forward);
  };

  const at = layout.value;
  return (
    <div
      ref={box}
      class="lanes"
      role="application"
      aria-label={t('Timeline of the processes')}
      aria-roledescription={t('timeline')}
      aria-describedby="lanes-keys"
      tabIndex={0}
      style={{ left: `${at.lanesLeft}px`, width: `${at.lanesWidth}px` }}
      onPointerDown={(event) => {
        if (event.button !== 0 || isTool(event.target)) return;
        begin(event, event.currentTarget);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={(event) => {
        if (drag.current === null || release()) return;
        const row = box.current === null ? undefined : rowOf(locate(box.current, event).y);
        if (row !== undefined) onRow(row);
      }}
      onPointerCancel={() => (drag.current = stretch.value = null)}
      onPointerLeave={() => {
        tip.value = null;
        hoveredRow.value = null;
      }}
      onDblClick={(event) => {
        // The target is the canvas or, since the pointer was captured, this element.
        if (box.current === null || isTool(event.target)) return;
        const place = locate(box.current, event);
        if (place.onAxis) fitAll();
        else openLine(rowOf(place.y), toMs(currentScale(), place.x), bandOf(place.y), event.ctrlKey || event.metaKey);
      }}
      onBlur={pauseWalk}
      onContextMenu={(event) => {
        event.preventDefault();
        const row = box.current === null ? undefined : rowOf(locate(box.current, event).y);
        if (row !== undefined) onMenu(row, event.clientX, event.clientY);
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        const scale = currentScale();
        const step = (scale.toMs - scale.fromMs) / 10;
        switch (event.key) {
          case 'ArrowLeft': case 'ArrowRight': {
            const forward = event.key === 'ArrowRight';
            if (event.shiftKey) goOn(forward);
            else panBy(forward ? step : -step);
            break;
          }
          case 'ArrowDown': onKeyRow(1); break;
          case 'ArrowUp': onKeyRow(-1); break;
          case '+': case '=': zoomBy(1 / 1.4); break;
          case '-': zoomBy(1.4); break;
          case 'Home': panBy(-scale.fromMs - step * 0.2); break;
          case 'End': case 'f': if (moment.peek() === null) follow(true); else toPresent(true); break;
          case '0': fitAll(); break;
          case 'z': zoomToChosen(); break;
          case 'Enter': openOfKeys(event.ctrlKey || event.metaKey); break;
          case 'Escape':
            if (drag.current === null && !endWalk() && !stepKey(event)) return;
            drag.current = stretch.value = null;
            break;
          default: if (!stepKey(event)) return;
        }
        event.preventDefault();
      }}
    >
      <LaneTools />
      <div class="looked-at" aria-hidden="true">
        <div class="frame" style={{ width: `${at.lanesWidth}px`, height: `${at.height}px` }}>
          <div ref={looked} class="moment" hidden style={{ '--axis': `${at.axisTop + at.axisHeight}px`, '--rows': `${at.headHeight}px` }} />
        </div>
      </div>
      <canvas ref={canvas} aria-hidden="true" />
      <span id="lanes-keys" class="unseen">
        {t('Left and right move in time, with Shift they go from piece to piece of the chosen process, whose line Enter opens; plus and minus zoom, 0 shows all, Z what is chosen, F follows the present, up and down choose a process. A table of the same follows.')}
      </span>
      <Stretch />
      <Tip box={box} />
    </div>
  );
}

function isTool(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button,vscode-button,.legend') !== null;
}

/** Opens what stands behind a moment of a row in the editor. */
function openLine(row: TreeRow | undefined, ms: number, band: Band, beside: boolean): void {
  const process = row?.process == null ? undefined : store.processes.get(row.process)?.peek();
  if (process === undefined) return;
  const where = lineAt(process, laneOf(process.key), store.lanes.peek()?.sites ?? [], spotAt(ms), band);
  if (where !== null) host.open(where, beside);
}

/** The line of the piece that the keys are at, else where the row's process waits or was created. */
function openOfKeys(beside: boolean): void {
  const row = rowOfKeys();
  const process = row?.process == null ? undefined : store.processes.get(row.process)?.peek();
  if (process === undefined) return;
  const piece = walkedNow()?.piece;
  const where = piece === undefined ? (process.blocked.find((wait) => wait.where !== null)?.where ?? null) : siteOf(store.lanes.peek()?.sites ?? [], piece);
  if (where !== null) host.open(where, beside);
  else if (piece !== undefined) openLine(row, (piece.fromMs + piece.toMs) / 2, 'bar', beside);
  else if (process.created !== null) host.open(process.created, beside);
}

/** What the pointer touches at a moment. */
function spotAt(ms: number): Spot {
  const scale = currentScale();
  const slackMs = (4 / scale.width) * (scale.toMs - scale.fromMs);
  const query = store.lanes.peek()?.query;
  const columnMs = query === undefined ? 1 : (query.toMs - query.fromMs) / query.pixels;
  return { ms, slackMs, column: (ms - (query?.fromMs ?? 0)) / columnMs, columnSlack: Math.max(1, slackMs / columnMs) };
}

/** The element spans the whole sheet; the canvas sticks to the top of what is seen. */
function locate(element: HTMLElement, event: MouseEvent): { readonly x: number; readonly y: number; readonly onAxis: boolean } {
  const at = layout.peek();
  const box = element.getBoundingClientRect();
  const top = (element.querySelector('canvas') ?? element).getBoundingClientRect().top;
  const y = event.clientY - top;
  return { x: event.clientX - box.left, y, onAxis: y >= at.axisTop && y < at.axisTop + at.axisHeight };
}
