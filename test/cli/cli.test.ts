// The command line as people see it. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualServerView } from "../../agent/balancer/view.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import { loadText } from "../../agent/config/load.ts";
import type { IpvsConnection } from "../../agent/kernel/connections.ts";
import { noon, schedulerMissing } from "../control/memory-agent.ts";
import { CommandLine, vipward } from "./command-line.ts";
import { showWeb } from "./show-web.ts";

const yaml = `
vrrp_instances:
  - name: web
    interface: eth0
    virtual_router_id: 51
    priority: 150
    virtual_addresses: [10.9.0.100/24]
virtual_servers:
  - address: 10.9.0.100
    port: 80
    protocol: tcp
    scheduler: wrr
    real_servers:
      - { address: 10.9.0.11, weight: 10, checkers: [{ tcp: {} }] }
      - { address: 10.9.0.12, weight: 10, checkers: [{ tcp: {} }] }
`;
const files = { "vipward.yaml": yaml, "wrong.yaml": yaml.replace("wrr", "wrrr").replace("150", "300") };

function balancerWith(counters: readonly string[]): VirtualServerView[] {
  const real = { name: "10.9.0.11:80", forwarding: "masquerade", configuredWeight: 10, weight: 10, up: true };
  const realServer = { ...real, reason: "connected", since: noon, activeConnections: 0, inactiveConnections: 0 };
  const quorum = { up: true, weight: 10, quorum: 1, hysteresis: 0 };
  const service = "tcp 10.9.0.100:80";
  const server = { name: service, service, scheduler: "wrr", present: true, quorum, counters };
  return [
    {
      ...server,
      realServers: [
        { ...realServer, counters },
        { ...realServer, name: "10.9.0.12:80" },
      ],
    },
  ];
}

function connectionsOf(count: number): IpvsConnection[] {
  const at = (address: string, port: number) => ({ address: ip(address), port });
  return Array.from({ length: count }, (_, place) => ({
    ...{ protocol: "TCP", client: at("10.9.0.50", 50_000 + place), service: at("10.9.0.100", 80) },
    ...{ destination: at("10.9.0.11", 80), state: "ESTABLISHED", expiresIn: seconds(890) },
  }));
}

describe("state", () => {
  test("status says on one screen who is master, which real servers are in, and why", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    const said = await line.run(["status"]);
    expect({ ...said, out: undefined }).toEqual({ code: 0, err: "", out: undefined } as never);
    expect(said.out).toMatchInlineSnapshot(`
      "revision 3 by alice 2h5m ago: add web2
      control 100 (6m)  vrrp 101 (6m)  checkers 102 (6m)

      Instance  State   Since  Prio  Vrid  Dev   Master    Addresses      Reason
      web       master  5m     150   51    eth0  10.9.0.1  10.9.0.100/24  no advertisement within 3.41s

      Prot LocalAddress:Port Scheduler
        -> RemoteAddress:Port  Forward  Weight  ActiveConn  InActConn  State  Since  Reason
      TCP  10.9.0.100:80 wrr
        -> 10.9.0.11:80        Masq     10      1234        7          up     5m     connected
        -> 10.9.0.12:80        Masq     - (10)  0           0          down   5m     connection refused
      "
    `);
  });

  test("on a narrow terminal no line is wider than it, and no word of a reason is lost", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    for (const width of [80, 92, 100]) {
      const said = await line.run(["status"], { width });
      expect(said.out.split("\n").filter((text) => text.length > width)).toEqual([]);
      expect(said.out.replace(/\s+/g, " ")).toMatch(/10.9.0.100\/24 no advertisement .*within 3.41s/);
    }
  });

  test("services looks like ipvsadm -Ln", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect((await line.run(["services"])).out).toMatchInlineSnapshot(`
      "Prot LocalAddress:Port Scheduler
        -> RemoteAddress:Port  Forward  Weight  ActiveConn  InActConn  State  Since  Reason
      TCP  10.9.0.100:80 wrr
        -> 10.9.0.11:80        Masq     10      1234        7          up     5m     connected
        -> 10.9.0.12:80        Masq     - (10)  0           0          down   5m     connection refused
      "
    `);
  });

  test("services --stats and --rate show what the kernel has counted, as ipvsadm does", async () => {
    await using line = await CommandLine.start();
    const [web] = balancerWith(["18446744073709551615", "7", "0", "4200", "0", "3", "2", "0", "1200", "0"]);
    line.agent.hub.setBalancer(web === undefined ? [] : [web], []);
    expect((await line.run(["services", "--stats"])).out).toMatchInlineSnapshot(`
      "Service            Conns                 InPkts  OutPkts  InBytes  OutBytes
      tcp 10.9.0.100:80  18446744073709551615  7       0        4200     0
        -> 10.9.0.11:80  18446744073709551615  7       0        4200     0
        -> 10.9.0.12:80  0                     0       0        0        0
      "
    `);
    expect((await line.run(["services", "--rate"])).out).toMatchInlineSnapshot(`
      "Service            CPS  InPPS  OutPPS  InBPS  OutBPS
      tcp 10.9.0.100:80  3    2      0       1200   0
        -> 10.9.0.11:80  3    2      0       1200   0
        -> 10.9.0.12:80  0    0      0       0      0
      "
    `);
  });

  test("connections looks like ipvsadm -Lnc, filters, and says how many there are", async () => {
    await using line = await CommandLine.start();
    line.agent.kernelConnections = connectionsOf(3);
    expect((await line.run(["connections"])).out).toMatchInlineSnapshot(`
      "Prot  Client           Service        Destination   State        Expires
      TCP   10.9.0.50:50000  10.9.0.100:80  10.9.0.11:80  ESTABLISHED  890s
      TCP   10.9.0.50:50001  10.9.0.100:80  10.9.0.11:80  ESTABLISHED  890s
      TCP   10.9.0.50:50002  10.9.0.100:80  10.9.0.11:80  ESTABLISHED  890s
      3 connections
      "
    `);
    const few = await line.run([
      "connections",
      "--limit",
      "1",
      "--client",
      "10.9.0.50",
      "--destination",
      "10.9.0.11:80",
    ]);
    expect(few.out).toMatchInlineSnapshot(`
      "Prot  Client           Service        Destination   State        Expires
      TCP   10.9.0.50:50000  10.9.0.100:80  10.9.0.11:80  ESTABLISHED  890s
      1 of 3 connections
      "
    `);
    const none = await line.run(["connections", "--state", "fin_wait"]);
    expect(none.out).toBe("0 connections that match, of 3\n");
    const wrong = await line.run(["connections", "--client", "web"]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('filter.client: "web" is not an IP address')]);
    expect((await line.run(["connections", "--limit", "many"])).code).toBe(2);
  });

  test("vrrp looks like ip address", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect((await line.run(["vrrp"])).out).toMatchInlineSnapshot(`
      "web: vrid 51 dev eth0 version 3 state master since 5m
          why: no advertisement within 3.41s
          prio 150 master 10.9.0.1 prio 150
          advert 1s skew 414.06ms master-down 3414.06ms
          inet 10.9.0.100/24 dev eth0 held
          adverts sent 300 received 12, priority 0 sent 0 received 1
          became master 1 released 0, announcements 10
          refused time-to-live is not 255: 2
      "
    `);
  });

  test("vrrp with a name explains that one instance", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    const { out } = await line.run(["vrrp", "web"]);
    expect(out.split("\n").slice(-6)).toEqual([
      "    refused time-to-live is not 255: 2",
      '    by row "backup: master down deadline" (RFC 9568, 6.4.2; RFC 3768, 6.4.2): become master: advertise, put the addresses, announce them',
      "    waits for advertisement in 250ms",
      "    heard 10.9.0.2 prio 100 advert 1s, 5m5s ago",
      "    forecast: if this director went silent now, 10.9.0.2 would take over",
      "",
    ]);
    expect(await line.run(["vrrp", "wbe"])).toMatchObject({ code: 1 });
  });

  test("checkers shows what the last probe saw", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect((await line.run(["checkers"])).out).toMatchInlineSnapshot(`
      "VirtualServer      RealServer    Probe             State  Since  Probes  Failed  InRow  Last  Took    Saw
      tcp 10.9.0.100:80  10.9.0.12:80  tcp 10.9.0.12:80  down   5m     50      31      31     2s    0.42ms  connection refused
      "
    `);
  });

  test("an agent without a configuration says so", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["status"])).out).toMatchInlineSnapshot(`
      "no configuration was ever applied
      control 100 (6m)  vrrp 101 (6m)  checkers 102 (6m)

      no VRRP instances

      no virtual servers
      "
    `);
  });

  test("status shows who could not be notified, and why", async () => {
    await using line = await CommandLine.start();
    const counts = { waiting: 0, delivered: 7, failed: 0, dropped: 0, problem: "" };
    line.agent.hub.setNotificationQueues([
      { ...counts, name: "fifo /run/vrrp.fifo", waiting: 3, problem: "nobody reads it" },
      { ...counts, name: 'scripts of INSTANCE "web"' },
      { ...counts, name: "mail to mx.example.com:25", failed: 2, problem: "mx.example.com:25: 550 no such user" },
    ]);
    expect((await line.run(["status"])).out.split("\n\n").at(-1)).toMatchInlineSnapshot(`
      "Notifies                   Waiting  Delivered  Failed  Dropped  Problem
      fifo /run/vrrp.fifo        3        7          0       0        nobody reads it
      mail to mx.example.com:25  0        7          2       0        mx.example.com:25: 550 no such user
      "
    `);
  });

  test("json and yaml have the names of the .proto files", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    const json = JSON.parse((await line.run(["vrrp", "-o", "json"])).out);
    expect(json).toMatchObject([
      {
        name: "web",
        state: "VRRP_STATE_MASTER",
        virtual_router_id: 51,
        skew_time: "0.414062500s",
        since: "2026-03-01T12:00:00Z",
      },
    ]);
    expect((await line.run(["services", "-o", "yaml"])).out).toContain("    up: false\n");
    expect(JSON.parse((await line.run(["status", "-o", "json"])).out)).toMatchObject({ config: { revision: "3" } });
  });

  test("--watch shows it again and again", async () => {
    await using line = await CommandLine.start();
    const said = await line.run(["services", "--watch"], { pictures: 3 });
    expect(said.out).toBe("no virtual servers\n".repeat(3));
  });

  test("colours come only where they are wanted", async () => {
    await using line = await CommandLine.start();
    showWeb(line.agent);
    expect((await line.run(["services"])).out).not.toContain("\x1b");
    expect((await line.run(["services"], { color: true })).out).toContain("\x1b[31mdown\x1b[0m");
  });
});

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

describe("changes", () => {
  test("apply says what the kernel acknowledged", async () => {
    await using line = await CommandLine.start();
    expect(await line.run(["apply", "vipward.yaml", "--reason", "first"], { files })).toEqual({
      code: 0,
      out: "revision 1 applied in 0.0 ms: ipvs 3 added, 0 updated, 0 removed\n",
      err: "",
    });
    expect(line.agent.store.running()?.revision).toMatchObject({ author: "alice", reason: "first" });
    expect((await line.run(["apply", "vipward.yaml"], { files })).out).toBe("revision 1 runs already\n");
    expect((await line.run(["apply", "vipward.yaml", "--validate-only"], { files })).out).toBe(
      "valid, nothing was changed: ipvs 0 added, 0 updated, 0 removed\n",
    );
  });

  test("plan shows configuration, kernel and VRRP", async () => {
    await using line = await CommandLine.start();
    const said = await line.run(["plan", "vipward.yaml"], { files });
    expect(said.out.replace(/plan [0-9a-f]{64}/, "plan HASH")).toMatchInlineSnapshot(`
      "configuration
        + vrrp_instances[web]: {"name":"web","interface":"eth0","virtual_router_id":51,"priority":150,"virtual_addresses":["10.9.0.100/24"]}
        + virtual_servers[tcp 10.9.0.100:80]: {"address":"10.9.0.100","port":80,"protocol":"tcp","scheduler":"wrr","real_servers":[{"address":"10.9.0.11","weight":10,"checkers":[{"tcp":{}}]},{"address":"10.9.0.12","weight":10,"checkers":[{"tcp":{}}]}]}
      ipvs
        + tcp 10.9.0.100:80 -s wrr
        + tcp 10.9.0.100:80 -> 10.9.0.11:80 -m -w 10
        + tcp 10.9.0.100:80 -> 10.9.0.12:80 -m -w 10
      vrrp
        web: starts as backup and becomes master when it hears no better one within the master down interval +10.9.0.100/24
      plan HASH on revision 0
      "
    `);
    const hash = /plan ([0-9a-f]{64})/.exec(said.out)?.[1] ?? "";
    expect((await line.run(["apply", "vipward.yaml", "--plan-hash", hash], { files })).code).toBe(0);
    expect((await line.run(["plan", "vipward.yaml"], { files })).out).toBe("no change to revision 1\n");
  });

  test("a wrong file is told with its lines and changes nothing: exit code 2", async () => {
    await using line = await CommandLine.start();
    const said = await line.run(["apply", "wrong.yaml"], { files });
    expect(said.code).toBe(2);
    expect(said.err).toMatchInlineSnapshot(`
      "wrong.yaml:6:15: vrrp_instances[0].priority: error: 300 is too large
        6 |     priority: 300
          |               ^
        expected: a whole number from 1 to 255
      wrong.yaml:12:16: virtual_servers[0].scheduler: error: "wrrr" is not known here
        12 |     scheduler: wrrr
           |                ^
        expected: one of rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos
        did you mean: wrr
      vipward: wrong.yaml: 2 errors
      "
    `);
    expect(line.agent.checkers.calls).toEqual([]);
  });

  test("what the kernel refuses is told with its errno: exit code 1", async () => {
    await using line = await CommandLine.start();
    line.agent.checkers.mishaps.push([schedulerMissing]);
    expect(await line.run(["apply", "vipward.yaml"], { files })).toEqual({
      code: 1,
      out: "",
      err: "vipward: nothing was changed\n  add service tcp 10.9.0.100:80: ENOENT (no such scheduler)\n",
    });
  });

  test("a revision that does not run is told: exit code 1", async () => {
    await using line = await CommandLine.start();
    expect(await line.run(["apply", "vipward.yaml", "--expected-revision", "7"], { files })).toEqual({
      code: 1,
      out: "",
      err: "vipward: revision 0 runs, not 7: read it again\n",
    });
  });

  test("a change with --confirm says how to confirm it, and status too", async () => {
    await using line = await CommandLine.start();
    const apply = ["apply", "vipward.yaml", "--confirm", "10m", "--confirm-id", "push-7"];
    const waits = "it goes back to revision 0 in 5m unless confirmed: vipward confirm push-7\n";
    expect((await line.run(apply, { files })).out).toEndWith(waits);
    expect((await line.run(["status"])).out).toContain(waits);
    expect(await line.run(["apply", "vipward.yaml"], { files })).toMatchObject({
      code: 1,
      err: 'vipward: revision 1 waits to be confirmed as "push-7": confirm or cancel it first\n',
    });
    expect((await line.run(["confirm"])).out).toBe("revision 1 stays\n");
    expect(await line.run(["confirm"])).toMatchObject({ code: 1, err: "vipward: no change waits to be confirmed\n" });
    expect(await line.run(["cancel", "push-7"])).toMatchObject({
      code: 1,
      err: 'vipward: "push-7" does not wait any more: revision 1 was confirmed\n',
    });
  });

  test("a change with --gate says that it is watched, and cancel takes it back", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["apply", "vipward.yaml", "--gate", "10m"], { files })).out).toContain(
      "it stays unless the director's health gets worse within 5m\n",
    );
    expect((await line.run(["cancel", "--reason", "errors"])).out).toBe("it went back: revision 2 runs\n");
    expect(line.agent.store.running()?.revision).toMatchObject({
      author: "alice",
      reason: "revision 1 goes back: errors",
    });
  });

  test("history, diff and rollback tell and undo what was done", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["history"])).out).toBe("no configuration was ever applied\n");
    await line.run(["apply", "vipward.yaml", "--reason", "first"], { files });
    const faster = { "faster.yaml": yaml.replace("priority: 150", "priority: 200") };
    await line.run(["apply", "faster.yaml"], { files: faster });
    expect((await line.run(["diff"])).out).toBe("revision 1 -> 2\n  ~ vrrp_instances[web].priority: 150 -> 200\n");
    expect((await line.run(["rollback", "1", "--reason", "slower"])).out).toStartWith("revision 3 applied");
    expect((await line.run(["diff", "1", "3"])).out).toBe("revision 1 -> 3: the same content\n");
    expect((await line.run(["history", "-n", "2"])).out).toMatchInlineSnapshot(`
      "Revision  Result   When    Took  Author  Source  Reason
      3         applied  5m ago  0s    alice   api     slower
      2         applied  5m ago  0s    alice   api     -
      "
    `);
    expect(await line.run(["rollback", "7"])).toMatchObject({ code: 1, err: "vipward: there is no revision 7\n" });
  });

  test("a guard is told by its name, and overridden with a reason", async () => {
    await using line = await CommandLine.start();
    await line.run(["apply", "vipward.yaml"], { files });
    const empty = { "empty.yaml": "{}" };
    expect(await line.run(["apply", "empty.yaml", "--max-removed", "0"], { files: empty })).toMatchObject({
      code: 1,
      err:
        "vipward: nothing was changed: 1 virtual addresses would be removed, at most 0 may; 1 virtual servers would be removed, " +
        "at most 0 may: if that is meant, override the guard with a reason (max_removed_virtual_addresses, " +
        "max_removed_virtual_servers)\n",
    });
    const overrides = [
      "--override",
      "max_removed_virtual_addresses=moved",
      "--override",
      "max_removed_virtual_servers=x",
    ];
    const said = await line.run(["apply", "empty.yaml", "--max-removed", "0", ...overrides], { files: empty });
    expect(said.code).toBe(0);
    expect(line.agent.store.running()?.revision.reason).toBe(
      "max_removed_virtual_addresses overridden: moved; max_removed_virtual_servers overridden: x",
    );
    expect((await line.run(["apply", "empty.yaml", "--override", "all=x"], { files: empty })).code).toBe(2);
  });

  test("stop tells who asked", async () => {
    await using line = await CommandLine.start();
    expect((await line.run(["stop", "--reason", "kernel update"])).out).toBe("stopped\n");
    expect(line.agent.stops).toEqual([{ keep: false, reason: "alice: kernel update" }]);
  });

  test("stop answers programs, too, and still exits with 1 where something is left", async () => {
    await using line = await CommandLine.start();
    line.agent.leftBehind = [{ operation: "stop", object: "vrrp", cause: { code: "ESRCH", text: "no answer" } }];
    const said = await line.run(["stop", "-o", "json"]);
    expect(JSON.parse(said.out)).toEqual({ warnings: ["no answer"] });
    expect(said.code).toBe(1);
  });

  test("a drain takes only whole numbers: exit code 2", async () => {
    await using line = await CommandLine.start();
    for (const floor of ["abc", "-1", "1.5", "4294967296", ""]) {
      const said = await line.run(["drain", "--node", "--no-wait", `--floor=${floor}`]);
      expect(said).toMatchObject({
        code: 2,
        err: `vipward: --floor ${JSON.stringify(floor)} is not allowed, expected 0 to 4294967295\n`,
      });
    }
  });

  test("a stop that leaves something behind says what: exit code 1", async () => {
    await using line = await CommandLine.start();
    const text = "the vrrp process did not answer; its addresses go later";
    line.agent.leftBehind = [{ operation: "stop", object: "vrrp", cause: { code: "ESRCH", text } }];
    expect(await line.run(["stop"])).toEqual({
      code: 1,
      out: "",
      err: `vipward: stopped, but not everything was taken away\n  ${text}\n`,
    });
  });
});

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

describe("files", () => {
  test("check says what is in a file", async () => {
    expect(await vipward(["check", "vipward.yaml"], { files })).toEqual({
      code: 0,
      out: "vipward.yaml: valid yaml: 1 VRRP instance, 1 virtual server, 2 real servers\n",
      err: "",
    });
  });

  test("check says which programs run only where the agent may run any", async () => {
    const conf = 'vrrp_script up {\n  script "/bin/true"\n}\n';
    const said = await vipward(["check", "k.conf"], { files: { "k.conf": conf } });
    expect(said.code).toBe(0);
    expect(said.err).toContain("names 1 program, run only with vipward run --allow-scripts");
    expect(said.err).toContain("scripts[0]");
    const plain = await vipward(["check", "k.conf", "-o", "json"], { files: { "k.conf": conf } });
    expect(JSON.parse(plain.out).programs).toHaveLength(1);
  });

  test("check tells every problem: exit code 2", async () => {
    const said = await vipward(["check", "wrong.yaml", "-o", "json"], { files });
    expect(said.code).toBe(2);
    expect(JSON.parse(said.out)).toMatchObject({
      valid: false,
      issues: [{ path: "vrrp_instances[0].priority" }, { path: "virtual_servers[0].scheduler", suggestion: "wrr" }],
    });
  });

  test("import prints YAML that check accepts", async () => {
    const conf =
      "virtual_server 10.9.0.100 80 {\n lb_algo rr\n protocol TCP\n real_server 10.9.0.11 80 {\n weight 3\n }\n}\n";
    const said = await vipward(["import", "k.conf"], { files: { "k.conf": conf } });
    expect(said.out).toMatchInlineSnapshot(`
      "virtual_servers:
        - address: 10.9.0.100
          port: 80
          protocol: tcp
          scheduler: rr
          real_servers:
            - address: 10.9.0.11
              port: 80
              weight: 3
      "
    `);
    expect((await vipward(["check", "i.yaml"], { files: { "i.yaml": said.out } })).code).toBe(0);
  });

  describe("import keeps passwords and keys out of what it prints", () => {
    const key = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const conf = `vrrp_instance A {
  interface eth0
  virtual_router_id 1
  authentication {
    auth_type PASS
    auth_pass 5ecret # in the safe
    # auth_pass 0lder
  }
  virtual_ipaddress {
    10.9.0.1
  }
}
vrrp_instance B/C {
  interface eth0
  version 3
  virtual_router_id 2
  auth_hmac {
    key 7 ${key}
  }
  virtual_ipaddress {
    10.9.0.2
  }
}
`;

    test("without a directory it says which files are to be made", async () => {
      const said = await vipward(["import", "k.conf"], { files: { "k.conf": conf } });
      expect(said.code).toBe(0);
      expect(said.out).toContain("password_file: /etc/vipward/secrets/A.password # in the safe");
      expect(said.out).toContain("file: /etc/vipward/secrets/B_C.key-7");
      expect(said.err).toContain(
        "to be made, for its owner alone: /etc/vipward/secrets/A.password, with the password of VRRP instance A\n",
      );
      for (const secret of ["5ecret", "0lder", key]) expect(said.out + said.err).not.toContain(secret);
    });

    test("with one it makes them, and importing the output changes nothing", async () => {
      const directory = mkdtempSync(join(tmpdir(), "import-"));
      try {
        const words = ["--secrets", join(directory, "secrets")];
        const said = await vipward(["import", "k.conf", ...words], { files: { "k.conf": conf } });
        const password = join(directory, "secrets/A.password");
        expect(readFileSync(password, "utf8")).toBe("5ecret\n");
        expect(statSync(password).mode & 0o777).toBe(0o600);
        expect(readFileSync(join(directory, "secrets/B_C.key-7"), "utf8")).toBe(`${key}\n`);
        const again = await vipward(["import", "a.yaml", ...words], { files: { "a.yaml": said.out } });
        const settingsOf = (file: string, text: string): unknown => loadText(text, { file }).settings;
        expect(settingsOf("again.yaml", again.out)).toEqual(settingsOf("a.yaml", said.out));
        expect((await vipward(["import", "k.conf", ...words], { files: { "k.conf": conf } })).out).toBe(said.out);
        const other = await vipward(["import", "k.conf", ...words], {
          files: { "k.conf": conf.replace("5ecret", "changed") },
        });
        expect(other).toMatchObject({ code: 2, out: "" });
        expect(other.err).toContain("is there already with something else than the password of VRRP instance A");
        expect(readFileSync(password, "utf8")).toBe("5ecret\n");
        const back = await vipward(["export", "a.yaml"], { files: { "a.yaml": said.out } });
        expect(back.out).toContain("auth_pass 5ecret");
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });

    test("unless somebody wants them there", async () => {
      const said = await vipward(["import", "k.conf", "--with-secrets"], { files: { "k.conf": conf } });
      expect(said.out).toContain("password: 5ecret");
    });
  });

  test("a file that is not there: exit code 2", async () => {
    const said = await vipward(["check", "/nowhere/vipward.yaml"]);
    expect(said.code).toBe(2);
    expect(said.err).toContain("cannot read /nowhere/vipward.yaml");
  });
});

describe("trouble", () => {
  test("no agent: exit code 3 and what to do", async () => {
    expect(await vipward(["status", "--runtime-dir", "/nowhere"])).toEqual({
      code: 3,
      out: "",
      err: "vipward: cannot reach the agent at /nowhere/vipward.sock: there is no such socket: start it with vipward run, or say where it is with --runtime-dir or --target\n",
    });
  });

  test("a socket that nobody answers on: exit code 3", async () => {
    await using line = await CommandLine.start();
    const { socketPath } = line.served.server;
    const stale = `${line.agent.directory}/stale.sock`;
    Bun.spawnSync([
      process.execPath,
      "-e",
      `require("node:net").createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, "SIGKILL"))`,
    ]);
    const said = await vipward(["status", "--target", `unix://${stale}`]);
    expect(said.code).toBe(3);
    expect(said.err).toContain("nobody answers");
    expect((await vipward(["status", "--target", `unix://${socketPath}`])).code).toBe(0);
  });

  test.skipIf(process.getuid?.() === 0)("a socket of others: exit code 4", async () => {
    await using line = await CommandLine.start();
    chmodSync(line.served.server.socketPath, 0);
    expect((await line.run(["status"])).code).toBe(4);
  });

  test("wrong usage: exit code 2, one line", async () => {
    expect(await vipward(["aply"])).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'aply'") });
    expect(await vipward(["apply"])).toMatchObject({ code: 2, err: "vipward: missing required argument 'file'\n" });
    expect(await vipward(["status", "-o", "xml"])).toMatchObject({ code: 2 });
    expect(await vipward(["status", "--interval", "0"])).toMatchObject({ code: 2 });
    expect(await vipward(["status", "--target", "tcp://x"])).toMatchObject({ code: 2 });
  });

  test("an agent's fault is told by its reference", async () => {
    await using line = await CommandLine.start();
    line.agent.state = async () => {
      throw new Error("inside");
    };
    const said = await line.run(["status"]);
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/^vipward: the agent failed; its log has the cause under reference [0-9a-f-]{36}\n$/);
  });
});

describe("help", () => {
  test("lists every command with a sentence", async () => {
    const said = await vipward(["--help"]);
    expect(said.code).toBe(0);
    expect(said.out).toMatchInlineSnapshot(`
      "Usage: vipward [options] [command]

      runs an LVS director: VRRP, health checkers and IPVS

      Options:
        -V, --version  output the version number
        -h, --help     display help for command

      Commands:
        run            run the agent in the foreground
        check          say everything that is wrong with a configuration file
        import         print a keepalived.conf as YAML
        export         print a configuration as keepalived.conf
        plan           show what applying a configuration would do
        apply          make a configuration the running one, or change nothing
        confirm        let a change stay that goes back otherwise
        cancel         take a change back that waits to be confirmed
        rollback       apply the content of an earlier revision
        history        show the revisions of the configuration
        diff           show what differs between two revisions
        status         show who is master, which real servers are in, and why
        services       show virtual servers and their real servers, as ipvsadm -Ln
                       does
        connections    show the connections that IPVS knows, as ipvsadm -Lnc does
        vrrp           show VRRP instances with their timers, addresses and counters
        checkers       show checkers and their last probes
        explain        say why something is as it is, and what would change it
        events         show what happened, and follow what happens
        failover       have a VRRP instance give mastership away
        drain          keep new connections away, and wait for the others to end
        undrain        let new connections in again
        override       show and set what holds instead of the configuration for a
                       while
        certificate    show and rotate the certificate that the API shows over TCP
        doctor         look at the host, and say what is wrong and what to do
        log-level      have the agent log more or less for a while
        stop           stop the agent
        version        show the version of this binary

      vipward COMMAND --help tells more about a command.

      Exit codes: 0 done; 1 the answer is no (refused by the kernel or the agent, another agent runs, a port is taken);
      2 wrong usage or input; 3 the agent cannot be reached; 4 not permitted
      "
    `);
  });

  for (const command of [
    "run",
    "check",
    "import",
    "export",
    "plan",
    "apply",
    "confirm",
    "cancel",
    "rollback",
    "history",
    "diff",
    "status",
    "services",
    "connections",
    "vrrp",
    "checkers",
    "explain",
    "events",
    "failover",
    "drain",
    "undrain",
    "override",
    "certificate",
    "doctor",
    "log-level",
    "stop",
    "version",
  ])
    test(`${command} --help has a sentence and an example`, async () => {
      const said = await vipward([command, "--help"]);
      expect(said.code).toBe(0);
      expect(said.out).toContain(`Example:\n  vipward ${command}`);
    });

  test("version is one line", async () => {
    expect((await vipward(["version"])).out).toBe("vipward 0.0.0-dev (dev)\n");
    expect(JSON.parse((await vipward(["version", "-o", "json"])).out)).toEqual({ version: "0.0.0-dev", commit: "dev" });
  });
});

describe("an agent that does not answer", () => {
  for (const words of [["status"], ["events"], ["stop"]])
    test(`${words[0]} ends after the time that was given: exit code 3`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "silent-"));
      const silent = createServer(() => {}).listen(join(directory, "vipward.sock"));
      await once(silent, "listening");
      const said = await vipward([...words, "--runtime-dir", directory, "--timeout", "0.2"]);
      silent.close();
      rmSync(directory, { recursive: true });
      expect(said.code).toBe(3);
      expect(said.err).toContain(`vipward: the agent at ${directory}/vipward.sock does not answer`);
    });
});

describe("output", () => {
  const main = join(import.meta.dir, "../../agent/main.ts");

  test("an answer that cannot be written is told: exit code 1", async () => {
    const run = Bun.spawn(["sh", "-c", `exec "$0" "$1" version >/dev/full`, process.execPath, main], {
      stderr: "pipe",
    });
    expect([await run.exited, await new Response(run.stderr).text()]).toEqual([
      1,
      "vipward: cannot write the answer: ENOSPC: no space left on device, write\n",
    ]);
  });

  test("a command that does not exist has no help: exit code 2", async () => {
    expect((await vipward(["chronicle", "--help"])).code).toBe(2);
  });
});
