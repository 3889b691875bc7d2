import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../../base/address.ts";
import { seconds } from "../../../base/duration.ts";
import type { Destination, IpvsOperation, Service, ServiceKey } from "../../ipvs.ts";
import { zeroCounters } from "../../memory/ipvs.ts";
import { readDestination, readInfo, readService } from "./ipvs-read.ts";
import { destinationsBody, infoBody, serviceBody, writeOperation } from "./ipvs-write.ts";
import { WordWriter } from "./writer.ts";

const web: ServiceKey = { kind: "address", protocol: "tcp", address: ip("10.9.0.100"), port: 80 };
const noFlags = { flag1: false, flag2: false, flag3: false, onePacket: false };
const zeroStats32 =
  "5c000a000800010000000000080002000000000008000300000000000c00040000000000000000000c0005000000000000000000080006000000000008000700000000000800080000000000080009000000000008000a0000000000";
const zeroStats64 =
  "7c000c000c00010000000000000000000c00020000000000000000000c00030000000000000000000c00040000000000000000000c00050000000000000000000c00060000000000000000000c00070000000000000000000c00080000000000000000000c00090000000000000000000c000a000000000000000000";

describe("requests to ipvs", () => {
  test("a service with persistence, as linux/ip_vs.h wants it: port, address and mask in network order", () => {
    const service: Service = {
      key: web,
      scheduler: "wrr",
      flags: noFlags,
      persistence: { timeout: seconds(360), granularity: 24 },
    };
    expect(written({ kind: "add-service", service })).toEqual([
      "01010000", // IPVS_CMD_NEW_SERVICE, version 1
      "54000180", // IPVS_CMD_ATTR_SERVICE
      "0600010002000000", // AF_INET
      "0600020006000000", // IPPROTO_TCP
      "140003000a090064000000000000000000000000", // 10.9.0.100
      "0600040000500000", // port 80
      "0800060077727200", // wrr
      "0c00070001000000ffffffff", // persistent, all flags are meant
      "0800080068010000", // 360 s
      "08000900ffffff00", // 255.255.255.0
    ]);
  });

  test("a mark is in host order, an ipv6 prefix length too, and a persistence engine is named", () => {
    const key: ServiceKey = { kind: "mark", mark: 300, family: "ipv6" };
    const flags = { flag1: true, flag2: true, flag3: true, onePacket: true };
    const service: Service = {
      key,
      scheduler: "sh",
      flags,
      persistence: { timeout: seconds(1), granularity: 64, engine: "sip" },
    };
    expect(written({ kind: "update-service", service })).toEqual([
      "02010000",
      "40000180",
      "060001000a000000",
      "080005002c010000",
      "0700060073680000",
      "0c0007003d000000ffffffff",
      "0800080001000000",
      "0800090040000000",
      "08000b0073697000",
    ]);
  });

  test("a destination behind a gue tunnel", () => {
    const destination: Destination = {
      address: ip("10.9.0.14"),
      port: 8080,
      weight: 3,
      forwarding: { method: "tunnel", type: "gue", port: 6080, checksum: "full" },
      upperThreshold: 900,
      lowerThreshold: 300,
    };
    const body = written({ kind: "add-destination", key: web, destination });
    expect(body.slice(0, 2)).toEqual(["05010000", "30000180"]);
    expect(body.slice(6)).toEqual([
      "60000280", // IPVS_CMD_ATTR_DEST
      "06000b0002000000", // AF_INET
      "140001000a09000e000000000000000000000000",
      "060002001f900000", // port 8080
      "0800030002000000", // IP_VS_CONN_F_TUNNEL
      "0800040003000000",
      "0800050084030000",
      "080006002c010000",
      "05000d0001000000", // IP_VS_CONN_F_TUNNEL_TYPE_GUE
      "06000e0017c00000", // port 6080
      "06000f0001000000", // IP_VS_TUNNEL_ENCAP_FLAG_CSUM
    ]);
  });

  test("only a tunnel has tunnel attributes", () => {
    for (const [method, number] of [
      ["masquerade", "00"],
      ["direct", "03"],
    ] as const) {
      const body = written({ kind: "update-destination", key: web, destination: plain({ forwarding: { method } }) });
      expect(body[0]).toBe("06010000");
      expect(body.slice(10)).toEqual([
        `08000300${number}000000`,
        "0800040001000000",
        "0800050000000000",
        "0800060000000000",
      ]);
    }
  });

  test("destinations that follow each other are written each as alone", () => {
    const dns: ServiceKey = { kind: "address", protocol: "udp", address: ip("10.9.0.101"), port: 53 };
    const operations: IpvsOperation[] = [web, dns, web].flatMap((key, place) => [
      { kind: "add-destination", key, destination: plain({ address: ip(`10.9.0.${place + 1}`), weight: place }) },
      { kind: "add-destination", key, destination: plain({ upperThreshold: 9, forwarding: { method: "direct" } }) },
    ]);
    const writer = new WordWriter();
    for (const operation of operations) writeOperation(writer, operation);
    const alone = operations.map((operation) => {
      const one = new WordWriter();
      writeOperation(one, operation);
      return one.written().toHex();
    });
    expect(writer.written().toHex()).toBe(alone.join(""));
    expect(new Set(alone).size).toBe(5);
  });

  test("removals name the service, and the destination whole", () => {
    expect(written({ kind: "remove-service", key: web })).toEqual([
      "03010000",
      "30000180",
      "0600010002000000",
      "0600020006000000",
      "140003000a090064000000000000000000000000",
      "0600040000500000",
    ]);
    expect(written({ kind: "remove-destination", key: web, destination: plain() })[0]).toBe("07010000");
  });

  test("questions", () => {
    const bodies = [infoBody(), serviceBody(), serviceBody(web), destinationsBody(web)].map((write) => {
      const writer = new WordWriter();
      write(writer);
      return writer.written().toHex();
    });
    expect(bodies.map((hex) => hex.slice(0, 16))).toEqual([
      "0f010000",
      "04010000",
      "0401000030000180",
      "0801000030000180",
    ]);
  });
});

// Captured from Linux 7.2; ipvsadm had written the table.
describe("answers of ipvs", () => {
  test("version and size", () => {
    expect(readInfo(hex("0e01000008000100010201000800020000010000"))).toEqual({
      version: "1.2.1",
      connectionTableSize: 256,
    });
    expect(readInfo(hex("0e010000"))).toBeUndefined();
  });

  test("a service: -A -t 10.9.0.100:80 -s wrr -p 360 -M 255.255.255.0", () => {
    const answer = `010100002c01010006000100020000000600020006000000140003000a090064000000000000000000000000060004000050000008000600777272000c00070003000000ffffffff080008006801000008000900ffffff00${zeroStats32}${zeroStats64}`;
    expect(readService(hex(answer))).toEqual({
      service: { key: web, scheduler: "wrr", flags: noFlags, persistence: { timeout: seconds(360), granularity: 24 } },
      counters: zeroCounters,
      destinations: [],
    });
  });

  test("a service: -A -f 300 -6 -s sh -b sh-port", () => {
    const answer = `0101000010010100060001000a000000080005002c01000007000600736800000c00070012000000ffffffff08000800000000000800090080000000${zeroStats32}${zeroStats64}`;
    expect(readService(hex(answer))).toEqual({
      service: {
        key: { kind: "mark", mark: 300, family: "ipv6" },
        scheduler: "sh",
        flags: { ...noFlags, flag2: true },
      },
      counters: zeroCounters,
      destinations: [],
    });
  });

  const gue =
    "0501000050010200140001000a09000e00000000000000000000000006000200005000000800030002000000080004000300000005000d000100000006000e0017c0000006000f00010000000800050084030000080006002c01000008000700010000000800080002000000080009000300000006000b0002000000";

  test("a destination: -a -r 10.9.0.14:80 -i -w 3 --tun-type gue --tun-port 6080 --tun-csum -x 900 -y 300", () => {
    expect(readDestination(hex(gue + zeroStats32 + zeroStats64), "ipv4")).toEqual({
      destination: {
        address: ip("10.9.0.14"),
        port: 80,
        weight: 3,
        forwarding: { method: "tunnel", type: "gue", port: 6080, checksum: "full" },
        upperThreshold: 900,
        lowerThreshold: 300,
      },
      activeConnections: 1,
      inactiveConnections: 2,
      persistentConnections: 3,
      counters: zeroCounters,
    });
  });

  test("counters of 64 bits are preferred to those of 32", () => {
    const filled = zeroStats64
      .replace("0c000100" + "0000000000000000", "0c000100" + "0000000001000000")
      .replace("0c000a00" + "0000000000000000", "0c000a00" + "0700000000000000");
    const counters = { ...zeroCounters, connections: 0x100000000n, bytesOutPerSecond: 7n };
    expect(readDestination(hex(gue + zeroStats32 + filled), "ipv4")?.counters).toEqual(counters);
  });

  test("kernels without counters of 64 bits have some of 32", () => {
    const filled = zeroStats32
      .replace("08000100" + "00000000", "08000100" + "05000000")
      .replace("0c000400" + "0000000000000000", "0c000400" + "0000000002000000");
    const answer = hex(gue.replace("50010200", "d4000200") + filled);
    expect(readDestination(answer, "ipv4")?.counters).toEqual({
      ...zeroCounters,
      connections: 5n,
      bytesIn: 0x200000000n,
    });
  });

  test("a kernel that does not tell the family of a destination means that of the service", () => {
    // AF_UNSPEC, as kernels before 3.18 leave it out.
    expect(
      readDestination(hex(gue.replace("06000b0002000000", "06000b0000000000") + zeroStats32 + zeroStats64), "ipv6")
        ?.destination.address,
    ).toBe(ip("a09:e::"));
  });

  test("whatever comes, reading it does not throw", () => {
    const seeds = [gue + zeroStats32 + zeroStats64].map(hex);
    const damaged = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }), fc.nat(400))
      .map(([seed, changes, end]) => {
        const copy = seed.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (payload) => {
        for (const read of [readInfo, readService, (bytes: Uint8Array) => readDestination(bytes, "ipv4")])
          read(payload);
      }),
    );
  });
});

/** The header, then each attribute on its own: nested ones are opened. */
function written(operation: IpvsOperation): string[] {
  const writer = new WordWriter();
  writeOperation(writer, operation);
  const bytes = writer.written();
  const parts = [bytes.slice(0, 4).toHex()];
  for (let at = 4; at < bytes.length; ) {
    const nested = (bytes[at + 3] ?? 0) & 0x80;
    const length = nested !== 0 ? 4 : ((bytes[at] ?? 0) + 3) & ~3;
    parts.push(bytes.slice(at, at + length).toHex());
    at += length;
  }
  return parts;
}

function plain(settings: Partial<Destination> = {}): Destination {
  return {
    address: ip("10.9.0.11"),
    port: 80,
    weight: 1,
    forwarding: { method: "masquerade" },
    upperThreshold: 0,
    lowerThreshold: 0,
    ...settings,
  };
}

function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text);
}
