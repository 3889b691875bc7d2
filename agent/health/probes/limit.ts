import { formatDuration, type Milliseconds } from "../../base/duration.ts";
import type { TimeLimit } from "./stream.ts";

/** The time limit of an attempt that begins now. */
export function limitOf({ timeout }: { readonly timeout: Milliseconds }): TimeLimit {
  return { end: performance.now() + timeout, text: formatDuration(timeout) };
}
