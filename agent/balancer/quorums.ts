// Which virtual servers have their quorum. It is remembered, because with a hysteresis it depends on what was before.

import type { VirtualServerModel } from "../config/model.ts";
import type { ReportEvent } from "../events/event.ts";
import { serviceKeyText } from "../kernel/ipvs.ts";
import type { Verdicts } from "./core/desired.ts";
import { aliveWeight, configuredWeight, hasQuorum, type IsUp, type WeightOf } from "./core/quorum.ts";
import type { Table } from "./core/table.ts";

/** The quorums of all virtual servers, by name. */
export class Quorums {
  readonly #report: ReportEvent;
  readonly #weightOf: WeightOf;
  #had = new Map<string, boolean>();

  constructor(report: ReportEvent, weightOf: WeightOf = configuredWeight) {
    this.#report = report;
    this.#weightOf = weightOf;
  }

  /** The weights of the real servers that are up, together. */
  weight(server: VirtualServerModel, isUp: IsUp): number {
    return aliveWeight(server, isUp, this.#weightOf);
  }

  /** The verdicts on real servers with what follows from them. Asking changes nothing. */
  verdicts(isUp: IsUp): Verdicts {
    return { isUp, weightOf: this.#weightOf, hasQuorum: (server) => this.has(server, isUp) };
  }

  /** Whether a virtual server has its quorum by these verdicts. */
  has(server: VirtualServerModel, isUp: IsUp): boolean {
    return hasQuorum(server, aliveWeight(server, isUp, this.#weightOf), this.#had.get(server.name) ?? false);
  }

  /** Learns from the kernel's table what a process before has left: where real servers were in the pool there was a quorum. */
  learn(servers: readonly VirtualServerModel[], table: Table): void {
    for (const { name, service, sorryServer, realServers } of servers) {
      const destinations = table.get(serviceKeyText(service.key))?.destinations;
      if (sorryServer === undefined || destinations === undefined) continue;
      const isInUse = ({ address, port }: { readonly address: string; readonly port: number }) =>
        destinations.some((one) => one.weight > 0 && one.address === address && one.port === port);
      if (realServers.some(isInUse)) this.#had.set(name, true);
    }
  }

  /** These are all virtual servers from now on, as they are by these verdicts. Those that are settled have what they had. */
  run(
    servers: readonly VirtualServerModel[],
    isUp: IsUp,
    isSettled: (server: VirtualServerModel) => boolean = () => false,
  ): void {
    const names = new Set(servers.map(({ name }) => name));
    for (const name of this.#had.keys()) if (!names.has(name)) this.#had.delete(name);
    this.note(
      servers.filter((server) => !isSettled(server)),
      isUp,
    );
  }

  /** Takes note of what these virtual servers have now, and reports what has changed; of a new one only that it lacks its quorum, unless somebody is told of it. */
  note(servers: readonly VirtualServerModel[], isUp: IsUp): void {
    for (const server of servers) {
      const { name, quorum, hysteresis } = server;
      const before = this.#had.get(name);
      const up = this.has(server, isUp);
      this.#had.set(name, up);
      if (up === (before ?? (server.tellsFirstQuorum ? undefined : true))) continue;
      const weight = aliveWeight(server, isUp, this.#weightOf);
      this.#report({ kind: "quorum-changed", virtualServer: name, up, weight, quorum, hysteresis });
    }
  }
}
