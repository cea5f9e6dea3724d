/** The page's end of src/protocol/messages.ts: nothing else talks to the host. */
import type { FromWebview, SignalName, ToWebview } from '../../src/protocol/messages.js';
import type { FlowQuery, MessageQuery } from '../../src/protocol/message-query.js';
import type { RuleName } from '../../src/protocol/rules.js';
import type { LaneQuery, SourceRef } from '../../src/protocol/view.js';

/** What VS Code gives to a page; a development page gives its own. */
export interface Api {
  postMessage(message: FromWebview): void;
  getState(): unknown;
  setState(state: unknown): void;
}

export type Reply = { readonly ok: boolean; readonly message: string | null };

/** Requests are answered in time or not at all: the host may have been restarted under the page. */
const REPLY_MS = 30_000;

const api: Api = acquireVsCodeApi();
const waiting = new Map<number, (reply: Reply) => void>();
let lastId = 0;

type Request = { type: 'signal'; process: string | null; tree: boolean; signal: SignalName } | { type: 'stop' } | { type: 'save' } | { type: 'rerun' } | { type: 'endOrphans' } | { type: 'stacks'; process: string };

function request(message: Request, onSilence: () => string): Promise<Reply> {
  const id = ++lastId;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      resolve({ ok: false, message: onSilence() });
    }, REPLY_MS);
    waiting.set(id, (reply) => {
      clearTimeout(timer);
      resolve(reply);
    });
    api.postMessage({ ...message, id });
  });
}

export const host = {
  ready: (): void => api.postMessage({ type: 'ready' }),
  open: (where: SourceRef, beside: boolean): void => api.postMessage({ type: 'open', where, beside }),
  moment: (atMs: number | null): void => api.postMessage({ type: 'moment', atMs }),
  step: (fromMs: number, forward: boolean, of: string | null): void => api.postMessage({ type: 'step', fromMs, forward, of }),
  copy: (text: string): void => api.postMessage({ type: 'copy', text }),
  exportRun: (): void => api.postMessage({ type: 'export' }),
  picture: (kind: 'svg' | 'png', data: string): void => api.postMessage({ type: 'picture', kind, data }),
  page: (rule: RuleName): void => api.postMessage({ type: 'page', rule }),
  go: (to: 'terminal' | 'recording'): void => api.postMessage({ type: 'go', to }),
  showLog: (): void => api.postMessage({ type: 'showLog' }),
  lanes: (query: LaneQuery | null): void => api.postMessage({ type: 'lanes', query }),
  messages: (query: MessageQuery | null): void => api.postMessage({ type: 'messages', query }),
  flow: (query: FlowQuery | null): void => api.postMessage({ type: 'flow', query }),
  tasks: (pool: string | null, limit: number): void => api.postMessage({ type: 'tasks', pool, limit }),
  chain: (process: string | null): void => api.postMessage({ type: 'chain', process }),
  request,
  getState: (): unknown => api.getState(),
  setState: (state: unknown): void => api.setState(state),
};

/** Listens to the host; replies go to their requests, everything else to `take`. */
export function listen(take: (message: Exclude<ToWebview, { type: 'reply' }>) => void): void {
  window.addEventListener('message', (event: MessageEvent<ToWebview | null | undefined>) => {
    const message = event.data;
    // Other scripts of the page's frame may post too.
    if (typeof message?.type !== 'string') return;
    if (message.type !== 'reply') {
      take(message);
      return;
    }
    waiting.get(message.id)?.({ ok: message.ok, message: message.message });
    waiting.delete(message.id);
  });
}
