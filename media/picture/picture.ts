/** The tree and the lanes as they are on the screen, as a picture to be saved: SVG, or PNG drawn from it at twice the size. */
import { draw, type Picture } from '../lanes/draw.js';
import { palette as paletteOf, type Palette } from '../lanes/palette.js';
import { patternsOf, type Patterns } from '../lanes/patterns.js';
import { pictureNow } from '../lanes/picture.js';
import { layout, scrollTop } from '../processes/layout.js';
import { tree } from '../processes/tree-state.js';
import { drawElements } from './elements.js';
import { fitTo } from './fit.js';
import { drawLegend, legendHeight } from './legend.js';
import { asCanvas, escapeXml, n, SvgContext } from './svg-context.js';

const TITLE = 48;
/** Where what stands beside the name takes a line of its own. */
const TITLE_OF_TWO = 66;
const MARGIN = 14;
const PNG_SCALE = 2;
/** Browsers draw no larger canvas than this in either direction. */
const LARGEST = 16_000;

/** What stands above the picture. */
export interface Title {
  readonly name: string;
  readonly about: string;
}

/** @returns null: the page has nothing to draw yet */
export function svgOf(title: Title): string | null {
  const palette = paletteOf.peek();
  const section = document.querySelector('section.processes');
  const scroller = section?.querySelector('.scroller');
  const rows = section?.querySelector('.tree');
  const at = layout.peek();
  if (palette === null || scroller == null || rows == null || at.lanesWidth < 1) return null;
  const measure = measurer();
  const g = new SvgContext(measure);
  // Below the last row there is nothing to show.
  const body = Math.min(at.height, at.headHeight + tree.peek().rows.length * at.rowHeight - scrollTop.peek());
  const width = Math.ceil(at.width);
  const family = palette.font.replace(/^[\d.]+px\s*/, '');
  const nameWidth = measure(`600 15px ${family}`, title.name);
  const oneLine = 3 * MARGIN + nameWidth + measure(`12px ${family}`, title.about) < width;
  const top = oneLine ? TITLE : TITLE_OF_TWO;
  const height = Math.ceil(top + body + legendHeight(g, width, palette));
  g.fillStyle = palette.color.bg;
  g.fillRect(0, 0, width, height);
  drawTitle(g, title, oneLine ? { x: 2 * MARGIN + nameWidth, y: TITLE / 2 + 1 } : { x: MARGIN, y: TITLE - 3 }, width, family, palette);
  g.fillRect(0, top - 1, width, 1);
  const { patterns, definitions } = patternsFor(palette, measure);
  g.save();
  g.translate(0, top);
  g.beginPath();
  g.rect(0, 0, width, body);
  g.clip();
  drawTree(g, scroller.getBoundingClientRect(), rows, body);
  g.restore();
  g.save();
  g.translate(at.lanesLeft, top);
  const lanes: Picture = { ...pictureNow(), height: body };
  draw(asCanvas(g), lanes, palette, patterns);
  g.restore();
  g.fillStyle = palette.color.line;
  g.fillRect(0, top + body, width, 1);
  if (!at.narrow) g.fillRect(at.treeWidth, top, 1, body);
  g.save();
  g.translate(0, top + body);
  drawLegend(g, width, palette, patterns);
  g.restore();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}">`,
    `<title>${escapeXml(`${title.name} · ${title.about}`)}</title>`,
    `<defs>${definitions}</defs>`,
    g.toString(),
    '</svg>',
    '',
  ].join('\n');
}

/** @returns a PNG in base64 @throws where the browser cannot draw it */
export async function pngOf(svg: string): Promise<string> {
  const image = new Image();
  const loaded = new Promise<void>((resolve, reject) => {
    image.onload = () => resolve();
    image.onerror = () => reject(new Error('the picture cannot be drawn'));
  });
  // The one kind of address that the page's policy lets an image come from.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await loaded;
  const canvas = document.createElement('canvas');
  const scale = Math.min(PNG_SCALE, LARGEST / Math.max(image.width, image.height, 1));
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  const g = canvas.getContext('2d');
  if (g === null) throw new Error('the picture cannot be drawn');
  g.drawImage(image, 0, 0, canvas.width, canvas.height);
  const [, data = ''] = canvas.toDataURL('image/png').split(',');
  if (data === '') throw new Error('the picture cannot be drawn');
  return data;
}

/** Leaves the colour of lines. */
function drawTitle(g: SvgContext, { name, about }: Title, at: { readonly x: number; readonly y: number }, width: number, family: string, palette: Palette): void {
  g.textBaseline = 'middle';
  const fitted = (text: string, room: number): string => fitTo(text, room, (part) => g.measureText(part).width, g.measureText(text).width > room);
  g.font = `600 15px ${family}`;
  g.fillStyle = palette.color.fg;
  g.fillText(fitted(name, width - 2 * MARGIN), MARGIN, TITLE / 2);
  g.font = `12px ${family}`;
  g.fillStyle = palette.color.dim;
  g.fillText(fitted(about, width - MARGIN - at.x), at.x, at.y);
  g.fillStyle = palette.color.line;
}

/** Rows first, then the titles of the columns, which stay where they are when rows are scrolled. */
function drawTree(g: SvgContext, box: DOMRect, tree_: Element, body: number): void {
  const seen = new DOMRect(box.left, box.top, box.width, body);
  const head = tree_.querySelector('.head');
  const leave = (element: Element): boolean => element.classList.contains('row-buttons');
  g.save();
  g.beginPath();
  g.rect(0, head?.getBoundingClientRect().height ?? 0, box.width, body);
  g.clip();
  for (const row of tree_.querySelectorAll('.row')) drawElements(g, row, box, seen, leave);
  g.restore();
  if (head !== null) drawElements(g, head, box, seen, leave);
}

/** The hatches as patterns of SVG, each drawn by what draws its tile. */
function patternsFor(palette: Palette, measure: (font: string, text: string) => number): { readonly patterns: Patterns; readonly definitions: string } {
  const definitions: string[] = [];
  const patterns = patternsOf(palette, (hatch, name) => {
    if (typeof hatch === 'string') return hatch;
    const tile = new SvgContext(measure);
    hatch.draw(asCanvas(tile), hatch.size);
    definitions.push(`<pattern id="hatch-${name}" patternUnits="userSpaceOnUse" width="${n(hatch.size)}" height="${n(hatch.size)}">${tile.toString()}</pattern>`);
    return `url(#hatch-${name})`;
  });
  return { patterns, definitions: definitions.join('\n') };
}

function measurer(): (font: string, text: string) => number {
  const g = document.createElement('canvas').getContext('2d');
  return (font, text) => {
    if (g === null) return text.length * 7;
    g.font = font;
    return g.measureText(text).width;
  };
}
