/** How locks, pools and memory stand, in words. */
import type { LockRow, LockWaiter, PoolRow, SegmentRow, TaskOutcome } from '../../src/protocol/view.js';
import type { Tone } from '../../src/model/words.js';
import { integer, plural, t } from '../state/l10n.js';
import { hasEnded, names } from '../state/names.js';

export interface Words {
  readonly text: string;
  readonly tone: Tone;
  /** What the words leave out. */
  readonly more?: string;
}

/** Whether somebody ended and never released it. */
export function heldByEnded(row: LockRow): boolean {
  return !row.holdersUncertain && row.holders.some(hasEnded);
}

/** `held by worker-2`, `free`, `set`, `2 of 4 there`. */
export function lockWords(row: LockRow): Words {
  switch (row.kind) {
    case 'Event': return row.isSet === null ? { text: t('not known'), tone: 'dim' } : row.isSet ? { text: t('set'), tone: 'plain' } : { text: t('not set'), tone: 'plain' };
    case 'Barrier': return row.value === null ? { text: t('{0} there', integer(row.waiters.length)), tone: 'plain' } : { text: t('{0} of {1} there', integer(row.waiters.length), integer(row.value)), tone: 'plain' };
    case 'Condition': return { text: '–', tone: 'dim' };
    default: return heldWords(row);
  }
}

function heldWords(row: LockRow): Words {
  const last = row.holders.map((key) => names.process(key)).join(', ');
  if (row.holdersUncertain) {
    return {
      text: t('not known'), tone: 'dim',
      more: [t("Some process released it in another's stead, or holds more locks than are noted."), ...(last === '' ? [] : [t('last known to hold it: {0}', last)])].join('\n'),
    };
  }
  const ended = row.holders.find(hasEnded);
  const all = row.holders.length > 1 ? { more: last } : {};
  if (ended !== undefined) return { text: t('{0} ended holding it', names.process(ended)), tone: 'warn', ...all };
  const first = row.holders[0];
  if (first === undefined) return { text: t('free'), tone: 'dim' };
  if (row.value !== null && row.value > 1) {
    // A process is noted as a holder once, however many units it has.
    return { text: row.holders.length === 1 ? t('held by {0}', names.process(first)) : t('held by {0} processes', integer(row.holders.length)), tone: 'plain', ...all };
  }
  const rest = row.holders.length - 1;
  return { text: rest > 0 ? t('held by {0} and {1} more', names.process(first), integer(rest)) : t('held by {0}', names.process(first)), tone: 'plain', ...all };
}

export function oldest(waiters: readonly LockWaiter[]): LockWaiter | null {
  return waiters.reduce<LockWaiter | null>((a, b) => (a === null || b.sinceMs < a.sinceMs ? b : a), null);
}

export function poolWords(row: PoolRow): Words {
  switch (row.state) {
    case 'open': return { text: t('open'), tone: 'good' };
    case 'closed': return { text: t('closed'), tone: 'plain', more: t('close() was called: no more tasks are taken') };
    // The usual end of `with Pool() as pool`: no alarm.
    case 'terminated': return { text: t('terminated'), tone: 'dim', more: t('terminate() was called: tasks that had not ended are given up') };
    case 'broken': return { text: t('broken'), tone: 'bad', ...(row.brokenWhy === null ? {} : { more: row.brokenWhy }) };
    case 'joined': return { text: t('joined'), tone: 'dim' };
  }
}

/** `Pool(4)`. */
export function poolKind(row: PoolRow): string {
  return `${row.kind}(${row.workersWanted})`;
}

export function outcomeWords(outcome: TaskOutcome): Words {
  switch (outcome) {
    case 'ok': return { text: t('done'), tone: 'plain' };
    case 'error': return { text: t('failed'), tone: 'bad' };
    case 'lost': return { text: t('lost'), tone: 'bad', more: t('its worker ended before it was done') };
    case 'pending': return { text: t('pending'), tone: 'dim' };
    case 'running': return { text: t('running'), tone: 'good' };
    case 'cancelled': return { text: t('cancelled'), tone: 'dim' };
  }
}

/** What became of a named segment; Value and Array have no name that could be left behind. */
export function segmentWords(row: SegmentRow): Words {
  if (row.leaked) return { text: t('leaked'), tone: 'warn', more: t('never unlinked, and everybody who could has ended') };
  if (row.unlinked) return { text: t('unlinked'), tone: 'dim' };
  if (row.systemName === null) return { text: '–', tone: 'dim' };
  return row.mappedBy.length === 0 ? { text: t('mapped by nobody'), tone: 'plain' } : { text: t('in use'), tone: 'plain' };
}

export function mappedWords(row: SegmentRow): string {
  const first = row.mappedBy[0];
  if (first === undefined) return '–';
  return row.mappedBy.length === 1 ? names.process(first) : plural(row.mappedBy.length, '{0} process', '{0} processes');
}
