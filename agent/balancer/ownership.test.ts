// What is ours outlives the process, and what is not ours outlives us.

import { expect, test } from "bun:test";
import { put } from "../../test/balancer/behind-its-back.ts";
import { Director } from "../../test/balancer/director.ts";
import { balancer, realServer, service, virtualServer } from "../../test/balancer/model-builders.ts";
import { seconds } from "../base/duration.ts";

const a = realServer("10.9.0.11");
const b = realServer("10.9.0.12");
const web = virtualServer([a, b]);
const mail = virtualServer([a], service("10.9.0.101"));
const foreign = virtualServer([b], service("10.9.0.200"));

test("a new process adopts what it finds, repairs the difference, and removes what the old one left", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  put(director, foreign);
  director.restart();
  director.asked();
  expect(director.apply(balancer(virtualServer([a, { ...b, weight: 3 }])))).toEqual([]);
  expect(director.asked()).toEqual([
    "update-destination 10.9.0.12:80 of tcp 10.9.0.100:80",
    "remove-service tcp 10.9.0.101:80",
  ]);
  expect(director.destinations("tcp 10.9.0.200:80")).toEqual(["10.9.0.12:80 weight 1"]);
});

test("a service that we gave up is no longer ours: somebody else may make it, and keeps it", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.apply(balancer(web));
  expect(director.owned.names()).toEqual(["tcp 10.9.0.100:80"]);
  put(director, mail);
  director.clock.advance(seconds(60));
  expect(director.reconciler.stop({ keep: false })).toEqual([]);
  expect([...director.table().keys()]).toEqual(["tcp 10.9.0.101:80"]);
});

test("a requested stop removes our services and nobody else's", () => {
  const director = new Director();
  put(director, foreign);
  director.apply(balancer(web, mail));
  expect(director.reconciler.stop({ keep: false })).toEqual([]);
  expect([...director.table().keys()]).toEqual(["tcp 10.9.0.200:80"]);
  expect(director.owned.names()).toEqual([]);
});

test("a stop removes what a former process left, and does not mind what is gone already", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.ipvs.apply([{ kind: "remove-service", key: mail.service.key }]);
  expect(director.reconciler.stop({ keep: false })).toEqual([]);
  expect(director.table().size).toBe(0);
  director.owned.keys = [web.service.key];
  put(director, web);
  director.restart();
  expect(director.reconciler.stop({ keep: false })).toEqual([]);
  expect(director.table().size).toBe(0);
  expect(director.owned.names()).toEqual([]);
});

test("a stop that the kernel refuses says so, and remembers what is left", () => {
  const director = new Director();
  director.apply(balancer(web, mail));
  director.ipvs.behaviour = {
    ...director.ipvs.behaviour,
    refuse: (operation) => ("key" in operation && operation.key === mail.service.key ? "EPERM" : undefined),
  };
  expect(director.reconciler.stop({ keep: false })).toMatchObject([
    { operation: "remove service", object: "tcp 10.9.0.101:80", cause: { code: "EPERM" } },
  ]);
  expect(director.owned.names()).toEqual(["tcp 10.9.0.101:80"]);
});

test("a stop that keeps, or a hand-over, leaves the table and the note", () => {
  const director = new Director();
  director.apply(balancer(web));
  expect(director.reconciler.stop({ keep: true })).toEqual([]);
  expect(director.destinations()).toHaveLength(2);
  expect(director.owned.names()).toEqual(["tcp 10.9.0.100:80"]);
  expect(director.clock.nextDeadline()).toBeUndefined();
});
