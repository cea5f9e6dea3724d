/** Shows what a key belongs to: a process in the tree, anything else in its tab. */
import { reveal } from '../processes/tree-state.js';
import { choices, chooseChannel, chooseObject, type Tab } from './choices.js';
import { store } from './store.js';

const TABS_OF: Readonly<Record<string, Tab>> = { l: 'locks', w: 'pools', m: 'memory', o: 'shared' };

export function show(key: string): void {
  const tab = TABS_OF[key.charAt(0)];
  if (key.startsWith('p')) reveal(key);
  else if (key.startsWith('c')) {
    if (store.channels.get(key)?.peek().internal === true) choices.internal.value = true;
    chooseChannel(key);
    choices.tab.value = 'channels';
  } else if (tab !== undefined) {
    if (store.locks.get(key)?.peek().internal === true) choices.internal.value = true;
    chooseObject(key);
    choices.tab.value = tab;
  }
}
