// What an instance will send if nothing happens until then: one advertisement, known so surely that it may be handed over to leave by itself.

import type { IpAddress } from "../../base/address.ts";
import { after, type Instant, instant, milliseconds, seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Backup, InstanceState, Master } from "./instance-state.ts";
import { silenceOf } from "./master-occurrences.ts";

/** An advertisement that is still to leave. */
export interface Ahead {
  readonly source: IpAddress;
  readonly priority: number;
  readonly at: Instant;
  /** Later than this it does not leave: by then it is for the state to say what we are. */
  readonly latest: Instant;
  /** It takes over: it does not leave while anything is unread, for that may be the master. */
  readonly takesOver: boolean;
}

/** The next advertisement of a master, or the first of a backup; undefined where that is not sure. What is signed counts the time, and is written when it leaves. */
export function advertisementAhead(config: VrrpInstanceModel, state: InstanceState): Ahead | undefined {
  if (isSigned(config)) return undefined;
  if (state.kind === "master") return nextOf(config, state);
  return state.kind === "backup" ? firstOf(config, state) : undefined;
}

/** Of longer intervals nobody can tell that one is a fraction of a millisecond late. */
function nextOf(config: VrrpInstanceModel, state: Master): Ahead | undefined {
  if (config.advertisementInterval >= shortIntervals) return undefined;
  const { source, advertiseAt: at, lastAdvertisementAt } = state;
  const late = after(at, milliseconds(config.advertisementInterval / 2));
  const over = after(lastAdvertisementAt, silenceOf(state, config));
  return { source, priority: config.priority, at, latest: instant(Math.min(late, over)), takesOver: false };
}

/** Below this. */
const shortIntervals = seconds(1);

/** Well before the deadline counts as far too late. */
function firstOf({ priority }: VrrpInstanceModel, { source, masterDownAt: at, masterInterval }: Backup): Ahead {
  return { source, priority, at, latest: after(at, milliseconds(masterInterval / 2)), takesOver: true };
}

function isSigned({ authentication, hmac }: VrrpInstanceModel): boolean {
  return authentication.type === "ah" || (hmac !== undefined && hmac.mode !== "receive-only");
}
