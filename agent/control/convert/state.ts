// From views to the wire.

import type {
  CheckerView,
  ProbeView,
  RealServerView,
  SorryServerView,
  VirtualServerView,
} from "../../balancer/view.ts";
import type { NotificationQueueView } from "../../notifications/view.ts";
import type { BelongingView, InstanceView, SyncGroupView, TrackerView } from "../../vrrp/view.ts";
import type { NotificationQueueState } from "../gen/vipward/v1/notification.pb.ts";
import {
  type Belonging,
  type CheckerState,
  CheckerState_Verdict,
  type ConfigState,
  type ProbeResult,
  type ProcessState,
  type RealServerState,
  type SorryServerState,
  type State,
  type SyncGroupState,
  type TrackerState,
  type VirtualServerState,
  type VrrpInstanceState,
} from "../gen/vipward/v1/state.pb.ts";
import type { ConfigView } from "../words/revision.ts";
import type { ProcessView, StateSnapshot } from "../words/state.ts";
import { bfdSessionStateOf } from "./bfd.ts";
import { confirmationOf } from "./confirmation.ts";
import { processRoleOf, trackerKindOf, vrrpStateOf } from "./event.ts";
import { explanationOf } from "./explanation.ts";
import { countersOf as ipvsCountersOf, ipvsStateOf } from "./ipvs-state.ts";
import { overrideOf } from "./override.ts";
import { durationOf, optionalDuration, timeOf } from "./time.ts";

/** A snapshot on the wire. */
export function stateOf(snapshot: StateSnapshot): State {
  return {
    sequence: BigInt(snapshot.sequence),
    bootId: snapshot.bootId,
    time: timeOf(snapshot.at),
    config: configStateOf(snapshot.config),
    processes: snapshot.processes.map(processStateOf),
    vrrpInstances: snapshot.vrrpInstances.map(instanceStateOf),
    syncGroups: snapshot.syncGroups.map(syncGroupStateOf),
    staticObjects: snapshot.staticObjects.map(belongingOf),
    bfdSessions: snapshot.bfdSessions.map(bfdSessionStateOf),
    virtualServers: snapshot.virtualServers.map(virtualServerStateOf),
    checkers: snapshot.checkers.map(checkerStateOf),
    ipvs: snapshot.ipvs && ipvsStateOf(snapshot.ipvs),
    notificationQueues: snapshot.notificationQueues.map(notificationQueueStateOf),
    overrides: snapshot.overrides.map(overrideOf),
  };
}

/** The running configuration on the wire. */
export function configStateOf({ revision, hash, author, reason, source, at, confirmation }: ConfigView): ConfigState {
  return {
    revision: BigInt(revision),
    hash,
    author,
    reason,
    source,
    time: at === 0 ? undefined : timeOf(at),
    confirmation: confirmation && confirmationOf(confirmation),
  };
}

/** A process on the wire. */
export function processStateOf(process: ProcessView): ProcessState {
  return {
    role: processRoleOf(process.role),
    pid: process.pid ?? 0,
    running: process.pid !== undefined,
    needed: process.needed,
    build: process.build,
    since: timeOf(process.since),
    maxLateness: optionalDuration(process.maxLatenessMs),
    restarts: process.restarts,
    revision: BigInt(process.revision),
  };
}

/** A VRRP instance on the wire. */
export function instanceStateOf(view: InstanceView): VrrpInstanceState {
  return {
    name: view.name,
    interface: view.interface,
    virtualRouterId: view.virtualRouterId,
    version: view.version,
    state: vrrpStateOf(view.state),
    since: timeOf(view.since),
    reason: view.reason,
    priority: view.priority,
    effectivePriority: view.effectivePriority,
    advertisementInterval: durationOf(view.advertisementIntervalMs),
    skewTime: durationOf(view.skewTimeMs),
    masterDownInterval: durationOf(view.masterDownIntervalMs),
    masterAddress: view.masterAddress ?? "",
    masterPriority: view.masterPriority,
    virtualAddresses: view.virtualAddresses.map((address) => ({ ...address, excluded: address.excluded === true })),
    peerDifferences: (view.peerDifferences ?? []).map(({ peer, differences }) => ({
      peer,
      differences: [...differences],
    })),
    heartbeatPaths: (view.heartbeatPaths ?? []).map((path) => ({ ...path })),
    counters: countersOf(view.counters),
    trackers: (view.trackers ?? []).map(trackerStateOf),
    explanation: view.explanation && explanationOf(view.explanation),
    belongings: (view.belongings ?? []).map(belongingOf),
  };
}

/** A sync group on the wire. */
export function syncGroupStateOf({ name, state, since, members }: SyncGroupView): SyncGroupState {
  return { name, state: vrrpStateOf(state), since: timeOf(since), members: [...members] };
}

function trackerStateOf({ kind, value, ...tracker }: TrackerView): TrackerState {
  return { ...tracker, kind: trackerKindOf(kind), value: value === undefined ? undefined : BigInt(value) };
}

/** Something in the kernel that is not a virtual address, on the wire. */
export function belongingOf({ kind, object, present }: BelongingView): Belonging {
  return { kind, object, present };
}

/** A virtual server on the wire. */
export function virtualServerStateOf(view: VirtualServerView): VirtualServerState {
  const { name, service, scheduler, present, quorum, sorryServer, realServers } = view;
  return {
    ...{ name, service, scheduler, present, quorum },
    furtherServices: [...(view.furtherServices ?? [])],
    counters: ipvsCountersOf(view.counters),
    sorryServer: sorryServer && sorryServerStateOf(sorryServer),
    realServers: realServers.map(realServerStateOf),
  };
}

function sorryServerStateOf({ name, forwarding, weight, ...connections }: SorryServerView): SorryServerState {
  const { activeConnections, inactiveConnections } = connections;
  return {
    ...{ name, forwarding, weight },
    activeConnections: BigInt(activeConnections),
    inactiveConnections: BigInt(inactiveConnections),
  };
}

/** A checker on the wire. */
export function checkerStateOf(view: CheckerView): CheckerState {
  return {
    id: view.id,
    virtualServer: view.virtualServer,
    realServer: view.realServer,
    probe: view.probe,
    verdict: verdicts[view.state],
    since: timeOf(view.since),
    consecutiveFailures: view.consecutiveFailures,
    lastProbe: view.lastProbe && probeResultOf(view.lastProbe),
    probes: BigInt(view.probes),
    failures: BigInt(view.failures),
    history: (view.history ?? []).map(probeResultOf),
    suspended: view.suspended ?? false,
    certificateNotAfter: view.certificateEnd === undefined ? undefined : timeOf(view.certificateEnd),
    heldUntil: view.heldUntil === undefined ? undefined : timeOf(view.heldUntil),
  };
}

/** Something that notifications go to, on the wire. */
export function notificationQueueStateOf(view: NotificationQueueView): NotificationQueueState {
  const { name, waiting, delivered, failed, dropped, problem } = view;
  const counts = { waiting: BigInt(waiting), delivered: BigInt(delivered) };
  return { name, ...counts, failed: BigInt(failed), dropped: BigInt(dropped), problem };
}

const verdicts: Readonly<Record<CheckerView["state"], CheckerState_Verdict>> = {
  unknown: CheckerState_Verdict.VERDICT_UNKNOWN,
  up: CheckerState_Verdict.VERDICT_UP,
  down: CheckerState_Verdict.VERDICT_DOWN,
};

function countersOf({ refused, ...counters }: InstanceView["counters"]): VrrpInstanceState["counters"] {
  return {
    advertisementsSent: BigInt(counters.advertisementsSent),
    advertisementsReceived: BigInt(counters.advertisementsReceived),
    priorityZeroSent: BigInt(counters.priorityZeroSent),
    priorityZeroReceived: BigInt(counters.priorityZeroReceived),
    becameMaster: BigInt(counters.becameMaster),
    releasedMaster: BigInt(counters.releasedMaster),
    announcementsSent: BigInt(counters.announcementsSent),
    addressClaims: BigInt(counters.addressClaims),
    refused: Object.fromEntries(Object.entries(refused).map(([rule, count]) => [rule, BigInt(count)])),
  };
}

function realServerStateOf(view: RealServerView): RealServerState {
  return {
    name: view.name,
    forwarding: view.forwarding,
    configuredWeight: view.configuredWeight,
    weight: view.weight,
    up: view.up,
    reason: view.reason,
    since: timeOf(view.since),
    activeConnections: BigInt(view.activeConnections),
    inactiveConnections: BigInt(view.inactiveConnections),
    persistentConnections: BigInt(view.persistentConnections ?? 0),
    counters: ipvsCountersOf(view.counters),
  };
}

function probeResultOf({ at, durationMs, passed, detail }: ProbeView): ProbeResult {
  return { time: timeOf(at), duration: durationOf(durationMs), passed, detail };
}
