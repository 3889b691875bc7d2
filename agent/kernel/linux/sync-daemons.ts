// IPVS sync daemons of this process's network namespace, or of another one. It is opened with the first question: a director without them needs no IPVS.

import { OperationError } from "../../base/errors.ts";
import { formatDaemon, type SyncDaemon, type SyncDaemonsPort } from "../sync-daemons.ts";
import { asking, failureOf } from "./asking.ts";
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

  stop(state: SyncDaemon["state"]): void {
    try {
      this.#ask("stop", state, (connection, family) => connection.request(family, 0, stopBody(state)));
    } catch (thrown) {
      if (!(thrown instanceof OperationError) || thrown.failure.cause.code !== "ESRCH") throw thrown;
    }
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
