/** The lines that one answer about lanes names, each once: spans, tasks, messages and marks have its number. */
import type { SourceRef } from '../protocol/view.js';
import type { Image } from './image.js';

export class LaneSites {
  readonly list: SourceRef[] = [];
  private readonly byPlace = new Map<string, number>();
  private readonly byImage = new Map<Image, Map<number, number>>();

  /** @param site as a number of the image's strings @returns its number in the list, -1: not known */
  of(image: Image, site: number): number {
    if (site === 0) return -1;
    let known = this.byImage.get(image);
    if (known === undefined) {
      known = new Map<number, number>();
      this.byImage.set(image, known);
    }
    let number = known.get(site);
    if (number === undefined) {
      number = this.add(image.site(site));
      known.set(site, number);
    }
    return number;
  }

  /** Processes of one program have the same lines under other numbers. */
  add(where: SourceRef | null): number {
    if (where === null) return -1;
    const place = `${where.line} ${where.file}\n${where.function ?? ''}`;
    const known = this.byPlace.get(place);
    if (known !== undefined) return known;
    const number = this.list.push(where) - 1;
    this.byPlace.set(place, number);
    return number;
  }
}

/** As a part of what it is the line of: left out where it is not known. */
export function siteField(number: number): { readonly site?: number } {
  return number < 0 ? {} : { site: number };
}
