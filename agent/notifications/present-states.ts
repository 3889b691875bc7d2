// The states that FIFOs are told after a reload (keepalived's fifo_write_vrrp_states_on_reload; 2.2.7 writes those of groups only).

import type { VrrpState } from "../events/event.ts";
import type { InstanceView } from "../vrrp/view.ts";
import type { Notification, StateWord } from "./core/notification.ts";

/** The state of each instance; one that has not begun has none that anybody knows. */
export function presentStates(
  instances: readonly InstanceView[],
  at: number,
): readonly Omit<Notification, "sequence">[] {
  return instances.flatMap(({ name, state, effectivePriority: priority }) => {
    const word = words[state];
    return word === undefined ? [] : [{ at, subject: { type: "INSTANCE", name } as const, word, priority }];
  });
}

const words: Readonly<Record<VrrpState, StateWord | undefined>> = {
  initialize: undefined,
  backup: "BACKUP",
  master: "MASTER",
  fault: "FAULT",
};
