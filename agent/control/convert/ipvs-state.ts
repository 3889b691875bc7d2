// What the kernel and the agent have counted of IPVS, on the wire.

import type { CountersView, IpvsView } from "../../balancer/view.ts";
import { counterNames } from "../../kernel/ipvs.ts";
import { IpvsCounters, type IpvsState } from "../gen/vipward/v1/ipvs_state.pb.ts";

/** Counters of a service or a destination; unset where the kernel has counted nothing. */
export function countersOf(counters: CountersView | undefined): IpvsCounters | undefined {
  if (counters === undefined) return undefined;
  const fields = counterNames.map((name, place) => [name, BigInt(counters[place] ?? 0)]);
  return IpvsCounters.fromPartial(Object.fromEntries(fields));
}

/** What the agent has done to the table. */
export function ipvsStateOf({ added, updated, removed, drifts }: IpvsView): IpvsState {
  return { added: BigInt(added), updated: BigInt(updated), removed: BigInt(removed), drifts: BigInt(drifts) };
}
