// Sync groups: instances that move together (keepalived's vrrp_sync_group). One in fault puts all in fault, one that yields has all yield, and
// nobody becomes master before all others are or wish to be. What an instance does is in its rows; who is asked to is decided here.

import type { VrrpState } from "../../events/event.ts";
import type { InstanceEvent } from "./instance-event.ts";
import type { InstanceState } from "./instance-state.ts";

/** Whether a member may become master when its time has come: all others are master already, or their time has come as well. */
export function mayBecomeMaster(others: readonly InstanceState[]): boolean {
  return others.every((other) => other.kind === "master" || (other.kind === "backup" && other.wish === true));
}

/** What a member is told when another has gone from state to state; undefined when it has nothing to do with it. A fault comes to it as its environment. */
export function whatFollows(
  { from, to, name }: { readonly from: VrrpState; readonly to: VrrpState; readonly name: string },
  other: InstanceState,
): InstanceEvent | undefined {
  if (to === "master" && other.kind === "backup") return { kind: "group-became-master", member: name };
  if (from === "master" && to === "backup" && other.kind === "master")
    return { kind: "group-left-master", member: name };
  return undefined;
}

/** What a master is told when another member could not become master: all are, or none. */
export function whatRefusalMeans(member: string, other: InstanceState): InstanceEvent | undefined {
  return other.kind === "master" ? { kind: "group-left-master", member } : undefined;
}

/** The state of a group: that of its members when they agree, fault when one of them is in fault, otherwise what is on its way to master. */
export function groupState(members: readonly VrrpState[]): VrrpState {
  if (members.includes("fault")) return "fault";
  if (members.includes("initialize")) return "initialize";
  return members.length > 0 && members.every((state) => state === "master") ? "master" : "backup";
}
