/** What is known of the run as a whole: beside its main process, and while no process is chosen. */
import type { VNode } from 'preact';
import { bytes, duration, signed } from '../state/format.js';
import { integer, t } from '../state/l10n.js';
import { store } from '../state/store.js';
import { Fact } from '../ui/fact.js';

export function RunFacts(): VNode | null {
  const run = store.run.value;
  if (run === null) return null;
  const totals = store.totals.value;
  return (
    <section>
      <h3>{t('The run')}</h3>
      <div class="columns">
        <dl>
          <Fact name={t('Command line')}><code class="wrap">{run.argv.join(' ')}</code></Fact>
          <Fact name={t('Folder')}><code class="wrap">{run.cwd}</code></Fact>
          {run.python === null ? null : <Fact name={t('Python')}>{[run.implementation ?? '', run.python, run.platform ?? ''].filter((text) => text !== '').join(' · ')}</Fact>}
          {run.defaultMethod === null ? null : <Fact name={t('Start method')}>{run.defaultMethod}</Fact>}
          <Fact name={t('Started')}><time dateTime={run.startedAt}>{new Date(run.startedAt).toLocaleString(document.documentElement.lang || undefined)}</time></Fact>
          {run.durationMs === null ? null : <Fact name={t('Took')}>{duration(run.durationMs)}</Fact>}
          {run.exitCode === null && run.signal === null ? null : <Fact name={t('End')}>{run.signal ?? t('exited {0}', signed(run.exitCode ?? 0))}</Fact>}
        </dl>
        <dl>
          <Fact name={t('Processes')}>{t('{0}, {1} of them alive', integer(totals.processes), integer(totals.alive))}</Fact>
          <Fact name={t('Messages')}>{integer(totals.messages)}{totals.countedOnly === 0 ? '' : ` · ${t('{0} counted only', integer(totals.countedOnly))}`}</Fact>
          <Fact name={t('Records')}>{integer(totals.records)}{totals.dropped === 0 ? '' : ` · ${t('{0} dropped', integer(totals.dropped))}`}</Fact>
          <Fact name={t('Journals')}>{totals.budgetBytes === null ? bytes(totals.journalBytes) : t('{0} of {1}', bytes(totals.journalBytes), bytes(totals.budgetBytes))}</Fact>
        </dl>
      </div>
    </section>
  );
}
