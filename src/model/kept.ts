/** Rows as they were last shown, with the version in which they changed. */
import { same } from './same.js';

export interface Kept<Row> {
  row: Row;
  version: number;
}

/** @returns whether the row is another than before */
export function keep<Key, Row>(rows: Map<Key, Kept<Row>>, key: Key, row: Row, version: number): boolean {
  const old = rows.get(key);
  if (old === undefined) {
    rows.set(key, { row, version });
    return true;
  }
  if (same(old.row, row)) return false;
  old.row = row;
  old.version = version;
  return true;
}

export function rowsSince<Key, Row>(rows: Map<Key, Kept<Row>>, since: number): Row[] {
  const changed: Row[] = [];
  for (const kept of rows.values()) if (kept.version > since) changed.push(kept.row);
  return changed;
}
