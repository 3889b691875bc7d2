// Hands SIGTERM and SIGINT on within the signal handler (native/signal-relay.cc).

import { constants } from "node:os";
import { messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { SignalRelay } from "../signal-relay.ts";
import { endSignalRelay, relaySignal } from "./native.ts";

const { SIGTERM, SIGINT } = constants.signals;

/** A relay that sends the signal `as`. */
export function linuxSignalRelay(as: "SIGUSR2", log: Log): SignalRelay {
  return {
    aim: (pid) => {
      try {
        for (const signal of [SIGTERM, SIGINT]) relaySignal(signal, pid, constants.signals[as]);
      } catch (refused) {
        log.debug("signals-not-relayed", { cause: messageOf(refused), pid });
      }
    },
    rest: endSignalRelay,
  };
}
