/** Zoom buttons at the axis, and the legend of what the lanes' shapes mean. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { layout } from '../processes/layout.js';
import { t } from '../state/l10n.js';
import { Icon } from '../ui/icons.js';
import { fitAll, zoomBy, zoomToChosen } from './lane-state.js';

const legend = signal(false);

export function LaneTools(): VNode {
  return (
    <div class="lane-anchor">
      <div class="lane-tools" style={{ top: `${layout.value.height - 36}px` }}>
        <Tool icon="minus" label={t('Zoom out')} run={() => zoomBy(1.6)} />
        <Tool icon="plus" label={t('Zoom in')} run={() => zoomBy(1 / 1.6)} />
        <Tool icon="chosen" label={t('Zoom to what is chosen')} run={zoomToChosen} />
        <Tool icon="fit" label={t('Show all of the time')} run={fitAll} />
        <Tool icon="legend" label={t('What the shapes mean')} pressed={legend.value} run={() => (legend.value = !legend.value)} />
        {legend.value ? <Legend /> : null}
      </div>
    </div>
  );
}

function Tool(props: { readonly icon: 'minus' | 'plus' | 'chosen' | 'fit' | 'legend'; readonly label: string; readonly pressed?: boolean; readonly run: () => void }): VNode {
  return (
    <button type="button" class="mini" title={props.label} aria-label={props.label} aria-expanded={props.pressed} onClick={props.run}>
      <Icon name={props.icon} />
    </button>
  );
}

/** The shapes of the legend, each with what it means. */
export function legendRows(): readonly (readonly [string, string])[] {
  return [
    ['life', t('alive')],
    ['queue', t('waits at a queue')],
    ['pipe', t('waits at a pipe')],
    ['join', t('waits in join()')],
    ['lock', t('waits for a lock')],
    ['result', t('waits for a result')],
    ['other', t('waits for something else')],
    ['alarm', t('waits, and a finding says why')],
    ['task', t('task of a pool')],
    ['tasks', t('several tasks, too short to tell apart')],
    ['task-failed', t('task that failed')],
    ['idle', t('worker without a task')],
    ['zombie', t('zombie: ended, not joined')],
    ['orphan', t('orphan: its parent is gone')],
    ['send', t('messages sent')],
    ['receive', t('messages received')],
    ['exit', t('exited')],
    ['signal', t('ended by SIGTERM or SIGINT')],
    ['killed', t('killed by another signal')],
    ['exception', t('exception')],
  ];
}

function Legend(): VNode {
  return (
    <dl class="legend" tabIndex={0} aria-label={t('What the shapes mean')} style={{ maxHeight: `${layout.value.height - 46}px` }}>
      {legendRows().map(([shape, words]) => (
        <div key={shape}>
          <dt><span class={`swatch ${shape}`} /></dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
