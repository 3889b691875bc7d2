// A director with one instance and one virtual server, for pictures of it.

import { ip } from "../../agent/base/address.ts";
import { type MemoryAgent, noon } from "../control/memory-agent.ts";

/** Shows a director that is master, with one real server in and one out. */
export function showWeb({ hub }: MemoryAgent): void {
  hub.setConfig({ revision: 3, hash: "aa", author: "alice", reason: "add web2", source: "api", at: noon - 7_200_000 });
  hub.setVrrp([
    {
      name: "web",
      interface: "eth0",
      virtualRouterId: 51,
      version: 3,
      state: "master",
      since: noon,
      reason: "no advertisement within 3.41s",
      priority: 150,
      effectivePriority: 150,
      advertisementIntervalMs: 1000,
      skewTimeMs: 414.0625,
      masterDownIntervalMs: 3414.0625,
      masterAddress: ip("10.9.0.1"),
      masterPriority: 150,
      virtualAddresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth0", held: true }],
      counters: {
        advertisementsSent: 300,
        advertisementsReceived: 12,
        priorityZeroSent: 0,
        priorityZeroReceived: 1,
        becameMaster: 1,
        releasedMaster: 0,
        announcementsSent: 10,
        addressClaims: 0,
        refused: { "time-to-live is not 255": 2 },
      },
      explanation: {
        row: "backup: master down deadline",
        deadlines: [{ name: "advertisement", at: noon + 300_250 }],
        peers: [{ address: ip("10.9.0.2"), priority: 100, intervalMs: 1000, at: noon - 5000 }],
        forecast: "if this director went silent now, 10.9.0.2 would take over",
      },
    },
  ]);
  const common = { forwarding: "masquerade", configuredWeight: 10, since: noon };
  hub.setBalancer(
    [
      {
        name: "tcp 10.9.0.100:80",
        service: "tcp 10.9.0.100:80",
        scheduler: "wrr",
        present: true,
        quorum: { up: true, weight: 10, quorum: 1, hysteresis: 0 },
        realServers: [
          {
            ...common,
            name: "10.9.0.11:80",
            weight: 10,
            up: true,
            reason: "connected",
            activeConnections: 1234,
            inactiveConnections: 7,
          },
          {
            ...common,
            name: "10.9.0.12:80",
            up: false,
            reason: "connection refused",
            activeConnections: 0,
            inactiveConnections: 0,
          },
        ],
      },
    ],
    [
      {
        id: "c1",
        virtualServer: "tcp 10.9.0.100:80",
        realServer: "10.9.0.12:80",
        probe: "tcp 10.9.0.12:80",
        state: "down",
        since: noon,
        consecutiveFailures: 31,
        lastProbe: { at: noon + 298_000, durationMs: 0.42, passed: false, detail: "connection refused" },
        probes: 50,
        failures: 31,
      },
    ],
  );
}
