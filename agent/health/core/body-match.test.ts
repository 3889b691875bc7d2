import { expect, test } from "bun:test";
import type { BodyMatchModel } from "../../config/model.ts";
import { matchBody, matchJson } from "./body-match.ts";

const usual: BodyMatchModel = {
  pattern: "o+k",
  flags: "",
  absent: false,
  leastOffset: 0,
  mostOffset: undefined,
  firstLine: false,
};

test("a pattern is looked for between its offsets, and may be asked to be absent", () => {
  const passes = (change: Partial<BodyMatchModel>, body: string) => matchBody({ ...usual, ...change }, body).ok;
  expect(passes({}, "all ook")).toBe(true);
  expect(passes({}, "ALL OOK")).toBe(false);
  expect(passes({ flags: "i" }, "ALL OOK")).toBe(true);
  expect(passes({ absent: true }, "all ook")).toBe(false);
  expect(passes({ absent: true }, "a fault")).toBe(true);
  expect(passes({ leastOffset: 5 }, "ok then ok")).toBe(true);
  expect(passes({ leastOffset: 9 }, "ok then ok")).toBe(false);
  expect(passes({ mostOffset: 3 }, "then ok")).toBe(false);
  expect(passes({ firstLine: true }, "one\nok")).toBe(false);
  expect(matchBody(usual, "a fault")).toEqual({ ok: false, error: "body does not match /o+k/" });
});

test("values of a JSON body are compared by their paths", () => {
  const json = (path: string, equals: string, body = '{"status":"up","checks":[{"n":1,"ok":true}]}') =>
    matchJson([{ path, equals }], body);
  expect(json("status", "up").ok).toBe(true);
  expect(json("checks[0].n", "1").ok).toBe(true);
  expect(json("checks[0].ok", "true").ok).toBe(true);
  expect(json("status", "down")).toEqual({ ok: false, error: "body has up at status, expected down" });
  expect(json("checks[1].n", "1")).toEqual({ ok: false, error: "body has nothing at checks[1].n" });
  expect(json("toString", "x").ok).toBe(false);
  expect(json("a", "b", "<html>")).toEqual({ ok: false, error: "body is not JSON" });
});
