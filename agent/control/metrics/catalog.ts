// The metrics: what there is, and where in a snapshot it comes from. Names are base units with the prefix vipward_; labels are bounded by the
// configuration.

import type { CheckerView, RealServerView, VirtualServerView } from "../../balancer/view.ts";
import { counterNames } from "../../kernel/ipvs.ts";
import type { CertificateView } from "../access/tls-endpoint.ts";
import type { StateSnapshot } from "../words/state.ts";
import type { Family, Sample } from "./openmetrics.ts";

/** What is told besides the state. */
export interface Surroundings {
  readonly version: string;
  readonly certificates: readonly CertificateView[];
}

type Gauge = readonly [name: string, help: string, samples: readonly Sample[]];

/** All families of a snapshot. */
export function familiesOf(state: StateSnapshot, { version, certificates }: Surroundings): readonly Family[] {
  const info: Family = { name: "build", type: "info", help: "The agent's version.", samples: [[{ version }, 1]] };
  return [info, ...gauges(state, certificates).map(gauge), ...counters(state).map(counter)];
}

function gauge([name, help, samples]: Gauge): Family {
  return { name, type: "gauge", help, samples };
}

function counter([name, help, samples]: Gauge): Family {
  return { name, type: "counter", help, samples };
}

const bit = (value: boolean) => (value ? 1 : 0);

function gauges(state: StateSnapshot, certificates: readonly CertificateView[]): readonly Gauge[] {
  const { config, processes, vrrpInstances, virtualServers, checkers, overrides } = state;
  const seconds = (ms: number) => ms / 1000;
  return [
    ["config_revision", "The running configuration; 0: none.", [[{}, config.revision]]],
    ["config_pending", "Whether a change waits to be confirmed.", [[{}, bit(config.confirmation !== undefined)]]],
    [
      "certificate_expiry_seconds",
      "When the certificate of the API ends, in Unix seconds.",
      certificates.map(({ file, notAfter }) => [{ file }, seconds(notAfter)]),
    ],
    ["overrides", "What operators have set aside.", [[{}, overrides.length]]],
    [
      "process_up",
      "Whether a process that is needed runs.",
      processes.filter(({ needed }) => needed).map(({ role, pid }) => [{ process: role }, bit(pid !== undefined)]),
    ],
    [
      "process_lateness_seconds",
      "How late the timers of a process were at most.",
      processes.flatMap(({ role, maxLatenessMs: ms }): Sample[] =>
        ms === undefined ? [] : [[{ process: role }, seconds(ms)]],
      ),
    ],
    [
      "vrrp_state",
      "1 for the state that an instance is in.",
      vrrpInstances.flatMap((instance) =>
        states.map((state): Sample => [{ instance: instance.name, state }, bit(instance.state === state)]),
      ),
    ],
    [
      "vrrp_priority",
      "The priority that an instance takes part with.",
      vrrpInstances.map(({ name, effectivePriority }) => [{ instance: name }, effectivePriority]),
    ],
    [
      "vrrp_addresses_held",
      "Virtual addresses that are on this director.",
      vrrpInstances.map(({ name, virtualAddresses }) => [
        { instance: name },
        virtualAddresses.filter(({ held }) => held).length,
      ]),
    ],
    [
      "virtual_server_quorum",
      "Whether a virtual server has its quorum.",
      virtualServers.map(({ name, quorum }) => [{ virtual_server: name }, bit(quorum.up)]),
    ],
    ["real_server_up", "Whether a real server is up.", perRealServer(virtualServers, ({ up }) => bit(up))],
    [
      "real_server_weight",
      "The weight in the kernel; missing where it does not have the destination.",
      perRealServer(virtualServers, ({ weight }) => weight),
    ],
    [
      "real_server_connections_active",
      "Connections that are established.",
      perRealServer(virtualServers, (one) => one.activeConnections),
    ],
    [
      "real_server_connections_inactive",
      "Connections in other states.",
      perRealServer(virtualServers, (one) => one.inactiveConnections),
    ],
    [
      "checker_up",
      "Whether a checker says up; missing while it does not know.",
      perChecker(checkers, ({ state }) => (state === "unknown" ? undefined : bit(state === "up"))),
    ],
    [
      "checker_probe_duration_seconds",
      "How long the last probe took.",
      perChecker(checkers, ({ lastProbe }) => lastProbe && seconds(lastProbe.durationMs)),
    ],
  ];
}

const states = ["initialize", "backup", "master", "fault"] as const;

function counters({
  vrrpInstances,
  virtualServers,
  checkers,
  ipvs,
  processes,
  notificationQueues,
}: StateSnapshot): readonly Gauge[] {
  const perInstance = (count: (counters: (typeof vrrpInstances)[number]["counters"]) => number): Sample[] =>
    vrrpInstances.map(({ name, counters }) => [{ instance: name }, count(counters)]);
  return [
    [
      "process_restarts",
      "How often a process was replaced.",
      processes.map(({ role, restarts }) => [{ process: role }, restarts]),
    ],
    ["vrrp_advertisements_sent", "Advertisements sent.", perInstance((one) => one.advertisementsSent)],
    ["vrrp_advertisements_received", "Advertisements accepted.", perInstance((one) => one.advertisementsReceived)],
    ["vrrp_became_master", "How often an instance became master.", perInstance((one) => one.becameMaster)],
    ["vrrp_released_master", "How often it ceased to be master.", perInstance((one) => one.releasedMaster)],
    ["vrrp_priority_zero_sent", "Advertisements with priority 0 sent.", perInstance((one) => one.priorityZeroSent)],
    [
      "vrrp_priority_zero_received",
      "Advertisements with priority 0 received.",
      perInstance((one) => one.priorityZeroReceived),
    ],
    [
      "vrrp_advertisements_refused",
      "Advertisements refused, by the rule that they broke.",
      vrrpInstances.flatMap(({ name, counters }) =>
        Object.entries(counters.refused).map(([rule, count]): Sample => [{ instance: name, rule }, count]),
      ),
    ],
    ["checker_probes", "Attempts of a checker.", perChecker(checkers, ({ probes }) => probes)],
    ["checker_failures", "Attempts that failed.", perChecker(checkers, ({ failures }) => failures)],
    ...traffic.map(
      ([field, name, help]): Gauge => [
        name,
        help,
        perRealServer(virtualServers, ({ counters }) => counters?.[counterNames.indexOf(field)] ?? 0),
      ],
    ),
    [
      "ipvs_operations",
      "What the kernel acknowledged.",
      ipvs === undefined ? [] : (["added", "updated", "removed"] as const).map((kind) => [{ kind }, ipvs[kind]]),
    ],
    [
      "ipvs_drifts",
      "Differences that somebody else has made in the kernel's table.",
      ipvs === undefined ? [] : [[{}, ipvs.drifts]],
    ],
    [
      "notifications_failed",
      "Notifications that were given up.",
      notificationQueues.map(({ name, failed }) => [{ target: name }, failed]),
    ],
    [
      "notifications_dropped",
      "Notifications that were dropped.",
      notificationQueues.map(({ name, dropped }) => [{ target: name }, dropped]),
    ],
  ];
}

/** The kernel's counters of a destination. */
const traffic = [
  ["connections", "real_server_connections", "Connections since the destination was added."],
  ["packetsIn", "real_server_in_packets", "Packets to a real server."],
  ["packetsOut", "real_server_out_packets", "Packets from a real server; none with direct routing and tunnels."],
  ["bytesIn", "real_server_in_bytes", "Bytes to a real server."],
  ["bytesOut", "real_server_out_bytes", "Bytes from a real server; none with direct routing and tunnels."],
] as const;

function perRealServer(
  servers: readonly VirtualServerView[],
  value: (one: RealServerView) => number | string | undefined,
): Sample[] {
  return servers.flatMap((server) =>
    server.realServers.flatMap((one): Sample[] => {
      const found = value(one);
      return found === undefined ? [] : [[{ virtual_server: server.name, real_server: one.name }, found]];
    }),
  );
}

function perChecker(checkers: readonly CheckerView[], value: (one: CheckerView) => number | undefined): Sample[] {
  return checkers.flatMap((one): Sample[] => {
    const found = value(one);
    if (found === undefined) return [];
    // Not what it asks: a path of a URL may have a secret.
    return [[{ virtual_server: one.virtualServer, real_server: one.realServer, checker: one.id }, found]];
  });
}
