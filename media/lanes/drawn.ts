/** What the canvas shows. A tree that is made anew for a row far from the screen asks for a drawing, too, and that is the same again. */
import { same } from '../../src/model/same.js';
import type { LaneReply } from '../../src/protocol/view.js';
import type { Picture } from './draw.js';
import { toX } from './scale.js';

/** Without motion, and while another moment is looked at, the present moves by steps. Milliseconds. */
export const STILL_MS = 1000;

export class Drawn {
  #atMs = -Infinity;
  #picture: Picture | null = null;
  #reply: LaneReply | null = null;
  #colors: unknown = null;
  #ratio = 0;

  /**
   * Notes what is drawn now.
   *
   * @param reply what the picture's lanes are of: they are compared as the answer that they came in
   * @param ratio pixels of the screen in one of the page
   * @param still the present moves by steps
   * @returns whether it is another than what was drawn last
   */
  differs(picture: Picture, reply: LaneReply | null, colors: unknown, ratio: number, still: boolean): boolean {
    const step = performance.now() - this.#atMs < STILL_MS;
    // Else by pixels.
    const nowMs = still && step && this.#picture !== null ? this.#picture.nowMs : Math.round(toX(picture.scale, picture.nowMs) * ratio);
    const shown = { ...picture, nowMs };
    const differs = this.#picture === null || this.#reply !== reply || this.#colors !== colors || this.#ratio !== ratio || !same(this.#picture, shown);
    this.#picture = shown;
    this.#reply = reply;
    this.#colors = colors;
    this.#ratio = ratio;
    if (differs) this.#atMs = performance.now();
    return differs;
  }
}
