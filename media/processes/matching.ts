/** What the filter finds in a process: all that its row tells, and the fields of the query. Pure. */
import { alive, ending, isIdle, kindWords, signed, stateWords, type Names } from '../../src/model/words.js';
import type { FindingRow, ProcessRow } from '../../src/protocol/view.js';
import { within, type Term } from '../state/query.js';

/** What is known of a process beside its row. */
export interface Around {
  readonly names: Names;
  /** Names of the channels it has to do with, in lower case, with a line break between them; the same of locks, pools and so on. */
  channels(process: string): string;
  objects(process: string): string;
  /** The worst finding about it. */
  finding(process: string): FindingRow | undefined;
}

const YES: ReadonlySet<string> = new Set(['yes', 'true', '1', 'y']);
const NO: ReadonlySet<string> = new Set(['no', 'false', '0', 'n']);

export function processMatches(row: ProcessRow, terms: readonly Term[], around: Around): boolean {
  let all: string | null = null;
  return terms.every((term) => {
    const has = term.field === null ? within((all ??= everything(row, around)), term) : hasField(row, term, around);
    return has !== term.not;
  });
}

function everything(row: ProcessRow, around: Around): string {
  const { names } = around;
  const finding = around.finding(row.key);
  const waits = row.blocked.map((b) => [b.op, b.channel === null ? '' : names.channel(b.channel), b.process === null ? '' : names.process(b.process), b.object === null ? '' : names.object(b.object).name, b.where?.function ?? ''].join(' '));
  return [
    row.name, row.pid, row.kind, kindWords(row), row.startMethod ?? '', row.daemon === true ? 'daemon' : '', row.state, stateWords(row, names, finding?.severity ?? null).text,
    row.target ?? '', ...waits, around.channels(row.key), around.objects(row.key), row.exitCode ?? '', row.exitCode === null ? '' : signed(row.exitCode), row.signal ?? '', ending(row) ?? '',
    row.exception === null ? '' : `${row.exception.type}: ${row.exception.message}`, finding?.rule ?? '', ...(row.argv ?? []),
  ].join('\n').toLowerCase();
}

function hasField(row: ProcessRow, term: Term, around: Around): boolean {
  switch (term.field) {
    case null: case 'name': return within(row.name.toLowerCase(), term);
    case 'pid': return term.values.includes(String(row.pid));
    case 'state': return term.values.some((value) => stateWordsOf(row, around).some((word) => word.startsWith(value)));
    case 'kind': return within(`${row.kind}\n${kindWords(row).toLowerCase()}`, term);
    case 'method': return row.startMethod !== null && term.values.includes(row.startMethod);
    case 'daemon': return yesOrNo(term, row.daemon === true);
    case 'channel': return within(around.channels(row.key), term);
    case 'object': return within(around.objects(row.key), term);
    case 'function': return within([row.target, ...row.blocked.map((b) => b.where?.function)].map((name) => name ?? '').join('\n').toLowerCase(), term);
    case 'parent': return row.parent !== null && within(around.names.process(row.parent).toLowerCase(), term);
    case 'exit': return row.exitCode !== null && term.values.some((value) => Number(value.replace('\u2212', '-')) === row.exitCode);
    case 'signal': return row.signal !== null && term.values.some((value) => row.signal?.toLowerCase().replace(/^sig/, '') === value.replace(/^sig/, ''));
    case 'finding': return hasFinding(around.finding(row.key), term);
  }
}

/** The state's own word, and those that several have in common. */
function stateWordsOf(row: ProcessRow, { names }: Around): readonly string[] {
  // A worker that waits for its next task lacks nothing: its row says so, and it is not found among the blocked.
  const idle = isIdle(row, names);
  const words: string[] = [idle ? 'idle' : row.state];
  words.push(...(alive(row) ? ['alive', 'living'] : row.state === 'zombie' ? ['ended'] : ['ended', 'over']));
  if (row.blocked.length > 0 && row.state !== 'blocked') words.push('blocked');
  if (!alive(row) && ((row.exitCode !== null && row.exitCode !== 0) || row.signal !== null)) words.push('failed');
  words.push(stateWords(row, names, null).text.toLowerCase());
  return words;
}

function yesOrNo(term: Term, is: boolean): boolean {
  return term.values.some((value) => (is ? YES : NO).has(value));
}

/** By whether there is one, by its weight, or by its rule. */
function hasFinding(finding: FindingRow | undefined, term: Term): boolean {
  const said = (value: string): boolean => YES.has(value) || NO.has(value);
  if (term.values.some(said)) return yesOrNo(term, finding !== undefined);
  return finding !== undefined && term.values.some((value) => finding.severity === value || finding.rule.includes(value));
}
