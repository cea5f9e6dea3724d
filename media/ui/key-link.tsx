/** The name of a process, channel or object, which shows it on a click. */
import type { VNode } from 'preact';
import { t } from '../state/l10n.js';
import { nameOf } from '../state/names.js';
import { show } from '../state/show.js';

export function KeyLink({ of }: { readonly of: string }): VNode {
  return <button type="button" class="link" onClick={() => show(of)}>{nameOf(of)}</button>;
}

/** More names than this are a wall. */
const MOST = 24;

/** Links, one after the other; of many the first. */
export function KeyLinks({ of }: { readonly of: readonly string[] }): VNode {
  return (
    <>
      {of.slice(0, MOST).map((key, i) => <span key={key}>{i === 0 ? '' : ', '}<KeyLink of={key} /></span>)}
      {of.length > MOST ? ` ${t('and {0} more', of.length - MOST)}` : ''}
    </>
  );
}
