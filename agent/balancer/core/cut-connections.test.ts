import { expect, test } from "bun:test";
import { realServer, service } from "../../../test/balancer/model-builders.ts";
import type { IpvsOperation } from "../../kernel/ipvs.ts";
import { MemoryIpvs } from "../../kernel/memory/ipvs.ts";
import { cutConnections } from "./cut-connections.ts";

const web = service();
const other = service("10.9.0.101");
const [a, b] = [realServer(), realServer("10.9.0.12")];

/** Two services with the same two destinations: 1 and 20 connections of the first, 300 and 4,000 of the second. */
function kernel(): MemoryIpvs {
  const ipvs = new MemoryIpvs();
  const connections = [1, 20, 300, 4000];
  for (const { key } of [web, other]) {
    ipvs.apply([{ kind: "add-service", service: { ...web, key } }]);
    for (const destination of [a, b]) {
      ipvs.apply([{ kind: "add-destination", key, destination }]);
      ipvs.setConnections(key, destination, { activeConnections: connections.shift() ?? 0, inactiveConnections: 7 });
    }
  }
  return ipvs;
}

test.each<[string, number, IpvsOperation[]]>([
  ["a destination takes its own", 20, [{ kind: "remove-destination", key: web.key, destination: b }]],
  ["a service takes those of all its destinations", 4300, [{ kind: "remove-service", key: other.key }]],
  ["what is changed or added takes none", 0, [{ kind: "update-destination", key: web.key, destination: a }]],
])("established connections that end with a removal: %s", (_, count, operations) => {
  expect(cutConnections(operations, kernel().observe())).toBe(count);
});
