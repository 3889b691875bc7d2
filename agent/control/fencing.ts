// Fencing: of several controllers with one role, only the one with the highest epoch may change anything. A controller that was replaced
// and does not know it yet is refused, whatever it pushes. The epoch is on disk before the change begins.

import { Refused } from "./refused.ts";
import type { Store } from "./store/store.ts";
import type { ControllerClaim } from "./words/request.ts";

/** Refuses a claim that is older than one that was seen; remembers a newer one. Throws Refused. */
export function expectCurrentController(
  store: Pick<Store, "controllerEpoch" | "raiseControllerEpoch">,
  claim: ControllerClaim | undefined,
): void {
  if (claim === undefined) return;
  const current = store.controllerEpoch(claim.role);
  if (claim.epoch < current) throw new Refused({ kind: "stale-controller", ...claim, current });
  if (claim.epoch > current) store.raiseControllerEpoch(claim.role, claim.epoch);
}
