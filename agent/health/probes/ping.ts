import { familyOf } from "../../base/address.ts";
import { formatDuration } from "../../base/duration.ts";
import type { PingProbeModel } from "../../config/model.ts";
import { echoRequest, isEchoReply } from "../core/echo-message.ts";
import { ask } from "./ask.ts";
import type { Probe } from "./probe.ts";
import type { ProbeParts } from "./stream.ts";

/** The ping probe: passes by an ICMP echo reply to its own request, told by an identifier and bytes of its own. */
export function pingProbe(parts: ProbeParts): Probe<PingProbeModel> {
  return (model, signal) => {
    const family = familyOf(model.address);
    const id = Math.floor(Math.random() * 65_536);
    const data = crypto.getRandomValues(new Uint8Array(16));
    return ask(model, signal, parts, {
      open: (listener) => parts.sockets.echoes({ ...model, port: 0 }, listener),
      ask: (socket) => socket.send(echoRequest(family, id, 1, data)),
      received: (bytes, finish) => {
        if (isEchoReply(bytes, family, id, data)) finish({ kind: "passed", detail: "echo reply" });
      },
      silence: () => ({ kind: "failed", detail: `no echo reply within ${formatDuration(model.timeout)}` }),
    });
  };
}
