// Somebody else's hands on the table: noticed, told and put right.

import { expect, test } from "bun:test";
import { countLooks, destination, put } from "../../test/balancer/behind-its-back.ts";
import { Director } from "../../test/balancer/director.ts";
import { balancer, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { milliseconds, seconds } from "../base/duration.ts";

const a = realServer("10.9.0.11");
const b = realServer("10.9.0.12");
const web = virtualServer([a, b]);
const mail = virtualServer([a], service("10.9.0.101"));
const foreign = virtualServer([b], service("10.9.0.200"));

test("a verdict on a service that somebody edited is carried out all the same, and the edit is drift", () => {
  const director = new Director();
  director.apply(balancer(web));
  director.ipvs.apply([{ kind: "remove-destination", key: web.service.key, destination: destination(a) }]);
  director.down.add("10.9.0.11:80");
  director.reconciler.verdictChanged(web);
  director.clock.advance(milliseconds(0));
  expect(director.destinations()).toEqual(["10.9.0.12:80 weight 1"]);
  director.down.add("10.9.0.12:80");
  director.ipvs.apply([{ kind: "remove-service", key: web.service.key }]);
  director.reconciler.verdictChanged(web);
  director.clock.advance(milliseconds(0));
  expect(director.destinations()).toEqual([]);
  expect(director.happened("ipvs-drift")).toEqual([
    { kind: "ipvs-drift", object: "tcp 10.9.0.100:80", found: "nothing", expected: "rr" },
  ]);
});

test("a table that somebody cleared is back within five seconds", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.clock.advance(seconds(20));
  director.ipvs.apply([web, mail].map(({ service: { key } }) => ({ kind: "remove-service", key })));
  director.clock.advance(seconds(5));
  expect([...director.table()].map(([key, { destinations }]) => [key, destinations.length])).toEqual([
    ["tcp 10.9.0.100:80", 2],
    ["tcp 10.9.0.101:80", 1],
  ]);
  expect(director.happened("ipvs-drift")).toEqual(
    ["tcp 10.9.0.100:80", "tcp 10.9.0.101:80"].map((object) => ({
      kind: "ipvs-drift",
      object,
      found: "nothing",
      expected: "rr",
    })),
  );
});

test("another scheduler is seen within five seconds, and what else is wrong with it", () => {
  const director = new Director();
  const servers = Array.from({ length: 40 }, (_, index) => virtualServer([a, b], service(`10.9.1.${index + 1}`)));
  director.apply(balancer(...servers));
  director.asked();
  director.ipvs.apply([
    { kind: "update-service", service: service("10.9.1.7", { scheduler: "sh" }) },
    { kind: "remove-destination", key: service("10.9.1.40").key, destination: destination(a) },
  ]);
  director.asked();
  director.clock.advance(seconds(5));
  expect(director.asked()).toEqual([
    "add-destination 10.9.0.11:80 of tcp 10.9.1.40:80",
    "update-service tcp 10.9.1.7:80",
  ]);
});

test("as long as nothing is wrong, the whole table is never read, and each service's destinations once a minute", () => {
  const director = new Director();
  const servers = Array.from({ length: 24 }, (_, index) => virtualServer([a, b], service(`10.9.1.${index + 1}`)));
  director.apply(balancer(...servers));
  put(director, foreign);
  const looks = countLooks(director);
  director.clock.advance(seconds(60));
  expect(looks.everything).toBe(0);
  expect([...looks.services].sort()).toEqual(servers.map(({ name }) => name).sort());
  expect(director.happened("ipvs-drift")).toEqual([]);
});

test("drift of destinations is reported and repaired within a minute", () => {
  const director = new Director();
  director.apply(balancer(web));
  director.ipvs.apply([
    { kind: "update-destination", key: web.service.key, destination: { ...destination(a), weight: 9 } },
    { kind: "remove-destination", key: web.service.key, destination: destination(b) },
  ]);
  director.clock.advance(seconds(60));
  expect(director.destinations()).toEqual(["10.9.0.11:80 weight 1", "10.9.0.12:80 weight 1"]);
  const expected = "masquerade weight 1";
  expect(director.happened("ipvs-drift")).toEqual([
    { kind: "ipvs-drift", object: "10.9.0.12:80 of tcp 10.9.0.100:80", found: "nothing", expected },
    { kind: "ipvs-drift", object: "10.9.0.11:80 of tcp 10.9.0.100:80", found: "masquerade weight 9", expected },
  ]);
});
