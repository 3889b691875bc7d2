// The words of every explanation.

/** What explains something, in words. */
export interface Reasoning {
  readonly answer: string;
  readonly because: readonly string[];
  readonly remedies: readonly string[];
}
