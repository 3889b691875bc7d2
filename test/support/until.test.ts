import { expect, test } from "bun:test";
import { until } from "./until.ts";

test("waiting returns the first answer that is not undefined, null or false", async () => {
  const answers = [undefined, null, false, 0];
  expect(await until(() => answers.shift(), { what: "an answer comes", everyMs: 1 })).toBe(0);
});

test("waiting in vain says what was awaited and shows the evidence", async () => {
  const vain = until(() => false, { what: "pigs fly", timeoutMs: 5, everyMs: 1, evidence: () => "they walk\n" });
  await expect(vain).rejects.toThrow("waited 5 ms in vain until pigs fly\nthey walk");
});

test("an error of the condition ends the waiting", async () => {
  const failing = () => {
    throw new Error("the server has died");
  };
  await expect(until(failing, { what: "it answers" })).rejects.toThrow("the server has died");
});
