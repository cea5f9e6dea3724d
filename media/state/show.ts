/** Shows what a key belongs to: a process in the tree, anything else in its tab. */
import { reveal } from '../processes/tree-state.js';
import { choices, chooseChannel, chooseObject, type Tab } from './choices.js';
import { store } from './store.js';

const TABS_OF: Readonly<Record<string, Tab>> = { l: 'locks', w: 'pools', m: 'memory', o: 'shared' };

/** Brings a tab to the front, and into sight: in a small panel the tabs are below its edge. */
export function showTab(tab: Tab): void {
  choices.tab.value = tab;
  requestAnimationFrame(() => document.querySelector('.panes > .bottom')?.scrollIntoView({ block: 'nearest' }));
}

/** A finding that somebody asked for, in the list of all. */
export function showFinding(key: string): void {
  showTab('findings');
  // The list is drawn in the frame that showTab scrolls in.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const item = document.querySelector<HTMLElement>(`.findings > [data-key="${CSS.escape(key)}"]`);
    item?.scrollIntoView({ block: 'nearest' });
    item?.focus({ preventScroll: true });
  }));
}

export function show(key: string): void {
  const tab = TABS_OF[key.charAt(0)];
  if (key.startsWith('p')) reveal(key);
  else if (key.startsWith('c')) {
    if (store.channels.get(key)?.peek().internal === true) choices.internal.value = true;
    chooseChannel(key);
    showTab('channels');
  } else if (tab !== undefined) {
    if (store.locks.get(key)?.peek().internal === true) choices.internal.value = true;
    chooseObject(key);
    showTab(tab);
  }
}
