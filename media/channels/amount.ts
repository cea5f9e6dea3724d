/** Amounts as people type them. */

const BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, kb: 1024, kib: 1024, m: 1024 ** 2, mb: 1024 ** 2, mib: 1024 ** 2, g: 1024 ** 3, gb: 1024 ** 3, gib: 1024 ** 3 };
const MILLISECONDS: Readonly<Record<string, number>> = { '': 1, us: 0.001, 'µs': 0.001, 'μs': 0.001, ms: 1, s: 1000, min: 60_000 };

/** @returns null for nothing; undefined for what is no amount */
function amount(text: string, units: Readonly<Record<string, number>>): number | null | undefined {
  const [, figure, unit] = /^\s*(?:[≥>]=?\s*)?(\d*[.,]?\d*)\s*(\p{L}*)\s*$/u.exec(text) ?? [];
  if (figure === undefined || unit === undefined) return undefined;
  if (figure === '' && unit === '') return text.trim() === '' ? null : undefined;
  const by = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  const value = Number(figure.replace(',', '.'));
  return by === undefined || figure === '' || !Number.isFinite(value) ? undefined : value * by;
}

/** `4k`, `1.5 MB`, `200`: bytes, in steps of 1,024. */
export function readBytes(text: string): number | null | undefined {
  return amount(text, BYTES);
}

/** `10ms`, `0.5 s`, `200 µs`, `10`: milliseconds. */
export function readMilliseconds(text: string): number | null | undefined {
  return amount(text, MILLISECONDS);
}
