// From settings to the wire: every default of a field is filled in, what is inherited stays unset.

import type {
  RealServerSettings,
  Settings,
  SorryServerSettings,
  VirtualServerSettings,
  VrrpInstanceSettings,
} from "../../config/schema/settings.ts";
import type {
  Config,
  RealServer,
  SorryServer,
  Tunnel,
  VirtualServer,
  VrrpInstance,
} from "../gen/vipward/v1/config.pb.ts";
import { SyncDaemon } from "../gen/vipward/v1/sync_daemon.pb.ts";
import { Ipvlan, VirtualMac } from "../gen/vipward/v1/virtual_mac.pb.ts";
import { bfdSessionOf } from "./bfd.ts";
import { checkerOf, checkTimingOf, flapDampingOf } from "./checkers.ts";
import { electionOf, gratuitousArpOf, vrrpGeneralOf } from "./election.ts";
import {
  authenticationTypes,
  families,
  forwardings,
  initialStates,
  protocolWords,
  tunnelChecksums,
  tunnelTypes,
} from "./enums.ts";
import { ipvsOf } from "./ipvs.ts";
import { notificationsOf, notifyOf, poolNotifyOf, programsOf, withoutMailPassword } from "./notifications.ts";
import { processesOf } from "./processes.ts";
import { routeOf, ruleOf } from "./routing.ts";
import { markedTrafficOf, servicesOf } from "./services.ts";
import { durationOf, optionalDuration } from "./time.ts";
import { instanceTrackingOf, trackingOf } from "./tracking.ts";
import { virtualAddressOf } from "./virtual-address.ts";
import { wireOf, withoutKeys } from "./wire.ts";

/** The settings as a configuration on the wire, with their secrets. */
export function configOf(settings: Settings): Config {
  return {
    director: { ...settings.director },
    addressLease: durationOf(settings.addressLease),
    vrrp: vrrpGeneralOf(settings.vrrp),
    programs: programsOf(settings.programs),
    notifications: notificationsOf(settings.notifications),
    ...trackingOf(settings),
    bfdSessions: settings.bfdSessions.map(bfdSessionOf),
    vrrpInstances: settings.vrrpInstances.map(vrrpInstance),
    virtualServers: settings.virtualServers.map(virtualServer),
    processes: processesOf(settings.processes),
    ipvs: ipvsOf(settings.ipvs),
    syncDaemon: settings.syncDaemon && SyncDaemon.fromPartial(settings.syncDaemon),
    trackGroups: settings.trackGroups.map(({ name, members }) => ({ name, members: [...members] })),
    staticAddresses: settings.staticAddresses.map(virtualAddressOf),
    staticRoutes: settings.staticRoutes.map(routeOf),
    staticRules: settings.staticRules.map(ruleOf),
  };
}

/** The same without secrets: what may be shown. */
export function publicConfigOf(settings: Settings): Config {
  return withoutSecrets(configOf(settings));
}

/** Takes out what is write-only. */
export function withoutSecrets(config: Config): Config {
  return {
    ...config,
    notifications: withoutMailPassword(config.notifications),
    vrrpInstances: config.vrrpInstances.map((instance) => ({
      ...instance,
      authentication: instance.authentication && { ...instance.authentication, password: undefined },
      authHmac: withoutKeys(instance.authHmac),
    })),
  };
}

function vrrpInstance(instance: VrrpInstanceSettings): VrrpInstance {
  return {
    name: instance.name,
    interface: instance.interface ?? "",
    version: instance.version,
    virtualRouterId: instance.virtualRouterId,
    priority: instance.priority,
    advertisementInterval: durationOf(instance.advertisementInterval),
    initialState: initialStates.value(instance.initialState),
    preempt: instance.preempt,
    preemptDelay: durationOf(instance.preemptDelay),
    ...wireOf(instance),
    ...electionOf(instance),
    ...instanceTrackingOf(instance),
    sourceAddress: instance.sourceAddress,
    multicastGroup: instance.multicastGroup,
    authentication: {
      type: authenticationTypes.value(instance.authentication.type),
      password: instance.authentication.password,
      passwordFile: instance.authentication.passwordFile,
    },
    checksumWithPseudoHeader: instance.checksumWithPseudoHeader,
    virtualAddresses: instance.virtualAddresses.map(virtualAddressOf),
    excludedAddresses: instance.excludedAddresses.map(virtualAddressOf),
    noVirtualAddresses: instance.noVirtualAddresses,
    promoteSecondaries: instance.promoteSecondaries,
    gratuitousArp: gratuitousArpOf(instance.gratuitousArp),
    notify: notifyOf(instance.notify),
    accept: instance.accept,
    virtualMac: instance.virtualMac && VirtualMac.fromPartial(instance.virtualMac),
    virtualMacElsewhere: instance.virtualMacElsewhere,
    virtualMacPrefix: instance.virtualMacPrefix,
    virtualMacElsewherePrefix: instance.virtualMacElsewherePrefix,
    ipvlan: instance.ipvlan && Ipvlan.fromPartial(instance.ipvlan),
    virtualRoutes: instance.virtualRoutes.map(routeOf),
    virtualRules: instance.virtualRules.map(ruleOf),
  };
}

function virtualServer(server: VirtualServerSettings): VirtualServer {
  return {
    name: server.name,
    address: server.address,
    port: server.port,
    protocol: protocolWords.value(server.protocol),
    firewallMark: server.firewallMark,
    family: families.value(server.family),
    scheduler: server.scheduler,
    schedulerFlags: [...server.schedulerFlags],
    onePacket: server.onePacket,
    persistenceTimeout: optionalDuration(server.persistenceTimeout),
    persistenceGranularity: server.persistenceGranularity,
    persistenceEngine: server.persistenceEngine,
    forwarding: forwardings.value(server.forwarding),
    tunnel: tunnel(server.tunnel),
    inhibitOnFailure: server.inhibitOnFailure,
    virtualHost: server.virtualHost,
    quorum: server.quorum,
    hysteresis: server.hysteresis,
    sorryServer: server.sorryServer && sorryServer(server.sorryServer),
    notify: poolNotifyOf(server.notify),
    tellStop: server.tellStop,
    suspendWithoutAddress: server.suspendWithoutAddress,
    ...checkTimingOf(server),
    flapDamping: flapDampingOf(server),
    services: servicesOf(server),
    markedTraffic: markedTrafficOf(server),
    slowStart: optionalDuration(server.slowStart),
    realServers: server.realServers.map(realServer),
  };
}

function sorryServer({ address, port, forwarding, tunnel: kind, inhibit }: SorryServerSettings): SorryServer {
  return { address, port, forwarding: forwardings.value(forwarding), tunnel: tunnel(kind), inhibit };
}

function tunnel(settings: VirtualServerSettings["tunnel"]): Tunnel | undefined {
  if (settings === undefined) return undefined;
  const { type, port, checksum } = settings;
  return { type: tunnelTypes.value(type), port, checksum: tunnelChecksums.value(checksum) };
}

function realServer(server: RealServerSettings): RealServer {
  return {
    name: server.name,
    address: server.address,
    port: server.port,
    weight: server.weight,
    forwarding: forwardings.value(server.forwarding),
    tunnel: tunnel(server.tunnel),
    upperThreshold: server.upperThreshold,
    lowerThreshold: server.lowerThreshold,
    inhibitOnFailure: server.inhibitOnFailure,
    virtualHost: server.virtualHost,
    notify: poolNotifyOf(server.notify),
    ...checkTimingOf(server),
    flapDamping: flapDampingOf(server),
    checkers: server.checkers.map(checkerOf),
  };
}
