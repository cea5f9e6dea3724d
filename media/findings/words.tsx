/** A finding's sentences, with the processes, channels and places it names as links. */
import type { VNode } from 'preact';
import type { FindingRow, Text } from '../../src/protocol/view.js';
import { reveal } from '../processes/tree-state.js';
import { choices, chooseChannel } from '../state/choices.js';
import { parts, t } from '../state/l10n.js';
import { channelName } from '../state/names.js';
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

export function showChannel(key: string): void {
  chooseChannel(key);
  choices.tab.value = 'channels';
}

/** An argument that is the name of exactly one process or channel becomes a link to it. */
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
  if (finding.channel !== null) {
    const row = store.channels.get(finding.channel)?.peek();
    const key = finding.channel;
    if (row !== undefined && channelName(row) === name) return () => showChannel(key);
  }
  const found = [...store.processes.values()].map((row) => row.peek()).filter((row) => row.name === name);
  const process = found.find((row) => row.key === finding.process) ?? (found.length === 1 ? found[0] : undefined);
  if (process !== undefined) return () => reveal(process.key);
  const channels = [...store.channels.values()].map((row) => row.peek()).filter((row) => channelName(row) === name);
  const channel = channels.length === 1 ? channels[0] : undefined;
  return channel === undefined ? null : () => showChannel(channel.key);
}
