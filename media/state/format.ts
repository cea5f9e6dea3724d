/** Numbers, times and places as people read them. */
import type { SourceRef } from '../../src/protocol/view.js';
import { t } from './l10n.js';

export { signed } from '../../src/model/words.js';

/** A span of time that goes on, or went: `0.1 s`, `42 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return t('{0} s', (Math.floor(s * 10) / 10).toFixed(1));
  if (s < 60) return t('{0} s', Math.floor(s));
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return t('{0} min {1} s', minutes, two(s % 60));
  return t('{0} h {1} min', Math.floor(minutes / 60), two(minutes % 60));
}

/** A short time that is over, in the unit that suits it: `180 µs`, `2.1 ms`, `240 ms`, `3.4 s`. */
export function latency(ms: number): string {
  if (ms < 0.0995) return t('{0} µs', Math.max(0, Math.round(ms * 1000)));
  if (ms < 9.95) return t('{0} ms', ms.toFixed(1));
  if (ms < 999.5) return t('{0} ms', Math.round(ms));
  return duration(ms);
}

/** p50 and p99 share a unit where they can: `18 · 240 ms`. */
export function latencies(p50: number, p99: number): string {
  const a = latency(p50);
  const b = latency(p99);
  const [x, unitA] = a.split(' ');
  const [, unitB] = b.split(' ');
  return unitA === unitB && a.split(' ').length === 2 ? `${x} · ${b}` : `${a} · ${b}`;
}

/** The run's time in the header: `00:12.4`, from a minute on `01:15`, `1:02:03`. */
export function elapsed(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  const minutes = Math.floor(s / 60);
  if (minutes < 1) return `00:${two(s)}.${Math.floor((s * 10) % 10)}`;
  if (minutes < 60) return `${two(minutes)}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** A moment in a table: seconds from the run's start, to the hundredth. */
export function moment(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** Bytes: `212 B`, `4.1 K`, `68 K`, `1.2 M`. */
export function bytes(n: number): string {
  if (n < 1000) return t('{0} B', Math.round(n));
  return scaled(n / 1024, ['K', 'M', 'G', 'T'], 1024);
}

export function kibibytes(kib: number): string {
  return kib < 1 ? '0' : scaled(kib, ['K', 'M', 'G', 'T'], 1024);
}

function scaled(n: number, units: readonly string[], by: number): string {
  let i = 0;
  while (n >= by * 0.9995 && i < units.length - 1) {
    n /= by;
    i++;
  }
  return `${n < 9.95 ? n.toFixed(1) : Math.round(n)} ${units[i] ?? ''}`;
}

/** A count in little room: `0`, `812`, `9.8k`, `31k`, `1.2M`. */
export function count(n: number): string {
  if (n < 1000) return String(n);
  if (n < 9_950) return `${(n / 1000).toFixed(1)}k`;
  if (n < 999_500) return `${Math.round(n / 1000)}k`;
  if (n < 9_950_000) return `${(n / 1e6).toFixed(1)}M`;
  return `${Math.round(n / 1e6)}M`;
}

/** Messages a second: whole numbers, a decimal where it is slow. */
export function rate(n: number): string {
  if (n <= 0) return '0';
  if (n < 9.95) return n.toFixed(1).replace(/\.0$/, '');
  return count(Math.round(n));
}

export function percent(n: number): string {
  return `${n > 0 && n < 0.95 ? n.toFixed(1) : Math.round(n)} %`;
}

/** `pipeline.py:61`: the folder is in the title. */
export function place(where: SourceRef): string {
  return `${fileName(where.file)}:${where.line}`;
}

export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function two(n: number): string {
  return String(Math.floor(n)).padStart(2, '0');
}
