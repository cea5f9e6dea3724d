/** Entry of the webview: wires the host's messages to the store and draws the page. */
import { options, render } from 'preact';
import { effect } from '@preact/signals';
import { App } from './app.js';
import { askMessagesAgain, lookBack } from './channels/message-state.js';
import { takeStacks } from './details/stacks.js';
import { askAgain, chosenMessage } from './lanes/lane-state.js';
import { watchTheme } from './lanes/palette.js';
import { chooseNothing, keepToken } from './state/choices.js';
import { clock, tick } from './state/clock.js';
import { inFrame, Stage } from './state/frame.js';
import { holdFocus, watchFocus } from './state/keep-focus.js';
import { host, listen } from './state/host.js';
import { useTexts } from './state/l10n.js';
import { marks, moment, settled } from './state/moment.js';
import { show, showFinding } from './state/show.js';
import { store } from './state/store.js';
import { answered, forget, hold, lookAgain, stepped } from './time/looking.js';
import { PastFrames } from './time/past-frames.js';
import { stepKey } from './time/scrubber.js';
import { activeRow } from './processes/tree-state.js';
import { lanesOfTold } from '../src/protocol/lanes.js';
import type { ToWebview } from '../src/protocol/messages.js';
import './main.css';

// Preact renders in the frame's second stage, after all that the host said since the last frame.
options.debounceRendering = (render) => {
  inFrame(Stage.Render, render);
  inFrame(Stage.Draw, holdFocus);
};

type Told = Exclude<ToWebview, { type: 'reply' }>;
let told: Told[] = [];

function applyAll(): void {
  const now = told;
  told = [];
  for (const message of now) {
    if (message.type !== 'past') apply(message);
    // Else told on its way while the page went back to the present.
    else if (moment.peek() !== null) past.take(message.past);
  }
  if (moment.peek() === null) past.clear();
  if (past.goOn()) inFrame(Stage.Draw, inNextFrame);
  inFrame(Stage.Draw, pastRendered);
  hold(past.waits);
  tick();
}

/** What the first stage asks for in the last one belongs to the next frame. */
function inNextFrame(): void {
  inFrame(Stage.Apply, applyAll);
}

function pastRendered(): void {
  past.rendered();
}

const past = new PastFrames({
  processes: (one) => store.pastProcesses(one),
  objects: (one) => {
    store.pastObjects(one);
    settled.value = one.exact && one.atMs === moment.peek();
  },
});

function apply(message: Exclude<Told, { type: 'past' }>): void {
  switch (message.type) {
    case 'init':
      useTexts(message.texts, message.locale);
      document.documentElement.lang = message.locale;
      store.live.value = message.live;
      keepToken(message.token);
      draw();
      break;
    case 'snapshot': {
      past.clear();
      const first = store.run.peek() === null;
      const other = store.run.peek() !== null && store.run.peek()?.id !== message.snapshot.run.id;
      if (other) {
        chooseNothing();
        forget();
        activeRow.value = chosenMessage.value = null;
      }
      clock.set(message.snapshot.nowMs, goesOn(message.snapshot.run.durationMs));
      store.snapshot(message.snapshot);
      askAgain();
      if (first) lookAgain();
      askMessagesAgain();
      break;
    }
    case 'delta':
      store.delta(message.delta);
      clock.set(message.delta.nowMs, goesOn(store.run.peek()?.durationMs ?? null));
      break;
    case 'present':
      if (message.run !== null) store.run.value = message.run;
      clock.set(message.nowMs, goesOn(store.run.peek()?.durationMs ?? null));
      break;
    case 'marks':
      marks.value = message.marks;
      break;
    case 'stepped':
      stepped(message.event);
      break;
    case 'lanes':
      store.lanes.value = lanesOfTold(message.reply);
      break;
    case 'messages':
      store.messages.value = message.reply;
      break;
    case 'flow':
      store.flow.value = message.reply;
      break;
    case 'chain':
      store.chain.value = message.chain;
      break;
    case 'tasks':
      store.tasks.value = { pool: message.pool, total: message.total, rows: message.rows };
      break;
    case 'stacks':
      takeStacks(message.stacks, message.reveal);
      break;
    case 'show':
      if (message.what === 'process') show(message.key);
      else showFinding(message.key);
      break;
    case 'failed':
      store.failed.value = message.message;
      if (drawn === 0) draw();
      break;
  }
}

/** Time goes on while the host is live and the run has no duration yet. */
function goesOn(durationMs: number | null): boolean {
  return store.live.peek() && durationMs === null;
}

/** Messages of a moment are looked for once the hand rests. */
const REST_MS = 150;
let resting: ReturnType<typeof setTimeout> | null = null;
effect(() => {
  const at = moment.value;
  if (resting !== null) clearTimeout(resting);
  if (at === null) lookBack(null);
  else resting = setTimeout(() => lookBack(at), REST_MS);
});

let drawn = 0;

/** Drawn anew when the texts come: they are no signals. */
function draw(): void {
  const root = document.getElementById('root') ?? document.body.appendChild(document.createElement('div'));
  root.id = 'root';
  if (drawn === 0) {
    watchTheme();
    watchFocus();
  }
  render(<App key={++drawn} />, root);
}

/** A host that is slow to answer leaves no blank page. */
const SILENCE_MS = 1500;
setTimeout(() => {
  if (drawn === 0) draw();
}, SILENCE_MS);

listen((message) => {
  if (message.type === 'past') answered(message.past.atMs, past.waits || told.some(({ type }) => type === 'past'));
  told.push(message);
  inFrame(Stage.Apply, applyAll);
});

/** Time is stepped from anywhere but where text is typed or something else took the key. */
addEventListener('keydown', (event) => {
  const { target } = event;
  const typing = target instanceof HTMLElement && (target.isContentEditable || target.closest('input,textarea,select,vscode-text-field') !== null);
  // Escape is the sheet's, which stays open where it is prevented.
  const covered = document.querySelector('dialog[open]') !== null;
  if (!event.defaultPrevented && !typing && !covered && store.processes.size > 0 && stepKey(event)) event.preventDefault();
});
host.ready();
