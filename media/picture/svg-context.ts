/**
 * A drawing context that writes SVG: as much of CanvasRenderingContext2D as the lanes are drawn with (a test compares), so that one
 * drawing code serves the screen and the picture. Colours are the theme's, resolved before.
 */

/** Widths of texts need a real font: the page's, asked of a canvas that nobody sees. */
export type Measure = (font: string, text: string) => number;

interface State {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  lineWidth: number;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  /** Groups that were opened since the last save: for clips and moves. */
  groups: number;
}

const FRESH: Readonly<State> = { fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, lineCap: 'butt', lineJoin: 'miter', globalAlpha: 1, font: '10px sans-serif', textAlign: 'start', textBaseline: 'alphabetic', dash: [], groups: 0 };

/** Ids must differ in a document that several pictures are put into. */
let clips = 0;

export class SvgContext implements State {
  fillStyle: State['fillStyle'] = FRESH.fillStyle;
  strokeStyle: State['strokeStyle'] = FRESH.strokeStyle;
  lineWidth = FRESH.lineWidth;
  lineCap = FRESH.lineCap;
  lineJoin = FRESH.lineJoin;
  globalAlpha = FRESH.globalAlpha;
  font = FRESH.font;
  textAlign = FRESH.textAlign;
  textBaseline = FRESH.textBaseline;
  dash: readonly number[] = [];
  groups = 0;
  readonly #out: string[] = [];
  readonly #saved: State[] = [];
  #path = '';

  constructor(private readonly measure: Measure) {}

  /** What was drawn, as elements. */
  toString(): string {
    return this.#out.join('\n');
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, lineCap, lineJoin, globalAlpha, font, textAlign, textBaseline, dash, groups } = this;
    this.#saved.push({ fillStyle, strokeStyle, lineWidth, lineCap, lineJoin, globalAlpha, font, textAlign, textBaseline, dash, groups });
    this.groups = 0;
  }

  restore(): void {
    const state = this.#saved.pop();
    if (state === undefined) return;
    for (; this.groups > 0; this.groups--) this.#out.push('</g>');
    Object.assign(this, state);
  }

  /** Lasts, as a clip does, until `restore`. */
  translate(x: number, y: number): void {
    this.#out.push(`<g transform="translate(${n(x)} ${n(y)})">`);
    this.groups++;
  }

  clip(): void {
    const id = `clip${++clips}`;
    this.#out.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath><g clip-path="url(#${id})">`);
    this.groups++;
  }

  /** There is nothing under a picture that is drawn once. */
  clearRect(): void {
    this.beginPath();
  }

  beginPath(): void {
    this.#path = '';
  }

  closePath(): void {
    this.#path += 'Z';
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${n(x)} ${n(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `L${n(x)} ${n(y)}`;
  }

  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void {
    this.#path += `Q${n(cx)} ${n(cy)} ${n(x)} ${n(y)}`;
  }

  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void {
    this.#path += `C${n(ax)} ${n(ay)} ${n(bx)} ${n(by)} ${n(x)} ${n(y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}Z`;
  }

  roundRect(x: number, y: number, width: number, height: number, radius: number): void {
    const r = Math.max(0, Math.min(radius, width / 2, height / 2));
    if (r === 0) {
      this.rect(x, y, width, height);
      return;
    }
    const corner = (dx: number, dy: number): string => `a${n(r)} ${n(r)} 0 0 1 ${n(dx)} ${n(dy)}`;
    this.#path += `M${n(x + r)} ${n(y)}h${n(width - 2 * r)}${corner(r, r)}v${n(height - 2 * r)}${corner(-r, r)}h${n(2 * r - width)}${corner(-r, -r)}v${n(2 * r - height)}${corner(r, -r)}Z`;
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const at = (angle: number): string => `${n(x + radius * Math.cos(angle))} ${n(y + radius * Math.sin(angle))}`;
    const r = n(radius);
    // A full circle ends where it begins, which no single arc can.
    if (to - from >= 2 * Math.PI) this.#path += `M${n(x - radius)} ${n(y)}a${r} ${r} 0 1 1 ${n(2 * radius)} 0a${r} ${r} 0 1 1 ${n(-2 * radius)} 0Z`;
    else this.#path += `${this.#path === '' ? 'M' : 'L'}${at(from)}A${r} ${r} 0 ${to - from > Math.PI ? 1 : 0} 1 ${at(to)}`;
  }

  fill(): void {
    if (this.#path !== '') this.#out.push(`<path d="${this.#path}"${this.#filled()}/>`);
  }

  stroke(): void {
    if (this.#path !== '') this.#out.push(`<path d="${this.#path}" fill="none"${this.#stroked()}/>`);
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#out.push(`<rect${box(x, y, width, height)}${this.#filled()}/>`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#out.push(`<rect${box(x, y, width, height)} fill="none"${this.#stroked()}/>`);
  }

  /** Elements that are SVG already, such as the page's icons. */
  raw(elements: string): void {
    this.#out.push(elements);
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = dash;
  }

  measureText(text: string): { readonly width: number } {
    return { width: this.measure(this.font, text) };
  }

  fillText(text: string, x: number, y: number): void {
    const { style, size, family } = fontOf(this.font);
    // Baselines of SVG are drawn differently by each program: only the alphabetic one is the same everywhere.
    const baseline = this.textBaseline === 'middle' ? y + size * 0.35 : y;
    const anchor = this.textAlign === 'center' ? ' text-anchor="middle"' : this.textAlign === 'right' || this.textAlign === 'end' ? ' text-anchor="end"' : '';
    this.#out.push(`<text x="${n(x)}" y="${n(baseline)}"${anchor} font-size="${n(size)}" font-family="${escapeXml(family)}"${style}${this.#filled()} xml:space="preserve">${escapeXml(text)}</text>`);
  }

  #filled(): string {
    return `${paint('fill', this.fillStyle)}${this.#alpha()}`;
  }

  #stroked(): string {
    const dash = this.dash.length === 0 ? '' : ` stroke-dasharray="${this.dash.map(n).join(' ')}"`;
    const cap = this.lineCap === 'butt' ? '' : ` stroke-linecap="${this.lineCap}"`;
    const join = this.lineJoin === 'miter' ? '' : ` stroke-linejoin="${this.lineJoin}"`;
    return `${paint('stroke', this.strokeStyle)} stroke-width="${n(this.lineWidth)}"${dash}${cap}${join}${this.#alpha()}`;
  }

  #alpha(): string {
    return this.globalAlpha === 1 ? '' : ` opacity="${n(this.globalAlpha)}"`;
  }
}

/** For a function that draws on a canvas. That it uses nothing else of it than is here, a test sees to. */
export function asCanvas(context: SvgContext): CanvasRenderingContext2D {
  return context as unknown as CanvasRenderingContext2D;
}

/** `italic 600 11px "Segoe UI", sans-serif`: as a canvas takes it. */
function fontOf(font: string): { readonly style: string; readonly size: number; readonly family: string } {
  const match = /^(.*?)([\d.]+)px(?:\/\S+)?\s+(.*)$/.exec(font.trim());
  const before = match?.[1] ?? '';
  const weight = /\b(\d{3}|bold)\b/.exec(before)?.[1];
  const style = `${weight === undefined ? '' : ` font-weight="${weight}"`}${/\bitalic\b/.test(before) ? ' font-style="italic"' : ''}`;
  return { style, size: Number(match?.[2] ?? 10), family: match?.[3] ?? 'sans-serif' };
}

/** What a browser computes of a colour, as every program that reads SVG knows it: `#rrggbb`, and its opacity apart. */
function paint(what: 'fill' | 'stroke', style: State['fillStyle']): string {
  if (typeof style !== 'string') return ` ${what}="none"`;
  const { color, alpha } = plainColor(style);
  return ` ${what}="${escapeXml(color)}"${alpha === 1 ? '' : ` ${what}-opacity="${n(alpha)}"`}`;
}

export function plainColor(style: string): { readonly color: string; readonly alpha: number } {
  if (style === 'transparent') return { color: 'none', alpha: 1 };
  const match = /^(rgba?|color)\((?:srgb\s+)?([^)]*)\)$/.exec(style.trim());
  const numbers = match?.[2]?.match(/-?[\d.]+(?:e-?\d+)?%?/g) ?? [];
  if (match === null || numbers.length < 3) return { color: style, alpha: 1 };
  const whole = match[1] === 'color' ? 255 : 1;
  const value = (text: string | undefined): number => (text === undefined ? 1 : text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text));
  const hex = numbers.slice(0, 3).map((text) => Math.round(Math.min(255, Math.max(0, value(text) * whole))).toString(16).padStart(2, '0'));
  return { color: `#${hex.join('')}`, alpha: value(numbers[3]) };
}

function box(x: number, y: number, width: number, height: number): string {
  return ` x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(Math.max(0, height))}"`;
}

/** Hundredths of a pixel are seen by nobody. */
export function n(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';
}

/** For text and attributes. Control characters are none of XML's, and names of the script's may hold them. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
