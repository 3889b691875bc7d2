import { expect, test } from "bun:test";
import type { Event } from "../../events/event.ts";
import type { Gate } from "./confirmation.ts";
import { emptyRecord, judge } from "./health-gate.ts";

const strict: Gate = {
  durationMs: 30_000,
  maxFailedRealServers: 0,
  ignoreQuorum: false,
  ignoreMastership: false,
  until: 30_000,
  sequence: 0,
  masters: ["web"],
  others: ["db"],
};

const state = (instance: string, from: "master" | "backup", to: "master" | "backup", removed?: true): Event => ({
  kind: "vrrp-state-changed",
  instance,
  from,
  to,
  reason: "of a test",
  priority: 100,
  ...(removed && { removed }),
});
const quorum: Event = { kind: "quorum-changed", virtualServer: "www", up: false, weight: 0, quorum: 1, hysteresis: 0 };
const failed: Event = { kind: "real-server-changed", virtualServer: "www", realServer: "a", up: false, reason: "x" };

test.each([
  ["a master that is one no longer", strict, [state("web", "master", "backup")], "instance web is no longer master"],
  ["a backup that became master", strict, [state("db", "backup", "master")], "instance db became master"],
  ["a lost quorum", strict, [quorum], "virtual server www lost its quorum"],
  ["a failed real server", strict, [failed], "1 real servers failed, 0 may: www -> a"],
] as const)("%s is an objection", (_, gate, events, objection) => {
  const record = events.reduce((before, event) => judge(gate, before, event), emptyRecord);
  expect(record.objection).toStartWith(objection);
});

test.each([
  ["an instance that is removed with the change", strict, [state("web", "master", "backup", true)]],
  ["a new instance that becomes master", strict, [state("new", "backup", "master")]],
  ["a quorum that does not matter", { ...strict, ignoreQuorum: true }, [quorum]],
  ["mastership that does not matter", { ...strict, ignoreMastership: true }, [state("web", "master", "backup")]],
  ["a real server that fails twice where one may", { ...strict, maxFailedRealServers: 1 }, [failed, failed]],
] as const)("%s is none", (_, gate, events) => {
  const record = events.reduce((before, event) => judge(gate, before, event), emptyRecord);
  expect(record.objection).toBeUndefined();
});
