import { expect, test } from "bun:test";
import { ip } from "../../base/address.ts";
import type { Destination, IpvsOperation, Service, ServiceKey } from "../ipvs.ts";
import { MemoryIpvs } from "../memory/ipvs.ts";
import { unsettled } from "./ipvs-unsettled.ts";

const key: ServiceKey = { kind: "address", protocol: "tcp", address: ip("10.9.0.100"), port: 80 };
const flags = { flag1: false, flag2: false, flag3: false, onePacket: false };
const web: Service = { key, scheduler: "wrr", flags };
const one: Destination = {
  address: ip("10.9.0.11"),
  port: 80,
  weight: 1,
  forwarding: { method: "direct" },
  upperThreshold: 0,
  lowerThreshold: 0,
};
const two: Destination = { ...one, address: ip("10.9.0.12") };

const addWeb: IpvsOperation = { kind: "add-service", service: web };
const add = (destination: Destination): IpvsOperation => ({ kind: "add-destination", key, destination });
const update = (destination: Destination): IpvsOperation => ({ kind: "update-destination", key, destination });
const remove = (destination: Destination): IpvsOperation => ({ kind: "remove-destination", key, destination });
const removeWeb: IpvsOperation = { kind: "remove-service", key };

function after(...operations: IpvsOperation[]) {
  const ipvs = new MemoryIpvs();
  ipvs.apply(operations);
  return ipvs.observe();
}

test("what the table shows is settled, the rest is not", () => {
  const table = after(addWeb, add(one));
  expect(unsettled([addWeb, add(one), add(two)], table)).toEqual([add(two)]);
  expect(unsettled([remove(one), remove(two)], table)).toEqual([remove(one)]);
  expect(unsettled([update({ ...one, weight: 2 })], table)).toEqual([update({ ...one, weight: 2 })]);
  expect(unsettled([{ kind: "update-service", service: { ...web, scheduler: "rr" } }, removeWeb], table)).toEqual([
    removeWeb,
  ]);
});

test("in an empty table removals are settled and wishes are not", () => {
  expect(unsettled([removeWeb], [])).toEqual([]);
  expect(unsettled([remove(one)], [])).toEqual([]);
  expect(unsettled([addWeb, add(one)], [])).toEqual([addWeb, add(one)]);
});

test("only the last wish for an object counts", () => {
  const table = after(addWeb, add(one));
  expect(unsettled([remove(one), add(one)], table)).toEqual([]);
  expect(unsettled([add(one), remove(one)], table)).toEqual([remove(one)]);
});

test("wishes for destinations of a service that is removed after them are settled with it", () => {
  expect(unsettled([addWeb, add(one), removeWeb], [])).toEqual([]);
  expect(unsettled([removeWeb, addWeb, add(one)], after(addWeb))).toEqual([add(one)]);
});
