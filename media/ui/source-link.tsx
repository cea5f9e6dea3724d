/** A place in source code that opens on a click, beside with Ctrl or Cmd. */
import type { ComponentChildren, VNode } from 'preact';
import type { SourceRef } from '../../src/protocol/view.js';
import { place } from '../state/format.js';
import { host } from '../state/host.js';
import { t } from '../state/l10n.js';

interface Props {
  readonly where: SourceRef;
  readonly class?: string;
  /** In rows that are one stop for the Tab key, links are reached by the pointer and by the row's own keys. */
  readonly untabbed?: boolean;
  readonly children?: ComponentChildren;
}

export function SourceLink({ where, untabbed, children, ...rest }: Props): VNode {
  const full = `${where.file}:${where.line}${where.function === null ? '' : `\n${t('in {0}', where.function)}`}`;
  return (
    <button
      type="button"
      class={`link ${rest.class ?? ''}`}
      title={full}
      tabIndex={untabbed ? -1 : 0}
      onClick={(event) => {
        event.stopPropagation();
        host.open(where, event.ctrlKey || event.metaKey);
      }}
    >
      {children ?? place(where)}
    </button>
  );
}
