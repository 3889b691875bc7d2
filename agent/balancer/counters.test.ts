import { expect, test } from "bun:test";
import { counterNames } from "../kernel/ipvs.ts";
import { zeroCounters } from "../kernel/memory/ipvs.ts";
import { countersView } from "./counters.ts";

test("counters of several services are added up without losing a digit of 64 bits", () => {
  const counters = { ...zeroCounters, bytesIn: 18_446_744_073_709_551_000n };
  const view = countersView([counters, { ...zeroCounters, bytesIn: 615n, connections: 3n }]);
  expect(view?.[counterNames.indexOf("bytesIn")]).toBe("18446744073709551615");
  expect(view?.[counterNames.indexOf("connections")]).toBe("3");
});

test("where nothing was counted there is nothing to show", () => {
  expect(countersView([zeroCounters, zeroCounters])).toBeUndefined();
  expect(countersView([])).toBeUndefined();
});
