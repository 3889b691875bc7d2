// The states that FIFOs are told after a reload (keepalived's fifo_write_vrrp_states_on_reload; 2.2.7 writes those of groups only).

import type { VrrpState } from "../events/event.ts";
import type { InstanceView, SyncGroupView } from "../vrrp/view.ts";
import type { Notification, StateWord, Subject } from "./core/notification.ts";

/** The state of each group and instance; one that has not begun has none that anybody knows. */
export function presentStates(
  {
    instances,
    syncGroups = [],
  }: { readonly instances: readonly InstanceView[]; readonly syncGroups?: readonly SyncGroupView[] | undefined },
  at: number,
): readonly Omit<Notification, "sequence">[] {
  return [
    ...syncGroups.flatMap(({ name, state }) => present({ type: "GROUP", name }, state, 0, at)),
    ...instances.flatMap(({ name, state, effectivePriority }) =>
      present({ type: "INSTANCE", name }, state, effectivePriority, at),
    ),
  ];
}

function present(subject: Subject, state: VrrpState, priority: number, at: number): Omit<Notification, "sequence">[] {
  const word = words[state];
  return word === undefined ? [] : [{ at, subject, word, priority }];
}

const words: Readonly<Record<VrrpState, StateWord | undefined>> = {
  initialize: undefined,
  backup: "BACKUP",
  master: "MASTER",
  fault: "FAULT",
};
