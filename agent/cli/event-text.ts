// Events as lines for people: number, time, name, and a sentence.

import type { Event } from "../control/gen/vipward/v1/event.pb.ts";
import { AddressChanged_Change, BelongingChanged_Change } from "../control/gen/vipward/v1/event.pb.ts";
import { length, roleWord, stateWord, trackerWord } from "./words.ts";

/** "1042 2026-03-01T12:00:00.000Z vrrp-state-changed web backup -> master prio 150: no advertisement within 3.6s" */
export function eventText({ sequence, time, kind }: Event): string {
  return [sequence, time?.toISOString() ?? "-", kindText(kind)].join(" ");
}

function kindText(kind: Event["kind"]): string {
  switch (kind?.$case) {
    case "vrrpStateChanged": {
      const { instance, from, to, priority, reason, peer } = kind.value;
      const by = peer === "" ? "" : ` by ${peer}`;
      return `vrrp-state-changed ${instance} ${stateWord(from)} -> ${stateWord(to)} prio ${priority}${by}: ${reason}`;
    }
    case "vrrpPriorityChanged": {
      const { instance, state, from, to, reason } = kind.value;
      return `vrrp-priority-changed ${instance} ${stateWord(state)} prio ${from} -> ${to}: ${reason}`;
    }
    case "trackerChanged": {
      const { tracker, name, up, value, reason } = kind.value;
      const number = value === undefined ? "" : ` ${value}`;
      return `tracker-changed ${trackerWord(tracker)} ${name} ${upWord(up)}${number}: ${reason}`;
    }
    case "bfdSessionChanged": {
      const { session, neighbour, up, reason } = kind.value;
      return `bfd-session-changed ${session} ${neighbour} ${upWord(up)}: ${reason}`;
    }
    case "syncGroupStateChanged": {
      const { group, from, to, priority, reason } = kind.value;
      return `sync-group-state-changed ${group} ${stateWord(from)} -> ${stateWord(to)} prio ${priority}: ${reason}`;
    }
    case "heartbeatPathChanged": {
      const { instance, interface: link, open, reason } = kind.value;
      return `heartbeat-path-changed ${instance} dev ${link} ${open ? "open" : `closed: ${reason}`}`;
    }
    case "addressChanged": {
      const { instance, address, prefixLength, interface: link, change } = kind.value;
      return `address-changed ${instance} ${address}/${prefixLength} dev ${link} ${changeWord(change)}`;
    }
    case "belongingChanged": {
      const { instance, belonging, object, change } = kind.value;
      const owner = instance === "" ? "" : ` of ${instance}`;
      return `belonging-changed ${belonging} ${object}${owner} ${belongingWord(change)}`;
    }
    case "advertisementRefused":
      return `advertisement-refused ${kind.value.instance} from ${kind.value.source}: ${kind.value.rule}`;
    case "peerDiffers": {
      const { instance, peer, differences } = kind.value;
      return `peer-differs ${instance} ${peer}: ${differences.length === 0 ? "agrees again" : differences.join("; ")}`;
    }
    case "dualMaster": {
      const { instance, peer, peerPriority, priority, address, hardwareAddress } = kind.value;
      if (peer === "") return `dual-master ${instance}: ${hardwareAddress} says that it has ${address}`;
      return `dual-master ${instance} with ${peer} prio ${peerPriority}, ours ${priority}`;
    }
    case "neighbourChecked": {
      const { instance, address, neighbour, learned } = kind.value;
      return `neighbour-checked ${instance} ${neighbour} ${learned ? "has learnt" : "does not answer to"} ${address}`;
    }
    case "checkerChanged": {
      const { virtualServer, realServer, up, reason } = kind.value;
      return `checker-changed ${virtualServer} -> ${realServer} ${upWord(up)}: ${reason}`;
    }
    case "realServerChanged": {
      const { virtualServer, realServer, up, reason } = kind.value;
      return `real-server-changed ${virtualServer} -> ${realServer} ${upWord(up)}: ${reason}`;
    }
    case "checkerHeld": {
      const { virtualServer, realServer, falls, until } = kind.value;
      return `checker-held ${virtualServer} -> ${realServer} went down ${falls} times: out until ${dateText(until)}`;
    }
    case "serverCertificateChanged": {
      const { virtualServer, realServer, expiring, notAfter } = kind.value;
      const what = expiring ? "ends soon" : "was renewed";
      return `server-certificate-changed ${virtualServer} -> ${realServer} ${what}: until ${dateText(notAfter)}`;
    }
    case "realServerWeightChanged": {
      const { virtualServer, realServer, from, to, reason } = kind.value;
      return `real-server-weight-changed ${virtualServer} -> ${realServer} ${from} -> ${to}: ${reason}`;
    }
    case "quorumChanged": {
      const { virtualServer, up, weight, quorum, hysteresis } = kind.value;
      const needed = up ? quorum + hysteresis : quorum - hysteresis;
      return `quorum-changed ${virtualServer} ${upWord(up)}: weight ${weight}, ${up ? "at least" : "below"} ${needed}`;
    }
    case "ipvsApplied": {
      const { added, updated, removed, duration, revision } = kind.value;
      const whose = revision === 0n ? "" : `, for revision ${revision}`;
      return `ipvs-applied ${added} added, ${updated} updated, ${removed} removed in ${length(duration)}${whose}`;
    }
    case "ipvsRefused": {
      const { operation, object, code, text } = kind.value;
      return `ipvs-refused ${operation} ${object}: ${code}${text === "" ? "" : ` (${text})`}`;
    }
    case "ipvsDrift":
      return `ipvs-drift ${kind.value.object}: found ${kind.value.found}, expected ${kind.value.expected}`;
    case "configApplied": {
      const { revision, author, reason } = kind.value;
      return `config-applied revision ${revision} by ${author}${reason === "" ? "" : `: ${reason}`}`;
    }
    case "configRejected":
      return `config-rejected by ${kind.value.author}: ${kind.value.problems.join("; ")}`;
    case "certificateLoaded":
      return `certificate-loaded ${kind.value.file} ${kind.value.names} until ${dateText(kind.value.notAfter)}`;
    case "certificateOnTrial":
      return `certificate-on-trial ${kind.value.names} until ${dateText(kind.value.expireTime)}`;
    case "certificateRefused":
      return `certificate-refused ${kind.value.file}: ${kind.value.problem}`;
    case "certificateExpiring":
      return `certificate-expiring ${kind.value.file} until ${dateText(kind.value.notAfter)}`;
    case "overrideSet": {
      const { id, author, reason, until } = kind.value;
      return `override-set ${id} by ${author} until ${dateText(until)}${reason === "" ? "" : `: ${reason}`}`;
    }
    case "overrideEnded":
      return `override-ended ${kind.value.id}: ${kind.value.reason}`;
    case "configConfirmed":
      return `config-confirmed revision ${kind.value.revision} by ${kind.value.author}`;
    case "configRolledBack": {
      const { revision, from, to, author, reason } = kind.value;
      return `config-rolled-back revision ${from} to the content of ${to} as revision ${revision} by ${author}: ${reason}`;
    }
    case "processStarted": {
      const { role, pid, adopted } = kind.value;
      return `process-started ${roleWord(role)} ${pid}${adopted ? " (was running)" : ""}`;
    }
    case "processEnded":
      return `process-ended ${roleWord(kind.value.role)} ${kind.value.pid}: ${kind.value.reason}`;
    case "agentStopping":
      return `agent-stopping: ${kind.value.reason}`;
    case "notificationFailed": {
      const { target, notification, reason } = kind.value;
      return `notification-failed ${target}: ${notification}: ${reason}`;
    }
    case "notificationsDropped": {
      const { target, count, reason } = kind.value;
      return `notifications-dropped ${count} to ${target}: ${reason}`;
    }
    case undefined:
      return "an event that this command line does not know: it is older than the agent";
  }
}

function dateText(date: Date | undefined): string {
  return date?.toISOString() ?? "-";
}

function upWord(up: boolean): string {
  return up ? "up" : "down";
}

function belongingWord(change: BelongingChanged_Change): string {
  if (change === BelongingChanged_Change.CHANGE_ADDED) return "added";
  return change === BelongingChanged_Change.CHANGE_REMOVED ? "removed" : "removed by somebody else";
}

function changeWord(change: AddressChanged_Change): string {
  return AddressChanged_Change[change]?.replace("CHANGE_", "").toLowerCase() ?? "unknown";
}
