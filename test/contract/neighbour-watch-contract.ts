// What the agent believes about watching ARP, whichever kernel is behind the port.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { addressBytes, type Family, type IpAddress, ip } from "../../agent/base/address.ts";
import type { NeighbourWatch } from "../../agent/kernel/neighbour-watch.ts";
import { arpFrame, arpOperations, broadcast } from "../../agent/vrrp/core/packets/arp.ts";
import { neighbourAdvertisement } from "../../agent/vrrp/core/packets/neighbour-discovery.ts";
import { codeThrown } from "./links-contract.ts";

/** A director on a segment, and somebody else on it. */
export interface NeighbourWatchWorld extends AsyncDisposable {
  /** Opens a watch on the director's interface, or on the one with that index. */
  open(linkIndex?: number, family?: Family): NeighbourWatch;
  /** What the watches have heard so far. */
  readonly heard: readonly Uint8Array[];
  /** The other one sends a frame, and so does the director itself. */
  otherSends(frame: Uint8Array): void;
  directorSends(frame: Uint8Array): void;
  until(what: string, condition: () => boolean): Promise<void>;
  /** Long enough for whatever was sent to have arrived. */
  settle(): Promise<void>;
}

/** The cases. */
export function neighbourWatchContract(
  title: string,
  why: string | undefined,
  makeWorld: () => NeighbourWatchWorld,
): void {
  describe.skipIf(why !== undefined)(title, () => {
    let world: NeighbourWatchWorld;
    beforeEach(() => {
      world = makeWorld();
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    const ours = ip("10.9.0.100");
    const last = ip("255.254.253.252");

    test("packets of the senders that were asked for are heard whole, whether requests or replies, and no others", async () => {
      world.open().setSenders([ours, last]);
      const wanted = [arp(ours), arp(last), arp(ours, arpOperations.reply)];
      for (const frame of [arp(ip("10.9.0.101")), ...wanted, arp(ip("10.9.1.100"))]) world.otherSends(frame);
      await world.until("three are heard", () => world.heard.length >= 3);
      await world.settle();
      expect(world.heard.map((frame) => frame.subarray(0, 42).toHex())).toEqual(wanted.map((frame) => frame.toHex()));
    });

    test("nothing is heard before it is said whom to hear", async () => {
      const watch = world.open();
      world.otherSends(arp(ours));
      await world.settle();
      watch.setSenders([ours]);
      await world.settle();
      expect(world.heard).toEqual([]);
    });

    test("other senders replace those before", async () => {
      const watch = world.open();
      watch.setSenders([ours]);
      watch.setSenders([last]);
      for (const sender of [ours, last]) world.otherSends(arp(sender));
      await world.until("one is heard", () => world.heard.length > 0);
      await world.settle();
      expect(world.heard.map(senderOf)).toEqual([last]);
    });

    test("thousands of senders are no trouble", async () => {
      const many = Array.from({ length: 3000 }, (_, index) => ip(`10.${10 + (index >> 8)}.${index & 255}.1`));
      world.open().setSenders([...many, ours]);
      world.otherSends(arp(ours));
      await world.until("it is heard", () => world.heard.some((frame) => senderOf(frame) === ours));
    });

    test("what the director itself sends is not heard", async () => {
      world.open().setSenders([ours]);
      world.directorSends(arp(ours));
      await world.settle();
      expect(world.heard).toEqual([]);
    });

    test("a closed watch hears nothing", async () => {
      const watch = world.open();
      watch.setSenders([ours]);
      watch.close();
      world.otherSends(arp(ours));
      await world.settle();
      expect(world.heard).toEqual([]);
    });

    test("of neighbour discovery the advertisements of an address, solicitations from it and questions whether it is free are heard, and no others", async () => {
      const [virtual, other, nobody] = [ip("2001:db8::100"), ip("2001:db8::9:99"), ip("::")];
      world.open(undefined, "ipv6").setSenders([virtual]);
      const wanted = [
        solicit(virtual, other),
        solicit(nobody, virtual),
        neighbourAdvertisement(stranger, virtual, false),
      ];
      const unwanted = [
        solicit(other, virtual),
        solicit(nobody, other),
        neighbourAdvertisement(stranger, other, false),
      ];
      for (const frame of [...unwanted, ...wanted]) world.otherSends(frame);
      await world.until("three are heard", () => world.heard.length >= 3);
      await world.settle();
      expect(world.heard.map((frame) => frame.toHex())).toEqual(wanted.map((frame) => frame.toHex()));
    });

    test("opening on a link that is not there is refused with ENODEV", () => {
      expect(codeThrown(() => world.open(77_777))).toBe("ENODEV");
    });
  });
}

const stranger = Uint8Array.from([2, 0, 0, 0, 0, 0x77]);

function arp(sender: IpAddress, operation: number = arpOperations.request): Uint8Array {
  const fields = { operation, senderHardware: stranger, sender: addressBytes(sender) };
  return arpFrame(broadcast, { ...fields, targetHardware: broadcast, target: addressBytes(ip("10.9.0.9")) });
}

/** A solicitation with nothing behind its target; its checksum is nobody's matter here. */
function solicit(source: IpAddress, target: IpAddress): Uint8Array {
  const header = [0x60, 0, 0, 0, 0, 24, 58, 255, ...addressBytes(source), ...addressBytes(ip("ff02::1"))];
  const message = [135, 0, 0, 0, 0, 0, 0, 0, ...addressBytes(target)];
  return Uint8Array.from([0x33, 0x33, 0, 0, 0, 1, ...stranger, 0x86, 0xdd, ...header, ...message]);
}

function senderOf(frame: Uint8Array): IpAddress {
  return ip([...frame.subarray(28, 32)].join("."));
}
