import { describe, expect, test } from "bun:test";
import { usualElection, usualGeneral, usualGratuitousArp } from "../../test/support/vrrp-defaults.ts";
import { seconds } from "../base/duration.ts";
import type { CheckerModel, RealServerModel, VirtualServerModel } from "./model.ts";
import { validateSettings } from "./validate.ts";

/** The virtual servers of a document that is accepted. */
function virtualServers(...servers: readonly object[]): readonly VirtualServerModel[] {
  const { model, issues } = validateSettings({ virtualServers: servers });
  if (model === undefined) throw new Error(issues.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return model.balancer.virtualServers;
}

const web = { address: "10.9.0.100", port: 80, protocol: "tcp" };

function realServersOf(server: object): readonly RealServerModel[] {
  return virtualServers(server)[0]?.realServers ?? [];
}

function checkersOf(server: object, realServer: object): readonly CheckerModel[] {
  return (
    realServersOf({ ...web, ...server, realServers: [{ address: "10.9.0.11", ...realServer }] })[0]?.checkers ?? []
  );
}

describe("the port of a destination", () => {
  const cases: [string, object, object, number][] = [
    ["is the real server's with masquerading", web, { port: 8080 }, 8080],
    ["is the virtual server's unless given", web, {}, 80],
    [
      "is the virtual server's with direct routing, whatever is written",
      { ...web, forwarding: "direct" },
      { port: 8080 },
      80,
    ],
    ["is the virtual server's with a tunnel", { ...web, forwarding: "tunnel" }, { port: 8080 }, 80],
    ["is 0 for a firewall mark with direct routing", { firewallMark: 300, forwarding: "direct" }, { port: 9814 }, 0],
    ["is the real server's for a firewall mark with masquerading", { firewallMark: 300 }, { port: 9814 }, 9814],
    [
      "follows the real server's own forwarding",
      { ...web, forwarding: "direct" },
      { port: 8080, forwarding: "masquerade" },
      8080,
    ],
  ];
  for (const [claim, server, realServer, expected] of cases)
    test(claim, () => {
      const realServers = [{ address: "10.9.0.11", ...realServer }];
      expect(realServersOf({ ...server, realServers })[0]?.port).toBe(expected);
    });
});

describe("a checker", () => {
  test("has keepalived's defaults", () => {
    const timing = { delay: 60_000, retries: 1, warmup: 60_000, startDown: false };
    expect(checkersOf({}, { checkers: [{ tcp: {} }, { http: {} }] })).toMatchObject([
      { ...timing, retryDelay: 1000, probe: { kind: "tcp", address: "10.9.0.11", port: 80, timeout: 5000 } },
      {
        ...timing,
        retryDelay: 3000,
        probe: { kind: "http", requests: [{ path: "/", statusCodes: [{ from: 200, to: 299 }], digest: undefined }] },
      },
    ]);
  });

  test("inherits from its real server before the virtual server, field by field", () => {
    const server = { delay: "10s", retries: 5, timeout: "4s", virtualHost: "a.example.com" };
    const realServer = { delay: "20s", retryDelay: "2s", virtualHost: "b.example.com" };
    expect(
      checkersOf(server, { ...realServer, checkers: [{ http: { delay: "30s", startDown: true } }] }),
    ).toMatchObject([
      {
        delay: 30_000,
        retries: 5,
        retryDelay: 2000,
        warmup: 30_000,
        startDown: true,
        probe: { timeout: 4000, virtualHost: "b.example.com" },
      },
    ]);
  });

  test("goes to the port written for its real server, even where packets keep another", () => {
    const [checker] = checkersOf({ forwarding: "direct" }, { port: 8080, checkers: [{ tcp: {} }] });
    expect(checker?.probe).toMatchObject({ port: 8080 });
  });

  test("keeps its id when anything but its target, host and requests changes", () => {
    const id = checkersOf({}, { checkers: [{ http: {} }] })[0]?.id;
    const changed = checkersOf(
      { scheduler: "rr", delay: 5 },
      { weight: 7, checkers: [{ tcp: {} }, { http: { timeout: 1, retries: 9 } }] },
    );
    expect(changed[1]?.id).toBe(id as string);
    expect(checkersOf({}, { checkers: [{ http: { port: 81 } }] })[0]?.id).not.toBe(id as string);
    expect(checkersOf({}, { checkers: [{ http: { requests: [{ path: "/a" }] } }] })[0]?.id).not.toBe(id as string);
  });

  test("that stands twice has two ids", () => {
    expect(checkersOf({}, { checkers: [{ tcp: {} }, { tcp: {} }] }).map(({ id }) => id)).toEqual([
      "tcp 10.9.0.100:80 > 10.9.0.11:80 > tcp 10.9.0.11:80",
      "tcp 10.9.0.100:80 > 10.9.0.11:80 > tcp 10.9.0.11:80 #2",
    ]);
  });
});

describe("a virtual server", () => {
  test("takes its name from its key, and its real servers from their endpoints", () => {
    const [byAddress, byMark] = virtualServers(
      { address: "2001:db8::1", port: 80, protocol: "udp", realServers: [{ address: "2001:db8::11" }] },
      { firewallMark: 300, forwarding: "direct", realServers: [{ address: "10.9.0.11", port: 9814 }] },
    );
    expect([byAddress?.name, byAddress?.realServers[0]?.name]).toEqual(["udp [2001:db8::1]:80", "[2001:db8::11]:80"]);
    expect([byMark?.name, byMark?.realServers[0]?.name]).toEqual(["mark 300 ipv4", "10.9.0.11:9814"]);
  });

  test("by firewall mark is of its real servers' family", () => {
    const [server] = virtualServers({ firewallMark: 1, realServers: [{ address: "2001:db8::11" }] });
    expect(server?.service.key).toEqual({ kind: "mark", mark: 1, family: "ipv6" });
  });

  test("tells the kernel persistence, granularity and flags", () => {
    const [server] = virtualServers({ ...web, scheduler: "sh", schedulerFlags: ["sh-port"], persistenceTimeout: 50 });
    expect(server?.service).toMatchObject({
      scheduler: "sh",
      flags: { flag1: false, flag2: true, flag3: false, onePacket: false },
      persistence: { timeout: 50_000, granularity: 32 },
    });
    expect(virtualServers(web)[0]?.service.persistence).toBeUndefined();
  });
});

describe("a VRRP instance", () => {
  test("comes with every default filled in", () => {
    const { model } = validateSettings({
      vrrpInstances: [
        {
          name: "a",
          interface: "eth0",
          virtualRouterId: 1,
          virtualAddresses: ["10.9.0.100/24", { address: "10.8.0.1", interface: "eth1" }],
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(model?.vrrp))).toEqual({
      addressLease: 10_000,
      general: usualGeneral,
      instances: [
        {
          name: "a",
          family: "ipv4",
          version: 2,
          interface: "eth0",
          virtualRouterId: 1,
          priority: 100,
          advertisementInterval: 1000,
          initialState: "backup",
          preempt: true,
          preemptDelay: 0,
          multicastGroup: "224.0.0.18",
          authentication: { type: "none" },
          checksumWithPseudoHeader: true,
          virtualAddresses: [
            { address: "10.9.0.100", prefixLength: 24, interface: "eth0" },
            { address: "10.8.0.1", prefixLength: 32, interface: "eth1" },
          ],
          ...usualElection,
          gratuitousArp: { ...usualGratuitousArp(5, seconds(5)), probe: true },
        },
      ],
    });
  });
});
