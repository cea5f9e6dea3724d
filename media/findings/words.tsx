/** A finding's sentences, with the processes, channels and objects it names as links. */
import type { VNode } from 'preact';
import type { FindingRow, Text } from '../../src/protocol/view.js';
import { parts, t } from '../state/l10n.js';
import { channelName, nameOf, objectName, objectOf } from '../state/names.js';
import { show } from '../state/show.js';
import { store } from '../state/store.js';

export function severityWords(finding: FindingRow): string {
  switch (finding.severity) {
    case 'error': return t('Error');
    case 'warning': return t('Warning');
    case 'info': return t('Note');
  }
}

/** Certain: the records prove it. Likely: a rule of thumb. Never one for the other. */
export function certainty(finding: FindingRow): string {
  return finding.certain ? t('Certain') : t('Likely');
}

/** An argument that is the name of exactly one process, channel or object becomes a link to it. */
export function Sentence({ text, finding }: { readonly text: Text; readonly finding: FindingRow }): VNode {
  return (
    <>
      {parts(text).map((part, i) => {
        if (part.arg === null) return part.text;
        const go = target(part.text, finding);
        return go === null ? part.text : (
          <button key={i} type="button" class="link name" onClick={go}>
            {part.text}
          </button>
        );
      })}
    </>
  );
}

function target(name: string, finding: FindingRow): (() => void) | null {
  const own = finding.object;
  if (own !== null && (nameOf(own) === name || objectOf(own)?.name === name)) return () => show(own);
  const found = [...store.processes.values()].map((row) => row.peek()).filter((row) => row.name === name);
  const process = found.find((row) => row.key === finding.process) ?? (found.length === 1 ? found[0] : undefined);
  if (process !== undefined) return () => show(process.key);
  const keys: string[] = [];
  for (const row of store.channels.peekAll()) if (channelName(row) === name) keys.push(row.key);
  for (const rows of [store.locks, store.pools, store.segments, store.shared]) {
    for (const row of rows.peekAll()) if (objectName(row) === name || row.name === name) keys.push(row.key);
  }
  const [key, more] = keys;
  return key === undefined || more !== undefined ? null : () => show(key);
}
