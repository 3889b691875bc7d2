import { expect, test } from "bun:test";
import { balancer, realServer, service, verdicts, virtualServer } from "../../../test/balancer/model-builders.ts";
import { ip } from "../../base/address.ts";
import { seconds } from "../../base/duration.ts";
import type { BalancerModel, RealServerModel } from "../../config/model.ts";
import type { IpvsOperation } from "../../kernel/ipvs.ts";
import { desiredTable } from "./desired.ts";
import { objectText } from "./operation-text.ts";
import { plan } from "./plan.ts";
import type { Table } from "./table.ts";

const all = () => true;
const a = realServer("10.9.0.11");
const b = realServer("10.9.0.12");
const web = "tcp 10.9.0.100:80";

test("what is desired and there already needs nothing", () => {
  const table = desired(balancer(virtualServer([a, b])));
  expect(plan(table, table, new Set([web]))).toEqual([]);
});

test("an empty kernel gets each service before its destinations", () => {
  expect(planned(balancer(virtualServer([a, b])), new Map())).toEqual([
    "add-service tcp 10.9.0.100:80",
    "add-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "add-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
  ]);
});

test("additions come before changes, and removals last", () => {
  const before = desired(balancer(virtualServer([a, b]), virtualServer([a], service("10.9.0.101"))));
  const after = balancer(
    virtualServer([{ ...a, weight: 5 }, realServer("10.9.0.13")]),
    virtualServer([b], service("10.9.0.102")),
  );
  expect(planned(after, before, [web, "tcp 10.9.0.101:80"])).toEqual([
    "add-destination 10.9.0.13:80 of tcp 10.9.0.100:80",
    "add-service tcp 10.9.0.102:80",
    "add-destination 10.9.0.12:80 of tcp 10.9.0.102:80",
    "update-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
    "remove-service tcp 10.9.0.101:80",
  ]);
});

test("scheduler and persistence change in place", () => {
  const before = desired(balancer(virtualServer([a])));
  const persistence = { timeout: seconds(50), granularity: 32 };
  const after = balancer(virtualServer([a], service("10.9.0.100", { scheduler: "sh", persistence })));
  expect(planned(after, before)).toEqual(["update-service tcp 10.9.0.100:80"]);
  expect(planned(balancer(virtualServer([a])), desired(after))).toEqual(["update-service tcp 10.9.0.100:80"]);
});

test("weight, thresholds and forwarding method change in place", () => {
  const before = desired(balancer(virtualServer([a])));
  const changes: Partial<RealServerModel>[] = [
    { weight: 2 },
    { upperThreshold: 100, lowerThreshold: 10 },
    { forwarding: { method: "direct" } },
    { forwarding: { method: "tunnel", type: "ipip", port: 0, checksum: "none" } },
  ];
  for (const change of changes)
    expect(planned(balancer(virtualServer([{ ...a, ...change }])), before)).toEqual([
      "update-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    ]);
});

test("a service that is somebody else's is left alone, one that is desired is adopted and corrected", () => {
  const kernel = desired(balancer(virtualServer([a], service("10.9.0.200")), virtualServer([b])));
  expect(planned(balancer(virtualServer([a])), kernel, [])).toEqual([
    "add-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
  ]);
});

test("a real server that is down is removed, or keeps its connections with weight 0", () => {
  const before = desired(balancer(virtualServer([a, b])));
  const kept = { ...a, inhibitOnFailure: true };
  expect(
    plan(
      desiredTable(
        balancer(virtualServer([kept, b])),
        verdicts(() => false),
      ),
      before,
      new Set([web]),
    ),
  ).toEqual([
    { kind: "update-destination", key: service().key, destination: { ...destinationOf(a), weight: 0 } },
    { kind: "remove-destination", key: service().key, destination: destinationOf(b) },
  ]);
});

test("a service stays when all its real servers are down", () => {
  const table = desiredTable(
    balancer(virtualServer([a])),
    verdicts(() => false),
  );
  expect(plan(table, new Map(), new Set())).toEqual([{ kind: "add-service", service: service() }]);
});

test("what the kernel ignores or rounds is no difference", () => {
  const tunnel = (port: number, checksum: "none" | "full") =>
    realServer("10.9.0.11", { forwarding: { method: "tunnel", type: "ipip", port, checksum } });
  expect(
    planned(balancer(virtualServer([tunnel(6080, "full")])), desired(balancer(virtualServer([tunnel(0, "none")])))),
  ).toEqual([]);
  const persistent = (timeout: number) =>
    balancer(
      virtualServer([a], service("10.9.0.100", { persistence: { timeout: seconds(timeout), granularity: 32 } })),
    );
  expect(planned(persistent(1.5), desired(persistent(1)))).toEqual([]);
  expect(planned(persistent(2), desired(persistent(1)))).toEqual(["update-service tcp 10.9.0.100:80"]);
});

test("a tunnel's type, port and checksum are differences where the kernel acts on them", () => {
  const gue = (port: number, checksum: "none" | "full") =>
    balancer(
      virtualServer([realServer("10.9.0.11", { forwarding: { method: "tunnel", type: "gue", port, checksum } })]),
    );
  const update = ["update-destination 10.9.0.11:80 of tcp 10.9.0.100:80"];
  expect(planned(gue(6081, "none"), desired(gue(6080, "none")))).toEqual(update);
  expect(planned(gue(6080, "full"), desired(gue(6080, "none")))).toEqual(update);
  expect(planned(gue(6080, "full"), desired(gue(6080, "full")))).toEqual([]);
});

test("without a quorum the sorry server takes the place of the real servers; it comes before they go, and goes after they come", () => {
  const sorry = { name: "10.9.0.99:80", address: ip("10.9.0.99"), port: 80, inhibit: false } as const;
  const server = { ...virtualServer([a, b]), quorum: 2, sorryServer: { ...sorry, forwarding: a.forwarding } };
  const well = desiredTable(balancer(server), verdicts(all));
  const poor = desiredTable(
    balancer(server),
    verdicts(({ name }) => name === a.name),
  );
  expect(plan(poor, well, new Set([web])).map(textOf)).toEqual([
    "add-destination 10.9.0.99:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
  ]);
  expect(plan(well, poor, new Set([web])).map(textOf)).toEqual([
    "add-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "add-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.99:80 of tcp 10.9.0.100:80",
  ]);
  const inhibited = { ...server, sorryServer: { ...server.sorryServer, inhibit: true } };
  expect(plan(desiredTable(balancer(inhibited), verdicts(all)), poor, new Set([web])).map(textOf)).toContain(
    "update-destination 10.9.0.99:80 of tcp 10.9.0.100:80",
  );
});

function desired(model: BalancerModel): Table {
  return desiredTable(model, verdicts(all));
}

function planned(model: BalancerModel, observed: Table, owned: readonly string[] = [web]): string[] {
  return plan(desired(model), observed, new Set(owned)).map(textOf);
}

function textOf(one: IpvsOperation): string {
  return `${one.kind} ${objectText(one)}`;
}

function destinationOf({ address, port, weight, forwarding, upperThreshold, lowerThreshold }: RealServerModel) {
  return { address, port, weight, forwarding, upperThreshold, lowerThreshold };
}
