// Events as log lines, so that a log alone tells the story too.

import type { Log, LogFields } from "../base/log.ts";
import type { Event } from "./event.ts";

/** Writes one line for an event; what an operator should look at is a warning. */
export function logEvent(log: Log, event: Event): void {
  const { kind, ...fields } = event;
  log[levelOf(event)](kind, flat(fields));
}

function levelOf(event: Event): "info" | "warn" {
  switch (event.kind) {
    case "vrrp-state-changed":
    case "sync-group-state-changed":
      return event.to === "fault" ? "warn" : "info";
    case "address-changed":
    case "belonging-changed":
      return event.change === "lost" ? "warn" : "info";
    case "heartbeat-path-changed":
      return event.open ? "info" : "warn";
    case "neighbour-checked":
      return event.learned ? "info" : "warn";
    case "tracker-changed":
    case "bfd-session-changed":
    case "real-server-changed":
    case "quorum-changed":
    case "checker-changed":
      return event.up ? "info" : "warn";
    case "server-certificate-changed":
      return event.expiring ? "warn" : "info";
    case "peer-differs":
      return event.differences.length > 0 ? "warn" : "info";
    case "advertisement-refused":
    case "dual-master":
    case "checker-held":
    case "ipvs-refused":
    case "ipvs-drift":
    case "config-rejected":
    case "config-rolled-back":
    case "certificate-refused":
    case "certificate-expiring":
    case "process-ended":
    case "notification-failed":
    case "notifications-dropped":
      return "warn";
    case "real-server-weight-changed":
    case "vrrp-priority-changed":
    case "ipvs-applied":
    case "config-applied":
    case "config-confirmed":
    case "override-set":
    case "override-ended":
    case "certificate-loaded":
    case "certificate-on-trial":
    case "process-started":
    case "agent-stopping":
      return "info";
  }
}

function flat(fields: object): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.join("; ") : value]),
  );
}
