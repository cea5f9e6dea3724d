/** The first line: what runs, how it stands in numbers, and what can be done with all of it. */
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { RunRow } from '../../src/protocol/view.js';
import { follow } from '../lanes/lane-state.js';
import { noAnswer } from '../processes/actions.js';
import { choices } from '../state/choices.js';
import { clock, seconds, tenths } from '../state/clock.js';
import { bytes, elapsed, signed } from '../state/format.js';
import { host } from '../state/host.js';
import { integer, plural, t } from '../state/l10n.js';
import { FilterStrip, filterHelp } from '../processes/filter-strip.js';
import { showTab } from '../state/show.js';
import { moment } from '../state/moment.js';
import { store } from '../state/store.js';
import { toPresent } from '../time/looking.js';
import { Button, SearchField } from '../ui/controls.js';
import { Icon } from '../ui/icons.js';
import { KeysButton } from '../ui/keys.js';
import { Share } from './share.js';
import { sayReply } from '../ui/toast.js';

const stopping = signal(false);

export function Header(): VNode {
  const run = store.run.value;
  return (
    <header class="bar">
      <div class="who">
        <Dot run={run} />
        <h1 title={run === null ? undefined : run.argv.join(' ')}>{run?.scriptName ?? 'Procession'}</h1>
        {run === null ? null : <About run={run} />}
      </div>
      <Chips />
      <Traffic />
      <div class="deeds">
        <SearchField value={choices.filter.value} hint={t('Filter: name, PID, queue, function')} help={filterHelp()} onInput={(value) => (choices.filter.value = value)} />
        <Deeds run={run} />
        <KeysButton />
      </div>
      <FilterStrip />
    </header>
  );
}

function Dot({ run }: { readonly run: RunRow | null }): VNode {
  const kind = run === null ? 'waiting' : run.phase === 'live' ? 'live' : run.phase === 'starting' ? 'waiting' : run.phase === 'recording' ? 'recording' : failed(run) ? 'failed' : 'ended';
  return <span class={`dot ${kind}`} aria-hidden="true" />;
}

function failed(run: RunRow): boolean {
  return run.signal !== null || (run.exitCode !== null && run.exitCode !== 0);
}

/** How the run stands, in words. */
export function phaseWords(run: RunRow): string {
  if (run.phase === 'starting') return t('starting');
  if (run.phase === 'live') return t('running');
  const end = run.signal !== null ? t('ended by {0}', run.signal) : run.exitCode === null ? t('ended') : t('exited {0}', signed(run.exitCode));
  return run.phase === 'recording' ? t('recording · {0}', end) : end;
}

function About({ run }: { readonly run: RunRow }): VNode {
  return (
    <span class="about">
      <span class={failed(run) ? 'tone-bad' : ''}>{phaseWords(run)}</span>
      {' · '}
      <Elapsed run={run} />
      <span class="extra">
        {run.python === null ? null : ` · ${run.implementation === null || run.implementation.toLowerCase() === 'cpython' ? 'Python' : run.implementation} ${run.python}`}
        {run.defaultMethod === null ? null : ` · ${run.defaultMethod}`}
      </span>
    </span>
  );
}

function Elapsed({ run }: { readonly run: RunRow }): VNode {
  if (run.durationMs === null) void (clock.now() < 60_000 ? tenths : seconds).value;
  return <span class="elapsed">{elapsed(run.durationMs ?? clock.now())}</span>;
}

function Chips(): VNode {
  const totals = store.totals.value;
  const findings = store.findings.value;
  const worst = findings.some((f) => f.severity === 'error') ? 'bad' : findings.some((f) => f.severity === 'warning') ? 'warn' : '';
  const lost = totals.dropped;
  return (
    <div class="chips">
      <span class="chip" title={plural(totals.alive, '{0} of them is alive', '{0} of them are alive')}>{plural(totals.processes, '{0} process', '{0} processes')}</span>
      {totals.zombies > 0 ? <button type="button" class="chip warn" title={t('Show only these')} onClick={() => only('state:zombie')}>{plural(totals.zombies, '{0} zombie', '{0} zombies')}</button> : null}
      {totals.orphans > 0 ? <button type="button" class="chip warn" title={t('Show only these')} onClick={() => only('state:orphan')}>{plural(totals.orphans, '{0} orphan', '{0} orphans')}</button> : null}
      {totals.uninstrumented > 0 ? <button type="button" class="chip" title={t('Show only these')} onClick={() => only('kind:uninstrumented')}>{t('{0} not recorded', integer(totals.uninstrumented))}</button> : null}
      {findings.length > 0 ? <button type="button" class={`chip ${worst}`} onClick={() => showTab('findings')}>{plural(findings.length, '{0} finding', '{0} findings')}</button> : null}
      {lost > 0 ? <span class="chip warn" title={t('Records that a process could not keep: no room or no time. The counts of channels include them where they could be counted.')}>{plural(lost, '{0} record dropped', '{0} records dropped')}</span> : null}
      {totals.countedOnly > 0 ? (
        <span class="chip" title={budgetWords(totals.journalBytes, totals.budgetBytes)}>{t('{0} counted only', integer(totals.countedOnly))}</span>
      ) : null}
    </div>
  );
}

function budgetWords(used: number, budget: number | null): string {
  const head = t('Messages past the byte budget are counted, not recorded one by one.');
  return budget === null ? head : `${head} ${t('{0} of {1} used.', bytes(used), bytes(budget))}`;
}

/** The same chip again takes the filter away. */
function only(word: string): void {
  choices.filter.value = choices.filter.value === word ? '' : word;
}

function Traffic(): VNode {
  const { messages, messagesPerSecond } = store.totals.value;
  const live = store.run.value?.durationMs === null;
  return (
    <span class="traffic">
      {live ? t('{0} msg/s · {1} in all', integer(Math.round(messagesPerSecond)), integer(messages)) : plural(messages, '{0} message in all', '{0} messages in all')}
    </span>
  );
}

function Deeds({ run }: { readonly run: RunRow | null }): VNode {
  const live = store.live.value && run !== null && run.durationMs === null;
  const following = choices.following.value && moment.value === null;
  return (
    <>
      {live ? (
        <Button look="secondary" class={following ? 'on' : ''} pressed={following} label={following ? t('Following') : t('Follow')} title={t('Keep the present in view (F in the timeline)')} onPress={() => (moment.peek() === null ? follow(!following) : toPresent(true))}>
          <Icon name="follow" slot="start" />
          <span class="word">{following ? t('Following') : t('Follow')}</span>
        </Button>
      ) : null}
      {live ? (
        <Button look="secondary" class="stop" disabled={stopping.value} label={t('Stop')} title={t('Interrupt the script; terminate, then kill what is left')} onPress={() => void stop()}>
          <Icon name="stop" slot="start" />
          <span class="word">{stopping.value ? t('Stopping…') : t('Stop')}</span>
        </Button>
      ) : run === null || run.phase === 'recording' ? null : (
        <Button look="primary" label={t('Run again')} title={t('Run the same script again')} onPress={() => void sayReply(host.request({ type: 'rerun' }, noAnswer))}>
          <Icon name="again" slot="start" />
          <span class="word">{t('Run again')}</span>
        </Button>
      )}
      {run === null || run.phase === 'recording' ? null : (
        <Button look="secondary" label={t('Save…')} title={t('Save a recording: one file that opens without Python')} onPress={() => void sayReply(host.request({ type: 'save' }, noAnswer))}>
          <Icon name="save" slot="start" />
          <span class="word">{t('Save…')}</span>
        </Button>
      )}
      {run === null ? null : <Share />}
    </>
  );
}

async function stop(): Promise<void> {
  stopping.value = true;
  try {
    await sayReply(host.request({ type: 'stop' }, noAnswer));
  } finally {
    stopping.value = false;
  }
}
