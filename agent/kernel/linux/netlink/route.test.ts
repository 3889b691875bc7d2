import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ip } from "../../../base/address.ts";
import { milliseconds, seconds } from "../../../base/duration.ts";
import type { LinkChange } from "../../links.ts";
import type { WriteBody } from "./connection.ts";
import { addressesBody, linksBody, putAddressBody, readChange, removeAddressBody, routeMessage } from "./route.ts";
import { WordWriter } from "./writer.ts";

describe("requests to route netlink", () => {
  test("an ipv4 address for a while", () => {
    const body = putAddressBody({
      linkIndex: 13,
      address: ip("10.1.0.9"),
      prefixLength: 24,
      validFor: milliseconds(9_500),
    });
    expect(written(body)).toBe(
      "02180000" + // AF_INET, /24
        "0d000000" +
        "080002000a010009" + // IFA_LOCAL
        "080001000a010009" + // IFA_ADDRESS
        "0800080000000000" + // no flags
        "140006000a0000000a0000000000000000000000" + // preferred and valid for 10 s
        "05000b0070000000", // IFA_PROTO
    );
  });

  test("an ipv6 address for ever, without duplicate address detection", () => {
    const body = putAddressBody({ linkIndex: 13, address: ip("2001:db8::9"), prefixLength: 128 });
    const address = "20010db8000000000000000000000009";
    expect(written(body)).toBe(
      `0a800200${"0d000000"}14000200${address}14000100${address}0800080002000000${"05000b0070000000"}`,
    );
  });

  test("a removal", () => {
    const body = removeAddressBody({ linkIndex: 1, address: ip("10.0.0.1"), prefixLength: 24 });
    expect(written(body)).toBe("0218000001000000080002000a000001080001000a000001");
  });

  test("questions: links without their counters, addresses of all families", () => {
    expect(written(linksBody())).toBe(`${"00".repeat(16)}08001d0008000000`);
    expect(written(addressesBody())).toBe("00".repeat(8));
  });
});

// Captured from Linux 7.2, links without the attributes that nobody reads.
describe("what route netlink tells", () => {
  const up =
    "000001000d0000004310010000000000090003006574683000000000080004007805000008003200440000000a0001000200000000070000";

  test("a link that is up and has a carrier", () => {
    const link = {
      index: 13,
      name: "eth0",
      up: true,
      running: true,
      mtu: 1400,
      hardwareAddress: new Uint8Array([2, 0, 0, 0, 0, 7]),
    };
    expect(change(routeMessage.newLink, up)).toEqual({ kind: "link", link });
    expect(change(routeMessage.removeLink, up)).toEqual({ kind: "link-removed", index: 13 });
  });

  test("a link without a carrier is not running, one that is down neither, whatever it says", () => {
    const states = ["03100100", "02100100", "42100100"].map((flags) =>
      change(routeMessage.newLink, up.replace("43100100", flags)),
    );
    expect(states.map((found) => found?.kind === "link" && [found.link.up, found.link.running])).toEqual([
      [true, false],
      [false, false],
      [false, false],
    ]);
  });

  test("a port that leaves a bridge is not a link that is removed", () => {
    expect(change(routeMessage.removeLink, `07${up.slice(2)}`)).toBeUndefined();
  });

  const facts = { linkIndex: 13, secondary: false, tentative: false, duplicate: false };

  test("an ipv4 address with a lifetime, and the secondary one after it", () => {
    const first =
      "021800000d000000080001000a010009080002000a0100090900030065746830000000000800080000000000140006003c0000003c0000006900000069000000";
    expect(change(routeMessage.newAddress, first)).toEqual({
      kind: "address",
      address: { ...facts, address: ip("10.1.0.9"), prefixLength: 24, validFor: seconds(60) },
    });
    const second =
      "021881000d000000080001000a01000a080002000a01000a090003006574683000000000080008008100000014000600ffffffffffffffff6b0000006b000000";
    expect(change(routeMessage.newAddress, second)).toEqual({
      kind: "address",
      address: { ...facts, address: ip("10.1.0.10"), prefixLength: 24, secondary: true },
    });
    expect(change(routeMessage.removeAddress, second)).toEqual({
      kind: "address-removed",
      linkIndex: 13,
      address: ip("10.1.0.10"),
      prefixLength: 24,
    });
  });

  const v6 =
    "0a8082000d0000001400010020010db800000000000000000000000914000600ffffffffffffffff6d0000006d0000000800080082000000";

  test("an ipv6 address, and one whose detection runs or has found a duplicate", () => {
    const address = { ...facts, address: ip("2001:db8::9"), prefixLength: 128 };
    expect(change(routeMessage.newAddress, v6)).toEqual({ kind: "address", address });
    const detecting = v6.replace("0800080082000000", "0800080048000000");
    expect(change(routeMessage.newAddress, detecting)).toEqual({
      kind: "address",
      address: { ...address, tentative: true, duplicate: true },
    });
  });

  test("a temporary ipv6 address is not a secondary one, although the flag is the same", () => {
    const temporary = change(routeMessage.newAddress, v6.replace("0800080082000000", "0800080081000000"));
    expect(temporary?.kind === "address" && temporary.address.secondary).toBe(false);
  });

  test("on a point-to-point link the address is ours and not the other end's", () => {
    const tunnel = "022000000d000000080001000a0100fe080002000a010001";
    expect(change(routeMessage.newAddress, tunnel)).toEqual({
      kind: "address",
      address: { ...facts, address: ip("10.1.0.1"), peer: ip("10.1.0.254"), prefixLength: 32 },
    });
  });

  test("what is about neither is nothing", () => {
    expect(change(24, up)).toBeUndefined();
  });

  test("whatever comes, reading it does not throw", () => {
    const types = fc.constantFrom(
      routeMessage.newLink,
      routeMessage.removeLink,
      routeMessage.newAddress,
      routeMessage.removeAddress,
    );
    const seeds = fc.constantFrom(up, v6).map((text) => Uint8Array.fromHex(text));
    const damaged = fc
      .tuple(seeds, fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }), fc.nat(60))
      .map(([seed, changes, end]) => {
        const copy = seed.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(
        types,
        fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })),
        (type, payload) => void readChange(message(type, payload)),
      ),
    );
  });
});

function written(body: WriteBody): string {
  const writer = new WordWriter();
  body(writer);
  return writer.written().toHex();
}

function change(type: number, hex: string): LinkChange | undefined {
  return readChange(message(type, Uint8Array.fromHex(hex)));
}

function message(type: number, payload: Uint8Array) {
  return { type, payload, sequence: 1, interrupted: false, answer: undefined };
}
