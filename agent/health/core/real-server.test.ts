import { expect, test } from "bun:test";
import { realServerVerdict } from "./real-server.ts";

const up = (reason: string, since: number) => ({ up: true, reason, since });
const down = (reason: string, since: number) => ({ up: false, reason, since });

test("a real server is up only while all its checkers say up, since the last of them came", () => {
  expect(realServerVerdict([up("a", 5), up("b", 9)], 1)).toEqual(up("b", 9));
});

test("one checker is enough to take it out, and the first that went down is the reason", () => {
  expect(realServerVerdict([up("a", 5), down("b", 9), down("c", 7)], 1)).toEqual(down("c", 7));
});

test("without checkers it is always up", () => {
  expect(realServerVerdict([], 1)).toEqual(up("no checker is configured", 1));
});
