import { expect, test } from "bun:test";
import { parseAddress } from "../base/address.ts";
import type { Destination, IpvsOperation, ServiceKey } from "../kernel/ipvs.ts";
import { plannedOperations, totalOf } from "./planned-operations.ts";

function address(text: string) {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

const key: ServiceKey = { kind: "address", protocol: "tcp", address: address("10.9.0.100"), port: 80 };
const other: ServiceKey = { ...key, port: 443 };

function destination(last: number, weight = 1): Destination {
  const forwarding = { method: "direct" } as const;
  return { address: address(`10.9.0.${last}`), port: 80, weight, forwarding, upperThreshold: 0, lowerThreshold: 0 };
}

const operations: readonly IpvsOperation[] = [
  { kind: "add-destination", key, destination: destination(11) },
  { kind: "add-destination", key, destination: destination(12) },
  { kind: "update-destination", key: other, destination: destination(11) },
  { kind: "remove-service", key: other },
];

test("a plan says how much it is, and has its first operations", () => {
  const plan = plannedOperations(operations, 2);
  expect(plan).toMatchObject({ counts: { added: 2, updated: 1, removed: 1 }, first: operations.slice(0, 2) });
  expect(totalOf(plan)).toBe(4);
});

test("the same operations have the same digest, and others another one, also where they are not shown", () => {
  const { digest } = plannedOperations(operations, 1);
  expect(plannedOperations(structuredClone(operations), 1).digest).toBe(digest);
  const changed: readonly (readonly IpvsOperation[])[] = [
    operations.slice(0, 3),
    operations.toReversed(),
    operations.with(3, { kind: "remove-service", key }),
    operations.with(1, { kind: "add-destination", key, destination: destination(12, 2) }),
    operations.with(1, { kind: "update-destination", key, destination: destination(12) }),
    operations.with(1, { kind: "add-destination", key: other, destination: destination(12) }),
  ];
  expect(new Set([digest, ...changed.map((one) => plannedOperations(one, 1).digest)]).size).toBe(changed.length + 1);
});

test("every field of a destination counts in the digest", () => {
  const tunnel = { method: "tunnel", type: "gue", port: 6080, checksum: "none" } as const;
  const whole: Required<Destination> = { ...destination(11), forwarding: tunnel };
  const others: { readonly [Field in keyof Destination]: Destination[Field] } = {
    address: address("10.9.0.12"),
    port: 81,
    weight: 2,
    forwarding: { ...tunnel, port: 6081 },
    upperThreshold: 9,
    lowerThreshold: 8,
  };
  const changed = Object.entries(others).map(([field, value]) => ({ ...whole, [field]: value }));
  const digestOf = (one: Destination) => plannedOperations([{ kind: "add-destination", key, destination: one }]).digest;
  expect(new Set([whole, ...changed].map(digestOf)).size).toBe(7);
});
