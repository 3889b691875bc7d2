import { expect, test } from "bun:test";
import { createLog, type LogFormat } from "./log.ts";

function linesOf(format: LogFormat, color = false): string[] {
  const lines: string[] = [];
  const log = createLog({
    process: "vrrp",
    level: "info",
    format,
    color,
    wall: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    write: (line) => lines.push(line),
  });
  log.debug("not-shown");
  log.warn("address-lost", { address: "10.9.0.100", by: "a person", reason: undefined });
  return lines;
}

test("a line for a terminal has time, level, process, event and fields", () => {
  expect(linesOf("text")).toEqual(['03:04:05.006 warn  vrrp     address-lost address=10.9.0.100 by="a person"\n']);
});

test("a line for a collector is one JSON object", () => {
  expect(linesOf("json").map((line) => JSON.parse(line))).toEqual([
    {
      time: "2026-01-02T03:04:05.006Z",
      level: "warn",
      process: "vrrp",
      event: "address-lost",
      address: "10.9.0.100",
      by: "a person",
    },
  ]);
});

test("a line for the journal carries its syslog priority", () => {
  expect(linesOf("journald")).toEqual(['<4>vrrp: address-lost address=10.9.0.100 by="a person"\n']);
});

test("colour comes only when asked for", () => {
  expect(linesOf("text", true)[0]).toContain("\x1b[33mwarn");
  expect(linesOf("text")[0]).not.toContain("\x1b");
});

test("its level may change while it is used", () => {
  const lines: string[] = [];
  const rest = { process: "vrrp", format: "text", color: false, wall: () => 0 } as const;
  const log = createLog({ ...rest, level: "warn", write: (line) => lines.push(line) });
  log.info("before");
  log.setLevel("debug");
  log.debug("then");
  log.setLevel("error");
  log.warn("after");
  expect(lines.map((line) => line.split(" ").at(-1))).toEqual(["then\n"]);
});
