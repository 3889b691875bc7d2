/** What came of one attempt. `detail` says it in words: "connection refused", "no answer within 3s", "status 503, expected 200".
 * "not-made": the director itself could not try (no descriptors, no local ports, no memory, no such source address), which says
 * nothing about the real server. */
export interface ProbeOutcome {
  readonly kind: "passed" | "failed" | "not-made";
  readonly detail: string;
}
