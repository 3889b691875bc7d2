import type { BalancerModel, VirtualServerModel } from "../config/model.ts";
import { type PackedList, packList, unpackList } from "./packed-list.ts";

/** What the checkers process needs, as it is sent to it. */
export interface PackedBalancer extends Omit<BalancerModel, "virtualServers"> {
  readonly virtualServers: PackedList<VirtualServerModel>;
}

/** Packs a configuration for its way to the checkers. */
export function packBalancer(model: BalancerModel): PackedBalancer {
  return { ...model, virtualServers: packList(model.virtualServers) };
}

/** The configuration that was packed. */
export function unpackBalancer(packed: PackedBalancer): BalancerModel {
  return { ...packed, virtualServers: unpackList(packed.virtualServers) };
}
