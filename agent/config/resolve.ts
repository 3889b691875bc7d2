// Settings to model: every inheritance done (virtual server, real server, checker), every identity worked out. It never fails on settings
// that validateSettings accepts.

import { formatEndpoint } from "../base/address.ts";
import type { IpvsTimeouts } from "../kernel/ipvs-timeouts.ts";
import type { GratuitousArpModel } from "./gratuitous-arp-model.ts";
import type {
  BalancerModel,
  Model,
  RealServerModel,
  SorryServerModel,
  VirtualServerModel,
  VrrpInstanceModel,
} from "./model.ts";
import { resolveAddresses } from "./resolve-addresses.ts";
import { resolveBelongings, resolveStatic, withoutBelongings } from "./resolve-belongings.ts";
import { bfdSessionsOf } from "./resolve-bfd.ts";
import { resolveCheckers } from "./resolve-checkers.ts";
import { resolveNotifications } from "./resolve-notifications.ts";
import { checkersProcessOf, vrrpProcessOf } from "./resolve-processes.ts";
import {
  configuredPort,
  destinationPort,
  forwardingOf,
  serviceKeysOf,
  serviceName,
  serviceOf,
} from "./resolve-service.ts";
import { followedBy, interfaceDelaysOf, syncGroupsOf, watchedOf } from "./resolve-tracking.ts";
import {
  familyOfInstance,
  groupOfInstance,
  resolveAuthentication,
  resolveWire,
  versionOfInstance,
} from "./resolve-wire.ts";
import type {
  RealServerSettings,
  Settings,
  SorryServerSettings,
  VirtualServerSettings,
  VrrpInstanceSettings,
} from "./schema/settings.ts";

/** The model of valid settings. */
export function resolveSettings(settings: Settings): Model {
  return {
    director: { name: settings.director.name },
    vrrp: {
      addressLease: settings.addressLease,
      general: settings.vrrp,
      ...resolveStatic(settings),
      instances: settings.vrrpInstances.map((instance) => ({
        ...resolveInstance(instance),
        ...followedBy(instance, settings),
      })),
      ...watchedOf(settings),
      ...interfaceDelaysOf(settings),
      ...syncGroupsOf(settings),
      ...bfdSessionsOf(settings),
      ...vrrpProcessOf(settings.processes),
    },
    balancer: {
      virtualServers: settings.virtualServers.map((server) => resolveVirtualServer(server, settings)),
      ...(settings.notifications.firstRealServers && { tellsFirstRealServers: true as const }),
      ...ipvsSettingsOf(settings),
      ...checkersProcessOf(settings.processes),
    },
    notifications: resolveNotifications(settings),
  };
}

/** Nothing where all is as usual. */
function ipvsSettingsOf({ ipvs }: Settings): Pick<BalancerModel, "ipvs"> {
  const { timeouts, flushAtStart, flushAtStop, networkNamespace } = ipvs;
  const given = {
    ...(timeouts !== undefined && { timeouts: withoutGaps(timeouts) }),
    ...(flushAtStart && { flushAtStart }),
    ...(flushAtStop && { flushAtStop }),
    ...(networkNamespace !== undefined && { networkNamespace }),
  };
  return Object.keys(given).length === 0 ? {} : { ipvs: given };
}

function withoutGaps(timeouts: NonNullable<Settings["ipvs"]["timeouts"]>): Partial<IpvsTimeouts> {
  return Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== undefined));
}

function resolveInstance(instance: VrrpInstanceSettings): VrrpInstanceModel {
  const {
    authentication,
    sourceAddress,
    virtualAddresses,
    strictMode,
    notify: _,
    trackInterfaces: _interfaces,
    trackScripts: _scripts,
    trackProcesses: _processes,
    trackFiles: _files,
    trackBfdSessions: _sessions,
    trackPrimary: _primary,
    unicast: _unicast,
    heartbeatPaths: _paths,
    strictChecksum: _strict,
    vrf: _vrf,
    checkAdvertisedAddresses: _check,
    authHmac: _hmac,
    ...same
  } = withoutBelongings(instance);
  return {
    ...same,
    interface: instance.interface ?? "",
    family: familyOfInstance(instance),
    version: versionOfInstance(instance),
    multicastGroup: groupOfInstance(instance),
    sourceAddress,
    timerExpiredBackup: instance.timerExpiredBackup,
    lowerPrioNoAdvert: instance.lowerPrioNoAdvert ?? strictMode,
    ownerIgnoreAdverts: instance.ownerIgnoreAdverts ?? strictMode,
    gratuitousArp: resolveGratuitousArp(instance),
    authentication: resolveAuthentication(authentication),
    virtualAddresses: resolveAddresses(instance),
    ...resolveWire(instance),
    ...resolveBelongings(instance),
  };
}

/** keepalived answers a lesser master with as many announcements as a new master makes, and in strict mode with none. */
function resolveGratuitousArp({ gratuitousArp, strictMode }: VrrpInstanceSettings): GratuitousArpModel {
  const { repeat, delay, lowerPriorityRepeat, lowerPriorityDelay } = gratuitousArp;
  return {
    ...gratuitousArp,
    lowerPriorityRepeat: lowerPriorityRepeat ?? (strictMode ? 0 : repeat),
    lowerPriorityDelay: lowerPriorityDelay ?? delay,
  };
}

/** The model of one virtual server. Of the rest of the settings it depends on programs, tracked files and FIFOs. */
export function resolveVirtualServer(server: VirtualServerSettings, settings: Settings): VirtualServerModel {
  return {
    name: serviceName(server),
    service: serviceOf(server),
    ...furtherKeysOf(server),
    ...markedTrafficOf(server),
    ...(server.slowStart !== undefined && { slowStart: server.slowStart }),
    quorum: server.quorum,
    hysteresis: server.hysteresis,
    sorryServer: server.sorryServer && resolveSorryServer(server, server.sorryServer),
    ...(server.suspendWithoutAddress && { suspendsWithoutAddress: true as const }),
    ...((server.notify !== undefined || tellsAll(settings)) && { tellsFirstQuorum: true as const }),
    ...(server.tellStop && { tellsStop: true as const }),
    realServers: server.realServers.map((realServer) => resolveRealServer(server, realServer, settings)),
  };
}

function markedTrafficOf({ markedTraffic }: VirtualServerSettings): Pick<VirtualServerModel, "markedTraffic"> {
  if (markedTraffic.length === 0) return {};
  return {
    markedTraffic: markedTraffic.map(({ address, protocol, ports }) => ({ addresses: address, protocol, ports })),
  };
}

/** Whether a FIFO is told of every virtual server. */
function tellsAll({ notifications }: Settings): boolean {
  return notifications.fifos.some(({ events }) => events !== "vrrp");
}

function furtherKeysOf(server: VirtualServerSettings): Pick<VirtualServerModel, "furtherKeys"> {
  if (server.services.length === 0) return {};
  const [, ...furtherKeys] = serviceKeysOf(server);
  return furtherKeys.length === 0 ? {} : { furtherKeys };
}

function resolveSorryServer(server: VirtualServerSettings, sorry: SorryServerSettings): SorryServerModel {
  return {
    name: formatEndpoint(sorry.address, configuredPort(server, sorry)),
    address: sorry.address,
    port: destinationPort(server, sorry),
    forwarding: forwardingOf(server, sorry),
    inhibit: sorry.inhibit,
  };
}

function resolveRealServer(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  settings: Settings,
): RealServerModel {
  const { address, weight, upperThreshold, lowerThreshold } = realServer;
  return {
    name: realServerName(server, realServer),
    address,
    port: destinationPort(server, realServer),
    weight,
    forwarding: forwardingOf(server, realServer),
    upperThreshold,
    // Without an upper one the kernel refuses it.
    lowerThreshold: upperThreshold === 0 ? 0 : lowerThreshold,
    inhibitOnFailure: realServer.inhibitOnFailure ?? server.inhibitOnFailure,
    checkers: resolveCheckers(server, realServer, settings),
  };
}

/** The name of a real server: as configured, or its address and the port written for it. */
export function realServerName(server: VirtualServerSettings, realServer: RealServerSettings): string {
  return realServer.name ?? formatEndpoint(realServer.address, configuredPort(server, realServer));
}
