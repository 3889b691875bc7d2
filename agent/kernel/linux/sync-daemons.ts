// IPVS sync daemons of this process's network namespace, or of another one. It is opened with the first question: a director without them needs no IPVS.

import { formatDaemon, type SyncDaemon, type SyncDaemonsPort } from "../sync-daemons.ts";
import { asking, failureOf } from "./asking.ts";
import { errnoName } from "./errno.ts";
import { NetlinkConnection, netlinkProtocol, type Outcome } from "./netlink/connection.ts";
import { resolveFamily } from "./netlink/generic.ts";
import { daemonsBody, readDaemon, startBody, stopBody } from "./netlink/ipvs-daemon.ts";
import { ipvsFamilyName } from "./netlink/ipvs-numbers.ts";
import { NetworkNamespace } from "./network-namespace.ts";

/** The real daemons. */
export class LinuxSyncDaemons implements SyncDaemonsPort {
  #connection: NetlinkConnection | undefined;
  #family: number | undefined;
  readonly #namespace = new NetworkNamespace();

  enter(namespace: string | undefined): void {
    if (this.#namespace.name === namespace) return;
    this.close();
    this.#namespace.name = namespace;
  }

  daemons(): readonly SyncDaemon[] {
    const messages = this.#ask("list", "all", (connection, family) => connection.dump(family, daemonsBody()));
    return messages.flatMap(({ payload }) => readDaemon(payload) ?? []);
  }

  start(daemon: SyncDaemon): void {
    this.#ask("start", formatDaemon(daemon), (connection, family) => connection.request(family, 0, startBody(daemon)));
  }

  /**
   * A daemon that is stopped before its thread has run for the first time is gone, but the kernel says nothing: the thread ends with EINTR, and netlink
   * answers no request that ends so (netlink_rcv_skb). Who waits for the answer waits for seconds. So it is stopped twice in one send, and the second
   * answer, that there is none, is the one that counts.
   */
  stop(state: SyncDaemon["state"]): void {
    this.#ask("stop", state, (connection, family) => {
      const outcome = connection.batch(family, 0, [state, state], (writer, one) => stopBody(one)(writer));
      if (outcome.kind === "overrun") return outcome;
      const answer = outcome.refused.get(1);
      const isGone = answer === undefined || errnoName(answer.errno) === "ESRCH";
      return isGone ? { kind: "done", messages: [] } : { kind: "refused", answer };
    });
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#family = undefined;
  }

  #ask(operation: string, which: string, ask: (connection: NetlinkConnection, family: number) => Outcome) {
    const object = `IPVS sync daemon ${which}`;
    return asking(operation, object, () => {
      this.#connection ??= this.#namespace.open(() => new NetlinkConnection(netlinkProtocol.generic));
      const family = this.#family ?? resolveFamily(this.#connection, ipvsFamilyName);
      if (typeof family !== "number") throw failureOf(operation, object, family);
      this.#family = family;
      const outcome = ask(this.#connection, family);
      if (outcome.kind !== "done") throw failureOf(operation, object, outcome);
      return outcome.messages;
    });
  }
}
