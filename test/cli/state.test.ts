// What the commands show of an agent. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { CommandLine } from "./command-line.ts";
import { balancerWith, connectionsOf } from "./fixtures.ts";
import { showWeb } from "./show-web.ts";

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
