import { expect, test } from "bun:test";
import { countLooks, destination, put, watch } from "../../test/balancer/behind-its-back.ts";
import { Director } from "../../test/balancer/director.ts";
import { balancer, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { milliseconds, seconds } from "../base/duration.ts";
import { OperationError } from "../base/errors.ts";

const a = realServer("10.9.0.11");
const b = realServer("10.9.0.12");
const web = virtualServer([a, b]);
const mail = virtualServer([a], service("10.9.0.101"));
const foreign = virtualServer([b], service("10.9.0.200"));

test("a configuration is in the kernel when apply returns", () => {
  const director = new Director();
  expect(director.apply(balancer(web))).toEqual([]);
  expect(director.destinations()).toEqual(["10.9.0.11:80 weight 1", "10.9.0.12:80 weight 1"]);
  expect(director.owned.names()).toEqual(["tcp 10.9.0.100:80"]);
  expect(director.happened("ipvs-applied")).toMatchObject([{ added: 3, updated: 0, removed: 0 }]);
});

test("applying it again writes nothing", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.asked();
  const writes = director.owned.writes;
  expect(director.apply(balancer(web, mail))).toEqual([]);
  expect(director.asked()).toEqual([]);
  expect(director.owned.writes).toBe(writes);
  expect(director.happened("ipvs-applied")).toHaveLength(1);
});

test("a push reads only the services that it changes, and everything is looked at soon after", () => {
  const director = new Director();
  const servers = Array.from({ length: 9 }, (_, index) => virtualServer([a, b], service(`10.9.1.${index + 1}`)));
  director.apply(balancer(...servers));
  director.clock.advance(seconds(20));
  put(director, foreign);
  director.ipvs.apply([
    { kind: "remove-destination", key: service("10.9.1.1").key, destination: destination(b) },
    { kind: "remove-destination", key: service("10.9.1.9").key, destination: destination(b) },
  ]);
  const looks = countLooks(director);
  director.asked();
  const heavier = virtualServer([{ ...a, weight: 5 }, b], service("10.9.1.1"));
  expect(director.apply(balancer(heavier, ...servers.slice(1)))).toEqual([]);
  expect(director.asked()).toEqual([
    "add-destination 10.9.0.12:80 of tcp 10.9.1.1:80",
    "update-destination 10.9.0.11:80 of tcp 10.9.1.1:80",
  ]);
  expect(looks).toEqual({ everything: 0, services: ["tcp 10.9.1.1:80"] });
  director.clock.advance(seconds(1));
  expect(looks.everything).toBe(1);
  expect(director.asked()).toEqual(["add-destination 10.9.0.12:80 of tcp 10.9.1.9:80"]);
  expect(director.happened("ipvs-drift")).toHaveLength(1);
});

test("a push that changes most services reads their settings only, and what somebody else changed meanwhile is put right all the same", () => {
  const director = new Director();
  const servers = (weight: number) =>
    Array.from({ length: 9 }, (_, index) =>
      virtualServer(
        [
          { ...a, weight },
          { ...b, weight },
        ],
        service(`10.9.1.${index + 1}`),
      ),
    );
  director.apply(balancer(...servers(1)));
  director.clock.advance(seconds(20));
  director.ipvs.apply([
    { kind: "remove-service", key: service("10.9.1.1").key },
    { kind: "update-service", service: service("10.9.1.2", { scheduler: "sh" }) },
  ]);
  const looks = countLooks(director);
  expect(director.apply(balancer(...servers(2)))).toEqual([]);
  expect(looks).toEqual({ everything: 0, services: [] });
  director.ipvs.apply([{ kind: "remove-destination", key: service("10.9.1.3").key, destination: destination(b) }]);
  expect(director.apply(balancer(...servers(3)))).toEqual([]);
  expect(looks.everything).toBe(1);
  for (const { name } of servers(3))
    expect(director.destinations(name)).toEqual(["10.9.0.11:80 weight 3", "10.9.0.12:80 weight 3"]);
  expect([...director.table().values()].map(({ service: { scheduler } }) => scheduler)).toEqual(Array(9).fill("rr"));
});

test("pushes that follow each other have everything looked at every ten seconds, not with each of them", () => {
  const director = new Director();
  const pushes = (count: number) => {
    for (let push = 0; push < count; push++) {
      director.apply(
        balancer(virtualServer([{ ...a, weight: 2 + (push % 2) }]), mail, foreign, {
          ...web,
          service: service("10.9.0.150"),
        }),
      );
      director.clock.advance(seconds(1));
    }
  };
  pushes(1);
  const looks = countLooks(director);
  pushes(30);
  expect(looks.everything).toBe(3);
});

test("a service is written down as ours before it is created", () => {
  const director = new Director();
  const noted: string[][] = [];
  watch(director, () => void noted.push(director.owned.names()));
  director.apply(balancer(web));
  expect(noted[0]).toEqual(["tcp 10.9.0.100:80"]);
});

test("when it cannot be written down, nothing is created", () => {
  const director = new Director();
  director.owned.failure = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  expect(director.apply(balancer(web))).toEqual([
    {
      operation: "write down",
      object: "which services are the agent's",
      cause: { code: "ENOSPC", text: "no space left on device" },
    },
  ]);
  expect(director.asked()).toEqual([]);
});

test("verdicts of one turn become one change of the kernel, without asking it for its table", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.asked();
  director.ipvs.observe = () => {
    throw new Error("the whole table was asked for");
  };
  director.down.add("10.9.0.11:80");
  director.reconciler.verdictChanged(web);
  director.reconciler.verdictChanged(mail);
  director.reconciler.verdictChanged(web);
  director.clock.advance(milliseconds(0));
  expect(director.asked()).toEqual([
    "remove-destination 10.9.0.11:80 of tcp 10.9.0.100:80",
    "remove-destination 10.9.0.11:80 of tcp 10.9.0.101:80",
  ]);
  expect(director.happened("ipvs-applied")).toHaveLength(2);
});

test("a verdict that changed back before the next turn changes nothing", () => {
  const director = new Director();
  director.apply(balancer(web));
  director.asked();
  director.down.add("10.9.0.11:80");
  director.reconciler.verdictChanged(web);
  director.down.clear();
  director.reconciler.verdictChanged(web);
  director.clock.advance(milliseconds(0));
  expect(director.asked()).toEqual([]);
});

test("a push that the kernel refuses in part is taken back, and the former configuration goes on", () => {
  const director = new Director();
  director.apply(balancer(web));
  const odd = virtualServer([a], service("10.9.0.102", { scheduler: "odd" }));
  const failures = director.apply(balancer(virtualServer([a]), mail, odd));
  expect(failures.map(({ operation, object, cause }) => [operation, object, cause.code])).toEqual([
    ["add service", "tcp 10.9.0.102:80", "ENOENT"],
    ["add destination", "10.9.0.11:80 of tcp 10.9.0.102:80", "ESRCH"],
  ]);
  expect([...director.table().keys()]).toEqual(["tcp 10.9.0.100:80"]);
  expect(director.destinations()).toEqual(["10.9.0.11:80 weight 1", "10.9.0.12:80 weight 1"]);
  expect(director.owned.names()).toEqual(["tcp 10.9.0.100:80"]);
  expect(director.reconciler.running).toEqual(balancer(web));
});

test("a push that is taken back gives a service that was somebody else's back as it was", () => {
  const director = new Director();
  director.apply(balancer(web));
  put(director, virtualServer([{ ...b, weight: 7 }], service("10.9.0.101")));
  const odd = virtualServer([a], service("10.9.0.102", { scheduler: "odd" }));
  expect(director.apply(balancer(web, mail, odd))).not.toEqual([]);
  expect(director.destinations("tcp 10.9.0.101:80")).toEqual(["10.9.0.12:80 weight 7"]);
  expect(director.owned.names()).toEqual(["tcp 10.9.0.100:80"]);
});

test("of the first configuration after a start, what can be had stays, and the rest is tried again until it works", () => {
  const director = new Director();
  director.ipvs.behaviour = { ...director.ipvs.behaviour, schedulers: new Set(["rr"]) };
  const hashed = virtualServer([b], service("10.9.0.101", { scheduler: "sh" }));
  expect(director.apply(balancer(web, hashed))).not.toEqual([]);
  expect(director.destinations()).toHaveLength(2);
  director.clock.advance(seconds(30));
  const refusals = director.happened("ipvs-refused").length;
  director.clock.advance(seconds(120));
  expect(director.happened("ipvs-refused")).toHaveLength(refusals);
  expect(director.happened("ipvs-drift")).toEqual([]);
  director.ipvs.behaviour = { ...director.ipvs.behaviour, schedulers: new Set(["rr", "sh"]) };
  director.clock.advance(seconds(60));
  expect(director.destinations("tcp 10.9.0.101:80")).toEqual(["10.9.0.12:80 weight 1"]);
});

test("a refused verdict change is tried again, later and later, until the kernel takes it", () => {
  const director = new Director();
  director.apply(balancer(web));
  director.asked();
  director.ipvs.behaviour = { ...director.ipvs.behaviour, refuse: () => "ENOMEM" };
  director.down.add("10.9.0.11:80");
  director.reconciler.verdictChanged(web);
  director.clock.advance(seconds(60));
  expect(director.asked().length).toBeLessThan(20);
  expect(director.happened("ipvs-refused")).toHaveLength(1);
  director.ipvs.behaviour = { ...director.ipvs.behaviour, refuse: () => undefined };
  director.clock.advance(seconds(60));
  expect(director.destinations()).toEqual(["10.9.0.12:80 weight 1"]);
});

test("a kernel that cannot be asked is a failure that changes nothing, and is asked again", () => {
  const director = new Director();
  const failure = { operation: "list services", object: "ipvs", cause: { code: "EPERM" } };
  director.ipvs.behaviour = { ...director.ipvs.behaviour, unavailable: new OperationError(failure) };
  expect(director.apply(balancer(web))).toEqual([failure]);
  const { unavailable: _, ...available } = director.ipvs.behaviour;
  director.ipvs.behaviour = available;
  director.clock.advance(seconds(1));
  expect(director.destinations()).toHaveLength(2);
});

test("a director that balances nothing never touches ipvs, which its kernel need not have", () => {
  const director = new Director();
  const failure = { operation: "list services", object: "ipvs", cause: { code: "ENOENT" } };
  director.ipvs.behaviour = { ...director.ipvs.behaviour, unavailable: new OperationError(failure) };
  expect(director.apply(balancer())).toEqual([]);
  director.clock.advance(seconds(600));
  expect(director.reconciler.stop({ keep: false })).toEqual([]);
  expect(director.events).toEqual([]);
});

test("a dry run says what would be done and does nothing", () => {
  const director = new Director();
  director.apply(balancer(web));
  director.asked();
  const operations = director.reconciler.plan(balancer(virtualServer([a])));
  expect(operations).toEqual([{ kind: "remove-destination", key: web.service.key, destination: destination(b) }]);
  expect(director.asked()).toEqual([]);
  expect(director.destinations()).toHaveLength(2);
});

test("the view shows the kernel's weights and connections beside what is configured", () => {
  const director = new Director();
  const kept = { ...a, inhibitOnFailure: true, weight: 4 };
  director.down.add("10.9.0.11:80").add("10.9.0.12:80");
  director.apply(balancer(virtualServer([kept, b])));
  director.ipvs.setConnections(web.service.key, kept, { activeConnections: 2, inactiveConnections: 3 });
  const verdict = { up: false, reason: "connection refused", since: 5 };
  const shared = { forwarding: "masquerade", ...verdict };
  expect(director.reconciler.views(() => verdict)).toEqual([
    {
      name: "tcp 10.9.0.100:80",
      service: "tcp 10.9.0.100:80",
      scheduler: "rr",
      present: true,
      quorum: { up: false, weight: 0, quorum: 1, hysteresis: 0 },
      realServers: [
        {
          name: "10.9.0.11:80",
          configuredWeight: 4,
          weight: 0,
          activeConnections: 2,
          inactiveConnections: 3,
          ...shared,
        },
        { name: "10.9.0.12:80", configuredWeight: 1, activeConnections: 0, inactiveConnections: 0, ...shared },
      ],
    },
  ]);
});
