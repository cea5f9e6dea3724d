/** What can leave the panel: the tree as text, a picture of what is seen, the run in a format of another program. */
import type { VNode } from 'preact';
import { treeJson, treeMermaid, treeText } from '../../src/export/trees.js';
import type { Snapshot } from '../../src/protocol/view.js';
import { pngOf, svgOf } from '../picture/picture.js';
import { shownMs } from '../state/clock.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';
import { store } from '../state/store.js';
import { Button } from '../ui/controls.js';
import { Icon } from '../ui/icons.js';
import { openMenu, type MenuItem } from '../ui/menu.js';
import { say } from '../ui/toast.js';

export function Share(): VNode {
  return (
    <Button look="secondary" class="share" label={t('Copy, picture, export')} title={t('Copy the tree, save a picture, export the run')} onPress={open}>
      <Icon name="share" />
    </Button>
  );
}

function open(): void {
  const box = document.querySelector('.deeds .share')?.getBoundingClientRect();
  openMenu(t('Copy, picture, export'), box?.left ?? innerWidth, (box?.bottom ?? 0) + 2, items());
}

function items(): readonly MenuItem[] {
  const copy = (label: string, hint: string, of: (snapshot: Snapshot) => string): MenuItem => ({ kind: 'item', label, hint, run: () => copyTree(of) });
  const picture = (label: string, kind: 'png' | 'svg'): MenuItem => ({ kind: 'item', label, hint: kind.toUpperCase(), run: () => void save(kind) });
  return [
    copy(t('Copy tree as text'), 'TXT', treeText),
    copy(t('Copy tree as JSON'), 'JSON', treeJson),
    copy(t('Copy tree as Mermaid diagram'), 'Mermaid', treeMermaid),
    { kind: 'line' },
    picture(t('Save picture…'), 'png'),
    picture(t('Save picture as drawing…'), 'svg'),
    { kind: 'line' },
    { kind: 'item', label: t('Export…'), hint: 'Perfetto, CSV', run: host.exportRun },
  ];
}

function copyTree(of: (snapshot: Snapshot) => string): void {
  const snapshot = snapshotNow();
  if (snapshot === null) return;
  host.copy(of(snapshot));
  say(t('Copied.'), true);
}

/** The rows that the page shows, whichever moment they are of. */
function snapshotNow(): Snapshot | null {
  const run = store.run.peek();
  if (run === null) return null;
  return {
    run,
    nowMs: shownMs(),
    totals: store.totals.peek(),
    processes: [...store.processes.values()].map((row) => row.peek()),
    channels: [...store.channels.peekAll()],
    locks: [...store.locks.peekAll()],
    pools: [...store.pools.peekAll()],
    segments: [...store.segments.peekAll()],
    shared: [...store.shared.peekAll()],
    findings: store.findings.peek(),
  };
}

async function save(kind: 'png' | 'svg'): Promise<void> {
  try {
    const svg = svgOf({ name: textOf('.who h1'), about: [textOf('.who .about'), ...[...document.querySelectorAll('.chips .chip')].map((chip) => chip.textContent)].join(' · ') });
    if (svg === null) {
      say(t('There is nothing to draw yet.'), false);
      return;
    }
    host.picture(kind, kind === 'svg' ? svg : await pngOf(svg));
  } catch {
    say(t('The picture could not be drawn: make the panel smaller, or save a drawing.'), false);
  }
}

function textOf(selector: string): string {
  return document.querySelector(selector)?.textContent.trim() ?? '';
}
