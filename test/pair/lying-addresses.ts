// Directors whose virtual addresses are looked at, and what lies on their interfaces.

import { expect } from "bun:test";
import { type IpAddress, ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import { usualGeneral } from "../support/vrrp-defaults.ts";
import { type Director, instanceModel, Segment, vrrpModel } from "./segment.ts";

/** The virtual address of these instances. */
export const vip = ip("10.9.0.100");
/** A virtual address as an instance has it. */
export const address = (text: string, prefixLength = 24, link = "eth0") => ({
  address: ip(text),
  prefixLength,
  interface: link,
});

/** A director alone on its segment, which is master. */
export function master(other: Partial<VrrpInstanceModel> = {}, lease = seconds(10)) {
  const segment = new Segment();
  const director = segment
    .add(1, { addressLease: lease, general: usualGeneral, instances: [instanceModel(other)] })
    .start();
  segment.clock.advance(seconds(1));
  expect(director.stateOf()).toBe("master");
  return { segment, director };
}

/** A director that hears a better master on the segment. */
export function backup(other: Partial<VrrpInstanceModel> = {}, lease = seconds(10)) {
  const segment = new Segment();
  segment.add(2, vrrpModel(instanceModel({ priority: 200, virtualAddresses: [address("10.9.0.100")] }))).start();
  segment.clock.advance(seconds(1));
  const director = segment.add(1, { addressLease: lease, general: usualGeneral, instances: [instanceModel(other)] });
  return { segment, director };
}

/** What is on the director's interfaces, as "ADDRESS/LENGTH link INDEX", but for its own address. */
export function lying(director: Director): string[] {
  return director.links
    .addresses()
    .filter((one) => one.address !== director.address)
    .map((one) => `${one.address}/${one.prefixLength} link ${one.linkIndex}`);
}

/** The addresses that are taken off the director's interfaces from now on. */
export function removals(director: Director): IpAddress[] {
  const removed: IpAddress[] = [];
  director.links.watch((change) => change.kind === "address-removed" && removed.push(change.address));
  return removed;
}

/** What happened to addresses, as the director told it. */
export function changes(director: Director): string[] {
  return director.events.flatMap((event) => (event.kind === "address-changed" ? [event.change] : []));
}
