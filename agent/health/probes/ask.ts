// One exchange of datagrams: asked once, answered or not, within the limit of the attempt, and the socket gone however it ends.

import { codeOf, messageOf } from "../../base/errors.ts";
import type { NetworkProbe } from "../../config/model.ts";
import type { DatagramListener, DatagramSocket } from "../../kernel/probe-sockets.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { connectFailure } from "./connection-failure.ts";
import { aborted, type Finish, type ProbeParts } from "./stream.ts";

/** What a probe does with its socket. */
export interface Asking {
  readonly open: (listener: DatagramListener) => DatagramSocket;
  readonly ask: (socket: DatagramSocket) => void;
  readonly received: (data: Uint8Array, finish: Finish) => void;
  /** Time is over and nothing came that decided. */
  readonly silence: () => ProbeOutcome;
}

/** Opens, asks and waits. */
export function ask(
  { timeout, source }: Pick<NetworkProbe, "timeout" | "source">,
  signal: AbortSignal,
  { descriptors }: ProbeParts,
  asking: Asking,
): Promise<ProbeOutcome> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (!descriptors.take()) return Promise.resolve(descriptors.exhausted);
  return new Promise((resolve) => {
    let socket: DatagramSocket | undefined;
    let isOver = false;
    const finish: Finish = (outcome) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket?.close();
      descriptors.giveBack();
      resolve(outcome);
    };
    const onAbort = () => finish(aborted);
    const timer = setTimeout(() => finish(asking.silence()), timeout);
    signal.addEventListener("abort", onAbort);
    try {
      socket = asking.open({
        onData: (data) => {
          if (!isOver) asking.received(data, finish);
        },
        onFailure: (code) => finish(connectFailure(code, source)),
      });
      asking.ask(socket);
    } catch (thrown) {
      finish(connectFailure(codeOf(thrown) ?? messageOf(thrown), source));
    }
  });
}
