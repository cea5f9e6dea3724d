/** Who could end the wait of the chosen process, and who of these waits in turn, to the end of it. */
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { asleepWords, ending, heldBy, operation, type Tone } from '../../src/model/words.js';
import type { Chain, ChainStep } from '../../src/protocol/view.js';
import { nowFor } from '../state/clock.js';
import { duration, moment } from '../state/format.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { names } from '../state/names.js';
import { store } from '../state/store.js';
import { KeyLink } from '../ui/key-link.js';
import { SourceLink } from '../ui/source-link.js';

/** Steps that are indented further would leave no room for their words. */
const DEEPEST = 6;

/** Whether a chain of this process is there, which says what its main thread waits in. */
export function hasChain(process: string): boolean {
  const chain = store.chain.value;
  return chain?.process === process && chain.steps[0]?.wait != null;
}

export function WaitChain({ process }: { readonly process: string }): VNode | null {
  useEffect(() => {
    host.chain(process);
    return () => host.chain(null);
  }, [process]);
  const chain = store.chain.value;
  if (chain === null || !hasChain(process)) return null;
  return (
    <section class={`chain${chain.stuck ? ' stuck' : ''}`} aria-label={t('Who could end this wait')}>
      <h3>{chain.atMs === null ? t('Who could end this wait') : t('Who could have ended its wait, at {0} s', moment(chain.atMs))}</h3>
      <Verdict chain={chain} />
      <ol>
        {chain.steps.map((step, i) => <Step key={i} step={step} atMs={chain.atMs} stuck={chain.stuck} />)}
      </ol>
    </section>
  );
}

function Verdict({ chain }: { readonly chain: Chain }): VNode {
  const { text, tone } = verdict(chain);
  return <p class={`verdict tone-${tone}`}>{text}</p>;
}

/** The chain in one sentence: what it comes to. */
function verdict({ steps, stuck, atMs }: Chain): { readonly text: string; readonly tone: Tone } {
  if (stuck) return { text: atMs === null ? t('None of these can ever go on.') : t('None of these could ever go on.'), tone: 'bad' };
  const ends = new Set(steps.map(({ end }) => end));
  const first = steps.find(({ end }) => end === 'runs' || end === 'asleep' || end === 'starting' || end === 'stopped');
  if (first !== undefined) {
    const name = names.process(first.process);
    switch (first.end) {
      case 'runs': return { text: t('{0} runs, and may come to it.', name), tone: 'plain' };
      case 'stopped': return { text: t('{0} is stopped by a signal, and does nothing until it is continued.', name), tone: 'warn' };
      case 'starting': return { text: t('{0} has not begun yet.', name), tone: 'plain' };
      default: return { text: t('{0} sleeps in something that is not of multiprocessing, and may come to it when that ends.', name), tone: 'plain' };
    }
  }
  if (ends.has('timeout')) return { text: t('It ends by itself: somebody in it gives up at a timeout.'), tone: 'plain' };
  if (ends.has('anybody') || ends.has('unknown')) return { text: t('It cannot be followed to its end.'), tone: 'plain' };
  // All of them wait or have ended; whether threads of theirs do something is what keeps it from being a verdict.
  return { text: t('All of these wait, or have ended. Threads of theirs of which nothing is known may still do something.'), tone: 'warn' };
}

function Step({ step, atMs, stuck }: { readonly step: ChainStep; readonly atMs: number | null; readonly stuck: boolean }): VNode {
  const { process, depth, wait, end, more } = step;
  const now = (sinceMs: number): number => atMs ?? nowFor(sinceMs);
  const back = end === 'circle' || end === 'above';
  const held = wait === null ? null : heldBy(wait, process, names);
  const { text, tone } = endWords(step);
  return (
    <li class={back ? 'back' : undefined} style={{ '--depth': Math.min(depth, DEEPEST) }}>
      {depth === 0 ? null : <span class="elbow" aria-hidden="true">{back ? '↩' : '└'}</span>}
      <span>
        <KeyLink of={process} />
        {wait === null ? null : <> <code>{operation(wait, names)}</code> {t('for {0}', duration(Math.max(0, now(wait.sinceMs) - wait.sinceMs)))}</>}
        {held === null ? null : ` · ${held}`}
        {wait?.where == null ? null : <> · <SourceLink where={wait.where} /></>}
        {text === null ? null : <span class={`end tone-${stuck && back ? 'bad' : tone}`}> · {text}</span>}
        {more > 0 ? <span class="dim"> · {t('and {0} more', more)}</span> : null}
      </span>
    </li>
  );
}

/** Why it is not followed any further there. */
function endWords({ end, process, wait, asleep }: ChainStep): { readonly text: string | null; readonly tone: Tone } {
  const row = store.processes.get(process)?.value;
  switch (end) {
    case null: return { text: null, tone: 'plain' };
    case 'circle': return { text: t('which waits for it: a circle'), tone: 'warn' };
    case 'above': return { text: t('as above'), tone: 'dim' };
    case 'runs': return { text: t('running'), tone: 'good' };
    case 'asleep': return { text: asleep === null ? t('sleeping') : asleepWords(asleep), tone: 'dim' };
    case 'starting': return { text: t('starting'), tone: 'dim' };
    case 'stopped': return { text: t('stopped by a signal'), tone: 'warn' };
    case 'ended': return { text: (row === undefined ? null : ending(row)) ?? t('ended'), tone: 'warn' };
    case 'nobody': return { text: t('nobody is left who could end it'), tone: 'bad' };
    case 'anybody': return { text: t('whoever has it could end it'), tone: 'dim' };
    case 'timeout': return { text: wait?.untilMs == null ? t('gives up by itself') : t('gives up at {0} s', moment(wait.untilMs)), tone: 'good' };
    case 'unknown': return { text: t('it is not known who could end it'), tone: 'dim' };
  }
}
