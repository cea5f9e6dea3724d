/** What the page says is checked before it is believed: it draws names and texts that come from the user's script. */
import * as v from 'valibot';
import type { FromWebview } from '../../protocol/messages.js';
import { ruleNames } from '../../protocol/rules.js';

const key = v.pipe(v.string(), v.maxLength(64));
const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const limit = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000));
const milliseconds = v.pipe(v.number(), v.finite());
const where = v.object({
  file: v.pipe(v.string(), v.minLength(1), v.maxLength(8192)),
  line: v.pipe(v.number(), v.integer(), v.minValue(0)),
  function: v.nullable(v.string()),
});
const laneQuery = v.object({
  fromMs: milliseconds,
  toMs: milliseconds,
  pixels: v.pipe(v.number(), v.finite(), v.minValue(1), v.maxValue(32768)),
  rows: v.pipe(v.array(key), v.maxLength(1000)),
  arrowsFor: v.nullable(key),
});

/** Of a tree of a hundred thousand processes, and of a picture of the largest screen: characters. */
const LONGEST_COPY = 50_000_000;
const LONGEST_PICTURE = 100_000_000;
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const way = v.picklist([0, 1]);
const messageQuery = v.object({
  channel: key,
  serial: count,
  filter: v.nullable(
    v.object({
      text: v.pipe(v.string(), v.maxLength(1000)),
      from: v.nullable(key),
      to: v.nullable(key),
      direction: v.nullable(way),
      state: v.nullable(v.picklist(['flight', 'received', 'undelivered', 'unmatched'])),
      minBytes: v.nullable(milliseconds),
      minLatencyMs: v.nullable(milliseconds),
    }),
  ),
  order: v.picklist(['newest', 'oldest']),
  upTo: v.nullable(count),
  first: count,
  // More are not on any screen; each costs a preview read.
  count: v.pipe(count, v.maxValue(1000)),
  untilMs: v.nullable(milliseconds),
});
const flowQuery = v.object({ channel: key, columns: v.pipe(v.number(), v.finite(), v.minValue(1), v.maxValue(8192)), untilMs: v.nullable(milliseconds) });

const schema = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('open'), where, beside: v.boolean() }),
  v.object({
    type: v.literal('signal'),
    id,
    process: v.nullable(key),
    tree: v.boolean(),
    signal: v.picklist(['SIGINT', 'SIGTERM', 'SIGKILL']),
  }),
  v.object({ type: v.literal('stop'), id }),
  v.object({ type: v.literal('save'), id }),
  v.object({ type: v.literal('rerun'), id }),
  v.object({ type: v.literal('endOrphans'), id }),
  v.object({ type: v.literal('stacks'), id, process: key }),
  v.object({ type: v.literal('lanes'), query: v.nullable(laneQuery) }),
  v.object({ type: v.literal('messages'), query: v.nullable(messageQuery) }),
  v.object({ type: v.literal('flow'), query: v.nullable(flowQuery) }),
  v.object({ type: v.literal('tasks'), pool: v.nullable(key), limit }),
  v.object({ type: v.literal('chain'), process: v.nullable(key) }),
  v.object({ type: v.literal('moment'), atMs: v.nullable(milliseconds) }),
  v.object({ type: v.literal('step'), fromMs: milliseconds, forward: v.boolean(), of: v.nullable(key) }),
  v.object({ type: v.literal('copy'), text: v.pipe(v.string(), v.maxLength(LONGEST_COPY)) }),
  v.object({ type: v.literal('export') }),
  v.variant('kind', [
    v.object({ type: v.literal('picture'), kind: v.literal('svg'), data: v.pipe(v.string(), v.startsWith('<svg '), v.maxLength(LONGEST_PICTURE)) }),
    v.object({ type: v.literal('picture'), kind: v.literal('png'), data: v.pipe(v.string(), v.maxLength(LONGEST_PICTURE), v.regex(/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/)) }),
  ]),
  v.object({ type: v.literal('page'), rule: v.picklist(ruleNames) }),
  v.object({ type: v.literal('showLog') }),
  v.object({ type: v.literal('go'), to: v.picklist(['terminal', 'recording']) }),
]);

/** Only the id, so that even a request that is not understood gets its answer. */
const anyRequest = v.object({ id });

export type Incoming =
  | { readonly ok: true; readonly message: FromWebview }
  /** `id`: of the request that must be answered; null where it was none. */
  | { readonly ok: false; readonly id: number | null; readonly problem: string };

export function readIncoming(value: unknown): Incoming {
  const read = v.safeParse(schema, value);
  if (read.success) {
    const message: FromWebview = read.output;
    return { ok: true, message };
  }
  const request = v.safeParse(anyRequest, value);
  return { ok: false, id: request.success ? request.output.id : null, problem: v.summarize(read.issues) };
}
