/** What a fix is, and what it is made from. */
import type { RuleName } from '../protocol/rules.js';
import type { Text } from '../protocol/view.js';

/** Replaces one stretch of the source. */
export interface Fix {
  readonly title: Text;
  /** Offsets into the source, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A finding as far as a fix of its source needs it. Lines count from 1 and are of the source as it was run. */
export interface Fault {
  readonly rule: RuleName;
  /** Absolute, or from the run's folder: where the text to change is. */
  readonly file: string;
  /** The finding's own line; null: it is in another file. */
  readonly line: number | null;
  /** Where the process or object that it is about was made; null: not known, or in another file. */
  readonly made: number | null;
  /** The variable that holds the object, as its source names it. */
  readonly name: string | null;
  /** Whether the process that the finding is about made the object itself. */
  readonly madeByItself: boolean;
}
