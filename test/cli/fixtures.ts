// What the command line is shown: configurations, servers and connections.

import type { VirtualServerView } from "../../agent/balancer/view.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type { IpvsConnection } from "../../agent/kernel/connections.ts";
import { noon } from "../control/memory-agent.ts";

/** A configuration of one instance and one virtual server. */
export const yaml = `
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
/** The files of the command line: the configuration, and one with two mistakes. */
export const files = { "vipward.yaml": yaml, "wrong.yaml": yaml.replace("wrr", "wrrr").replace("150", "300") };

/** A virtual server with these counters, of which the first real server has all. */
export function balancerWith(counters: readonly string[]): VirtualServerView[] {
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

/** So many connections of one client. */
export function connectionsOf(count: number): IpvsConnection[] {
  const at = (address: string, port: number) => ({ address: ip(address), port });
  return Array.from({ length: count }, (_, place) => ({
    ...{ protocol: "TCP", client: at("10.9.0.50", 50_000 + place), service: at("10.9.0.100", 80) },
    ...{ destination: at("10.9.0.11", 80), state: "ESTABLISHED", expiresIn: seconds(890) },
  }));
}
