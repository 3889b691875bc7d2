// The sockets that sessions hear by: one for each family and port, while a session needs it. What the kernel refuses is tried again.

import { familyOf } from "../base/address.ts";
import { codeOf, OperationError, type OperationFailure } from "../base/errors.ts";
import type { BfdSessionModel } from "../config/model.ts";
import type { BfdDatagram, BfdSocketPort } from "../kernel/bfd-socket.ts";
import { listenerKeyOf, portOf } from "./running-session.ts";

/** Who hears: each datagram with whether it came to the port of several hops. */
export type Hear = (datagram: BfdDatagram, multihop: boolean) => void;

/** All sockets that receive. */
export class Listeners {
  readonly #port: BfdSocketPort;
  readonly #hear: Hear;
  readonly #onTrouble: (reason: string) => void;
  readonly #open = new Map<string, { close(): void }>();

  constructor(port: BfdSocketPort, hear: Hear, onTrouble: (reason: string) => void) {
    this.#port = port;
    this.#hear = hear;
    this.#onTrouble = onTrouble;
  }

  /** Listens to what these sessions need and to nothing else. Gives what was refused. */
  follow(sessions: readonly BfdSessionModel[]): OperationFailure[] {
    const needed = new Map(sessions.map((config) => [listenerKeyOf(config), config]));
    for (const [key, listener] of this.#open)
      if (!needed.has(key)) {
        listener.close();
        this.#open.delete(key);
      }
    return [...needed].flatMap(([key, config]) => (this.#open.has(key) ? [] : this.#listen(key, config)));
  }

  close(): void {
    this.follow([]);
  }

  #listen(key: string, { neighbour, multihop }: BfdSessionModel): OperationFailure[] {
    const port = portOf(multihop);
    const family = familyOf(neighbour);
    try {
      const onDatagram = (datagram: BfdDatagram) => this.#hear(datagram, multihop);
      this.#open.set(key, this.#port.listen({ family, port, onDatagram, onTrouble: this.#onTrouble }));
      return [];
    } catch (thrown) {
      if (thrown instanceof OperationError) return [thrown.failure];
      const code = codeOf(thrown);
      if (code === undefined) throw thrown;
      return [{ operation: "listen for BFD", object: `udp port ${port} (${family})`, cause: { code } }];
    }
  }
}
