/** Time to pixels and back, and where the axis has its lines: immutable and pure. */

export interface Scale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly left: number;
  readonly width: number;
}

export function toX(scale: Scale, ms: number): number {
  return scale.left + ((ms - scale.fromMs) / (scale.toMs - scale.fromMs)) * scale.width;
}

export function toMs(scale: Scale, x: number): number {
  return scale.fromMs + ((x - scale.left) / scale.width) * (scale.toMs - scale.fromMs);
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000];

/** The smallest round step whose labels have at least `pixels` each. */
export function axisStep(scale: Scale, pixels: number): number {
  const least = ((scale.toMs - scale.fromMs) / scale.width) * pixels;
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}

export function axisLabel(ms: number, step: number): string {
  if (step < 1000 && ms < 60_000) return ms === 0 ? '0 s' : step >= 100 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 1000).toFixed(step >= 10 ? 2 : 3)} s`;
  if (ms < 60_000 && step < 60_000) return `${Math.round(ms / 1000)} s`;
  const s = Math.floor(ms / 1000);
  const clock = `${Math.floor((s % 3600) / 60)}:${String(s % 60).padStart(2, '0')}`;
  const rest = step < 1000 ? `.${String(Math.floor(ms % 1000)).padStart(3, '0').slice(0, step >= 100 ? 1 : step >= 10 ? 2 : 3)}` : '';
  return s >= 3600 ? `${Math.floor(s / 3600)}:${clock.padStart(5, '0')}${rest}` : clock + rest;
}
