// What a master will send if nothing happens until then: one advertisement, known so surely that it may be handed over to leave by itself.

import type { IpAddress } from "../../base/address.ts";
import { after, type Instant, instant, milliseconds, seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { InstanceState } from "./instance-state.ts";
import { silenceOf } from "./master-occurrences.ts";

/** An advertisement that is still to leave. */
export interface Ahead {
  readonly source: IpAddress;
  readonly priority: number;
  readonly at: Instant;
  /** Later than this it does not leave: by then it is for the state to say whether we are still master. */
  readonly latest: Instant;
}

/**
 * The next advertisement of a master; undefined where that is not sure. Of longer intervals nobody can tell that one is a fraction of a millisecond
 * late. What is signed counts the time, and is written when it leaves.
 */
export function advertisementAhead(config: VrrpInstanceModel, state: InstanceState): Ahead | undefined {
  if (state.kind !== "master" || config.advertisementInterval >= shortIntervals || isSigned(config)) return undefined;
  const { source, advertiseAt: at, lastAdvertisementAt } = state;
  const late = after(at, milliseconds(config.advertisementInterval / 2));
  const over = after(lastAdvertisementAt, silenceOf(state, config));
  return { source, priority: config.priority, at, latest: instant(Math.min(late, over)) };
}

/** Below this. */
const shortIntervals = seconds(1);

function isSigned({ authentication, hmac }: VrrpInstanceModel): boolean {
  return authentication.type === "ah" || (hmac !== undefined && hmac.mode !== "receive-only");
}
