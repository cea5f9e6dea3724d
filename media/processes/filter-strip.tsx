/** Under the first line while a filter is on: how much it finds, what is filtered often, and the way out of it. */
import type { VNode } from 'preact';
import { choices } from '../state/choices.js';
import { integer, t } from '../state/l10n.js';
import { asksFor, parseQuery } from '../state/query.js';
import { store } from '../state/store.js';
import { Icon } from '../ui/icons.js';
import { tree } from './tree-state.js';
import { commonFilters, toggleFilter } from './view-menu.js';

export function FilterStrip(): VNode | null {
  const filter = choices.filter.value;
  if (parseQuery(filter).length === 0) return null;
  void store.shape.value;
  return (
    <div class="filter-strip">
      <span role="status" class="found">{t('{0} of {1} processes', integer(tree.value.found), integer(store.processes.size))}</span>
      {commonFilters().map(({ term, label }) => {
        const on = asksFor(filter, term);
        return (
          <button key={term} type="button" class={`chip${on ? ' on' : ''}`} aria-pressed={on} title={term} onClick={() => toggleFilter(term)}>
            {on ? <Icon name="check" /> : null}
            {label}
          </button>
        );
      })}
      <button type="button" class="chip" onClick={() => (choices.filter.value = '')}>
        <Icon name="close" />
        {t('Clear the filter')}
      </button>
    </div>
  );
}

/** In the place of rows when the filter leaves none. */
export function NoMatch(): VNode {
  return (
    <div class="empty no-match">
      <p>{t('No process matches {0}', choices.filter.value.trim())}</p>
      <p class="dim">{t('Words are looked for in all that a row tells: name, PID, state, function, channels, command line.')}</p>
      <button type="button" class="link" onClick={() => (choices.filter.value = '')}>{t('Clear the filter')}</button>
    </div>
  );
}

/** What the box understands: the tip of the box. */
export function filterHelp(): string {
  return [
    t('Words are looked for in all that a row tells: name, PID, state, function, channels, command line.'),
    t('By field: {0}', 'name: pid: state: kind: method: daemon: channel: object: function: parent: exit: signal: finding:'),
    t('For example: {0}', 'state:blocked,zombie  pid:123  kind:pool-worker  channel:jobs  function:work  exit:1  signal:SIGKILL  daemon:yes  finding:yes'),
    t('Quotes keep spaces together, a minus in front excludes: {0}', '-state:ended  channel:"my jobs"'),
  ].join('\n');
}
