import * as z from "zod";
import { formatDuration, type Milliseconds, milliseconds, parseDuration } from "../../base/duration.ts";

/** The limits of a duration, both inclusive, and what it must be a whole number of. */
export interface DurationLimits {
  readonly min: Milliseconds;
  readonly max: Milliseconds;
  readonly step?: Milliseconds;
}

/** A length of time: in documents a text ("3s", "100ms") or a number of seconds, in settings milliseconds. */
export function duration(limits: DurationLimits) {
  return z.codec(z.union([z.string(), z.number()]), z.custom<Milliseconds>(), {
    decode(value, context) {
      const parsed = readDuration(value);
      const problem = parsed === undefined ? "is not a duration" : limitProblem(parsed, limits);
      if (parsed !== undefined && problem === undefined) return parsed;
      context.issues.push({
        code: "custom",
        input: value,
        message: `${JSON.stringify(value)} ${problem}`,
        params: { expected: describeLimits(limits) },
      });
      return z.NEVER;
    },
    encode: formatDuration,
  });
}

/** What is allowed, for people: `10ms to 1d, as "3s", "100ms" or a number of seconds`. */
export function describeLimits(limits: DurationLimits): string {
  const step = limits.step === undefined ? "" : ` in steps of ${formatDuration(limits.step)}`;
  const range = `${formatDuration(limits.min)} to ${formatDuration(limits.max)}${step}`;
  return `${range}, as a text like "3s" or "100ms" or a number of seconds`;
}

function readDuration(value: string | number): Milliseconds | undefined {
  if (typeof value === "string") return parseDuration(value);
  // Rounded to the microsecond, as the text form is.
  return value >= 0 && Number.isFinite(value) ? milliseconds(Math.round(value * 1e6) / 1000) : undefined;
}

function limitProblem(value: Milliseconds, limits: DurationLimits): string | undefined {
  if (value < limits.min) return "is too short";
  if (value > limits.max) return "is too long";
  return limits.step !== undefined && value % limits.step !== 0
    ? `is not a multiple of ${formatDuration(limits.step)}`
    : undefined;
}
