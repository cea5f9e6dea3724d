/**
 * Host and webview talk by these two unions only. Every request carries an id and is answered by `reply`,
 * with ok or an error in words; everything else is one-way.
 */
import type { Past, RunEvent, TimeMark } from './moment.js';
import type { FlowQuery, FlowReply, MessageQuery, MessageReply } from './message-query.js';
import type { RuleName } from './rules.js';
import type { Stacks } from './stacks.js';
import type { ToldLanes } from './lanes.js';
import type { ToldDelta } from './patch.js';
import type { Chain, LaneQuery, RunRow, Snapshot, SourceRef, TaskRow } from './view.js';

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGKILL';

/** Webview to host. */
export type FromWebview =
  /** The page is ready to draw: answer with `init`, then `snapshot`. */
  | { readonly type: 'ready' }
  | { readonly type: 'open'; readonly where: SourceRef; readonly beside: boolean }
  /** `process: null` means the whole tree of the run. `tree`: the process and all that descend from it. */
  | { readonly type: 'signal'; readonly id: number; readonly process: string | null; readonly tree: boolean; readonly signal: SignalName }
  /** Interrupt, then terminate, then kill what is left: what the Stop button does. */
  | { readonly type: 'stop'; readonly id: number }
  | { readonly type: 'save'; readonly id: number }
  | { readonly type: 'rerun'; readonly id: number }
  /** All living processes whose parent has ended, with what descends from them. */
  | { readonly type: 'endOrphans'; readonly id: number }
  /** Where the threads of a living process stand: `stacks` comes before the reply, where there are any. */
  | { readonly type: 'stacks'; readonly id: number; readonly process: string }
  /** What lanes are on the screen; the host answers with `lanes` now and after each change while it is current. */
  | { readonly type: 'lanes'; readonly query: LaneQuery | null }
  /** A window of a channel's messages: the host answers with `messages` now and after each change; null: none wanted. */
  | { readonly type: 'messages'; readonly query: MessageQuery | null }
  /** A channel over time: answered with `flow`, as `messages` is. */
  | { readonly type: 'flow'; readonly query: FlowQuery | null }
  /** Latest tasks of a pool: answered with `tasks`, as `messages` is. */
  | { readonly type: 'tasks'; readonly pool: string | null; readonly limit: number }
  /** Who could end the wait of this process: answered with `chain` now and after each change; null: of none. */
  | { readonly type: 'chain'; readonly process: string | null }
  /**
   * Looks back at a moment: answered with `past`, soon with what can be looked up and then with all of it; meanwhile `present` says how far the
   * run has come. null: back to the present, which comes as `snapshot`.
   */
  | { readonly type: 'moment'; readonly atMs: number | null }
  /** To the event after a moment, or before it; `of`: key of a process or channel, null of any process. Answered with `stepped`. */
  | { readonly type: 'step'; readonly fromMs: number; readonly forward: boolean; readonly of: string | null }
  | { readonly type: 'copy'; readonly text: string }
  /** Asks for a format and a place, and writes the run there: VS Code says what became of it. */
  | { readonly type: 'export' }
  /** A picture to be saved, where the user says. `data`: the text of an SVG, or a PNG in base64. */
  | { readonly type: 'picture'; readonly kind: 'svg' | 'png'; readonly data: string }
  /** What a finding of this rule means, at length. */
  | { readonly type: 'page'; readonly rule: RuleName }
  | { readonly type: 'showLog' }
  /** Elsewhere in VS Code: to the terminal that the script runs in, or to the choice of a recording. */
  | { readonly type: 'go'; readonly to: 'terminal' | 'recording' };

/** Host to webview. */
export type ToWebview =
  | {
      readonly type: 'init';
      /** Translations of the English texts; a text that is absent stays English. */
      readonly texts: Readonly<Record<string, string>>;
      readonly locale: string;
      /** False for recordings and left-over folders: nothing can be signalled, nothing follows. */
      readonly live: boolean;
      /**
       * Names the run to the host after a reload of the window: the page keeps it, as it is, as `token` of the object
       * that it gives to `setState`.
       */
      readonly token: string;
    }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'delta'; readonly delta: ToldDelta }
  | { readonly type: 'past'; readonly past: Past }
  /** While the page looks back: the run's clock, and the run where that changed. */
  | { readonly type: 'present'; readonly nowMs: number; readonly run: RunRow | null }
  /** What to mark in all of the time: after the snapshot, and when it changed. */
  | { readonly type: 'marks'; readonly marks: readonly TimeMark[] }
  /** null: there is no event on that side. */
  | { readonly type: 'stepped'; readonly event: RunEvent | null }
  | { readonly type: 'lanes'; readonly reply: ToldLanes }
  | { readonly type: 'messages'; readonly reply: MessageReply }
  | { readonly type: 'flow'; readonly reply: FlowReply }
  | { readonly type: 'tasks'; readonly pool: string; readonly total: number; readonly rows: readonly TaskRow[] }
  | { readonly type: 'chain'; readonly process: string; readonly chain: Chain | null }
  /** `reveal`: asked for from elsewhere than the page, which shows the process and them. */
  | { readonly type: 'stacks'; readonly stacks: Stacks; readonly reveal: boolean }
  /** Shows a process as selected, or a finding among the others. */
  | { readonly type: 'show'; readonly what: 'process' | 'finding'; readonly key: string }
  | { readonly type: 'reply'; readonly id: number; readonly ok: boolean; readonly message: string | null }
  /** The recording or folder cannot be shown; the page says so in these words. */
  | { readonly type: 'failed'; readonly message: string };
