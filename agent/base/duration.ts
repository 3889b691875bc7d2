/** A length of time in milliseconds; fractions are allowed. The unit is in the type, not in the reader's memory. */
export type Milliseconds = number & { readonly unit: "ms" };

/** A point on the monotonic clock, in milliseconds since an arbitrary start; comparable between processes of one boot. */
export type Instant = number & { readonly point: "monotonic ms" };

/** A length of time given in milliseconds. */
export function milliseconds(count: number): Milliseconds {
  return count as Milliseconds;
}

/** A length of time given in seconds. */
export function seconds(count: number): Milliseconds {
  return (count * 1000) as Milliseconds;
}

/** A length of time given in centiseconds, the unit of VRRP version 3 (RFC 9568, section 5.2.7). */
export function centiseconds(count: number): Milliseconds {
  return (count * 10) as Milliseconds;
}

/** A point on the monotonic clock. */
export function instant(ms: number): Instant {
  return ms as Instant;
}

/** The point that lies `duration` after `at`. */
export function after(at: Instant, duration: Milliseconds): Instant {
  return (at + duration) as Instant;
}

/** The time from `start` to `end`; negative when `end` lies before `start`. */
export function elapsed(start: Instant, end: Instant): Milliseconds {
  return (end - start) as Milliseconds;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads "100ms", "1.5s", "2m", "1h", "1d"; a bare number is seconds, as in keepalived.conf. Undefined when it is none of these. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const scale = units[match[2] ?? "s"];
  // Rounded to the microsecond: 0.1 s is 100 ms and not 100.00000000000001.
  return scale === undefined ? undefined : milliseconds(Math.round(Number(match[1]) * scale * 1000) / 1000);
}

/** The shortest exact text that `parseDuration` reads back: "100ms", "3s", "2m". */
export function formatDuration(duration: Milliseconds): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    const scale = units[unit] ?? 1;
    if (duration !== 0 && duration % scale === 0) return `${duration / scale}${unit}`;
  }
  if (duration === 0) return "0s";
  return duration > 1000 && Number.isInteger(duration) ? `${duration / 1000}s` : `${duration}ms`;
}
