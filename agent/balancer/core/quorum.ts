// Whether enough real servers of a virtual server are up. The weight is added up from the list each time, never counted up and down.

import type { RealServerModel, VirtualServerModel } from "../../config/model.ts";

/** Whether a real server belongs in the pool. */
export type IsUp = (realServer: RealServerModel) => boolean;

/** What a real server weighs: as configured, or as its checkers make it. */
export type WeightOf = (realServer: RealServerModel) => number;

/** The weight that is configured. */
export const configuredWeight: WeightOf = ({ weight }) => weight;

/** The weights of the real servers that are up, together. */
export function aliveWeight(
  { realServers }: Pick<VirtualServerModel, "realServers">,
  isUp: IsUp,
  weightOf: WeightOf = configuredWeight,
): number {
  let weight = 0;
  for (const realServer of realServers) if (isUp(realServer)) weight += weightOf(realServer);
  return weight;
}

/**
 * Whether a quorum is there with this weight. One that was there is lost below the quorum less the hysteresis; one that was not is back at the
 * quorum and the hysteresis together (keepalived, update_quorum_state; at its start there is none).
 */
export function hasQuorum(
  { quorum, hysteresis }: Pick<VirtualServerModel, "quorum" | "hysteresis">,
  weight: number,
  before: boolean,
): boolean {
  return weight >= (before ? quorum - hysteresis : quorum + hysteresis);
}
