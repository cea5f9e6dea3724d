/** All of the run's time as one line: where the page looks, what the lanes show of it, and what there is to stop at. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Text } from '../../src/protocol/view.js';
import { currentRange, presentMs, view } from '../lanes/lane-state.js';
import { choices } from '../state/choices.js';
import { clock, seconds, tenths } from '../state/clock.js';
import { t } from '../state/l10n.js';
import { marks, moment, settled, stop } from '../state/moment.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { Icon } from '../ui/icons.js';
import { lookAt, step, toPresent } from './looking.js';
import { exactly, placeMarks } from './track.js';

const width = signal(600);

export function Scrubber(): VNode {
  const at = moment.value;
  return (
    <section class={`scrubber ${at === null ? '' : 'back'}`} aria-label={t('Time')}>
      <div class="steps">
        <Step forward={false} />
        <Step forward />
      </div>
      <Track />
      <Reading />
      {/* Its place is kept: where it came, the line would grow shorter under the hand that drags, past its end, and be at the present again. */}
      <Button look="primary" class={`to-present ${at === null ? 'away' : ''}`} disabled={at === null} label={t('Back to the present')} {...(at === null ? {} : { title: t('Back to the present (Escape)') })} onPress={() => toPresent()}>
        <Icon name="follow" slot="start" />
        <span class="word">{store.run.value?.durationMs === null ? t('Present') : t('End')}</span>
      </Button>
    </section>
  );
}

/** With a channel chosen, its messages are what is stepped through. */
function steppedThrough(): string | null {
  return choices.arrows.peek() === 'channel' ? choices.channel.peek() : null;
}

function Step({ forward }: { readonly forward: boolean }): VNode {
  const channel = choices.arrows.value === 'channel' ? choices.channel.value : null;
  const label = forward ? t('Next event') : t('Event before');
  const title = channel === null
    ? `${label}: ${t('start, end, signal, exception, long wait, finding')} (${forward ? '.' : ','})`
    : `${label}: ${t('messages of {0}', names.channel(channel))} (${forward ? '.' : ','})`;
  const press = (): void => step(forward, steppedThrough());
  return (
    <button type="button" class="mini" title={title} aria-label={label} disabled={forward && moment.value === null} onClick={press}>
      <Icon name={forward ? 'next' : 'before'} />
    </button>
  );
}

/** Where the page looks, in words; after a step, what it stopped at. */
function Reading(): VNode {
  const at = moment.value;
  const event = stop.value;
  return (
    <span class="reading" role="status">
      {at === null ? (
        <Now />
      ) : (
        <>
          <b>{exactly(at)}</b>
          <span class={`unsettled ${settled.value ? 'away' : ''}`} title={t('What was held, and what was wrong, is being worked out for this moment.')}>{' …'}</span>
        </>
      )}
      {event === null ? null : <span class="event">{event === 'missing' ? t('No event on that side.') : words(event.what)}</span>}
    </span>
  );
}

function words(text: Text): string {
  return t(text.template, ...text.args);
}

function Now(): VNode {
  const run = store.run.value;
  if (run?.durationMs === null) void (clock.now() < 60_000 ? tenths : seconds).value;
  return <span class="dim">{run?.durationMs === null ? t('present') : t('all of {0}', exactly(presentMs()))}</span>;
}

function Track(): VNode {
  const box = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const run = store.run.value;
  if (run?.durationMs === null) void (clock.now() < 60_000 ? tenths : seconds).value;
  void view.value;
  const whole = Math.max(1, presentMs());
  const at = moment.value ?? whole;
  const range = currentRange();
  const from = Math.max(0, range.fromMs / whole);
  const to = Math.min(1, range.toMs / whole);
  const look = (event: PointerEvent): void => {
    const element = box.current;
    if (element === null) return;
    const place = element.getBoundingClientRect();
    const share = (event.clientX - place.left) / Math.max(1, place.width);
    if (share >= 1) toPresent();
    else lookAt(share * presentMs());
  };
  return (
    <div
      ref={box}
      class="track"
      role="slider"
      tabIndex={0}
      aria-label={t('Moment shown')}
      aria-valuemin={0}
      aria-valuemax={Math.round(whole)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={moment.value === null ? (run?.durationMs === null ? t('present') : t('all of {0}', exactly(whole))) : t('{0} of {1}', exactly(at), exactly(whole))}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
        look(event);
      }}
      onPointerMove={(event) => {
        if (dragging.current) look(event);
      }}
      onPointerUp={() => (dragging.current = false)}
      onPointerCancel={() => (dragging.current = false)}
      onKeyDown={(event) => {
        if (timeKey(event)) event.preventDefault();
      }}
    >
      <div class="groove" />
      <div class="gone" style={{ width: `${(at / whole) * 100}%` }} />
      {to - from < 0.995 ? <div class="window" style={{ left: `${from * 100}%`, width: `${Math.max(0, to - from) * 100}%` }} /> : null}
      {placeMarks(marks.value, width.value, whole).map((mark) => (
        <span
          key={`${mark.kind} ${mark.atMs}`}
          class={`time-mark ${mark.kind}`}
          style={{ left: `${mark.at * 100}%` }}
          title={mark.marks.slice(0, 6).map((one) => `${exactly(one.atMs)}  ${words(one.what)}`).join('\n') + (mark.marks.length > 6 ? `\n${t('and {0} more', mark.marks.length - 6)}` : '')}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.stopPropagation();
            lookAt(mark.atMs);
          }}
        />
      ))}
      <div class="thumb" style={{ left: `${(at / whole) * 100}%` }} />
    </div>
  );
}

/** The keys of time at the track. @returns whether it was one */
function timeKey(event: KeyboardEvent): boolean {
  const whole = presentMs();
  const at = moment.peek() ?? whole;
  const by = (ms: number): void => {
    const next = at + ms;
    if (next >= whole) toPresent();
    else lookAt(next);
  };
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  switch (event.key) {
    case 'ArrowLeft': case 'ArrowDown': by(event.shiftKey ? -10 : -whole / 100); return true;
    case 'ArrowRight': case 'ArrowUp': by(event.shiftKey ? 10 : whole / 100); return true;
    case 'PageDown': by(-whole / 10); return true;
    case 'PageUp': by(whole / 10); return true;
    case 'Home': lookAt(0); return true;
    case 'End': toPresent(); return true;
    default: return stepKey(event);
  }
}

/** The keys that step and leave the past, wherever there is no text to type. @returns whether it was one */
export function stepKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  switch (event.key) {
    case ',': step(false, steppedThrough()); return true;
    case '.': if (moment.peek() !== null) step(true, steppedThrough()); return true;
    case 'Escape': if (moment.peek() === null) return false; toPresent(); return true;
    default: return false;
  }
}
