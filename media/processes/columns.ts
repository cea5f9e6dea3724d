/** The tree's columns and what they need. Without CPU, memory and traffic a row still says what runs and how it stands. */
import type { Column } from '../ui/columns.js';

export const COLUMNS: readonly Column[] = [
  { id: 'name', min: 176, ideal: 224, grow: 2, rank: 0 },
  { id: 'pid', min: 58, ideal: 62, grow: 0, rank: 2 },
  { id: 'state', min: 166, ideal: 216, grow: 3, rank: 0 },
  { id: 'cpu', min: 52, ideal: 54, grow: 0, rank: 3 },
  { id: 'memory', min: 54, ideal: 58, grow: 0, rank: 4 },
  { id: 'io', min: 84, ideal: 94, grow: 0, rank: 5 },
];
