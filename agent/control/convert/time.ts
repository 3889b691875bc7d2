import type { Duration } from "../gen/google/protobuf/duration.pb.ts";

/** A length of time in milliseconds as a proto Duration. */
export function durationOf(ms: number): Duration {
  const nanos = Math.round(ms * 1e6);
  const seconds = Math.trunc(nanos / 1e9);
  return { seconds: BigInt(seconds), nanos: nanos - seconds * 1e9 };
}

/** The same; undefined stays undefined. */
export function optionalDuration(ms: number | undefined): Duration | undefined {
  return ms === undefined ? undefined : durationOf(ms);
}

/** A proto Duration in milliseconds. */
export function durationMs({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}

/** A proto Duration as documents write it: a text in milliseconds, exact to the microsecond. Negative ones stay so, for the schema to refuse. */
export function durationText(duration: Duration | undefined): string | undefined {
  return duration === undefined ? undefined : `${durationMs(duration)}ms`;
}

/** Unix milliseconds as a proto Timestamp's Date. */
export function timeOf(at: number): Date {
  return new Date(at);
}
