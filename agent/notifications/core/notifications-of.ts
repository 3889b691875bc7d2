// From events of the journal to notifications.

import type { NumberedEvent, VrrpState, VrrpStateChanged } from "../../events/event.ts";
import type { Notification, OccurrenceWord, StateWord, Subject } from "./notification.ts";

/** What an event is told of as; undefined where nobody is told. */
export function notificationOf({ sequence, at, event }: NumberedEvent): Notification | undefined {
  switch (event.kind) {
    case "vrrp-state-changed":
      // A fault with another reason is the same state.
      if (event.from === event.to) return undefined;
      return { sequence, at, subject: instance(event.instance), word: stateWord(event), priority: event.priority };
    case "dual-master":
      // keepalived tells of every such advertisement; ours is the first of each rival, and again after it had been silent.
      if (event.peerPriority === undefined || event.peerPriority >= event.priority) return undefined;
      return { sequence, at, subject: instance(event.instance), word: "MASTER_RX_LOWER_PRI", priority: event.priority };
    case "vrrp-priority-changed": {
      const word = priorityWords[event.state];
      return word && { sequence, at, subject: instance(event.instance), word, priority: event.to };
    }
    case "sync-group-state-changed":
      return { sequence, at, subject: { type: "GROUP", name: event.group }, word: words[event.to], priority: 0 };
    case "real-server-changed": {
      const subject = { type: "RS", name: event.realServer, virtualServer: event.virtualServer } as const;
      const told = { sequence, at, subject, priority: 0, reason: event.reason } as const;
      return { ...told, word: event.up ? "UP" : "DOWN", ...(event.first && { withoutMail: true as const }) };
    }
    case "quorum-changed": {
      const reason = `weight ${event.weight}, quorum ${event.quorum}`;
      const subject = { type: "VS", name: event.virtualServer } as const;
      return { sequence, at, subject, word: event.up ? "UP" : "DOWN", priority: 0, reason };
    }
    default:
      return undefined;
  }
}

const words: Readonly<Record<VrrpState, StateWord>> = {
  master: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  initialize: "STOP",
};

const priorityWords: Readonly<Partial<Record<VrrpState, OccurrenceWord>>> = {
  master: "MASTER_PRIORITY",
  backup: "BACKUP_PRIORITY",
};

function stateWord({ to, removed }: VrrpStateChanged): StateWord {
  return to === "initialize" && removed === true ? "DELETED" : words[to];
}

function instance(name: string): Subject {
  return { type: "INSTANCE", name };
}
