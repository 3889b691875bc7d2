// Why it is so, what is wrong with the host, and how much is logged. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { CommandLine } from "./command-line.ts";
import { showWeb } from "./show-web.ts";

describe("explain", () => {
  test("says why a real server is down, what that follows from, what would change it and what happened lately", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    const down = {
      kind: "real-server-changed",
      realServer: "10.9.0.12:80",
      up: false,
      reason: "connection refused",
    } as const;
    line.agent.journal.report({ ...down, virtualServer: "tcp 10.9.0.100:80" });
    line.agent.journal.report({ ...down, virtualServer: "tcp 10.9.0.100:443" });
    const said = await line.run(["explain", "10.9.0.12:80"]);
    expect(said.out.replace(/^ {2}\d+ (?=2026)/gm, "  N ")).toMatchInlineSnapshot(`
      "10.9.0.12:80 of tcp 10.9.0.100:80 is down: connection refused
      because
        tcp 10.9.0.12:80 says down, 31 failed in a row: connection refused
        the kernel does not have it
        what is up in tcp 10.9.0.100:80 weighs 10, and its quorum is 1
      to change it
        see that tcp 10.9.0.12:80 answers as configured (connection refused), then: have checker c1 probe at once (RunChecker)
      lately
        N 2026-03-01T12:00:00.000Z real-server-changed tcp 10.9.0.100:80 -> 10.9.0.12:80 down: connection refused
      "
    `);
  });

  test("says why an instance is master", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect((await line.run(["explain", "web"])).out).toMatchInlineSnapshot(`
      "web is master: no advertisement within 3.41s
      because
        by row "backup: master down deadline" (RFC 9568, 6.4.2; RFC 3768, 6.4.2): become master: advertise, put the addresses, announce them
        its priority is 150, as configured
        if this director went silent now, 10.9.0.2 would take over
      "
    `);
    const [json] = JSON.parse((await line.run(["explain", "web", "-o", "json"])).out).explanations;
    expect(json).toMatchObject({
      kind: "vrrp-instance",
      vrrp_instance: { explanation: { row: "backup: master down deadline" } },
    });
  });

  test("of what nobody knows is an answer of no: exit code 1", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect(await line.run(["explain", "10.9.0.12:80", "--in", "other"])).toMatchObject({ code: 1, out: "" });
  });
});

describe("doctor", () => {
  test("says what is wrong, where, and what to do, the worst first: exit code 1", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["doctor"])).out).toMatch(/^\d+ checks, 0 findings\n$/);
    line.agent.findings = [
      { check: "forwarding", severity: "error", subject: "net.ipv4.ip_forward", problem: "is 0", remedy: "set it" },
      { check: "clock", severity: "warning", subject: "clock", problem: "is not kept", remedy: "run an NTP client" },
    ];
    expect(await line.run(["doctor"])).toEqual({
      code: 1,
      out: expect.stringMatching(
        /^error forwarding: net.ipv4.ip_forward is 0\n {2}set it\nwarning clock: clock is not kept\n {2}run an NTP client\n\d+ checks, 2 findings\n$/,
      ) as never,
      err: "vipward: 1 error found\n",
    });
    const { findings } = JSON.parse((await line.run(["doctor", "-o", "json"])).out);
    expect(findings[1]).toMatchObject({ check: "clock", severity: "SEVERITY_WARNING" });
  });
});

describe("log-level", () => {
  test("holds for a while, and is shown with what else is overridden", async () => {
    await using line = await CommandLine.start();
    expect(await line.run(["log-level", "debug", "vrrp", "--for", "10m", "--reason", "flaps"])).toMatchObject({
      out: 'log-level vrrp: for 5m, or until: vipward override clear "log-level vrrp"\n',
    });
    expect((await line.run(["override"])).out).toContain("log level debug");
    expect(line.agent.logLevels.vrrp).toBe("debug");
    expect(await line.run(["override", "clear", "log-level vrrp"])).toMatchObject({ code: 0 });
    expect(line.agent.logLevels.vrrp).toBeUndefined();
    expect((await line.run(["log-level", "loud"])).code).toBe(2);
  });
});
