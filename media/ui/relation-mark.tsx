/** A bar at the edge of a row that has to do with what is chosen elsewhere: solid, dashed or thin by what it is, and in words. */
import type { VNode } from 'preact';
import { t } from '../state/l10n.js';
import type { Relation } from '../state/related.js';

/** @param of what the row is: a process beside a chosen object, or an object beside a chosen process */
export function RelationMark({ relation, of }: { readonly relation: Relation | null; readonly of: 'process' | 'object' }): VNode | null {
  if (relation === null) return null;
  const words = of === 'process' ? processWords(relation) : objectWords(relation);
  return <span class={`relation ${relation}`} role="img" aria-label={words} title={words} />;
}

function processWords(relation: Relation): string {
  switch (relation) {
    case 'holds': return t('holds what is chosen');
    case 'waits': return t('waits for what is chosen');
    case 'serves': return t('serves what is chosen');
    case 'uses': return t('uses what is chosen');
  }
}

function objectWords(relation: Relation): string {
  switch (relation) {
    case 'holds': return t('the chosen process holds it');
    case 'waits': return t('the chosen process waits for it');
    case 'serves': return t('the chosen process serves it');
    case 'uses': return t('the chosen process uses it');
  }
}
