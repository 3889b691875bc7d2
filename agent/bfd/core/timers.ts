// The intervals of a session (RFC 5880, sections 6.8.2 to 6.8.4 and 6.8.7), in milliseconds.

import { type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { BfdSessionModel } from "../../config/model.ts";
import type { SessionKind } from "./control-packet.ts";

/** While a session is not up it wishes to send no faster (section 6.8.3). */
const slowStart = 1000;

/** How often we wish to send at most (bfd.DesiredMinTxInterval). */
export function desiredMinTx({ minTx, idleTx }: BfdSessionModel, kind: SessionKind): Milliseconds {
  return kind === "up" ? minTx : milliseconds(Math.max(minTx, idleTx, slowStart));
}

/** From one packet of ours to the next: what we wish, and no faster than the neighbour can take them (section 6.8.7). */
export function transmitInterval(
  minTx: Milliseconds,
  { requiredMinRx }: { readonly requiredMinRx: Milliseconds },
): Milliseconds {
  return minTx > requiredMinRx ? minTx : requiredMinRx;
}

/** After how long the neighbour counts as silent: as many of its intervals as it says (section 6.8.4). */
export function detectionTime(
  minRx: Milliseconds,
  { multiplier, desiredMinTx }: { readonly multiplier: number; readonly desiredMinTx: Milliseconds },
): Milliseconds {
  return milliseconds(multiplier * Math.max(minRx, desiredMinTx));
}

/** An interval shortened by chance to 75 to 100 %; to 90 % where one lost packet is a lost session (section 6.8.7). */
export function withJitter(interval: Milliseconds, multiplier: number, chance: number): Milliseconds {
  const share = multiplier === 1 ? 0.15 : 0.25;
  return milliseconds(interval * (0.75 + share * chance));
}
