/** The line of each of many events of one image: a byte an event, for the lines of a script are few. */
import { octets } from './columns.js';

const MOST = 256;

export class LineColumn {
  private readonly numbers = octets();
  /** Lines by number; the first one is that which is not known. */
  private readonly sites: number[] = [0];
  private readonly numberOf = new Map<number, number>([[0, 0]]);

  /** @param site as a number of the image's strings, 0 not known. Those past the first 255 lines of an image are not known. */
  push(site: number): void {
    let number = this.numberOf.get(site);
    if (number === undefined) {
      number = this.sites.length < MOST ? this.sites.push(site) - 1 : 0;
      if (number > 0) this.numberOf.set(site, number);
    }
    this.numbers.push(number);
  }

  at(index: number): number {
    return this.sites[this.numbers.at(index)]!;
  }
}
