/** Buttons at the edge of the graph, and the legend of its shapes. */
import { signal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { t } from '../state/l10n.js';
import { Icon, type IconName } from '../ui/icons.js';
import { large } from './graph-state.js';

const legend = signal(false);

interface Props {
  readonly fitAll: () => void;
  readonly zoom: (by: number) => void;
  readonly arrange: () => void;
  readonly table: Signal<boolean>;
}

export function GraphTools({ fitAll, zoom, arrange, table }: Props): VNode {
  return (
    <div class="graph-tools">
      <Tool icon="minus" label={t('Zoom out')} run={() => zoom(0.8)} />
      <Tool icon="plus" label={t('Zoom in')} run={() => zoom(1.25)} />
      <Tool icon="whole" label={t('Show all of the graph')} run={fitAll} />
      <Tool icon="again" label={t('Lay out anew')} run={arrange} />
      <Tool icon="table" label={t('Show the graph as a table too')} pressed={table.value} run={() => (table.value = !table.value)} />
      <Tool icon="larger" label={t('Give the graph the whole page')} pressed={large.value} run={() => (large.value = !large.value)} />
      <Tool icon="legend" label={t('What the shapes mean')} expanded={legend.value} run={() => (legend.value = !legend.value)} />
      {legend.value ? <Legend /> : null}
    </div>
  );
}

function Tool(props: { readonly icon: IconName; readonly label: string; readonly pressed?: boolean; readonly expanded?: boolean; readonly run: () => void }): VNode {
  return (
    <button type="button" class="mini" title={props.label} aria-label={props.label} aria-expanded={props.expanded} aria-pressed={props.pressed} onClick={props.run}>
      <Icon name={props.icon} />
    </button>
  );
}

function Legend(): VNode {
  const shapes: readonly (readonly [VNode, string])[] = [
    [<path class="rim" d="M6 1H28A5 5 0 0 1 33 6V10A5 5 0 0 1 28 15H6A5 5 0 0 1 1 10V6A5 5 0 0 1 6 1Z" />, t('process')],
    [<path class="rim channel" d="M8 1H26A7 7 0 0 1 26 15H8A7 7 0 0 1 8 1Z" />, t('queue or pipe, as full as it is coloured')],
    [<path class="rim" d="M6 1H28L33 8L28 15H6L1 8Z" />, t('lock, condition, event or barrier')],
    [<path class="rim" d="M1 1H33V15H1ZM4 1V15" />, t('pool with its workers')],
    [<path class="rim" d="M1 1H26L33 7V15H1Z" />, t('shared object of a manager')],
    [<path class="flow" d="M1 8H25" stroke-width="3" />, t('messages flow: the thicker the more a second')],
    [<path class="quiet" d="M1 8H25" />, t('messages went, none now: how many in all')],
    [<path class="idle" d="M1 8H33" />, t('uses the lock or object')],
    [<path class="wait" d="M1 8H25" />, t('waits for, and since when')],
    [<path class="bad" d="M1 8H25" />, t('waits, and a finding says that it is in vain')],
  ];
  return (
    <dl class="legend" tabIndex={0} aria-label={t('What the shapes mean')}>
      {shapes.map(([shape, words]) => (
        <div key={words}>
          <dt><svg class="graph-swatch" width="34" height="16" aria-hidden="true">{shape}</svg></dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}
