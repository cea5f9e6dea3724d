/** Which tabs the lower part has: those of kinds that the run has none of are not there. */
import { computed } from '@preact/signals';
import type { TabSpec } from '../ui/controls.js';
import { Channels } from '../channels/channels.js';
import { choices, type Tab } from '../state/choices.js';
import { nowFor, seconds } from '../state/clock.js';
import { t } from '../state/l10n.js';
import { store, type Rows } from '../state/store.js';
import { isInternal } from './pane.js';
import { Locks } from './locks.js';
import { Memory } from './memory.js';
import { Pools } from './pools.js';
import { SharedObjects } from './shared.js';
import { heldByEnded } from './words.js';
import type { ObjectRow } from '../state/names.js';

/** A wait shorter than this is how locks work. */
const LONG_MS = 1000;

type Tone = '' | 'busy' | 'warn' | 'bad';
const LOUDER: readonly Tone[] = ['', 'busy', 'warn', 'bad'];

interface Standing {
  readonly count: number;
  readonly tone: Tone;
}

/** How many there are to see, and how loud their tab is: the loudest of what any of them calls for. */
function standing<Row extends ObjectRow>(rows: Rows<Row>, toneOf: (row: Row) => Tone): Standing {
  let count = 0;
  let tone: Tone = '';
  for (const key of rows.keys.value) {
    const row = rows.get(key)?.value;
    if (row === undefined || (isInternal(row) && !choices.internal.value)) continue;
    count++;
    const found = store.findingOfObject.value.get(key)?.severity;
    const own = found === 'error' ? 'bad' : found === 'warning' ? 'warn' : toneOf(row);
    if (LOUDER.indexOf(own) > LOUDER.indexOf(tone)) tone = own;
  }
  return { count, tone };
}

function waitsLong(row: { readonly waiters: readonly { readonly sinceMs: number }[] }): Tone {
  if (row.waiters.length === 0) return '';
  // The second hand, so that the tab speaks up when a wait becomes a long one, though no row changes then.
  void seconds.value;
  return row.waiters.some((waiter) => nowFor(waiter.sinceMs) - waiter.sinceMs > LONG_MS) ? 'busy' : '';
}

const locks = computed(() => standing(store.locks, (row) => (heldByEnded(row) ? 'warn' : waitsLong(row))));
const pools = computed(() => standing(store.pools, (row) => (row.state === 'broken' ? 'bad' : row.failed + row.lost > 0 ? 'warn' : '')));
const memory = computed(() => standing(store.segments, (row) => (row.leaked ? 'warn' : '')));
const shared = computed(() => standing(store.shared, waitsLong));
const channels = computed(() => store.channels.keys.value.filter((key) => choices.internal.value || store.channels.get(key)?.peek().internal !== true).length);

/** Of each tab, whether there is something in it. */
function has(tab: Tab): boolean {
  switch (tab) {
    case 'channels': return channels.value > 0;
    case 'locks': return locks.value.count > 0;
    case 'pools': return pools.value.count > 0;
    case 'memory': return memory.value.count > 0;
    case 'shared': return shared.value.count > 0;
    case 'findings': case 'graph': case 'details': return true;
  }
}

let first: Tab | null = null;

/** The tab that was chosen, where it is there; until one is, the first that has anything, and then it stays. */
export const activeTab = computed((): Tab => {
  const chosen = choices.tab.value;
  if (chosen !== null) return chosen === 'channels' || has(chosen) ? chosen : 'channels';
  if (first === null || !has(first)) first = (['channels', 'pools', 'locks', 'shared', 'memory'] as const).find(has) ?? null;
  return first ?? 'channels';
});

export function objectTabs(): readonly TabSpec[] {
  const spec = (id: Tab, label: string, { count, tone }: Standing, body: TabSpec['body']): TabSpec =>
    ({ id, label, badge: count === 0 ? null : { text: String(count), class: tone, words: toneWords(tone) }, hidden: count === 0, body });
  return [
    { ...spec('channels', t('Channels'), { count: channels.value, tone: '' }, () => <Channels />), hidden: false },
    spec('locks', t('Locks'), locks.value, () => <Locks />),
    spec('pools', t('Pools'), pools.value, () => <Pools />),
    spec('memory', t('Memory'), memory.value, () => <Memory />),
    spec('shared', t('Shared objects'), shared.value, () => <SharedObjects />),
  ];
}

/** What the badge's colour says, for those who do not see it. */
function toneWords(tone: Tone): string | null {
  switch (tone) {
    case '': return null;
    case 'busy': return t('somebody waits for long');
    case 'warn': case 'bad': return t('something is wrong');
  }
}
