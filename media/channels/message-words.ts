/** The states of a message in words and tone. */
import type { MessageState } from '../../src/protocol/view.js';
import { t } from '../state/l10n.js';

export interface StateWords {
  /** In place of a receiver. */
  readonly short: string;
  readonly long: string;
  readonly tone: 'plain' | 'warn' | 'bad';
}

export function stateWords(state: MessageState): StateWords {
  switch (state) {
    case 'received': return { short: t('received'), long: t('received'), tone: 'plain' };
    case 'flight': return { short: t('nobody yet'), long: t('nobody received it yet'), tone: 'warn' };
    case 'undelivered': return { short: t('nobody'), long: t('undelivered: nobody is left who could receive it'), tone: 'bad' };
    case 'unmatched': return { short: t('unknown'), long: t('its other half is not known'), tone: 'plain' };
  }
}
