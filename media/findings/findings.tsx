/** All findings, worst first, each with how it is known and what to do. */
import type { VNode } from 'preact';
import type { FindingRow } from '../../src/protocol/view.js';
import { nowFor } from '../state/clock.js';
import { duration, moment } from '../state/format.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { sortFindings, store } from '../state/store.js';
import { Icon } from '../ui/icons.js';
import { KeyLink } from '../ui/key-link.js';
import { SourceLink } from '../ui/source-link.js';
import { certainty, Sentence, severityWords } from './words.js';

export function Findings(): VNode {
  const findings = sortFindings(store.findings.value);
  if (findings.length === 0) {
    return (
      <div class="empty">
        {store.run.value?.durationMs === null ? (
          <>
            <p>{t('Nothing is wrong so far.')}</p>
            <p class="dim">{t('Zombies, orphans, deadlocks of join, undelivered messages and the like appear here as soon as they are known.')}</p>
          </>
        ) : (
          <>
            <p>{t('Nothing was found wrong.')}</p>
            <p class="dim">{t('What depends on timing does not go wrong each time: run it again, or longer, to be surer.')}</p>
          </>
        )}
      </div>
    );
  }
  return (
    <ol class="findings" tabIndex={0} aria-label={t('Findings')}>
      {findings.map((finding) => <Finding key={finding.key} finding={finding} />)}
    </ol>
  );
}

function Finding({ finding }: { readonly finding: FindingRow }): VNode {
  const process = finding.process;
  const { object } = finding;
  const live = store.run.value?.durationMs === null;
  return (
    <li class={finding.severity} data-key={finding.key} tabIndex={-1}>
      <Icon name={finding.severity === 'info' ? 'info' : 'error'} />
      <div>
        <p class="what">
          <Sentence text={finding.message} finding={finding} />
          {finding.where === null ? null : <>{' '}<SourceLink where={finding.where} /></>}
        </p>
        <p><Sentence text={finding.fix} finding={finding} /></p>
        {finding.evidence.length === 0 ? null : (
          <ul class="evidence">
            {finding.evidence.map((text, i) => <li key={i}><Sentence text={text} finding={finding} /></li>)}
          </ul>
        )}
        <p class="facts">
          <span>{severityWords(finding)}</span>
          <span title={finding.certain ? t('The records prove it.') : t('A rule of thumb: it may be meant so.')}>{certainty(finding)}</span>
          {finding.sinceMs === null ? null : (
            <span>{live ? t('since {0} s, for {1}', moment(finding.sinceMs), duration(nowFor(finding.sinceMs) - finding.sinceMs)) : t('since {0} s', moment(finding.sinceMs))}</span>
          )}
          {process === null ? null : <KeyLink of={process} />}
          {finding.others?.map((key) => <KeyLink key={key} of={key} />)}
          {object === null ? null : <KeyLink of={object} />}
          <button type="button" class="link" title={t('What this means, its causes and its cure')} onClick={() => host.page(finding.rule)}><code>{finding.rule}</code></button>
        </p>
      </div>
    </li>
  );
}
