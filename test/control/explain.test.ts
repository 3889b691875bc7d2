// Explanations, from snapshots alone.

import { describe, expect, test } from "bun:test";
import type { CheckerView, RealServerView, VirtualServerView } from "../../agent/balancer/view.ts";
import { ip } from "../../agent/base/address.ts";
import { explain } from "../../agent/control/explain/explain.ts";
import type { Override } from "../../agent/control/overrides/override.ts";
import type { StateSnapshot } from "../../agent/control/words/state.ts";
import type { InstanceView } from "../../agent/vrrp/view.ts";
import { noon } from "./memory-agent.ts";

const web = "tcp 10.9.0.100:80";
const real: RealServerView = {
  ...{ name: "10.9.0.11:80", forwarding: "direct", configuredWeight: 3, weight: 3, up: true, reason: "connected" },
  ...{ since: noon, activeConnections: 0, inactiveConnections: 0 },
};
const server: VirtualServerView = {
  ...{ name: web, service: web, scheduler: "wrr", present: true, realServers: [real] },
  quorum: { up: true, weight: 3, quorum: 1, hysteresis: 0 },
};
const checker: CheckerView = {
  ...{ id: "c1", virtualServer: web, realServer: real.name, probe: "tcp 10.9.0.11:80", state: "up", since: noon },
  ...{ consecutiveFailures: 0, probes: 9, failures: 0 },
  lastProbe: { at: noon, durationMs: 1, passed: true, detail: "connected" },
};
const instance: InstanceView = {
  ...{ name: "web", interface: "eth0", virtualRouterId: 51, version: 3, state: "backup", since: noon },
  ...{ reason: "10.9.0.2 is master", priority: 150, effectivePriority: 150, virtualAddresses: [] },
  ...{ advertisementIntervalMs: 1000, skewTimeMs: 400, masterDownIntervalMs: 3400, masterAddress: ip("10.9.0.2") },
  counters: {
    ...{ advertisementsSent: 0, advertisementsReceived: 9, priorityZeroSent: 0, priorityZeroReceived: 0 },
    ...{ becameMaster: 0, releasedMaster: 0, announcementsSent: 0, addressClaims: 0, refused: {} },
  },
};
const drained: Override = {
  ...{ id: `drain ${web}`, target: { kind: "virtual-server", virtualServer: web }, effect: { kind: "drain" } },
  ...{ author: "alice", reason: "new disks", createdAt: noon, until: noon + 3_600_000 },
};

function snapshot(change: Partial<StateSnapshot>): StateSnapshot {
  const config = { revision: 1, hash: "", author: "", reason: "", source: "api", at: noon };
  return {
    ...{ sequence: 1, bootId: "b", at: noon, config, processes: [], vrrpInstances: [], syncGroups: [] },
    ...{ staticObjects: [], bfdSessions: [], virtualServers: [], checkers: [], notificationQueues: [], overrides: [] },
    ...change,
  };
}

const asked = (name: string, change: Partial<StateSnapshot>, virtualServer = "") =>
  explain(snapshot(change), [], { name, virtualServer });

describe("a real server", () => {
  test("that is up says by which checker, and that the kernel has it", () => {
    expect(asked(real.name, { virtualServers: [server], checkers: [checker] })).toMatchObject([
      {
        name: `${web} -> 10.9.0.11:80`,
        answer: `10.9.0.11:80 of ${web} is up: connected`,
        because: [
          "tcp 10.9.0.11:80 says up: connected",
          "the kernel has it with weight 3",
          `what is up in ${web} weighs 3, and its quorum is 1`,
        ],
        remedies: [],
      },
    ]);
  });

  test("that was drained says by whom, also where the whole virtual server was", () => {
    const virtualServers = [{ ...server, realServers: [{ ...real, weight: 0 }] }];
    const [explained] = asked(real.name, { virtualServers, overrides: [drained] });
    expect(explained?.because).toContain("the kernel has it with weight 0, where 3 is configured");
    expect(explained?.because).toContain("overridden by alice until 2026-03-01T13:00:00.000Z: drain: new disks");
    expect(explained?.remedies).toEqual([`end the override: vipward override clear "drain ${web}"`]);
  });

  test("of two virtual servers is explained in both, or in the one that is asked for", () => {
    const other = { ...server, name: "tcp 10.9.0.100:443" };
    expect(asked(real.name, { virtualServers: [server, other] })).toHaveLength(2);
    expect(asked(real.name, { virtualServers: [server, other] }, other.name)).toMatchObject([
      { virtualServer: { name: other.name } },
    ]);
  });

  test("whose checker sleeps says that", () => {
    const asleep = { ...checker, suspended: true };
    const [explained] = asked(real.name, { virtualServers: [server], checkers: [asleep] });
    expect(explained?.because[0]).toContain("no address of its virtual server is on this director");
  });
});

test("a virtual server without a quorum says who is down and who answers instead", () => {
  const quorum = { up: false, weight: 0, quorum: 1, hysteresis: 0 };
  const sorryServer = {
    name: "10.9.0.99:80",
    forwarding: "direct",
    weight: 1,
    activeConnections: 0,
    inactiveConnections: 0,
  };
  const down = { ...real, up: false, reason: "connection refused" };
  expect(asked(web, { virtualServers: [{ ...server, quorum, sorryServer, realServers: [down] }] })).toMatchObject([
    {
      answer: `${web} has no quorum: 0 of 1 real servers are up`,
      because: [
        `what is up in ${web} weighs 0, and its quorum is 1`,
        "the sorry server 10.9.0.99:80 answers instead",
        "10.9.0.11:80 is down: connection refused",
      ],
    },
  ]);
});

describe("an instance", () => {
  test("with a lower priority says what it tracks that is down", () => {
    const trackers = [
      {
        kind: "script",
        name: "uplink",
        weight: -60,
        reverse: false,
        up: false,
        reason: "ended with exit code 1",
      } as const,
    ];
    const [explained] = asked("web", { vrrpInstances: [{ ...instance, effectivePriority: 90, trackers }] });
    expect(explained?.because).toEqual([
      "10.9.0.2 is master",
      "its priority is 90, where 150 is configured: by what it tracks",
      "tracked script uplink ended with exit code 1, which counts -60",
    ]);
    expect(explained?.remedies).toEqual(["bring script uplink up, or take it out of what web tracks"]);
  });

  test("that gave mastership away says who wanted it", () => {
    const override: Override = {
      ...{ id: "backup web", target: { kind: "vrrp-instance", instance: "web" }, author: "bob", reason: "" },
      ...{ effect: { kind: "backup", releasedAt: noon }, createdAt: noon, until: noon + 1000 },
    };
    const [explained] = asked("web", { vrrpInstances: [{ ...instance, effectivePriority: 1 }], overrides: [override] });
    expect(explained?.because).toContain("its priority is 1, where 150 is configured: by the override backup");
    expect(explained?.remedies).toEqual(['end the override: vipward override clear "backup web"']);
  });

  test("with an address that somebody else left on the director says so", () => {
    const address = { address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0", held: true };
    const [explained] = asked("web", { vrrpInstances: [{ ...instance, virtualAddresses: [address] }] });
    expect(explained?.because).toContain("10.9.0.100 is on eth0 although the instance is not master");
  });
});

test("a checker says what it saw, and that it is paused", () => {
  const override: Override = {
    ...{ id: "pause c1", target: { kind: "checker", checker: "c1" }, effect: { kind: "pause" }, author: "bob" },
    ...{ reason: "", createdAt: noon, until: noon + 1000 },
  };
  expect(asked("c1", { checkers: [checker], overrides: [override] })).toMatchObject([
    { kind: "checker", answer: `checker c1 of 10.9.0.11:80 in ${web} says up: connected`, overrides: [override] },
  ]);
});

test("what goes by no name is not explained", () => {
  expect(asked("nothing", { virtualServers: [server] })).toEqual([]);
});
