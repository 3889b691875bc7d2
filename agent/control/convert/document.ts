// From the wire to a document: the camelCase object that the schema validates. A field that is not set is left out. Nothing is judged
// here: what is wrong is found once, by the schema, with the path that the sender knows.

import { fail, ok, type Result } from "../../base/result.ts";
import type {
  Authentication,
  Config,
  RealServer,
  SorryServer,
  Tunnel,
  VirtualServer,
  VrrpInstance,
} from "../gen/vipward/v1/config.pb.ts";
import type { VrrpGeneral } from "../gen/vipward/v1/election.pb.ts";
import type { Refusal } from "../words/refusal.ts";
import { bfdSessionDocument } from "./bfd.ts";
import { addCheckTiming, checkerDocument, checkTimingFields, flapDampingFields } from "./checkers.ts";
import { electionFields, garpGroupFields, gratuitousArpFields, vrrpGeneralFields } from "./election.ts";
import {
  authenticationTypes,
  families,
  forwardings,
  initialStates,
  protocolWords,
  tunnelChecksums,
  tunnelTypes,
} from "./enums.ts";
import { ipvsDocument } from "./ipvs.ts";
import { notificationsDocument, notifyDocument, poolNotifyDocument, programsDocument } from "./notifications.ts";
import { add, type DocumentObject, list, present } from "./present.ts";
import { processesDocument } from "./processes.ts";
import { routeDocument, ruleDocument } from "./routing.ts";
import { markedTrafficDocument, servicesDocument } from "./services.ts";
import { syncDaemonDocument } from "./sync-daemon.ts";
import { durationText } from "./time.ts";
import { instanceTrackingFields, trackingFields } from "./tracking.ts";
import { virtualAddressDocument } from "./virtual-address.ts";
import { wireFields } from "./wire.ts";

export type { DocumentObject } from "./present.ts";

/** The document of a request. One without a configuration is refused: it would remove everything, and is more likely a slip. */
export function requestedDocument(config: Config | undefined): Result<DocumentObject, Refusal> {
  if (config !== undefined) return ok(documentOf(config));
  const message = "is missing, expected a configuration; an empty one removes everything";
  return fail({ kind: "invalid-argument", field: "config", message });
}

/** The document that a configuration on the wire stands for. */
export function documentOf(config: Config): DocumentObject {
  return present({
    director: config.director && present({ ...config.director }),
    addressLease: durationText(config.addressLease),
    vrrp: config.vrrp && vrrpGeneral(config.vrrp),
    programs: config.programs && programsDocument(config.programs),
    notifications: config.notifications && notificationsDocument(config.notifications),
    ...trackingFields(config),
    bfdSessions: list(config.bfdSessions, bfdSessionDocument),
    vrrpInstances: list(config.vrrpInstances, vrrpInstance),
    virtualServers: list(config.virtualServers, virtualServer),
    processes: config.processes && processesDocument(config.processes),
    ipvs: config.ipvs && ipvsDocument(config.ipvs),
    syncDaemon: config.syncDaemon && syncDaemonDocument(config.syncDaemon),
    trackGroups: list(config.trackGroups, ({ name, members }) =>
      present({ name: given(name), members: list(members, (one) => one) }),
    ),
    staticAddresses: list(config.staticAddresses, virtualAddressDocument),
    staticRoutes: list(config.staticRoutes, routeDocument),
    staticRules: list(config.staticRules, ruleDocument),
  });
}

function vrrpInstance(instance: VrrpInstance): DocumentObject {
  return present({
    name: given(instance.name),
    interface: given(instance.interface),
    version: instance.version,
    virtualRouterId: instance.virtualRouterId === 0 ? undefined : instance.virtualRouterId,
    priority: instance.priority,
    advertisementInterval: durationText(instance.advertisementInterval),
    initialState: initialStates.word(instance.initialState),
    preempt: instance.preempt,
    preemptDelay: durationText(instance.preemptDelay),
    ...wireFields(instance),
    ...electionFields(instance),
    ...instanceTrackingFields(instance),
    sourceAddress: instance.sourceAddress,
    multicastGroup: instance.multicastGroup,
    authentication: instance.authentication && authentication(instance.authentication),
    checksumWithPseudoHeader: instance.checksumWithPseudoHeader,
    virtualAddresses: list(instance.virtualAddresses, virtualAddressDocument),
    excludedAddresses: list(instance.excludedAddresses, virtualAddressDocument),
    noVirtualAddresses: instance.noVirtualAddresses,
    promoteSecondaries: instance.promoteSecondaries,
    gratuitousArp: instance.gratuitousArp && present(gratuitousArpFields(instance.gratuitousArp)),
    notify: instance.notify && notifyDocument(instance.notify),
    accept: instance.accept,
    virtualMac: instance.virtualMac && present({ ...instance.virtualMac }),
    virtualMacElsewhere: instance.virtualMacElsewhere,
    virtualMacPrefix: instance.virtualMacPrefix,
    virtualMacElsewherePrefix: instance.virtualMacElsewherePrefix,
    ipvlan: instance.ipvlan && present({ ...instance.ipvlan }),
    virtualRoutes: list(instance.virtualRoutes, routeDocument),
    virtualRules: list(instance.virtualRules, ruleDocument),
  });
}

function authentication({ type, password, passwordFile }: Authentication): DocumentObject {
  return present({ type: authenticationTypes.word(type), password, passwordFile });
}

function vrrpGeneral(general: VrrpGeneral): DocumentObject {
  return present({
    ...vrrpGeneralFields(general),
    garpGroups: list(general.garpGroups, (group) => present(garpGroupFields(group))),
  });
}

function virtualServer(server: VirtualServer): DocumentObject {
  return present({
    name: server.name,
    address: server.address,
    port: server.port,
    protocol: protocolWords.word(server.protocol),
    firewallMark: server.firewallMark,
    family: families.word(server.family),
    scheduler: server.scheduler,
    schedulerFlags: list(server.schedulerFlags, (flag) => flag),
    onePacket: server.onePacket,
    persistenceTimeout: durationText(server.persistenceTimeout),
    persistenceGranularity: server.persistenceGranularity,
    persistenceEngine: server.persistenceEngine,
    forwarding: forwardings.word(server.forwarding),
    tunnel: server.tunnel && tunnel(server.tunnel),
    inhibitOnFailure: server.inhibitOnFailure,
    virtualHost: server.virtualHost,
    quorum: server.quorum,
    hysteresis: server.hysteresis,
    sorryServer: server.sorryServer && sorryServer(server.sorryServer),
    notify: poolNotifyDocument(server.notify),
    tellStop: server.tellStop,
    suspendWithoutAddress: server.suspendWithoutAddress,
    ...checkTimingFields(server),
    flapDamping: flapDampingFields(server.flapDamping),
    services: servicesDocument(server.services),
    markedTraffic: markedTrafficDocument(server.markedTraffic),
    slowStart: durationText(server.slowStart),
    realServers: list(server.realServers, realServer),
  });
}

function sorryServer({ address, port, forwarding, tunnel: kind, inhibit }: SorryServer): DocumentObject {
  return present({
    address: given(address),
    port,
    forwarding: forwardings.word(forwarding),
    tunnel: kind && tunnel(kind),
    inhibit,
  });
}

function tunnel({ type, port, checksum }: Tunnel): DocumentObject {
  return present({ type: tunnelTypes.word(type), port, checksum: tunnelChecksums.word(checksum) });
}

function realServer(server: RealServer): DocumentObject {
  const document: Record<string, unknown> = {};
  add(document, "name", server.name);
  add(document, "address", given(server.address));
  add(document, "port", server.port);
  add(document, "weight", server.weight);
  add(document, "forwarding", forwardings.word(server.forwarding));
  add(document, "tunnel", server.tunnel && tunnel(server.tunnel));
  add(document, "upperThreshold", server.upperThreshold);
  add(document, "lowerThreshold", server.lowerThreshold);
  add(document, "inhibitOnFailure", server.inhibitOnFailure);
  add(document, "virtualHost", server.virtualHost);
  add(document, "notify", poolNotifyDocument(server.notify));
  addCheckTiming(document, server);
  add(document, "flapDamping", flapDampingFields(server.flapDamping));
  add(document, "checkers", list(server.checkers, checkerDocument));
  return document;
}

/** An empty text on the wire is a field that is not set. */
function given(text: string): string | undefined {
  return text === "" ? undefined : text;
}
