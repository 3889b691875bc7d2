// Configurations for tests: everything has an ordinary value, and a test mentions only what it is about.

import type { Verdicts } from "../../agent/balancer/core/desired.ts";
import { aliveWeight, configuredWeight, hasQuorum, type IsUp } from "../../agent/balancer/core/quorum.ts";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import type {
  BalancerModel,
  CheckerModel,
  HttpProbeModel,
  RealServerModel,
  TcpProbeModel,
  VirtualServerModel,
} from "../../agent/config/model.ts";
import type { Probe, Probes } from "../../agent/health/probes/probe.ts";
import { type Service, serviceKeyText } from "../../agent/kernel/ipvs.ts";

/** Round robin on TCP port 80 of the given address. */
export function service(address = "10.9.0.100", settings: Partial<Service> = {}): Service {
  return {
    key: { kind: "address", protocol: "tcp", address: ip(address), port: 80 },
    scheduler: "rr",
    flags: { flag1: false, flag2: false, flag3: false, onePacket: false },
    ...settings,
  };
}

/** A virtual server with these real servers. */
export function virtualServer(realServers: readonly RealServerModel[], of: Service = service()): VirtualServerModel {
  const name = serviceKeyText(of.key);
  return { name, service: of, quorum: 1, hysteresis: 0, sorryServer: undefined, realServers };
}

/** Verdicts of which the quorum is told without memory: where no hysteresis is, none is needed. */
export function verdicts(isUp: IsUp): Verdicts {
  return {
    isUp,
    weightOf: configuredWeight,
    hasQuorum: (server) => hasQuorum(server, aliveWeight(server, isUp), true),
  };
}

/** A real server on port 80 with weight 1, translated, without checkers. */
export function realServer(address = "10.9.0.11", settings: Partial<RealServerModel> = {}): RealServerModel {
  return {
    name: `${address}:80`,
    address: ip(address),
    port: 80,
    weight: 1,
    forwarding: { method: "masquerade" },
    upperThreshold: 0,
    lowerThreshold: 0,
    inhibitOnFailure: false,
    checkers: [],
    ...settings,
  };
}

/** A TCP checker: every 10 s, one retry after 2 s, warmup 10 s. */
export function checker(id = "c1", settings: Partial<CheckerModel> = {}): CheckerModel {
  return {
    id,
    probe: tcp(),
    delay: seconds(10),
    retries: 1,
    retryDelay: seconds(2),
    warmup: seconds(10),
    startDown: false,
    ...settings,
  };
}

/** A TCP probe of 10.9.0.11:80 within 3 s. */
export function tcp(settings: Partial<TcpProbeModel> = {}): TcpProbeModel {
  return {
    kind: "tcp",
    address: ip("10.9.0.11"),
    port: 80,
    timeout: seconds(3),
    source: {},
    ...settings,
  };
}

/** An HTTP probe of one path, within 3 s, that expects a 2xx. */
export function http(settings: Partial<HttpProbeModel> = {}): HttpProbeModel {
  return {
    kind: "http",
    version: "1.0",
    address: ip("10.9.0.11"),
    port: 80,
    timeout: seconds(3),
    source: {},
    virtualHost: undefined,
    tls: undefined,
    requests: [{ path: "/", statusCodes: [{ from: 200, to: 299 }], digest: undefined, ...plainGet }],
    ...settings,
  };
}

/** A configuration of these virtual servers. */
export function balancer(...virtualServers: VirtualServerModel[]): BalancerModel {
  return { virtualServers };
}

/** One probe for every kind. */
export function alwaysThe(probe: Probe): Probes {
  return new Proxy({} as Probes, { get: () => probe });
}

/** What a request of an HTTP probe has beside what tests are about. */
export const plainGet = {
  method: "GET",
  headers: [],
  body: undefined,
  virtualHost: undefined,
  match: undefined,
  json: [],
} as const;
