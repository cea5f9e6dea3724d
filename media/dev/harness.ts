/**
 * A stand-in for VS Code, for looking at the page in a browser: media/dev/shoot.mjs builds and serves it. In the address:
 * theme=dark|light|hc-dark|hc-light, phase=live|ended|recording|starting|empty|failed|silent, many=N, lang=zh-cn, still, plain (no locks, pools, memory), state=JSON,
 * stacks=py-spy|slots, circle (philosophers that wait for each other), messages=N (how many a channel has).
 */
import { toldLanes } from '../../src/protocol/lanes.js';
import type { FlowQuery, MessageQuery } from '../../src/protocol/message-query.js';
import type { FromWebview, ToWebview } from '../../src/protocol/messages.js';
import { marksOf, pastOf } from './past.js';
import { philosophers } from './graph.js';
import { MadeMessages } from './messages.js';
import type { FindingRow, LaneQuery, RunRow } from '../../src/protocol/view.js';
import { Scenario } from './scenario.js';
import { stacksOf } from './stacks.js';
import { useTheme } from './themes.js';

const asked = new URLSearchParams(location.search);
useTheme(asked.get('theme') ?? 'dark');

const phase = asked.get('phase') ?? 'live';
const known: readonly RunRow['phase'][] = ['starting', 'live', 'ended', 'recording'];
const scenario = new Scenario(Number(asked.get('seconds') ?? 12.4), Number(asked.get('many') ?? 0), known.find((p) => p === phase) ?? 'live', asked.has('plain'));
const live = phase === 'live' || phase === 'starting';

let lanes: LaneQuery | null = null;
let momentMs: number | null = null;
let tasks: { readonly pool: string; readonly limit: number } | null = null;
const made = new MadeMessages(() => scenario.nowMs, asked.has('messages') ? Number(asked.get('messages')) : null, phase === 'live' && !asked.has('still'));
let messages: MessageQuery | null = null;
let flow: FlowQuery | null = null;

function say(message: ToWebview): void {
  postMessage(message, location.origin);
}

async function ready(): Promise<void> {
  if (phase === 'silent') return;
  const lang = asked.get('lang');
  const texts: Record<string, string> = lang === null ? {} : ((await (await fetch(`/l10n/${lang}.json`)).json()) as Record<string, string>);
  say({ type: 'init', texts, locale: lang ?? 'en', live, token: 'dev' });
  if (phase === 'failed') {
    say({ type: 'failed', message: 'This recording is cut off: it ends after 512 of 20,480 bytes. Save it again from the run, if that is still open.' });
    return;
  }
  const snapshot = asked.has('circle') ? philosophers(scenario.snapshot()) : scenario.snapshot();
  const empty = phase === 'starting' || phase === 'empty';
  say({ type: 'snapshot', snapshot: empty ? { ...snapshot, processes: [], channels: [], locks: [], pools: [], segments: [], shared: [], findings: [], totals: { ...snapshot.totals, processes: 0, alive: 0, zombies: 0, orphans: 0, uninstrumented: 0, messages: 0, messagesPerSecond: 0, dropped: 0, countedOnly: 0 }, run: { ...snapshot.run, durationMs: phase === 'empty' ? 300 : null, phase: phase === 'empty' ? 'ended' : 'starting' } } : snapshot });
  if (!empty) say({ type: 'marks', marks: marksOf(snapshot) });
  if (phase !== 'live' || asked.has('still') || asked.has('circle')) return;
  const every = Number(asked.get('every') ?? 50);
  setInterval(() => {
    const delta = scenario.step(every);
    say(momentMs === null ? { type: 'delta', delta } : { type: 'present', nowMs: delta.nowMs, run: null });
    tellLanes();
    tellMessages();
    tellFlow();
    tellTasks();
  }, every);
}

function tellLanes(): void {
  if (lanes !== null) say({ type: 'lanes', reply: toldLanes(scenario.lanes(lanes)) });
}

function tellMessages(): void {
  if (messages !== null) say({ type: 'messages', reply: made.answer(messages) });
}

function tellFlow(): void {
  if (flow !== null) say({ type: 'flow', reply: made.flow(flow, scenario.channels().find((row) => row.key === flow?.channel)) });
}

function tellTasks(): void {
  if (tasks !== null) say({ type: 'tasks', pool: tasks.pool, ...scenario.tasks(tasks.pool, tasks.limit) });
}

/** Says a delta with the findings that `of` makes of those that are there: for trying what comes and goes. */
function tellFindings(of: (now: readonly FindingRow[]) => readonly FindingRow[]): void {
  const { nowMs, totals } = scenario.snapshot();
  findings = of(findings);
  say({ type: 'delta', delta: { nowMs, run: null, totals, processes: [], channels: [], locks: [], pools: [], segments: [], shared: [], findings } });
}

/** The run ends, as the host tells it. */
function end(exitCode: number): void {
  const { nowMs, totals, run } = scenario.snapshot();
  say({ type: 'delta', delta: { nowMs, run: { ...run, phase: 'ended', durationMs: nowMs, exitCode }, totals, processes: [], channels: [], locks: [], pools: [], segments: [], shared: [], findings: null } });
}

let findings = scenario.snapshot().findings;
const sent: FromWebview[] = [];
let state: unknown = JSON.parse(asked.get('state') ?? 'null');

function take(message: FromWebview): void {
  sent.push(message);
  switch (message.type) {
    case 'ready': void ready(); break;
    case 'lanes': lanes = message.query; tellLanes(); break;
    case 'messages': messages = message.query; tellMessages(); break;
    case 'flow': flow = message.query; tellFlow(); break;
    case 'tasks': tasks = message.pool === null ? null : { pool: message.pool, limit: message.limit }; tellTasks(); break;
    case 'moment':
      momentMs = message.atMs;
      say(momentMs === null ? { type: 'snapshot', snapshot: scenario.snapshot() } : { type: 'past', past: pastOf(scenario.snapshot(), momentMs) });
      break;
    case 'step': {
      const marks = marksOf(scenario.snapshot());
      const mark = message.forward ? marks.find(({ atMs }) => atMs > message.fromMs) : marks.findLast(({ atMs }) => atMs < message.fromMs);
      say({ type: 'stepped', event: mark === undefined ? null : { atMs: mark.atMs, kind: 'finding', process: null, what: mark.what } });
      break;
    }
    case 'chain': if (message.process !== null) say({ type: 'chain', process: message.process, chain: scenario.chain(message.process) }); break;
    case 'signal': say({ type: 'reply', id: message.id, ok: true, message: `Sent ${message.signal} to ${message.process ?? 'all'}.` }); break;
    case 'stacks': say({ type: 'stacks', stacks: stacksOf(scenario, message.process, asked.get('stacks') ?? 'py-spy'), reveal: false }); say({ type: 'reply', id: message.id, ok: true, message: null }); break;
    case 'stop': case 'save': case 'rerun': case 'endOrphans': say({ type: 'reply', id: message.id, ok: message.type !== 'save', message: message.type === 'save' ? 'The folder cannot be written: /read-only. Choose another one.' : null }); break;
    default: break;
  }
}

Object.assign(globalThis, {
  /** What the page said, for tests. */
  sent,
  /** What it keeps. */
  kept: () => state,
  useTheme,
  tellFindings,
  end,
  say,
  snapshot: () => scenario.snapshot(),
  acquireVsCodeApi: () => ({ postMessage: take, getState: () => state, setState: (next: unknown) => (state = next) }),
});
