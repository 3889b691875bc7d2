import { formatDuration } from "../../base/duration.ts";
import type { TcpProbeModel } from "../../config/model.ts";
import { type Conversation, converse } from "./connection.ts";
import type { DescriptorBudget } from "./descriptor-budget.ts";
import type { Probe } from "./probe.ts";

const connectOnly: Conversation = {
  connected: (_, finish) => finish({ kind: "passed", detail: "connected" }),
};

/** The TCP probe: passes when the connection is established, and resets it at once. */
export function tcpProbe(descriptors: DescriptorBudget): Probe<TcpProbeModel> {
  return (model, signal) => {
    const limit = { end: performance.now() + model.timeout, text: formatDuration(model.timeout) };
    return converse(model, limit, signal, descriptors, connectOnly);
  };
}
