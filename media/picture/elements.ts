/** What is on the screen of the page's own elements, drawn again: their grounds, borders, icons and texts, where they are. */
import { asHidden, fitTo } from './fit.js';
import { n, plainColor, type SvgContext } from './svg-context.js';

/** Left and top of the picture in the page. */
export interface Origin {
  readonly left: number;
  readonly top: number;
}

/** @param leave what is only there for the pointer */
export function drawElements(g: SvgContext, root: Element, from: Origin, seen: DOMRect, leave: (element: Element) => boolean): void {
  const walk = (element: Element, within: DOMRect): void => {
    const style = getComputedStyle(element);
    if (asHidden(style) || leave(element)) return;
    const box = element.getBoundingClientRect();
    // What wrapped out of a box that hides what does not fit is not seen.
    if (box.bottom <= within.top || box.top >= within.bottom) return;
    const inside = style.overflowY === 'visible' ? within : box;
    ground(g, box, style, from);
    if (element instanceof SVGSVGElement) {
      icon(g, element, box, style, from);
      return;
    }
    for (const child of element.childNodes) {
      if (child instanceof Element) walk(child, inside);
      else if (child instanceof Text) text(g, child, element, style, from);
    }
  };
  walk(root, seen);
}

function ground(g: SvgContext, box: DOMRect, style: CSSStyleDeclaration, from: Origin): void {
  const radius = Number.parseFloat(style.borderTopLeftRadius) || 0;
  const x = box.left - from.left;
  const y = box.top - from.top;
  if (isSeen(style.backgroundColor)) {
    g.fillStyle = style.backgroundColor;
    g.beginPath();
    g.roundRect(x, y, box.width, box.height, radius);
    g.fill();
  }
  const line = Number.parseFloat(style.outlineWidth) || 0;
  if (line > 0 && style.outlineStyle !== 'none' && isSeen(style.outlineColor)) {
    const out = (Number.parseFloat(style.outlineOffset) || 0) + line / 2;
    g.strokeStyle = style.outlineColor;
    g.lineWidth = line;
    g.strokeRect(x - out, y - out, box.width + 2 * out, box.height + 2 * out);
  }
  const bottom = Number.parseFloat(style.borderBottomWidth) || 0;
  const left = Number.parseFloat(style.borderLeftWidth) || 0;
  if (bottom === 0 || style.borderBottomStyle === 'none' || !isSeen(style.borderBottomColor)) return;
  if (left === 0) {
    g.fillStyle = style.borderBottomColor;
    g.fillRect(x, y + box.height - bottom, box.width, bottom);
    return;
  }
  g.strokeStyle = style.borderBottomColor;
  g.lineWidth = bottom;
  g.beginPath();
  g.roundRect(x + bottom / 2, y + bottom / 2, box.width - bottom, box.height - bottom, radius);
  g.stroke();
}

function isSeen(color: string): boolean {
  const { color: plain, alpha } = plainColor(color);
  return plain !== 'none' && alpha > 0.01;
}

/** As it is, with the colour that it has from around it. */
function icon(g: SvgContext, element: SVGSVGElement, box: DOMRect, style: CSSStyleDeclaration, from: Origin): void {
  const copy = element.cloneNode(true) as SVGSVGElement;
  for (const name of ['class', 'slot', 'aria-hidden', 'focusable', 'style']) copy.removeAttribute(name);
  const { color, alpha } = plainColor(style.color);
  const place = { x: n(box.left - from.left), y: n(box.top - from.top), width: n(box.width), height: n(box.height), color, opacity: n(alpha) };
  for (const [name, value] of Object.entries(place)) copy.setAttribute(name, value);
  g.raw(new XMLSerializer().serializeToString(copy));
}

function text(g: SvgContext, node: Text, parent: Element, style: CSSStyleDeclaration, from: Origin): void {
  const words = transformed(node.data.replace(/\s+/g, ' '), style.textTransform);
  if (words.trim() === '') return;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width === 0) return;
  g.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  g.fillStyle = style.color;
  g.textAlign = 'left';
  g.textBaseline = 'middle';
  const shown = fitTo(words, Math.min(box.right, edgeOf(parent)) - box.left, (candidate) => g.measureText(candidate).width, box.right > edgeOf(parent) + 0.5);
  if (shown !== '') g.fillText(shown, box.left - from.left, box.top - from.top + box.height / 2);
}

function transformed(text: string, transform: string): string {
  return transform === 'uppercase' ? text.toLocaleUpperCase() : text;
}

/** Where the text's box ends it, as `overflow: hidden` of any element around it does. */
function edgeOf(element: Element): number {
  let edge = Infinity;
  for (let at: Element | null = element; at !== null && !at.classList.contains('tree'); at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== 'visible') edge = Math.min(edge, at.getBoundingClientRect().right);
  }
  return edge;
}
