// The sessions of a driver, and which of them a packet is for (RFC 5880, sections 6.3 and 6.8.6; RFC 5881, section 3).

import { fail, ok, type Result } from "../base/result.ts";
import type { BfdDatagram } from "../kernel/bfd-socket.ts";
import { type ControlPacket, decodeControlPacket, type PacketRule } from "./core/control-packet.ts";
import { isBetween, keyOfSession, type RunningSession } from "./running-session.ts";

/** A packet that is for nobody or may not come like this, and the session that it seems to be about. */
export interface Refused {
  readonly rule: PacketRule;
  readonly session: RunningSession | undefined;
}

/** All sessions, by what they are known by and by their discriminators. */
export class SessionTable {
  readonly #sessions = new Map<string, RunningSession>();
  readonly #byDiscriminator = new Map<number, RunningSession>();

  add(running: RunningSession): void {
    this.#sessions.set(keyOfSession(running.config), running);
    this.#byDiscriminator.set(running.session.discriminator, running);
  }

  remove(running: RunningSession): void {
    this.#sessions.delete(keyOfSession(running.config));
    this.#byDiscriminator.delete(running.session.discriminator);
  }

  get(key: string): RunningSession | undefined {
    return this.#sessions.get(key);
  }

  all(): RunningSession[] {
    return [...this.#sessions.values()];
  }

  named(name: string): RunningSession | undefined {
    for (const running of this.#sessions.values()) if (running.config.name === name) return running;
    return undefined;
  }

  hasDiscriminator(discriminator: number): boolean {
    return this.#byDiscriminator.has(discriminator);
  }

  /** Reads a datagram that came to the port of one hop or of several. */
  receive(
    datagram: BfdDatagram,
    multihop: boolean,
  ): Result<{ readonly running: RunningSession; readonly packet: ControlPacket }, Refused> {
    const decoded = decodeControlPacket(datagram.payload);
    if (!decoded.ok) return this.#refused(decoded.error, datagram, multihop);
    const running = this.#meant(decoded.value, datagram, multihop);
    if (running === undefined)
      return this.#refused(
        decoded.value.yourDiscriminator === 0 ? "no session with this neighbour" : "no session has this discriminator",
        datagram,
        multihop,
      );
    return hasComeTooFar(datagram, running)
      ? fail({ rule: "time-to-live is too low", session: running })
      : ok({ running, packet: decoded.value });
  }

  #meant({ yourDiscriminator }: ControlPacket, datagram: BfdDatagram, multihop: boolean): RunningSession | undefined {
    if (yourDiscriminator === 0) return this.#between(datagram, multihop);
    const running = this.#byDiscriminator.get(yourDiscriminator);
    return running?.config.multihop === multihop ? running : undefined;
  }

  #between({ source, destination }: BfdDatagram, multihop: boolean): RunningSession | undefined {
    for (const running of this.#sessions.values())
      if (running.config.multihop === multihop && isBetween(running, source, destination)) return running;
    return undefined;
  }

  #refused(rule: PacketRule, datagram: BfdDatagram, multihop: boolean) {
    return fail({ rule, session: this.#between(datagram, multihop) });
  }
}

/** RFC 5881, section 5: no hop at all, unless it is configured otherwise. */
function hasComeTooFar({ timeToLive }: BfdDatagram, { config }: RunningSession): boolean {
  return config.maxHops < 255 && timeToLive < config.timeToLive - config.maxHops;
}
