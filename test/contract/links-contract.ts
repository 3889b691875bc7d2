// What the agent believes about links and addresses, whichever kernel is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { type Milliseconds, milliseconds, seconds } from "../../agent/base/duration.ts";
import { OperationError } from "../../agent/base/errors.ts";
import type { Link, LinkAddress, LinkChange, LinksPort, VirtualLink } from "../../agent/kernel/links.ts";

/** A network namespace with one cable, and the hands to disturb it. */
export interface LinksWorld extends AsyncDisposable {
  readonly links: LinksPort;
  /** The interface at our end of the cable: up, with a carrier, without addresses but those of IPv6 link-local. */
  readonly link: Link;
  /** The kinds of links that this kernel can make. */
  readonly kinds: readonly VirtualLink["kind"][];
  /** A port with so little room for changes that many at once cannot fit. */
  readonly cramped: LinksPort;
  setUp(up: boolean): void;
  setCarrier(carrier: boolean): void;
  removeLink(): void;
  /** Gives our end of the cable another name; it may have to be down for that. */
  rename(name: string): void;
  /** Makes an interface of this name and another kind than before. */
  makeAgain(name: string): void;
  /** Somebody else removes an address. */
  removeAddressByHand(address: string): void;
  /** Lets time pass until the condition holds; rejects when it does not within that time. */
  until(what: string, condition: () => boolean, within?: Milliseconds): Promise<void>;
}

/** The cases. */
export function linksContract(title: string, why: string | undefined, makeWorld: () => LinksWorld): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: LinksWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    const own = () =>
      world.links
        .addresses()
        .filter(({ linkIndex, address }) => linkIndex === world.link.index && !address.startsWith("fe80"));
    const put = (address: string, prefixLength: number, validFor?: Milliseconds) => {
      const wished = { linkIndex: world.link.index, address: ip(address), prefixLength };
      world.links.putAddress(validFor === undefined ? wished : { ...wished, validFor });
    };
    const remove = (address: string, prefixLength: number) =>
      world.links.removeAddress({ linkIndex: world.link.index, address: ip(address), prefixLength });
    const listed = (address: string, prefixLength: number): LinkAddress => ({
      linkIndex: world.link.index,
      address: ip(address),
      prefixLength,
      secondary: false,
      tentative: false,
      duplicate: false,
    });
    const watch = (): LinkChange[] => {
      const changes: LinkChange[] = [];
      world.links.watch((change) => changes.push(change));
      return changes;
    };
    const told = (changes: LinkChange[], expected: LinkChange) =>
      world.until(`the watcher is told of ${expected.kind}`, () =>
        changes.some((change) => Bun.deepEquals(change, expected)),
      );

    test("a link is listed with its index, name, state, size and hardware address", () => {
      expect(world.links.links()).toContainEqual(world.link);
    });

    test("a link is read by its index; one that is not there is none", () => {
      expect(world.links.link(world.link.index)).toEqual(world.link);
      expect(world.links.link(4711)).toBeUndefined();
    });

    test("addresses that were put are listed as they were wished, and for ever when no lifetime was", () => {
      put("10.1.0.1", 24);
      put("10.2.0.9", 32);
      put("2001:db8::9", 128);
      expect(own()).toEqual([listed("10.1.0.1", 24), listed("10.2.0.9", 32), listed("2001:db8::9", 128)]);
    });

    test("an address with another end is listed with it and with its prefix length, and removed by it", () => {
      for (const [address, peer, prefixLength] of [
        ["10.7.0.1", "10.7.1.1", 30],
        ["2001:db8::1", "2001:db8:1::1", 126],
      ] as const) {
        const wished = { linkIndex: world.link.index, address: ip(address), peer: ip(peer), prefixLength };
        world.links.putAddress(wished);
        expect(own()).toEqual([{ ...listed(address, prefixLength), peer: ip(peer) }]);
        world.links.removeAddress(wished);
        expect(own()).toEqual([]);
      }
    });

    test("an address with all that can be wished for it is taken, renewed and removed", () => {
      const wished = {
        ...{ linkIndex: world.link.index, prefixLength: 24, validFor: seconds(60), deprecated: true },
        ...{ scope: 253, flags: ["noprefixroute"] as const },
      };
      for (const address of [
        { ...wished, address: ip("10.6.0.1"), broadcast: ip("10.6.0.255"), label: "eth0:web" },
        { ...wished, address: ip("2001:db8::1"), prefixLength: 64 },
      ]) {
        world.links.putAddress(address);
        world.links.putAddress(address);
        expect(own().map((one) => one.address)).toEqual([address.address]);
        world.links.removeAddress(address);
        expect(own()).toEqual([]);
      }
    });

    test("a link that is made on another one is up, has its mark and its hardware address, no addresses, and goes when it is removed", () => {
      const { index: parentIndex, hardwareAddress } = world.link;
      const own = new Uint8Array([0, 0, 0x5e, 0, 1, 51]);
      for (const kind of world.kinds) {
        const address = kind === "macvlan" ? own : undefined;
        const wished = { kind, name: "vrrp.51", parentIndex, alias: "vipward" };
        const index = world.links.makeLink(address === undefined ? wished : { ...wished, hardwareAddress: address });
        expect(() => world.links.makeLink(wished)).toThrow(OperationError);
        expect(world.links.links().find((link) => link.index === index)).toMatchObject({
          ...{ name: "vrrp.51", up: true, alias: "vipward", virtual: { kind, parentIndex } },
          hardwareAddress: address ?? hardwareAddress,
        });
        expect(world.links.addresses().filter(({ linkIndex }) => linkIndex === index)).toEqual([]);
        world.links.removeLink(index);
        world.links.removeLink(index);
        expect(world.links.links().some(({ name }) => name === "vrrp.51")).toBe(false);
      }
    });

    test("a link that is made on another one goes with it", () => {
      const wished = { kind: "macvlan", name: "vrrp.51", parentIndex: world.link.index, alias: "vipward" } as const;
      world.links.makeLink({ ...wished, hardwareAddress: new Uint8Array([0, 0, 0x5e, 0, 1, 51]) });
      world.removeLink();
      expect(world.links.links().some(({ name }) => name === "vrrp.51")).toBe(false);
    });

    test("a lifetime is reported, in whole seconds and rounded up", () => {
      put("10.2.0.9", 32, milliseconds(41_500));
      put("2001:db8::9", 128, seconds(50));
      const lifetimes = own().map(({ validFor = 0 }) => Math.ceil(validFor / 1000));
      expect(lifetimes[0]).toBeOneOf([41, 42]);
      expect(lifetimes[1]).toBeOneOf([49, 50]);
    });

    test("putting an address again renews its lifetime, makes it last for ever, or ends that", () => {
      for (const [address, length] of [
        ["10.2.0.9", 32],
        ["2001:db8::9", 128],
      ] as const) {
        put(address, length, seconds(5));
        put(address, length, seconds(60));
        const [renewed, ...others] = own();
        expect(others).toEqual([]);
        expect(renewed?.validFor).toBeGreaterThan(seconds(5));
        put(address, length);
        expect(own()).toEqual([listed(address, length)]);
        put(address, length, seconds(60));
        expect(own()[0]?.validFor).toBeGreaterThan(seconds(5));
        remove(address, length);
      }
    });

    test("an address whose lifetime ends is removed by the kernel, and the watcher is told", async () => {
      const changes = watch();
      put("10.2.0.9", 32, seconds(1));
      put("2001:db8::9", 128, seconds(1));
      await world.until("both are gone", () => own().length === 0, seconds(20));
      const linkIndex = world.link.index;
      await told(changes, { kind: "address-removed", linkIndex, address: ip("10.2.0.9"), prefixLength: 32 });
      await told(changes, { kind: "address-removed", linkIndex, address: ip("2001:db8::9"), prefixLength: 128 });
    });

    test("an address that is removed is gone, one that is not there is no error, on a link that is not there neither", () => {
      put("10.2.0.9", 32, seconds(60));
      put("2001:db8::9", 128, seconds(60));
      for (let time = 0; time < 2; time++) {
        remove("10.2.0.9", 32);
        remove("2001:db8::9", 128);
      }
      world.links.removeAddress({ linkIndex: 99_999, address: ip("10.2.0.9"), prefixLength: 32 });
      expect(own()).toEqual([]);
    });

    test("an address on a link that is not there is refused with ENODEV", () => {
      for (const [address, prefixLength] of [
        ["10.2.0.9", 32],
        ["2001:db8::9", 128],
      ] as const) {
        expect(
          codeThrown(() => world.links.putAddress({ linkIndex: 99_999, address: ip(address), prefixLength })),
        ).toBe("ENODEV");
      }
    });

    test("a second address of a network is secondary and listed last, a host address of 32 bits is neither", () => {
      put("10.1.0.1", 24);
      put("10.1.0.9", 24);
      put("10.1.0.10", 32);
      expect(own()).toEqual([
        listed("10.1.0.1", 24),
        listed("10.1.0.10", 32),
        { ...listed("10.1.0.9", 24), secondary: true },
      ]);
    });

    test("the removal of a primary address takes the secondaries of its network along", () => {
      put("10.1.0.1", 24);
      put("10.1.0.9", 24);
      put("10.1.0.10", 32);
      remove("10.1.0.1", 24);
      expect(own()).toEqual([listed("10.1.0.10", 32)]);
    });

    test("an ipv6 address keeps the prefix length with which it was first put", () => {
      put("2001:db8::9", 128);
      put("2001:db8::9", 64);
      expect(own()).toEqual([listed("2001:db8::9", 128)]);
    });

    test("the same ipv4 address with another prefix length is another address", () => {
      put("10.1.0.1", 24);
      put("10.1.0.1", 32);
      expect(own()).toEqual([listed("10.1.0.1", 24), listed("10.1.0.1", 32)]);
    });

    test("a link that goes down loses its ipv6 addresses and keeps those of ipv4", async () => {
      put("10.1.0.1", 24);
      put("2001:db8::9", 128);
      world.setUp(false);
      await world.until("the ipv6 address is gone", () => own().length === 1);
      expect(own()).toEqual([listed("10.1.0.1", 24)]);
    });

    test("the watcher is told of addresses, of somebody else's doing too", async () => {
      const changes = watch();
      put("10.1.0.1", 24);
      await told(changes, { kind: "address", address: listed("10.1.0.1", 24) });
      world.removeAddressByHand("10.1.0.1/24");
      await told(changes, {
        kind: "address-removed",
        linkIndex: world.link.index,
        address: ip("10.1.0.1"),
        prefixLength: 24,
      });
    });

    test("the watcher is told of a renewal as of a new address", async () => {
      put("10.1.0.1", 24, seconds(30));
      const changes = watch();
      put("10.1.0.1", 24, seconds(30));
      await world.until("the watcher is told", () =>
        changes.some((change) => change.kind === "address" && change.address.address === "10.1.0.1"),
      );
    });

    test("the watcher is told when the carrier is lost and when it comes back", async () => {
      const changes = watch();
      world.setCarrier(false);
      await told(changes, { kind: "link", link: { ...world.link, running: false } });
      world.setCarrier(true);
      await told(changes, { kind: "link", link: world.link });
    });

    test("the watcher is told when a link goes down", async () => {
      const changes = watch();
      world.setUp(false);
      await told(changes, { kind: "link", link: { ...world.link, up: false, running: false } });
    });

    test("the watcher is told when a link is removed, and its addresses go with it", async () => {
      put("10.1.0.1", 24);
      const changes = watch();
      world.removeLink();
      await told(changes, { kind: "link-removed", index: world.link.index });
      await told(changes, {
        kind: "address-removed",
        linkIndex: world.link.index,
        address: ip("10.1.0.1"),
        prefixLength: 24,
      });
      expect(own()).toEqual([]);
    });

    test("a link that gets another name keeps its index and its ipv4 addresses, and the watcher is told", async () => {
      const changes = watch();
      put("10.9.0.100", 24);
      world.rename("lan0");
      await world.until("the new name is told", () =>
        changes.some(
          (change) => change.kind === "link" && change.link.name === "lan0" && change.link.index === world.link.index,
        ),
      );
      expect(world.links.links().find(({ index }) => index === world.link.index)?.name).toBe("lan0");
      expect(own().map(({ address }) => address)).toEqual([ip("10.9.0.100")]);
    });

    test("a link that is made again, of whatever kind, has another index and no address", async () => {
      const changes = watch();
      put("10.9.0.100", 24);
      world.removeLink();
      world.makeAgain("eth0");
      await world.until("the new one is told", () =>
        changes.some(
          (change) => change.kind === "link" && change.link.name === "eth0" && change.link.index !== world.link.index,
        ),
      );
      expect(
        world.links
          .links()
          .filter(({ name }) => name === "eth0")
          .map(({ index }) => index),
      ).not.toEqual([world.link.index]);
      expect(world.links.addresses().filter(({ address }) => address === ip("10.9.0.100"))).toEqual([]);
    });

    test("a closed watcher is told nothing more", async () => {
      const closed: LinkChange[] = [];
      const watcher = world.links.watch((change) => closed.push(change));
      const changes = watch();
      watcher.close();
      put("10.1.0.1", 24);
      await told(changes, { kind: "address", address: listed("10.1.0.1", 24) });
      expect(closed).toEqual([]);
    });

    test("changes that did not fit are reported as an overrun", async () => {
      const changes: LinkChange[] = [];
      for (let count = 0; count < 200; count++) put(`2001:db8::${count.toString(16)}`, 128);
      world.cramped.watch((change) => changes.push(change));
      world.setUp(false);
      await world.until("the overrun is reported", () => changes.some(({ kind }) => kind === "overrun"));
    });
  });
}

/** The errno with which the call was refused. */
export function codeThrown(call: () => void): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof OperationError ? error.failure.cause.code : String(error);
  }
}
