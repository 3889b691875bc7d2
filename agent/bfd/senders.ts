// How packets leave: each session has a socket of its own. What cannot be sent is said once: the timers of both ends do the rest.

import { codeOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { BfdSessionModel } from "../config/model.ts";
import { type BfdSender, type BfdSocketPort, bfdSourcePorts } from "../kernel/bfd-socket.ts";
import { type ControlPacket, encodeControlPacket } from "./core/control-packet.ts";
import { portOf, type RunningSession } from "./running-session.ts";

/** How many ports are tried until one is free. */
const mostPorts = 16;

/** Sends for all sessions. */
export class Senders {
  readonly #port: BfdSocketPort;
  readonly #random: Random;
  readonly #log: Log;

  constructor(port: BfdSocketPort, random: Random, log: Log) {
    this.#port = port;
    this.#random = random;
    this.#log = log;
  }

  send(running: RunningSession, packet: ControlPacket): void {
    try {
      running.sender ??= this.#open(running.config);
      running.sender.send(encodeControlPacket(packet));
      running.sent += 1;
      running.trouble = undefined;
    } catch (thrown) {
      this.#onTrouble(running, codeOf(thrown) ?? messageOf(thrown));
    }
  }

  /** The next packet leaves by another socket. */
  close(running: RunningSession): void {
    running.sender?.close();
    running.sender = undefined;
  }

  #onTrouble(running: RunningSession, cause: string): void {
    const { name, neighbour } = running.config;
    if (running.trouble !== cause) this.#log.warn("bfd-not-sent", { session: name, neighbour, cause });
    running.trouble = cause;
  }

  /** From a port of its own for as long as the session lasts (RFC 5881, section 4). */
  #open({ neighbour, sourceAddress, multihop, timeToLive }: BfdSessionModel): BfdSender {
    const ends = { source: sourceAddress, destination: neighbour, port: portOf(multihop), timeToLive };
    for (let tries = 1; ; tries++)
      try {
        return this.#port.open({ ...ends, sourcePort: this.#anyPort() });
      } catch (thrown) {
        if (codeOf(thrown) !== "EADDRINUSE" || tries === mostPorts) throw thrown;
      }
  }

  #anyPort(): number {
    const { from, to } = bfdSourcePorts;
    return from + Math.floor(this.#random() * (to - from + 1));
  }
}
