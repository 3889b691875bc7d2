// Builders of configurations of notifications: they mention only what matters to a test.

import { milliseconds } from "../../agent/base/duration.ts";
import type { MailModel, NotificationModel, NotifyModel, ProgramModel } from "../../agent/config/model.ts";
import type { NumberedEvent, VrrpStateChanged } from "../../agent/events/event.ts";

/** Nothing is configured but what is given. */
export function notificationModel(change: Partial<NotificationModel> = {}): NotificationModel {
  return {
    director: "lb1",
    programs: { user: undefined, group: undefined, secure: false },
    scriptTimeout: milliseconds(1000),
    fifos: [],
    statesOnReload: false,
    mail: undefined,
    instances: [],
    groups: [],
    servers: [],
    startup: undefined,
    shutdown: undefined,
    ...change,
  };
}

/** An instance that runs "/bin/STATE" for each state and "/bin/any" for all. */
export function withAllScripts(name: string, change: Partial<NotifyModel> = {}): NotifyModel {
  return {
    name,
    priorityChanges: false,
    mail: false,
    scripts: {
      master: program("/bin/master"),
      backup: program("/bin/backup"),
      fault: program("/bin/fault"),
      stop: program("/bin/stop"),
      deleted: program("/bin/deleted"),
      any: program("/bin/any", "own"),
      masterReceivesLowerPriority: program("/bin/lower"),
    },
    ...change,
  };
}

/** A pipe of every kind of event. */
export function fifo(path: string) {
  return { path, events: "all", reader: undefined } as const;
}

/** A mail server and one recipient. */
export const mailModel: MailModel = {
  server: "mx.example.com",
  port: 25,
  encryption: "none",
  user: undefined,
  password: undefined,
  passwordFile: undefined,
  from: undefined,
  to: ["ops@example.com"],
  heloName: undefined,
  timeout: milliseconds(1000),
  faults: true,
};

/** A program. */
export function program(path: string, ...more: string[]): ProgramModel {
  return { command: [path, ...more], user: undefined, group: undefined };
}

/** An instance has come to a state. */
export function becomes(
  instance: string,
  to: VrrpStateChanged["to"],
  change: Partial<VrrpStateChanged> = {},
): VrrpStateChanged {
  const from = to === "backup" ? "master" : "backup";
  return { kind: "vrrp-state-changed", instance, from, to, reason: "test", priority: 150, ...change };
}

/** An event with its number; it happened so many seconds after noon. */
export function numbered(sequence: number, event: NumberedEvent["event"]): NumberedEvent {
  return { sequence, at: Date.UTC(2026, 2, 1, 12) + sequence * 1000, event };
}
