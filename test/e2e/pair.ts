// The pair that the end-to-end tests and the demo run: two directors with a keepalived.conf such as the first users have, real servers
// behind them for direct routing, masquerade and tunnel, and a client, all on one bridged network.
//
//            client .50            front 10.9.0.0/24
//     ───┬──────┬──────┬──────┬──────┬───
//       lb1 .1 lb2 .2  r1 .11  r2 .12          virtual addresses .100 (direct), .101 (masquerade), .102 (tunnel)
//     ───┴──────┴──────┬──────┬──────────
//                     r3 .13  r4 .14           back 10.8.0.0/24, default route by the virtual address 10.8.0.254

import { Director } from "../support/director.ts";
import { Network } from "../support/network.ts";
import { acceptDirectRouting, acceptTunnel, forwardPackets, RealServer, replyThrough } from "../support/real-server.ts";

/** The virtual addresses of the pair, by what they show. */
export const virtualAddress = {
  direct: "10.9.0.100",
  masquerade: "10.9.0.101",
  tunnel: "10.9.0.102",
  gateway: "10.8.0.254",
} as const;

/** The URLs that a client asks. */
export const url = {
  direct: `http://${virtualAddress.direct}:9826/`,
  masquerade: `http://${virtualAddress.masquerade}:80/`,
  tunnel: `http://${virtualAddress.tunnel}:80/`,
} as const;

/** What differs between the two files of a pair, and what a test may choose. */
export interface PairOptions {
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
  readonly source: string;
  readonly advertInt?: string;
  readonly version?: 2 | 3;
  readonly authentication?: boolean;
  readonly delayLoop?: number;
  readonly virtualServers?: boolean;
}

/** The keepalived.conf of one director of the pair. */
export function pairConfig(options: PairOptions): string {
  const {
    state,
    priority,
    source,
    advertInt = "1",
    version = 2,
    authentication = version === 2,
    delayLoop = 1,
  } = options;
  const pass = "  authentication {\n    auth_type PASS\n    auth_pass xxxx\n  }\n";
  return `! Configuration File for keepalived
global_defs {
  router_id T_LVS
}
vrrp_instance VI_1 { # both directors have the same
  state ${state}
  interface eth0
  virtual_router_id 100
  mcast_src_ip ${source}
  version ${version}
  priority ${priority}
  advert_int ${advertInt}
${authentication ? pass : ""}  virtual_ipaddress {
    ${virtualAddress.direct}
    ${virtualAddress.masquerade}
    ${virtualAddress.tunnel}
    ${virtualAddress.gateway}/24 dev eth1
  }
}
${options.virtualServers === false ? "" : virtualServers(delayLoop)}`;
}

function virtualServers(delayLoop: number): string {
  return [
    virtualServer(`${virtualAddress.direct} 9826`, "DR", delayLoop, [
      realServer("10.9.0.11 9826", 3, tcpCheck()),
      realServer("10.9.0.12 9826", 1, tcpCheck()),
    ]),
    virtualServer(`${virtualAddress.masquerade} 80`, "NAT", delayLoop, [
      realServer("10.8.0.13 80", 1, httpGet()),
      realServer("10.8.0.14 80", 1, httpGet()),
    ]),
    virtualServer(`${virtualAddress.tunnel} 80`, "TUN", delayLoop, [
      realServer("10.9.0.11 80", 1, tcpCheck()),
      realServer("10.9.0.12 80", 1, tcpCheck()),
    ]),
    virtualServer(
      "fwmark 300",
      "DR",
      delayLoop,
      [realServer("10.9.0.11 9826", 1, tcpCheck(9826)), realServer("10.9.0.12 9826", 1, tcpCheck(9826))],
      "  persistence_timeout 900\n",
    ),
  ].join("");
}

function virtualServer(
  key: string,
  kind: string,
  delayLoop: number,
  realServers: readonly string[],
  more = "",
): string {
  return `virtual_server ${key} {
  delay_loop ${delayLoop} # health check
  lb_algo wrr
  lb_kind ${kind}
  protocol TCP
${more}${realServers.join("")}}
`;
}

function realServer(endpoint: string, weight: number, check: string): string {
  return `  real_server ${endpoint} {\n    weight ${weight}\n${check}  }\n`;
}

function tcpCheck(port?: number): string {
  const connectPort = port === undefined ? "" : `      connect_port ${port}\n`;
  return `    TCP_CHECK { # no answer\n      connect_timeout 3\n      nb_get_retry 1\n      delay_before_retry 1\n${connectPort}    }\n`;
}

function httpGet(): string {
  return `    HTTP_GET {
      url {
        path /health
        status_code 200
      }
      connect_timeout 3
      nb_get_retry 1
      delay_before_retry 1
    }
`;
}

/** The running pair. Directors are made but not started. */
export interface Pair {
  readonly network: Network;
  readonly lb1: Director;
  readonly lb2: Director;
  readonly realServers: Readonly<Record<"r1" | "r2" | "r3" | "r4", RealServer>>;
  /** The listeners of r1 and r2 for the tunnel's service, on port 80. */
  readonly tunnelServers: Readonly<Record<"r1" | "r2", RealServer>>;
}

/** Lays the network, prepares and starts the real servers, writes both directors' configuration files. */
export async function layPair(prefix: string, options: Partial<PairOptions> = {}): Promise<Pair> {
  const network = Network.create(prefix);
  try {
    network.addSegment("back");
    for (const [host, last] of [
      ["lb1", 1],
      ["lb2", 2],
    ] as const) {
      network.addHost(host, `10.9.0.${last}/24`);
      network.connect(host, `10.8.0.${last}/24`, "back");
      forwardPackets(network, host);
    }
    network.addHost("client", "10.9.0.50/24");
    for (const [host, last] of [
      ["r1", 11],
      ["r2", 12],
    ] as const) {
      network.addHost(host, `10.9.0.${last}/24`);
      acceptDirectRouting(network, host, [virtualAddress.direct]);
      acceptTunnel(network, host, [virtualAddress.tunnel]);
    }
    for (const [host, last] of [
      ["r3", 13],
      ["r4", 14],
    ] as const) {
      network.addHost(host, `10.8.0.${last}/24`, "back");
      replyThrough(network, host, virtualAddress.gateway);
    }
    const lb1 = new Director(network, "lb1").writeConfig(
      pairConfig({ state: "MASTER", priority: 100, source: "10.9.0.1", ...options }),
    );
    const lb2 = new Director(network, "lb2").writeConfig(
      pairConfig({ state: "BACKUP", priority: 50, source: "10.9.0.2", ...options }),
    );
    const [r1, r2, r3, r4, t1, t2] = await Promise.all([
      RealServer.start(network, "r1", 9826),
      RealServer.start(network, "r2", 9826),
      RealServer.start(network, "r3", 80),
      RealServer.start(network, "r4", 80),
      RealServer.start(network, "r1", 80),
      RealServer.start(network, "r2", 80),
    ]);
    return { network, lb1, lb2, realServers: { r1, r2, r3, r4 }, tunnelServers: { r1: t1, r2: t2 } };
  } catch (error) {
    await network.dispose();
    throw error;
  }
}
