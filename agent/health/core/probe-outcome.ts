/** What came of one attempt. `detail` says it in words: "connection refused", "no answer within 3s", "status 503, expected 200".
 * "not-made": the director itself could not try (no descriptors, no local ports, no memory, no such source address), which says
 * nothing about the real server. */
export interface ProbeOutcome {
  readonly kind: "passed" | "failed" | "not-made";
  readonly detail: string;
  /** What the attempt makes of the real server's weight; absent: what it was before. */
  readonly weight?: WeightEffect;
  /** Until when the server's certificate is valid, Unix milliseconds; only where somebody asks. */
  readonly certificateEnd?: number;
}

/** What a checker makes of a weight: another in place of the configured one, something more or less, or a share of it. */
export type WeightEffect =
  | { readonly kind: "set"; readonly weight: number }
  | { readonly kind: "add"; readonly weight: number }
  | { readonly kind: "percent"; readonly percent: number };
