// From events to the wire.

import { unreachable } from "../../base/errors.ts";
import type {
  Event as DomainEvent,
  ProcessRole as DomainRole,
  VrrpState as DomainState,
  NumberedEvent,
} from "../../events/event.ts";
import {
  AddressChanged_Change,
  BelongingChanged_Change,
  type Event,
  ProcessRole,
  TrackerKind,
  VrrpState,
} from "../gen/vipward/v1/event.pb.ts";
import { durationOf, timeOf } from "./time.ts";

/** A numbered event on the wire. */
export function eventOf({ sequence, at, event }: NumberedEvent): Event {
  return { sequence: BigInt(sequence), time: timeOf(at), kind: kindOf(event) };
}

const states: Readonly<Record<DomainState, VrrpState>> = {
  initialize: VrrpState.VRRP_STATE_INITIALIZE,
  backup: VrrpState.VRRP_STATE_BACKUP,
  master: VrrpState.VRRP_STATE_MASTER,
  fault: VrrpState.VRRP_STATE_FAULT,
};

const roles: Readonly<Record<DomainRole, ProcessRole>> = {
  control: ProcessRole.PROCESS_ROLE_CONTROL,
  vrrp: ProcessRole.PROCESS_ROLE_VRRP,
  checkers: ProcessRole.PROCESS_ROLE_CHECKERS,
};

const addressChanges = {
  added: AddressChanged_Change.CHANGE_ADDED,
  removed: AddressChanged_Change.CHANGE_REMOVED,
  lost: AddressChanged_Change.CHANGE_LOST,
} as const;

const belongingChanges = {
  added: BelongingChanged_Change.CHANGE_ADDED,
  removed: BelongingChanged_Change.CHANGE_REMOVED,
  lost: BelongingChanged_Change.CHANGE_LOST,
} as const;

/** What is not known of a rival. */
const noRival = { peer: "", peerPriority: 0, address: "", hardwareAddress: "" };

const trackerKinds = {
  interface: TrackerKind.TRACKER_KIND_INTERFACE,
  script: TrackerKind.TRACKER_KIND_SCRIPT,
  process: TrackerKind.TRACKER_KIND_PROCESS,
  file: TrackerKind.TRACKER_KIND_FILE,
  "track-group": TrackerKind.TRACKER_KIND_TRACK_GROUP,
  bfd: TrackerKind.TRACKER_KIND_BFD,
} as const;

/** What kind of thing is tracked, on the wire. */
export function trackerKindOf(kind: keyof typeof trackerKinds): TrackerKind {
  return trackerKinds[kind];
}

/** A VRRP state on the wire; UNSPECIFIED for none. */
export function vrrpStateOf(state: DomainState | undefined): VrrpState {
  return state === undefined ? VrrpState.VRRP_STATE_UNSPECIFIED : states[state];
}

/** A process's role on the wire. */
export function processRoleOf(role: DomainRole): ProcessRole {
  return roles[role];
}

function kindOf(event: DomainEvent): NonNullable<Event["kind"]> {
  switch (event.kind) {
    case "vrrp-state-changed": {
      const { from, to, peer = "", removed = false } = event;
      const value = { ...withoutKind(event), from: vrrpStateOf(from), to: vrrpStateOf(to), peer, removed };
      return { $case: "vrrpStateChanged", value };
    }
    case "vrrp-priority-changed":
      return { $case: "vrrpPriorityChanged", value: { ...withoutKind(event), state: vrrpStateOf(event.state) } };
    case "tracker-changed": {
      const { tracker, value: number, ...rest } = withoutKind(event);
      const value = number === undefined ? undefined : BigInt(number);
      return { $case: "trackerChanged", value: { ...rest, tracker: trackerKinds[tracker], value } };
    }
    case "bfd-session-changed":
      return { $case: "bfdSessionChanged", value: withoutKind(event) };
    case "sync-group-state-changed": {
      const value = { ...withoutKind(event), from: vrrpStateOf(event.from), to: vrrpStateOf(event.to) };
      return { $case: "syncGroupStateChanged", value };
    }
    case "heartbeat-path-changed":
      return { $case: "heartbeatPathChanged", value: withoutKind(event) };
    case "address-changed":
      return { $case: "addressChanged", value: { ...withoutKind(event), change: addressChanges[event.change] } };
    case "belonging-changed": {
      const { instance = "", belonging, object, change } = event;
      return { $case: "belongingChanged", value: { instance, belonging, object, change: belongingChanges[change] } };
    }
    case "advertisement-refused":
      return { $case: "advertisementRefused", value: withoutKind(event) };
    case "peer-differs": {
      const { instance, peer, differences } = event;
      return { $case: "peerDiffers", value: { instance, peer, differences: [...differences] } };
    }
    case "dual-master":
      return { $case: "dualMaster", value: { ...noRival, ...withoutKind(event) } };
    case "neighbour-checked":
      return { $case: "neighbourChecked", value: withoutKind(event) };
    case "checker-changed":
      return { $case: "checkerChanged", value: withoutKind(event) };
    case "real-server-changed":
      return { $case: "realServerChanged", value: { ...withoutKind(event), first: event.first ?? false } };
    case "real-server-weight-changed":
      return { $case: "realServerWeightChanged", value: withoutKind(event) };
    case "checker-held":
      return { $case: "checkerHeld", value: { ...withoutKind(event), until: timeOf(event.until) } };
    case "server-certificate-changed":
      return { $case: "serverCertificateChanged", value: { ...withoutKind(event), notAfter: timeOf(event.notAfter) } };
    case "quorum-changed":
      return { $case: "quorumChanged", value: withoutKind(event) };
    case "ipvs-applied": {
      const { added, updated, removed, durationMs, revision = 0, requestId = "" } = event;
      const link = { revision: BigInt(revision), requestId };
      return { $case: "ipvsApplied", value: { added, updated, removed, duration: durationOf(durationMs), ...link } };
    }
    case "ipvs-refused":
      return { $case: "ipvsRefused", value: { ...withoutKind(event), text: event.text ?? "" } };
    case "ipvs-drift":
      return { $case: "ipvsDrift", value: withoutKind(event) };
    case "config-applied": {
      const { revision, requestId = "" } = event;
      return { $case: "configApplied", value: { ...withoutKind(event), revision: BigInt(revision), requestId } };
    }
    case "config-rejected": {
      const { author, problems, requestId = "" } = event;
      return { $case: "configRejected", value: { author, problems: [...problems], requestId } };
    }
    case "certificate-loaded":
      return { $case: "certificateLoaded", value: { ...withoutKind(event), notAfter: timeOf(event.notAfter) } };
    case "certificate-on-trial": {
      const { notAfter, until } = event;
      const value = { ...withoutKind(event), notAfter: timeOf(notAfter), expireTime: timeOf(until) };
      return { $case: "certificateOnTrial", value };
    }
    case "certificate-refused":
      return { $case: "certificateRefused", value: withoutKind(event) };
    case "certificate-expiring":
      return { $case: "certificateExpiring", value: { ...withoutKind(event), notAfter: timeOf(event.notAfter) } };
    case "override-set":
      return { $case: "overrideSet", value: { ...withoutKind(event), until: timeOf(event.until) } };
    case "override-ended":
      return { $case: "overrideEnded", value: withoutKind(event) };
    case "config-confirmed":
      return { $case: "configConfirmed", value: { ...withoutKind(event), revision: BigInt(event.revision) } };
    case "config-rolled-back": {
      const { revision, from, to, ...rest } = withoutKind(event);
      const value = { ...rest, revision: BigInt(revision), from: BigInt(from), to: BigInt(to) };
      return { $case: "configRolledBack", value };
    }
    case "process-started":
      return { $case: "processStarted", value: { ...withoutKind(event), role: roles[event.role] } };
    case "process-ended":
      return { $case: "processEnded", value: { ...withoutKind(event), role: roles[event.role] } };
    case "agent-stopping":
      return { $case: "agentStopping", value: withoutKind(event) };
    case "notification-failed":
      return { $case: "notificationFailed", value: withoutKind(event) };
    case "notifications-dropped":
      return { $case: "notificationsDropped", value: { ...withoutKind(event), count: BigInt(event.count) } };
    default:
      return unreachable(event);
  }
}

function withoutKind<E extends DomainEvent>(event: E): Omit<E, "kind"> {
  const { kind: _, ...rest } = event;
  return rest;
}
