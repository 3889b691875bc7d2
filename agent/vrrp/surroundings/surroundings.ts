// What the instances find around them, told from the observed network and from who has which virtual address. A virtual address is no
// source of advertisements, whichever instance it belongs to.

import type { IpAddress } from "../../base/address.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { Link, LinkAddress } from "../../kernel/links.ts";
import type { OwnAddresses } from "../addresses/own-addresses.ts";
import { findEnvironment } from "../core/environment.ts";
import { ownerPriority } from "../core/initialize-rows.ts";
import type { Environment } from "../core/instance-state.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObservedNetwork } from "./observed-network.ts";

/** The addresses that may be a source, by interface: looked up once in a turn, whatever the number of instances. */
export type SeenAddresses = Map<string, readonly LinkAddress[]>;

/** The network as the instances see it. */
export class Surroundings {
  readonly #network: ObservedNetwork;
  readonly #own: OwnAddresses;
  /** The link as it counts: changes may have to last. */
  readonly #settled: (link: Link | undefined) => Link | undefined;
  #virtual = new Map<IpAddress, Set<RunningInstance>>();
  #interfaces = new Set<string>();

  constructor(network: ObservedNetwork, own: OwnAddresses, settled: (link: Link | undefined) => Link | undefined) {
    this.#settled = settled;
    this.#network = network;
    this.#own = own;
  }

  /** Takes in which instances there are, with their addresses. */
  index(instances: Iterable<RunningInstance>): void {
    this.#virtual = new Map();
    this.#interfaces = new Set();
    for (const instance of instances) {
      for (const { address } of instance.config.virtualAddresses)
        this.#virtual.set(address, (this.#virtual.get(address) ?? new Set()).add(instance));
      for (const name of linkNames(instance.config)) this.#interfaces.add(name);
    }
  }

  /** The instances that have this virtual address, on whatever interface. */
  instancesOf(address: IpAddress): ReadonlySet<RunningInstance> {
    return this.#virtual.get(address) ?? nobody;
  }

  /** Whether a change of this address can change what somebody sends from. */
  mayBeSource(address: IpAddress): boolean {
    const instances = this.instancesOf(address);
    if (instances.size === 0) return true;
    return [...instances].some(({ config }) => config.priority === ownerPriority || config.sourceAddress === address);
  }

  /** The instances that may find something else around them when this address has come to (`isThere`) or gone from the interface of this name. */
  concernedBy(
    address: IpAddress,
    linkName: string,
    isThere: boolean,
    all: Iterable<RunningInstance>,
  ): RunningInstance[] {
    if (!this.mayBeSource(address)) return [...this.instancesOf(address)].filter((one) => mayBecomeOther(one, isThere));
    return [...all].filter(
      ({ config }) =>
        [linkName, unbound].includes(config.interface) ||
        config.virtualAddresses.some(({ interface: link }) => link === linkName) ||
        config.furtherPaths?.some(({ interface: link }) => link === linkName),
    );
  }

  /** The instances for which an interface of one of these names counts. */
  instancesOn(names: ReadonlySet<string>, all: Iterable<RunningInstance>): RunningInstance[] {
    return [...all].filter(
      ({ config }) => config.interface === unbound || linkNames(config).some((name) => names.has(name)),
    );
  }

  /** The environment of an instance. */
  environmentOf({ config }: RunningInstance, seen: SeenAddresses): Environment {
    const link = this.#settled(this.linkOf(config));
    const name = link?.name ?? config.interface;
    const addresses = seen.get(name) ?? this.#sourceCandidates(name);
    seen.set(name, addresses);
    const found = findEnvironment(config, link, addresses, (address) => this.#virtual.has(address));
    if (!found.ready && found.missing !== "source address") return found;
    const own = this.#own.claimedBy(config);
    return own === undefined ? found : { ready: false, missing: "ownership", address: own };
  }

  /** The link of an instance. One that is bound to none is where its source address is, if it can be used there. */
  linkOf({ interface: name, sourceAddress }: VrrpInstanceModel): Link | undefined {
    if (name !== unbound) return this.#network.linkNamed(name);
    const having = [...this.#network.links()].filter(({ index }) =>
      this.#network.addressesOf(index).some(({ address }) => address === sourceAddress),
    );
    return having.find(({ up, running }) => up && running) ?? having[0];
  }

  /** Whether an instance, or an address of one, is on the interface of this name. */
  concerns(linkName: string): boolean {
    return this.#interfaces.has(linkName) || this.#interfaces.has(unbound);
  }

  #sourceCandidates(linkName: string): readonly LinkAddress[] {
    const link = this.#network.linkNamed(linkName);
    if (link === undefined) return [];
    return this.#network.addressesOf(link.index).filter(({ address }) => this.mayBeSource(address));
  }
}

/** The interfaces that an instance needs, or has something on. */
function linkNames(config: VrrpInstanceModel): readonly string[] {
  const { interface: own, virtualLink, virtualAddresses, addressLinks = [], furtherPaths = [] } = config;
  return [
    ...(virtualLink === undefined ? [own] : [own, virtualLink.parent, virtualLink.interface]),
    ...virtualAddresses.map(({ interface: link }) => link),
    ...addressLinks.map(({ parent }) => parent),
    ...furtherPaths.map(({ interface: link }) => link),
  ];
}

/** Whether a virtual address that comes or goes can be the director's own to an instance: our own puts and removals are no news. */
function mayBecomeOther({ environment }: RunningInstance, isThere: boolean): boolean {
  if (environment.ready) return false;
  return environment.missing === "ownership" || (isThere && environment.missing === "source address");
}

/** The interface of an instance that is bound to none. */
const unbound = "";

const nobody: ReadonlySet<RunningInstance> = new Set();
