// The health gate of a change: what happens in the first seconds after it, and whether that is a reason to go back. It is told by events
// alone, so that a restarted agent judges by the journal as if it had never been away.

import type { Event } from "../../events/event.ts";
import type { Gate } from "./confirmation.ts";

/** What a gate has seen. */
export interface GateRecord {
  readonly failedRealServers: ReadonlySet<string>;
  /** Why the change goes back; undefined: nothing speaks against it yet. */
  readonly objection?: string;
}

/** Nothing was seen yet. */
export const emptyRecord: GateRecord = { failedRealServers: new Set() };

/** What the gate makes of one more event. The first objection stays. */
export function judge(gate: Gate, record: GateRecord, event: Event): GateRecord {
  if (record.objection !== undefined) return record;
  switch (event.kind) {
    case "quorum-changed":
      if (event.up || gate.ignoreQuorum) return record;
      return { ...record, objection: `virtual server ${event.virtualServer} lost its quorum` };
    case "vrrp-state-changed": {
      const objection = gate.ignoreMastership ? undefined : moved(gate, event);
      return objection === undefined ? record : { ...record, objection };
    }
    case "real-server-changed":
      return event.up ? record : countFailure(gate, record, `${event.virtualServer} -> ${event.realServer}`);
    default:
      return record;
  }
}

function moved({ masters, others }: Gate, event: Extract<Event, { kind: "vrrp-state-changed" }>): string | undefined {
  const { instance, from, to, removed, reason } = event;
  if (removed) return undefined;
  if (from === "master" && masters.includes(instance)) return `instance ${instance} is no longer master: ${reason}`;
  if (to === "master" && others.includes(instance)) return `instance ${instance} became master: ${reason}`;
  return undefined;
}

/** A real server that fails again and again has failed once. */
function countFailure(gate: Gate, record: GateRecord, realServer: string): GateRecord {
  const failedRealServers = new Set([...record.failedRealServers, realServer]);
  if (failedRealServers.size <= gate.maxFailedRealServers) return { failedRealServers };
  const names = [...failedRealServers].slice(0, 3).join(", ");
  const allowed = gate.maxFailedRealServers;
  return { failedRealServers, objection: `${failedRealServers.size} real servers failed, ${allowed} may: ${names}` };
}
