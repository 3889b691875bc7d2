import { expect, test } from "bun:test";
import { realServer } from "../../../test/balancer/model-builders.ts";
import { aliveWeight, hasQuorum } from "./quorum.ts";

const needs = { quorum: 7, hysteresis: 2 };

test("a quorum that is there is lost below the quorum less the hysteresis, and no sooner", () => {
  expect([6, 5, 4].map((weight) => hasQuorum(needs, weight, true))).toEqual([true, true, false]);
});

test("a quorum that is lost is back at the quorum and the hysteresis together, and no sooner", () => {
  expect([7, 8, 9].map((weight) => hasQuorum(needs, weight, false))).toEqual([false, false, true]);
});

test("without a hysteresis it is there exactly while the weight reaches it", () => {
  for (const before of [true, false])
    expect([0, 1].map((weight) => hasQuorum({ quorum: 1, hysteresis: 0 }, weight, before))).toEqual([false, true]);
});

test("only real servers that are up count, each with its weight", () => {
  const realServers = [realServer("10.9.0.11", { weight: 3 }), realServer("10.9.0.12", { weight: 5 })];
  expect(aliveWeight({ realServers }, ({ name }) => name === "10.9.0.12:80")).toBe(5);
});
