import { expect, test } from "bun:test";
import { balancer, realServer, service, verdicts, virtualServer } from "../../../test/balancer/model-builders.ts";
import { ip } from "../../base/address.ts";
import type { RealServerModel, VirtualServerModel } from "../../config/model.ts";
import { destinationKeyText, type ServiceKey } from "../../kernel/ipvs.ts";
import { desiredTable } from "./desired.ts";

const all = verdicts(() => true);
const https: ServiceKey = { kind: "address", protocol: "tcp", address: ip("10.9.0.101"), port: 443 };
const mark: ServiceKey = { kind: "mark", mark: 7, family: "ipv4" };

const several = (realServers: readonly RealServerModel[]): VirtualServerModel => ({
  ...virtualServer(realServers, service("10.9.0.100")),
  furtherKeys: [https, mark],
});

function destinations(model: VirtualServerModel, of = all): Record<string, string[]> {
  const table = desiredTable(balancer(model), of);
  return Object.fromEntries([...table].map(([key, entry]) => [key, entry.destinations.map(destinationKeyText)]));
}

test("each service of several has all real servers, with their own port where addresses are translated", () => {
  expect(destinations(several([realServer("10.9.0.11", { port: 8080 })]))).toEqual({
    "tcp 10.9.0.100:80": ["10.9.0.11:8080"],
    "tcp 10.9.0.101:443": ["10.9.0.11:8080"],
    "mark 7 ipv4": ["10.9.0.11:8080"],
  });
});

test("without translation packets keep the port of each service, and with a mark any", () => {
  expect(destinations(several([realServer("10.9.0.11", { forwarding: { method: "direct" } })]))).toEqual({
    "tcp 10.9.0.100:80": ["10.9.0.11:80"],
    "tcp 10.9.0.101:443": ["10.9.0.11:443"],
    "mark 7 ipv4": ["10.9.0.11:0"],
  });
});

test("the sorry server stands in for all of them, in each service", () => {
  const { name, address, port, forwarding } = realServer("10.9.0.99", { forwarding: { method: "direct" } });
  const model = { ...several([realServer()]), sorryServer: { name, address, port, forwarding, inhibit: false } };
  expect(
    destinations(
      model,
      verdicts(() => false),
    ),
  ).toEqual({
    "tcp 10.9.0.100:80": ["10.9.0.99:80"],
    "tcp 10.9.0.101:443": ["10.9.0.99:443"],
    "mark 7 ipv4": ["10.9.0.99:0"],
  });
});

test("services that are known and right are taken as they are, further ones too", () => {
  const model = balancer(several([realServer("10.9.0.11", { forwarding: { method: "direct" } })]));
  const known = desiredTable(model, all);
  for (const [key, entry] of desiredTable(model, all, known)) expect(entry).toBe(known.get(key) as typeof entry);
});
