// What is believed about the sockets of BFD: two hosts on one wire, IPv4 and IPv6.

import { describe, expect, test } from "bun:test";
import { type Family, type IpAddress, ip } from "../../agent/base/address.ts";
import { codeOf } from "../../agent/base/errors.ts";
import type { BfdDatagram, BfdSendOptions, BfdSocketPort } from "../../agent/kernel/bfd-socket.ts";

/** Two hosts, a and b, each with an address of both families. */
export interface BfdSocketWorld {
  readonly port: (host: "a" | "b") => BfdSocketPort;
  readonly until: (what: string, condition: () => boolean) => Promise<void>;
  [Symbol.dispose](): void;
}

/** The addresses of the hosts. */
export const addresses: Readonly<Record<"a" | "b", Readonly<Record<Family, IpAddress>>>> = {
  a: { ipv4: ip("10.9.0.1"), ipv6: ip("2001:db8::1") },
  b: { ipv4: ip("10.9.0.2"), ipv6: ip("2001:db8::2") },
};

/** Runs the cases in a world; `skipped` says why it cannot be. */
export function bfdSocketContract(title: string, skipped: string | undefined, makeWorld: () => BfdSocketWorld): void {
  const port = 3784;
  const toB = (family: Family, some: Partial<BfdSendOptions> = {}): BfdSendOptions => ({
    ...{ source: undefined, sourcePort: 50_000, destination: addresses.b[family], port, timeToLive: 255 },
    ...some,
  });

  describe.skipIf(skipped !== undefined)(title, () => {
    for (const family of ["ipv4", "ipv6"] as const) {
      const listen = (world: BfdSocketWorld, at = port) => {
        const heard: BfdDatagram[] = [];
        const onDatagram = (datagram: BfdDatagram) => heard.push(datagram);
        world.port("b").listen({ family, port: at, onDatagram, onTrouble: () => {} });
        return heard;
      };

      test(`${family}: a datagram arrives with its source, its destination and its time to live`, async () => {
        using world = makeWorld();
        const heard = listen(world);
        for (const [sourcePort, timeToLive] of [
          [50_000, 255],
          [50_001, 3],
        ] as const) {
          const sender = world.port("a").open(toB(family, { sourcePort, timeToLive }));
          sender.send(Uint8Array.of(timeToLive, 2, 3));
        }
        await world.until("both have arrived", () => heard.length === 2);
        const ends = { source: addresses.a[family], destination: addresses.b[family] };
        expect(heard.map(({ receivedAt: _, payload, ...rest }) => ({ ...rest, payload: [...payload] }))).toEqual([
          { ...ends, timeToLive: 255, payload: [255, 2, 3] },
          { ...ends, timeToLive: 3, payload: [3, 2, 3] },
        ]);
      });

      test(`${family}: only what is sent to its port is heard, and both ports at once`, async () => {
        using world = makeWorld();
        const [near, far] = [listen(world), listen(world, 4784)];
        world
          .port("a")
          .open(toB(family, { port: 4784 }))
          .send(Uint8Array.of(1));
        await world.until("the other port hears", () => far.length === 1);
        expect(near).toEqual([]);
      });

      test(`${family}: that nobody listens is no error of the sender`, async () => {
        using world = makeWorld();
        const sender = world.port("a").open(toB(family));
        for (let count = 0; count < 3; count++) sender.send(Uint8Array.of(1));
        const heard = listen(world);
        await world.until("it is heard", () => {
          sender.send(Uint8Array.of(2));
          return heard.length > 0;
        });
      });

      test(`${family}: a port has one listener, and a source must be the host's`, () => {
        using world = makeWorld();
        listen(world);
        expect(failure(() => listen(world))).toBe("EADDRINUSE");
        const source = ip(family === "ipv4" ? "10.9.0.77" : "2001:db8::77");
        expect(failure(() => world.port("a").open(toB(family, { source })))).toBe("EADDRNOTAVAIL");
      });
    }

    test("a port is free for the other family", () => {
      using world = makeWorld();
      for (const family of ["ipv4", "ipv6"] as const)
        world.port("b").listen({ family, port, onDatagram: () => {}, onTrouble: () => {} });
    });
  });
}

function failure(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (thrown) {
    return codeOf(thrown);
  }
}
