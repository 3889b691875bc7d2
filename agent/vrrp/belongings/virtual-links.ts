// The links that instances with a virtual MAC stand on: a macvlan with the virtual router's hardware address on their interface, or an ipvlan. They are
// there while they are configured, whoever is master, because a backup listens on them. They carry the agent's name as their alias: what a dead process has
// left is taken over when it is as wished, and removed otherwise.

import { after, type Instant, milliseconds } from "../../base/duration.ts";
import { OperationError } from "../../base/errors.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualLinkModel } from "../../config/virtual-link-model.ts";
import type { Link, LinkChange, LinksPort, VirtualLink } from "../../kernel/links.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { ObjectListener, ObjectView } from "./object-keeper.ts";

/** By this alias our links are known (`ip link` shows it). */
const mark = "vipward";

/** The links of one driver. */
export class VirtualLinks {
  readonly #port: LinksPort;
  readonly #network: ObservedNetwork;
  readonly #now: () => Instant;
  readonly #listener: ObjectListener;
  #wished: ReadonlyMap<string, VirtualLinkModel> = new Map();
  /** The names of the links that were as wished when last looked at. */
  readonly #there = new Set<string>();
  #retryAt: Instant | undefined;

  constructor(port: LinksPort, network: ObservedNetwork, now: () => Instant, listener: ObjectListener) {
    this.#port = port;
    this.#network = network;
    this.#now = now;
    this.#listener = listener;
  }

  /** Takes in which links there shall be, and makes those that are missing. Others stay until `sweep`: somebody may still stand on them. */
  wish(links: readonly VirtualLinkModel[]): void {
    this.#wished = new Map(links.map((link) => [link.interface, link]));
    this.check();
  }

  /** Removes the links of ours that nobody wants. */
  sweep(): void {
    for (const link of [...this.#network.links()])
      if (link.alias === mark && !this.#wished.has(link.name)) this.#remove(link);
  }

  nextDeadline(): Instant | undefined {
    return this.#retryAt;
  }

  checkIfDue(now: Instant): void {
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.check();
  }

  /** Makes what is missing, where the interface below it is there. */
  check(): void {
    this.#retryAt = undefined;
    for (const wished of this.#wished.values()) this.#settle(wished);
  }

  /** A link of ours that somebody has removed is made anew at once, before anybody misses it. */
  note(change: LinkChange): void {
    if (change.kind !== "link-removed") return;
    const link = this.#network.link(change.index);
    const wished = link === undefined ? undefined : this.#wished.get(link.name);
    if (wished === undefined || this.#parentOf(wished) === undefined) return;
    this.#network.note(change);
    this.#settle(wished);
  }

  /** The link of an instance. */
  view(instance: string): readonly ObjectView[] {
    return [...this.#wished.values()].flatMap((wished) =>
      wished.instance === instance
        ? [{ object: describe(wished), present: this.#network.linkNamed(wished.interface) !== undefined }]
        : [],
    );
  }

  #settle(wished: VirtualLinkModel): void {
    const parent = this.#parentOf(wished);
    if (parent === undefined) return;
    const found = this.#read(wished.interface);
    if (found !== undefined && isAsWished(found, wished, parent)) {
      this.#there.add(wished.interface);
      return;
    }
    if (this.#there.delete(wished.interface)) this.#listener.onChange(wished.instance, describe(wished), "lost");
    this.#attempt(wished, () => {
      if (found !== undefined) this.#giveWay(found, wished);
      this.#make({ ...plan(wished), parentIndex: parent.index, alias: mark });
      this.#there.add(wished.interface);
      this.#listener.onChange(wished.instance, describe(wished), "added");
    });
  }

  /** A link that comes or goes is told of as down meanwhile: then the kernel is asked how it is now. */
  #read(name: string): Link | undefined {
    const known = this.#network.linkNamed(name);
    if (known === undefined || known.up) return known;
    const now = this.#port.link(known.index);
    if (now !== undefined) this.#network.note({ kind: "link", link: now });
    return now;
  }

  #make(link: VirtualLink): void {
    const index = this.#port.makeLink(link);
    const made = this.#port.link(index);
    if (made !== undefined) this.#network.note({ kind: "link", link: made });
  }

  /** Only what is ours gives way to what is wished. */
  #giveWay(found: Link, { interface: object }: VirtualLinkModel): void {
    const text = "there is another interface of this name: choose another name, or remove it";
    if (found.alias !== mark)
      throw new OperationError({ operation: "make link", object, cause: { code: "EEXIST", text } });
    this.#remove(found);
  }

  #remove({ index, name }: Link): void {
    try {
      this.#port.removeLink(index);
      this.#there.delete(name);
      this.#network.note({ kind: "link-removed", index });
      this.#listener.onChange(undefined, name, "removed");
    } catch (thrown) {
      this.#refuse("remove", name, thrown);
    }
  }

  #attempt(wished: VirtualLinkModel, action: () => void): void {
    try {
      action();
    } catch (thrown) {
      this.#refuse("make", wished.interface, thrown);
    }
  }

  #refuse(operation: string, name: string, thrown: unknown): void {
    this.#retryAt = after(this.#now(), retryDelay);
    this.#listener.onRefused(operation, name, thrown);
  }

  #parentOf({ parent }: VirtualLinkModel): Link | undefined {
    return this.#network.linkNamed(parent);
  }
}

/** The links of an instance: that which it stands on, and those of single addresses. */
export function linksOf({ virtualLink, addressLinks = [] }: VrrpInstanceModel): readonly VirtualLinkModel[] {
  return virtualLink === undefined ? addressLinks : [virtualLink, ...addressLinks];
}

const retryDelay = milliseconds(1000);

function plan({
  kind,
  interface: name,
  hardwareAddress,
  isolation,
}: VirtualLinkModel): Omit<VirtualLink, "parentIndex" | "alias"> {
  return {
    ...{ kind, name },
    ...(hardwareAddress !== undefined && { hardwareAddress: Uint8Array.fromHex(hardwareAddress.replaceAll(":", "")) }),
    ...(isolation !== undefined && { isolation }),
  };
}

function isAsWished(found: Link, wished: VirtualLinkModel, parent: Link): boolean {
  const { virtual, hardwareAddress, up } = found;
  if (!up || virtual?.kind !== wished.kind || virtual.parentIndex !== parent.index) return false;
  return wished.hardwareAddress === undefined || hardwareAddress.toHex() === wished.hardwareAddress.replaceAll(":", "");
}

function describe({ kind, interface: name, parent, hardwareAddress }: VirtualLinkModel): string {
  return `${name} ${kind} on ${parent}${hardwareAddress === undefined ? "" : ` ${hardwareAddress}`}`;
}
