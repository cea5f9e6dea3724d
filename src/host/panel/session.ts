/**
 * One page that shows one run. The page says when it is ready, each time that VS Code makes it anew (hidden and shown
 * again, moved, reloaded); it then gets everything, and what changes from there on. While it is not seen nothing is kept for it.
 */
import * as vscode from 'vscode';
import { commands } from '../../protocol/ids.js';
import type { Model } from '../../model/index.js';
import type { Cursor } from '../../model/live.js';
import { toldLanes } from '../../protocol/lanes.js';
import type { FromWebview, ToWebview } from '../../protocol/messages.js';
import type { Stacks } from '../../protocol/stacks.js';
import type { FlowQuery } from '../../protocol/message-query.js';
import type { ToldDelta } from '../../protocol/patch.js';
import type { Delta, LaneQuery } from '../../protocol/view.js';
import type { Run, StacksAnswer } from '../../run/index.js';
import { tell } from '../ask.js';
import { done, failed, wordsOf, type Outcome } from '../outcome.js';
import { pageTexts, translatedOutcome, translatedWordsOf } from '../texts.js';
import { readIncoming } from './incoming.js';
import { LookingBack } from './looking-back.js';
import { MessageAnswers } from './message-answers.js';
import { exportRun, savePicture } from '../exporting.js';
import { Pace } from './pace.js';
import { openRulePage, openSource } from './source.js';
import { Spaced } from './spaced.js';
import { Told } from './told.js';

/**
 * Lanes, flows and tasks come whole each time: sent with every change of a busy run they cost the page, whose thread is VS Code's
 * own, more than all else. Milliseconds; nobody reads two hundred tasks oftener.
 */
const LANES_EVERY_MS = 100;
const TASKS_EVERY_MS = 250;
const FLOW_EVERY_MS = 400;
/** Marks hang on all rows, and seldom change. */
const MARKS_EVERY_MS = 1000;

/** What a page can ask for that is not the page's own affair. */
export interface SessionActions {
  stop(): Promise<Outcome>;
  save(): Promise<Outcome>;
  /** null: this cannot be run again (a recording). */
  readonly rerun: (() => Promise<Outcome>) | null;
  /** Where the threads of a process stand; null: its processes are no more (a recording). */
  readonly stacks: ((process: string) => Promise<StacksAnswer>) | null;
}

/** What is shown: a run, or why there is none. */
export type Shown =
  | { readonly kind: 'run'; readonly run: Run; readonly token: string; readonly actions: SessionActions }
  | { readonly kind: 'failed'; readonly message: string; readonly token: string };

/** What a page is asked to bring into sight. */
export interface Sight {
  readonly what: 'process' | 'finding';
  readonly key: string;
}

export class PanelSession implements vscode.Disposable {
  readonly #disposables: vscode.Disposable[] = [];
  readonly #pace: Pace;
  readonly #lanesSpaced = new Spaced(LANES_EVERY_MS, () => this.#postLanes());
  readonly #messages = new MessageAnswers(() => (this.shown.kind === 'run' ? this.shown.run.model : null), (reply) => void this.#post({ type: 'messages', reply }));
  readonly #flowSpaced = new Spaced(FLOW_EVERY_MS, () => this.#postFlow());
  readonly #tasksSpaced = new Spaced(TASKS_EVERY_MS, () => this.#postTasks());
  readonly #chainSpaced = new Spaced(TASKS_EVERY_MS, () => this.#postChain());
  readonly #marksSpaced = new Spaced(MARKS_EVERY_MS, () => this.#postMarks());
  readonly #back: LookingBack | null;
  /** The rows that the page has. */
  readonly #told = new Told();
  #cursor: Cursor | null = null;
  #ready = false;
  #sight: Sight | null = null;
  #lanes: LaneQuery | null = null;
  /** Keys of the processes on the screen; empty: not told yet. */
  #seen: ReadonlySet<string> = new Set();
  #previewsSeen = 0;
  #flow: FlowQuery | null = null;
  #tasks: { readonly pool: string; readonly limit: number } | null = null;
  #chain: string | null = null;
  /** To be shown as soon as there is a page. */
  #stacks: Stacks | null = null;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly shown: Shown,
    private readonly log: vscode.LogOutputChannel,
    private readonly extensionUri: vscode.Uri,
  ) {
    this.#pace = new Pace(() => this.#update());
    this.#back =
      shown.kind === 'run'
        ? new LookingBack(shown.run, this.#told, (message) => this.#post(message), () => this.#watchedRows(), () => this.#postWatched(), (error) => this.log.warn(`The past could not be told in full: ${wordsOf(error)}`))
        : null;
    this.#disposables.push(
      panel.webview.onDidReceiveMessage((value: unknown) => this.#receive(value)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#sleep();
      }),
    );
    if (shown.kind === 'run') {
      const stopListening = shown.run.onChange(() => {
        if (this.#ready) this.#pace.want();
      });
      this.#disposables.push({ dispose: stopListening });
    }
  }

  /** At once, or as soon as there is a page again. */
  show(sight: Sight): void {
    if (this.#ready) void this.#post({ type: 'show', ...sight });
    else this.#sight = sight;
  }

  dispose(): void {
    this.#sleep();
    this.#pace.close();
    for (const disposable of this.#disposables.splice(0)) disposable.dispose();
  }

  /** Shows the process with its stacks, on this page or the one that is being made. */
  showStacks(stacks: Stacks): void {
    if (this.#ready) void this.#post({ type: 'stacks', stacks, reveal: true });
    else this.#stacks = stacks;
  }

  #sleep(): void {
    this.#ready = false;
    this.#lanes = null;
    this.#seen = new Set();
    this.#messages.cancel();
    this.#flow = null;
    this.#tasks = null;
    this.#chain = null;
    this.#cursor = null;
    this.#back?.close();
    this.#pace.pause();
    this.#lanesSpaced.cancel();
    this.#flowSpaced.cancel();
    this.#tasksSpaced.cancel();
    this.#chainSpaced.cancel();
    this.#marksSpaced.cancel();
  }

  #receive(value: unknown): void {
    const incoming = readIncoming(value);
    if (!incoming.ok) {
      this.log.warn(`The page sent something that is not understood: ${incoming.problem}`);
      if (incoming.id !== null) this.#reply(incoming.id, failed(vscode.l10n.t('The request was not understood; the log has more.')));
      return;
    }
    const message = incoming.message;
    switch (message.type) {
      case 'ready':
        this.#begin();
        break;
      case 'open':
        void this.#open(message);
        break;
      case 'lanes':
        this.#lanes = message.query;
        this.#seen = new Set(message.query?.rows);
        this.#lanesSpaced.do();
        break;
      case 'messages':
        this.#messages.ask(message.query);
        break;
      case 'flow':
        this.#flow = message.query;
        this.#flowSpaced.do();
        break;
      case 'tasks':
        this.#tasks = message.pool === null ? null : { pool: message.pool, limit: message.limit };
        this.#tasksSpaced.do();
        break;
      case 'chain':
        this.#chain = message.process;
        this.#chainSpaced.do();
        break;
      case 'moment':
        this.#back?.look(message.atMs);
        if (message.atMs === null) this.#present();
        break;
      case 'step':
        if (this.shown.kind === 'run') void this.#post({ type: 'stepped', event: this.shown.run.model.step(message.fromMs, message.forward, message.of) });
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      case 'export':
      case 'picture':
        void this.#handOut(message);
        break;
      case 'page':
        void openRulePage(this.extensionUri, message.rule, this.panel);
        break;
      case 'showLog':
        this.log.show();
        break;
      case 'go':
        void vscode.commands.executeCommand(message.to === 'terminal' ? 'workbench.action.terminal.focus' : commands.openRecording);
        break;
      case 'signal':
      case 'stop':
      case 'save':
      case 'rerun':
      case 'endOrphans':
      case 'stacks':
        void this.#answer(message);
        break;
    }
  }

  /** The page is new and empty: everything, in one go, so that no change can slip between. */
  #begin(): void {
    const { shown } = this;
    const live = shown.kind === 'run' && shown.run.live;
    void this.#post({ type: 'init', texts: pageTexts(), locale: vscode.env.language, live, token: shown.token });
    if (shown.kind === 'failed') {
      void this.#post({ type: 'failed', message: shown.message });
      return;
    }
    this.#present();
    this.#ready = true;
    if (this.#stacks !== null) this.showStacks(this.#stacks);
    this.#stacks = null;
    const sight = this.#sight;
    this.#sight = null;
    if (sight !== null) this.show(sight);
  }

  /** All rows as they are now, and from here on what changes. */
  #present(): void {
    if (this.shown.kind !== 'run') return;
    const { model } = this.shown.run;
    const cursor = model.cursor();
    cursor.take();
    this.#cursor = cursor;
    const snapshot = model.snapshot();
    const { processes, channels, locks, pools, segments, shared } = snapshot;
    this.#told.reset(processes, channels, locks, pools, segments, shared);
    void this.#post({ type: 'snapshot', snapshot });
    this.#marksSpaced.do();
    this.#postWatched();
  }

  async #update(): Promise<void> {
    const delta = this.#cursor?.take(this.#seen) ?? null;
    if (this.shown.kind !== 'run' || !this.#ready) return;
    if (delta !== null) this.#marksSpaced.want();
    // What was does not change: only how far the run has come is told.
    if (this.#lookingBack) {
      if (delta === null) return;
      this.#lanesSpaced.want();
      await this.#post({ type: 'present', nowMs: delta.nowMs, run: delta.run });
      return;
    }
    const { channel: watched } = this.#messages;
    const { previewsTold } = this.shown.run.model;
    // A preview comes after its message, and may come in a later look at the journal, when the channel itself rests.
    if (watched !== null && (previewsTold !== this.#previewsSeen || delta?.channels.some((row) => row.key === watched) === true)) this.#messages.changed();
    this.#previewsSeen = previewsTold;
    if (delta === null) return;
    // Time goes on for a channel that rests, too.
    if (this.#flow !== null) this.#flowSpaced.want();
    const pool = this.#tasks?.pool;
    if (pool !== undefined && delta.pools.some((row) => row.key === pool)) this.#tasksSpaced.want();
    // Any change may be one of somebody in it.
    if (this.#chain !== null) this.#chainSpaced.want();
    const sent = this.#post({ type: 'delta', delta: this.#patched(delta) });
    this.#lanesSpaced.want();
    await sent;
  }

  #patched(delta: Delta): ToldDelta {
    const { processes, channels, locks, pools, segments, shared, ...rest } = delta;
    const told = this.#told;
    return {
      ...rest,
      processes: told.patches(processes), channels: told.patches(channels), locks: told.patches(locks),
      pools: told.patches(pools), segments: told.patches(segments), shared: told.patches(shared),
    };
  }

  /** Processes whose rows the page shows now. */
  #watchedRows(): Iterable<string> {
    return this.#chain === null ? this.#seen : [...this.#seen, this.#chain];
  }

  get #lookingBack(): boolean {
    return this.#back !== null && this.#back.atMs !== null;
  }

  /** What the page watches, of the moment that it shows; null: of that moment it is not known yet. */
  get #watched(): Pick<Model, 'chain' | 'tasks'> | null {
    if (this.shown.kind !== 'run') return null;
    return this.#lookingBack ? (this.#back?.exact ?? null) : this.shown.run.model;
  }

  #postWatched(): void {
    this.#postTasks();
    this.#postChain();
  }

  #postMarks(): void {
    if (this.shown.kind === 'run') void this.#post({ type: 'marks', marks: this.shown.run.model.marks() });
  }

  #postLanes(): void {
    if (this.shown.kind !== 'run' || this.#lanes === null) return;
    const query = this.#lanes;
    const begun = performance.now();
    const reply = this.shown.run.model.lanes(query);
    void this.#post({ type: 'lanes', reply: toldLanes(reply) });
    // A long time on the screen moves by less than a pixel in between; and what is dear is made less often.
    const pixelMs = (query.toMs - query.fromMs) / query.pixels;
    this.#lanesSpaced.space(Math.min(500, Math.max(LANES_EVERY_MS, pixelMs, (performance.now() - begun) * 6)));
  }

  #postFlow(): void {
    if (this.shown.kind !== 'run' || this.#flow === null) return;
    const reply = this.shown.run.model.flow(this.#flow);
    if (reply !== null) void this.#post({ type: 'flow', reply });
  }

  #postTasks(): void {
    const model = this.#watched;
    if (model === null || this.#tasks === null) return;
    const { pool, limit } = this.#tasks;
    void this.#post({ type: 'tasks', pool, ...model.tasks(pool, limit) });
  }

  #postChain(): void {
    const model = this.#watched;
    if (model === null || this.#chain === null) return;
    void this.#post({ type: 'chain', process: this.#chain, chain: model.chain(this.#chain) });
  }

  async #open(message: Extract<FromWebview, { type: 'open' }>): Promise<void> {
    const cwd = this.shown.kind === 'run' ? this.shown.run.info.cwd : '/';
    const outcome = await openSource(message.where, message.beside, cwd, this.panel);
    if (!outcome.ok && outcome.message !== null) void vscode.window.showWarningMessage(outcome.message);
  }

  /** What leaves the panel as a file. Who is asked for a place may take long: the page is not kept waiting for an answer. */
  async #handOut(message: Extract<FromWebview, { type: 'export' | 'picture' }>): Promise<void> {
    if (this.shown.kind !== 'run') return;
    const { run } = this.shown;
    try {
      const outcome = message.type === 'export'
        ? await exportRun(run, run.info.cwd)
        : await savePicture(run, run.info.cwd, message.kind, Buffer.from(message.data, message.kind === 'png' ? 'base64' : 'utf8'));
      tell(outcome);
    } catch (error) {
      this.log.error(`${message.type}: ${wordsOf(error)}`);
      tell(failed(vscode.l10n.t('It did not work: {0}', translatedWordsOf(error))));
    }
  }

  async #answer(message: Extract<FromWebview, { id: number }>): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#carryOut(message);
    } catch (error) {
      this.log.error(`${message.type}: ${wordsOf(error)}`);
      outcome = failed(vscode.l10n.t('It did not work: {0}', translatedWordsOf(error)));
    }
    this.#reply(message.id, outcome);
  }

  async #carryOut(message: Extract<FromWebview, { id: number }>): Promise<Outcome> {
    const { shown } = this;
    if (shown.kind !== 'run') return failed(vscode.l10n.t('There is no run in this panel.'));
    switch (message.type) {
      case 'signal':
        return translatedOutcome(await shown.run.signal(message.process, message.tree, message.signal));
      case 'endOrphans':
        return translatedOutcome(await shown.run.endOrphans());
      case 'stop':
        return shown.actions.stop();
      case 'save':
        return shown.actions.save();
      case 'rerun':
        return shown.actions.rerun === null ? failed(vscode.l10n.t('A recording cannot be run again: open its script and run that.')) : shown.actions.rerun();
      case 'stacks': {
        if (shown.actions.stacks === null) return failed(vscode.l10n.t('A recording has no processes to look into.'));
        const answer = await shown.actions.stacks(message.process);
        if (!answer.ok) return translatedOutcome(answer.said);
        void this.#post({ type: 'stacks', stacks: answer.stacks, reveal: false });
        return done;
      }
    }
  }

  #reply(id: number, outcome: Outcome): void {
    void this.#post({ type: 'reply', id, ok: outcome.ok, message: outcome.message });
  }

  /** Resolves when the page has it, or is gone. */
  #post(message: ToWebview): Promise<unknown> {
    return Promise.resolve(this.panel.webview.postMessage(message)).catch((error: unknown) => {
      // Between two pages VS Code may refuse; the next page asks for everything anew.
      this.log.debug(`The page was not there for ${message.type}: ${wordsOf(error)}`);
    });
  }
}

