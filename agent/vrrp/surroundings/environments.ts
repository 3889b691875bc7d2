// What the instances find around them, followed as it changes: each is told when an interface, a link, an address to send from or a socket
// comes or goes. What the kernel refuses (to list interfaces, to open a socket) is tried again soon.

import type { Clock } from "../../base/clock.ts";
import { after, type Instant, milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { ReportEvent } from "../../events/event.ts";
import type { Link } from "../../kernel/links.ts";
import { isSameEnvironment } from "../core/environment.ts";
import type { Environment } from "../core/instance-state.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { Stepper } from "../instances/stepper.ts";
import type { SyncGroups } from "../instances/sync-groups.ts";
import type { AdvertisementSockets } from "../sockets/advertisement-sockets.ts";
import { advertisingLink } from "../sockets/advertising-link.ts";
import type { Authentication } from "../sockets/authentication.ts";
import { followPaths } from "../sockets/heartbeat-paths.ts";
import type { Troubles } from "../troubles.ts";
import type { ObservedNetwork } from "./observed-network.ts";
import type { SeenAddresses, Surroundings } from "./surroundings.ts";

/** What the environments are found with. */
export interface EnvironmentParts {
  readonly clock: Clock;
  readonly network: ObservedNetwork;
  readonly surroundings: Surroundings;
  readonly sockets: AdvertisementSockets;
  readonly stepper: Stepper;
  readonly groups: SyncGroups;
  readonly troubles: Troubles;
  readonly authentication: Authentication;
  readonly report: ReportEvent;
  /** Puts back links of our own that are missing, before an instance misses them. */
  readonly mendLinks: () => void;
}

/** The environments of all instances. */
export class Environments {
  readonly #parts: EnvironmentParts;
  #retryAt: Instant | undefined;

  constructor(parts: EnvironmentParts) {
    this.#parts = parts;
  }

  /** When what was refused is to be tried again; undefined when nothing was. */
  nextDeadline(): Instant | undefined {
    return this.#retryAt;
  }

  /** Tries again what was refused, if it is time. */
  retryIfDue(now: Instant, instances: Iterable<RunningInstance>): void {
    if (this.#retryAt === undefined || this.#retryAt > now) return;
    this.#retryAt = undefined;
    this.observe(instances);
  }

  /** Reads links and addresses anew, and tells the instances. When that is refused, what was known stays, and it is tried again soon. */
  observe(instances: Iterable<RunningInstance>): boolean {
    try {
      this.#parts.network.observe();
      this.#parts.mendLinks();
      this.refresh(instances);
      return true;
    } catch (thrown) {
      this.#parts.troubles.refused("observe", "interfaces", thrown);
      this.#retrySoon();
      return false;
    }
  }

  /** Looks at the environments anew, and tells the instances for which something has changed. */
  refresh(instances: Iterable<RunningInstance>): void {
    const seen: SeenAddresses = new Map();
    for (const instance of instances) this.update(instance, seen);
  }

  /** Looks at the environment of one instance anew. */
  update(instance: RunningInstance, seen: SeenAddresses): void {
    const wasReady = instance.own.ready;
    this.look(instance, seen);
    this.settle(instance, wasReady);
  }

  /** Tells an instance what was found; a fault that comes or goes is one of its sync group. */
  settle(instance: RunningInstance, wasReady: boolean): void {
    this.#tell(instance);
    if (!instance.own.ready && instance.own.missing === "interface") this.#parts.sockets.leave(instance);
    if (instance.own.ready !== wasReady) for (const other of this.#parts.groups.othersOf(instance)) this.#tell(other);
  }

  /** Takes in what an instance finds around itself, and tells nobody. */
  look(instance: RunningInstance, seen: SeenAddresses): void {
    instance.own = this.#find(instance, seen);
  }

  #tell(instance: RunningInstance): void {
    if (instance.state.kind === "initialize" && instance.state.delayed === undefined) return;
    const environment = this.#parts.groups.environmentOf(instance);
    if (isSameEnvironment(instance.environment, environment)) return;
    instance.environment = environment;
    this.#parts.stepper.step(instance, { kind: "environment-changed", environment });
  }

  /** Where all else is ready it has its keys, its socket, and its further ways, too. */
  #find(instance: RunningInstance, seen: SeenAddresses): Environment {
    const environment = this.#parts.surroundings.environmentOf(instance, seen);
    const own = this.#parts.surroundings.linkOf(instance.config);
    if (!environment.ready || own === undefined) return environment;
    const link = advertisingLink(instance.config, own, this.#parts.network);
    const isInVrf = instance.config.vrf === undefined || this.#vrfOf(instance.config) !== undefined;
    if (link === undefined || !isInVrf) return { ready: false, missing: "interface" };
    if (!this.#loadKeys(instance)) return { ready: false, missing: "key" };
    if (!this.#joinSocket(instance, link)) return { ready: false, missing: "socket" };
    if (!followPaths(instance, this.#parts)) this.#retrySoon();
    const reason = instance.config.heldBack ?? instance.trackerFault;
    return reason === undefined ? environment : { ready: false, missing: "tracker", reason };
  }

  #loadKeys(instance: RunningInstance): boolean {
    try {
      this.#parts.authentication.loadKeys(instance);
      return true;
    } catch (thrown) {
      this.#parts.troubles.refused("read", `a secret of ${instance.config.name}`, thrown);
      this.#retrySoon();
      return false;
    }
  }

  #joinSocket(instance: RunningInstance, link: Link): boolean {
    const { config } = instance;
    try {
      this.#parts.sockets.joinWay(instance, 0, {
        config,
        link: config.interface === "" ? this.#vrfOf(config) : link,
        source: undefined,
      });
      return true;
    } catch (thrown) {
      this.#parts.troubles.refused("open", `VRRP socket on ${link.name}`, thrown);
      this.#retrySoon();
      return false;
    }
  }

  #vrfOf({ vrf }: VrrpInstanceModel): Link | undefined {
    return vrf === undefined ? undefined : this.#parts.network.linkNamed(vrf);
  }

  #retrySoon(): void {
    this.#retryAt ??= after(this.#parts.clock.now(), retryDelay);
  }
}

/** How soon something refused is tried again. */
export const retryDelay = milliseconds(1000);
