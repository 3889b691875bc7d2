import type { VirtualAddressModel } from "../../config/model-routing.ts";
import { masterDownInterval, skewTime } from "../core/timers.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { InstanceView, TrackerView, VirtualAddressView } from "../view.ts";

/** What is shown of a running instance. `isHeld` says which of its addresses are on their interfaces by our doing. */
export function viewOf(
  { config, configured, state, since, reason, counters }: RunningInstance,
  isHeld: (address: Omit<VirtualAddressView, "held">) => boolean,
  trackers: readonly TrackerView[],
): InstanceView {
  const masterInterval = state.kind === "backup" ? state.masterInterval : config.advertisementInterval;
  const timers = { ...config, masterInterval };
  return {
    name: config.name,
    interface: config.interface,
    virtualRouterId: config.virtualRouterId,
    version: config.version,
    state: state.kind,
    since,
    reason,
    priority: configured.priority,
    effectivePriority: config.priority,
    ...(trackers.length > 0 && { trackers }),
    advertisementIntervalMs: config.advertisementInterval,
    skewTimeMs: skewTime(timers),
    masterDownIntervalMs: masterDownInterval(timers),
    ...masterOf({ config, state }),
    virtualAddresses: config.virtualAddresses.map((address) => addressView(address, isHeld(address))),
    counters: { ...counters, refused: { ...counters.refused }, failed: { ...counters.failed } },
  };
}

function addressView(
  { address, prefixLength, interface: link, excluded }: VirtualAddressModel,
  held: boolean,
): VirtualAddressView {
  const view = { address, prefixLength, interface: link, held };
  return excluded === true ? { ...view, excluded } : view;
}

function masterOf({
  config,
  state,
}: Pick<RunningInstance, "config" | "state">): Pick<InstanceView, "masterAddress" | "masterPriority"> {
  if (state.kind === "master") return { masterAddress: state.source, masterPriority: config.priority };
  if (state.kind !== "backup" || state.master === undefined) return {};
  return { masterAddress: state.master.address, masterPriority: state.master.priority };
}
