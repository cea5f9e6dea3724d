/** Answers what the page asks of a channel's messages: at once, again as they change, and a long search in slices. */
import type { MessageQuery, MessageReply } from '../../protocol/message-query.js';
import { Spaced } from './spaced.js';

/** A window comes whole each time, and costs the page's thread, which is VS Code's own. Nobody reads oftener. Milliseconds. */
const EVERY_MS = 250;
/** The extension host serves other extensions too: it searches for so long, and rests between. */
const SLICE_MS = 8;
const REST_MS = 4;
/** How often the page hears how far a search came. */
const TOLD_EVERY_MS = 120;

/** What of the model it asks. */
export interface Searched {
  messageWindow(query: MessageQuery, late: () => boolean): { readonly reply: MessageReply; readonly more: boolean };
}

export class MessageAnswers {
  readonly #spaced = new Spaced(EVERY_MS, () => this.#answer());
  #query: MessageQuery | null = null;
  #isNew = false;
  #toldMs = -Infinity;
  #next: NodeJS.Timeout | undefined;

  constructor(
    private readonly searched: () => Searched | null,
    private readonly tell: (reply: MessageReply) => void,
  ) {}

  /** null: none wanted. */
  ask(query: MessageQuery | null): void {
    this.#query = query;
    this.#isNew = true;
    this.#spaced.do();
  }

  get channel(): string | null {
    return this.#query?.channel ?? null;
  }

  /** Something was told of the channel. */
  changed(): void {
    this.#spaced.want();
  }

  cancel(): void {
    this.#query = null;
    this.#spaced.cancel();
    clearTimeout(this.#next);
  }

  #answer(): void {
    clearTimeout(this.#next);
    const searched = this.searched();
    if (this.#query === null || searched === null) return;
    const begun = performance.now();
    const { reply, more } = searched.messageWindow(this.#query, () => performance.now() - begun > SLICE_MS);
    if (!more || this.#isNew || begun - this.#toldMs > TOLD_EVERY_MS) {
      this.#isNew = false;
      this.#toldMs = begun;
      this.tell(reply);
    }
    if (more) this.#next = setTimeout(() => this.#answer(), REST_MS);
  }
}
