// The timeouts of IPVS in the network namespace in which it was opened. It is opened with the first question: a director that leaves them alone never asks.

import { formatTimeouts, type IpvsTimeouts, type IpvsTimeoutsPort } from "../ipvs-timeouts.ts";
import { asking, failureOf } from "./asking.ts";
import { NetlinkConnection, netlinkProtocol, type Outcome } from "./netlink/connection.ts";
import { resolveFamily } from "./netlink/generic.ts";
import { readTimeouts, timeoutsBody, timeoutsQuestion } from "./netlink/ipvs-config.ts";
import { ipvsFamilyName } from "./netlink/ipvs-numbers.ts";
import { NetworkNamespace } from "./network-namespace.ts";

/** The real timeouts. */
export class LinuxIpvsTimeouts implements IpvsTimeoutsPort {
  readonly #namespace: NetworkNamespace;
  #connection: NetlinkConnection | undefined;

  constructor(namespace = new NetworkNamespace()) {
    this.#namespace = namespace;
  }

  read(): IpvsTimeouts {
    const object = "IPVS timeouts";
    const [message] = this.#ask("read", object, (connection, family) =>
      connection.request(family, 0, timeoutsQuestion()),
    );
    const found = message && readTimeouts(message.payload);
    if (found === undefined) throw failureOf("read", object, { kind: "overrun" });
    return found;
  }

  write(timeouts: IpvsTimeouts): void {
    const object = `IPVS timeouts ${formatTimeouts(timeouts)}`;
    this.#ask("set", object, (connection, family) => connection.request(family, 0, timeoutsBody(timeouts)));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #ask(operation: string, object: string, ask: (connection: NetlinkConnection, family: number) => Outcome) {
    return asking(operation, object, () => {
      this.#connection ??= this.#namespace.open(() => new NetlinkConnection(netlinkProtocol.generic));
      const family = resolveFamily(this.#connection, ipvsFamilyName);
      if (typeof family !== "number") throw failureOf(operation, object, family);
      const outcome = ask(this.#connection, family);
      if (outcome.kind !== "done") throw failureOf(operation, object, outcome);
      return outcome.messages;
    });
  }
}
