/** The worst finding, where nobody can miss it. */
import type { VNode } from 'preact';
import { nowFor } from '../state/clock.js';
import { duration } from '../state/format.js';
import { plural, t } from '../state/l10n.js';
import { showTab } from '../state/show.js';
import { sortFindings, store } from '../state/store.js';
import { Icon } from '../ui/icons.js';
import { SourceLink } from '../ui/source-link.js';
import { certainty, Sentence, severityWords } from './words.js';

export function Banner(): VNode | null {
  const findings = sortFindings(store.findings.value);
  const worst = findings[0];
  // A note is not worth the room: it stands in the list.
  if (worst === undefined || worst.severity === 'info') return null;
  const more = findings.length - 1;
  return (
    <section class={`banner ${worst.severity}`} aria-label={t('The worst finding')}>
      <Icon name="error" />
      <div>
        <p class="what">
          <span class="unseen">{severityWords(worst)}: </span>
          <Sentence text={worst.message} finding={worst} />
          {worst.sinceMs === null || store.run.value?.durationMs !== null ? null : <span class="since"> {t('for {0}', duration((worst.untilMs ?? nowFor(worst.sinceMs)) - worst.sinceMs))}</span>}
          {worst.where === null ? null : <>{' '}<SourceLink where={worst.where} /></>}
        </p>
        <p class="why">
          <b>{certainty(worst)}</b>
          {' · '}
          <span class="cure">
            <Sentence text={worst.fix} finding={worst} />
            {' '}
          </span>
          <button type="button" class="link" onClick={() => showTab('findings')}>
            {more > 0 ? plural(more, 'Evidence, and {0} more finding', 'Evidence, and {0} more findings') : t('Evidence')}
          </button>
        </p>
      </div>
    </section>
  );
}
