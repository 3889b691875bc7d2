// The stored events, and those that come. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { CommandLine } from "./command-line.ts";

describe("events", () => {
  test("the stored events are lines with number, time and sentence", async () => {
    await using line = await CommandLine.start();
    const { journal } = line.agent;
    journal.report({
      kind: "vrrp-state-changed",
      instance: "web",
      from: "backup",
      to: "master",
      reason: "no advertisement within 3.41s",
      priority: 150,
    });
    journal.report({
      kind: "real-server-changed",
      virtualServer: "tcp 10.9.0.100:80",
      realServer: "10.9.0.12:80",
      up: false,
      reason: "connection refused",
    });
    journal.report({ kind: "ipvs-refused", operation: "add service", object: "tcp 10.9.0.100:80", code: "ENOENT" });
    expect((await line.run(["events"])).out).toMatchInlineSnapshot(`
      "4 2026-03-01T12:00:00.000Z vrrp-state-changed web backup -> master prio 150: no advertisement within 3.41s
      5 2026-03-01T12:00:00.000Z real-server-changed tcp 10.9.0.100:80 -> 10.9.0.12:80 down: connection refused
      6 2026-03-01T12:00:00.000Z ipvs-refused add service tcp 10.9.0.100:80: ENOENT
      "
    `);
    expect((await line.run(["events", "--since", "5"])).out.split("\n")).toHaveLength(2);
    expect(JSON.parse((await line.run(["events", "--since", "5", "-o", "json"])).out)).toMatchObject({
      sequence: "6",
      ipvs_refused: { code: "ENOENT" },
    });
  });

  test("--follow ends with exit code 1 when the agent stops, and says so", async () => {
    await using line = await CommandLine.start();
    const following = line.run(["events", "--follow"]);
    const stopping = setInterval(() => line.agent.feed.close(), 20);
    const said = await following;
    clearInterval(stopping);
    expect(said).toEqual({ code: 1, out: "", err: "vipward: the agent is stopping\n" });
  });
});
