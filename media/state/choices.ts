/** What the user chose, kept by VS Code over hiding, moving and reloading the panel. Choices only, never data. */
import { effect, signal } from '@preact/signals';
import { host } from './host.js';
import { NO_TREE_CHOICES, readTreeChoices, type TreeChoices } from './tree-choices.js';

export const TABS = ['channels', 'locks', 'pools', 'memory', 'shared', 'findings', 'graph', 'details'] as const;
export type Tab = (typeof TABS)[number];
/** What was chosen last: it draws arrows, and its facts stand in the details. */
const CHOSEN = ['process', 'channel', 'object'] as const;
type Chosen = (typeof CHOSEN)[number];

interface Kept {
  readonly process: string | null;
  readonly channel: string | null;
  /** Key of a lock, a pool, a segment or a shared object. */
  readonly object: string | null;
  readonly arrows: Chosen;
  /** null: none was chosen yet. */
  readonly tab: Tab | null;
  readonly filter: string;
  readonly tree: TreeChoices;
  readonly treeShare: number;
  readonly topShare: number;
  readonly channelShare: number;
  readonly following: boolean;
  readonly spanMs: number | null;
  readonly internal: boolean;
  /** The moment looked back at; null: the present. */
  readonly momentMs: number | null;
  /** The drawings of a channel over time are shown. */
  readonly flow: boolean;
}

const DEFAULTS: Kept = {
  process: null, channel: null, object: null, arrows: 'process', tab: null, filter: '', tree: NO_TREE_CHOICES,
  treeShare: 0.495, topShare: 0.64, channelShare: 0.59, following: true, spanMs: null, internal: false, momentMs: null, flow: true,
};

/** Takes from a stored state what has the right type: it may come from another version of this page. */
function readKept(state: unknown): Kept {
  const kept: Record<string, unknown> = { ...DEFAULTS };
  if (typeof state !== 'object' || state === null) return DEFAULTS;
  for (const [name, byDefault] of Object.entries(DEFAULTS)) {
    const value = (state as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (name === 'tab') { if (TABS.some((tab) => tab === value)) kept[name] = value; }
    else if (name === 'arrows') { if (CHOSEN.some((chosen) => chosen === value)) kept[name] = value; }
    else if (name === 'tree') kept[name] = readTreeChoices(value);
    else if (name === 'process' || name === 'channel' || name === 'object') { if (value === null || typeof value === 'string') kept[name] = value; }
    else if (name === 'momentMs') { if (value === null || (typeof value === 'number' && value >= 0)) kept[name] = value; }
    else if (name === 'spanMs') { if (value === null || (typeof value === 'number' && value > 0)) kept[name] = value; }
    else if (typeof byDefault === 'number') { if (typeof value === 'number' && value > 0 && value < 1) kept[name] = value; }
    else if (typeof value === typeof byDefault) kept[name] = value;
  }
  return kept as unknown as Kept;
}

const kept = readKept(host.getState());

export const choices = {
  /** Selected process, channel and object; all may be, the last one chosen draws arrows. */
  process: signal(kept.process),
  channel: signal(kept.channel),
  object: signal(kept.object),
  arrows: signal(kept.arrows),
  tab: signal(kept.tab),
  filter: signal(kept.filter),
  tree: signal(kept.tree),
  treeShare: signal(kept.treeShare),
  topShare: signal(kept.topShare),
  channelShare: signal(kept.channelShare),
  following: signal(kept.following),
  spanMs: signal(kept.spanMs),
  internal: signal(kept.internal),
  momentMs: signal(kept.momentMs),
  flow: signal(kept.flow),
};

export function chooseProcess(key: string | null): void {
  choices.process.value = key;
  choices.arrows.value = 'process';
}

export function chooseChannel(key: string | null): void {
  choices.channel.value = key;
  choices.arrows.value = 'channel';
}

export function chooseObject(key: string | null): void {
  choices.object.value = key;
  choices.arrows.value = 'object';
}

/** Another run has other keys. */
export function chooseNothing(): void {
  choices.process.value = choices.channel.value = choices.object.value = null;
  chooseForTree({ folds: {}, compare: null });
}

export function chooseForTree(change: Partial<TreeChoices>): void {
  choices.tree.value = { ...choices.tree.peek(), ...change };
}

/** The host's name for the run, which it wants back after a reload. */
const token = signal<string | null>(null);

/** Of the run that these choices were made for. */
const madeFor = tokenOf(host.getState());

export function keepToken(given: string): void {
  // A moment of one run is none of another's.
  if (madeFor !== null && madeFor !== given) choices.momentMs.value = null;
  token.value = given;
}

function tokenOf(state: unknown): unknown {
  return typeof state === 'object' && state !== null && 'token' in state ? state.token : null;
}

let saving: ReturnType<typeof setTimeout> | null = null;
let latest: object | null = null;

/** Dragging a splitter changes a choice each frame: what is kept follows a little later. */
effect(() => {
  const now: Kept = {
    process: choices.process.value, channel: choices.channel.value, object: choices.object.value, arrows: choices.arrows.value, tab: choices.tab.value,
    filter: choices.filter.value, tree: choices.tree.value, treeShare: choices.treeShare.value, topShare: choices.topShare.value,
    channelShare: choices.channelShare.value, following: choices.following.value, spanMs: choices.spanMs.value, internal: choices.internal.value,
    momentMs: choices.momentMs.value, flow: choices.flow.value,
  };
  const named = token.value;
  latest = named === null ? now : { ...now, token: named };
  // Not put off by the next change: what changes with each frame would never be kept.
  saving ??= setTimeout(() => {
    saving = null;
    if (latest !== null) host.setState(latest);
  }, 150);
});
