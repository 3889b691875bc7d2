// BFD sessions of settings to those of the model.

import type { VrrpModel } from "./model.ts";
import type { Settings } from "./schema/settings.ts";

/** The sessions of the model, where there are any. Their weights are with those who follow them. */
export function bfdSessionsOf({ bfdSessions }: Settings): Pick<VrrpModel, "bfdSessions"> {
  if (bfdSessions.length === 0) return {};
  return {
    bfdSessions: bfdSessions.map(({ ttl: timeToLive, weight: _, reverse: __, ...same }) => ({
      ...same,
      timeToLive,
      sourceAddress: same.sourceAddress,
    })),
  };
}
