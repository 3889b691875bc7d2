// When a packet came: by the kernel's own note (SO_TIMESTAMPNS), not by when JavaScript got to see it. What is counted from a packet, such as
// VRRP's master down interval, then does not depend on how long the way through the process took. Pure.

import { type Instant, instant } from "../../base/duration.ts";
import { readControl } from "./ancillary.ts";
import { isLittleEndian } from "./byte-order.ts";

/** SOL_SOCKET, and SO_TIMESTAMPNS with the record of the same number: a struct timespec of CLOCK_REALTIME. */
export const timestamps = { level: 1, option: 35 } as const;

/** Both clocks, read at the same moment. */
export interface ClockReadings {
  readonly monotonic: Instant;
  /** Unix milliseconds with their fraction. */
  readonly realtime: number;
}

/** A difference beyond this is a clock that was set, and not a packet that waited. */
const longestWaitMs = 1000;

/** When the message came, on the monotonic clock; now where the kernel does not say, or the time of day has been set meanwhile. */
export function arrivalOf(control: Uint8Array, now: ClockReadings): Instant {
  const note = readControl(control).find(({ level, type }) => level === timestamps.level && type === timestamps.option);
  if (note === undefined || note.data.length < 16) return now.monotonic;
  const fields = new DataView(note.data.buffer, note.data.byteOffset);
  const cameAt =
    Number(fields.getBigInt64(0, isLittleEndian)) * 1000 + Number(fields.getBigInt64(8, isLittleEndian)) / 1e6;
  const waited = now.realtime - cameAt;
  return waited >= 0 && waited <= longestWaitMs ? instant(now.monotonic - waited) : now.monotonic;
}
