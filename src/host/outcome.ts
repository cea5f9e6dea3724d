/** What became of something that a person asked for: `message` is for people, already translated; null: nothing to say. */
export interface Outcome {
  readonly ok: boolean;
  readonly message: string | null;
}

export const done: Outcome = { ok: true, message: null };

export function failed(message: string): Outcome {
  return { ok: false, message };
}

/** The words of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
