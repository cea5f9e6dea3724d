/** Small questions of drawing a page again. */

const segmenter = new Intl.Segmenter();

export function asHidden(style: CSSStyleDeclaration): boolean {
  return style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0';
}

/** As many characters as there is room for, with an ellipsis where something is missing. */
export function fitTo(text: string, room: number, measure: (text: string) => number, isCut: boolean): string {
  if (!isCut) return text;
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment);
  while (characters.length > 0 && measure(`${characters.join('')}…`) > room) characters.pop();
  return characters.length === 0 ? '' : `${characters.join('').trimEnd()}…`;
}
