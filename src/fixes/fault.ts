/** What a finding of a run gives to mend its source by. */
import type { RuleName } from '../protocol/rules.js';
import type { FindingRow, Snapshot, SourceRef } from '../protocol/view.js';
import type { Fault } from './fix.js';

/** Rules whose fault can be mechanical to mend. */
export const fixableRules: readonly RuleName[] = ['no-main-guard', 'daemon-with-children', 'join-before-drain', 'pipe-end-left-open', 'pool-not-closed'];

/** Null where no source would be known to mend, whatever it says. */
export function faultOf(finding: FindingRow, { processes, channels }: Pick<Snapshot, 'processes' | 'channels'>): Fault | null {
  if (!fixableRules.includes(finding.rule) || finding.where === null) return null;
  const process = processes.find(({ key }) => key === finding.process);
  const channel = channels.find(({ key }) => key === finding.object);
  const daemon = finding.rule === 'daemon-with-children';
  const made: SourceRef | null = (daemon ? process?.created : channel?.created) ?? null;
  // The daemon was made elsewhere than where it failed, and that is what is to be changed.
  const file = daemon ? made?.file : finding.where.file;
  if (file === undefined || (daemon && process?.kind !== 'process')) return null;
  return {
    rule: finding.rule,
    file,
    line: finding.where.file === file ? finding.where.line : null,
    made: made?.file === file ? made.line : null,
    name: channel?.name ?? null,
    madeByItself: channel !== undefined && channel.createdBy === finding.process,
  };
}
