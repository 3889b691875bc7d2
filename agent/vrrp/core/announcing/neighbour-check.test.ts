import { expect, test } from "bun:test";
import { ip } from "../../../base/address.ts";
import { instant } from "../../../base/duration.ts";
import { NeighbourCheck, questionFrame } from "./neighbour-check.ts";

const question = { owner: "web", address: ip("10.9.0.100"), neighbour: ip("10.9.0.254") };
const nobody = { again: [], silent: [] };

test("who answers has learnt it, and is asked no more", () => {
  const check = new NeighbourCheck<string>();
  check.ask(question, instant(0));
  expect(check.answered(question.address, ip("10.9.0.253"))).toBeUndefined();
  expect(check.answered(question.address, question.neighbour)).toMatchObject(question);
  expect([check.nextDeadline(), check.due(instant(5000))]).toEqual([undefined, nobody]);
});

test("who does not answer is asked three times, a second apart, and then counts as silent", () => {
  const check = new NeighbourCheck<string>();
  check.ask(question, instant(0));
  for (const at of [0, 1000, 2000]) expect(check.due(instant(at)).again).toMatchObject([question]);
  expect(check.due(instant(2999))).toEqual(nobody);
  expect(check.due(instant(3000)).silent).toMatchObject([question]);
  expect(check.neighbours()).toEqual([]);
});

test("what a master has asked is of no interest when it is none any more", () => {
  const check = new NeighbourCheck<string>();
  check.ask(question, instant(0));
  check.forget("web");
  expect(check.nextDeadline()).toBeUndefined();
});

test("the question comes from the address itself, so that whoever answers has taken note of it", () => {
  const mac = Uint8Array.from([2, 0, 0, 0, 0, 9]);
  expect(questionFrame(mac, question.address, question.neighbour).toHex()).toBe(
    "ffffffffffff0200000000090806" + "0001080006040001" + "0200000000090a090064" + "0000000000000a0900fe",
  );
});
