// From a notification to what is to be done about it: scripts to run, lines to write, a mail to send, as the configuration wants it.

import type { FifoModel, MailModel, NotificationModel, NotifyModel, ProgramModel } from "../../config/model.ts";
import { mailText } from "./mail-text.ts";
import {
  fifoLine,
  type Notification,
  notifyArguments,
  realServerLabel,
  type Subject,
  subjectKey,
} from "./notification.ts";

/** A program to run, with the arguments that come after its own. Programs of one lane run one after the other. */
export interface ScriptDelivery {
  readonly kind: "script";
  readonly lane: string;
  readonly program: ProgramModel;
  readonly more: readonly string[];
}

/** A line to write into a named pipe. */
export interface LineDelivery {
  readonly kind: "line";
  readonly path: string;
  readonly line: string;
}

/** A mail to send. */
export interface MailDelivery {
  readonly kind: "mail";
  readonly subject: string;
  readonly text: string;
}

/** One thing to do about a notification. */
export type Delivery = ScriptDelivery | LineDelivery | MailDelivery;

/** Who is told by a delivery: each of these has its own place in the sequence of events. */
export function targetOf(delivery: Delivery): string {
  switch (delivery.kind) {
    case "script":
      return "scripts";
    case "line":
      return `fifo ${delivery.path}`;
    case "mail":
      return "mail";
  }
}

/** The targets of a configuration. */
export function targetsOf({ fifos, mail }: NotificationModel): readonly string[] {
  return ["scripts", ...fifos.map(({ path }) => `fifo ${path}`), ...(mail === undefined ? [] : ["mail"])];
}

/** What is configured for the subject of a notification; the first model that knows it has the word. */
export function notifyOf(subject: Subject, models: readonly NotificationModel[]): NotifyModel | undefined {
  for (const model of models) {
    const found = notifyIn(subject, model);
    if (found !== undefined) return found;
  }
  return undefined;
}

function notifyIn(subject: Subject, { instances, groups, servers }: NotificationModel): NotifyModel | undefined {
  const named = ({ name }: { readonly name: string }) => name === subject.name;
  switch (subject.type) {
    case "INSTANCE":
      return instances.find(named);
    case "GROUP":
      return groups.find(named);
    case "VS":
      return servers.find(named);
    case "RS": {
      const server = servers.find(({ name }) => name === subject.virtualServer);
      const found = server?.realServers.find(named);
      return found && server && { ...found, label: realServerLabel(found.label, server.label) };
    }
  }
}

/**
 * What is to be done about a notification, in keepalived's order: the state's own script, the script for every state, the FIFOs, the mail.
 * An instance that was taken out of the configuration is DELETED to whoever has configured notify_deleted, FAULT to all others; a group that
 * was taken out says nothing.
 */
export function deliveriesOf(
  told: Notification,
  notify: NotifyModel | undefined,
  model: NotificationModel,
  director: string,
): readonly Delivery[] {
  if (isGroupTakenOut(told, model)) return [];
  const notification = inKnownWord(told, notify);
  return [
    ...scriptsOf(notification, notify),
    ...linesOf(notification, notify, model.fifos),
    ...(wantsMail(notification, notify, model.mail) ? [mailOf(notification, notify, director)] : []),
  ];
}

function isGroupTakenOut({ subject, word }: Notification, { groups }: NotificationModel): boolean {
  return subject.type === "GROUP" && word === "STOP" && !groups.some(({ name }) => name === subject.name);
}

function inKnownWord(told: Notification, notify: NotifyModel | undefined): Notification {
  return told.word === "DELETED" && notify?.scripts.deleted === undefined ? { ...told, word: "FAULT" } : told;
}

function scriptsOf(notification: Notification, notify: NotifyModel | undefined): readonly ScriptDelivery[] {
  if (notify === undefined) return [];
  const lane = subjectKey(notification.subject);
  const own = ownScript(notification, notify);
  const any = isState(notification) ? notify.scripts.any : undefined;
  return [
    ...(own === undefined ? [] : [{ kind: "script", lane, program: own, more: [] } as const]),
    ...(any === undefined
      ? []
      : [{ kind: "script", lane, program: any, more: notifyArguments(notification) } as const]),
  ];
}

function ownScript({ word }: Notification, { scripts }: NotifyModel): ProgramModel | undefined {
  switch (word) {
    case "MASTER":
      return scripts.master;
    case "BACKUP":
      return scripts.backup;
    case "FAULT":
      return scripts.fault;
    case "STOP":
      return scripts.stop;
    case "DELETED":
      return scripts.deleted;
    case "MASTER_RX_LOWER_PRI":
      return scripts.masterReceivesLowerPriority;
    case "UP":
      return scripts.up;
    case "DOWN":
      return scripts.down;
    case "MASTER_PRIORITY":
    case "BACKUP_PRIORITY":
      return undefined;
  }
}

function linesOf(
  notification: Notification,
  notify: NotifyModel | undefined,
  fifos: readonly FifoModel[],
): readonly LineDelivery[] {
  if (isPriority(notification) && notify?.priorityChanges !== true) return [];
  const line = fifoLine(notification, notify?.label);
  const other = isOfPool(notification) ? "vrrp" : "lvs";
  return fifos.filter(({ events }) => events !== other).map(({ path }) => ({ kind: "line", path, line }));
}

/** keepalived ends before it could tell of a stop by mail, so nobody expects one. */
function wantsMail(notification: Notification, notify: NotifyModel | undefined, mail: MailModel | undefined): boolean {
  if (mail === undefined || notify?.mail !== true || notification.withoutMail || !isState(notification)) return false;
  return notification.word === "FAULT" ? mail.faults : notification.word !== "STOP";
}

function mailOf(notification: Notification, notify: NotifyModel | undefined, director: string): MailDelivery {
  return { kind: "mail", ...mailText(notification, director, notify?.label) };
}

function isOfPool({ subject }: Notification): boolean {
  return subject.type === "VS" || subject.type === "RS";
}

function isState({ word }: Notification): boolean {
  return word !== "MASTER_RX_LOWER_PRI" && word !== "MASTER_PRIORITY" && word !== "BACKUP_PRIORITY";
}

function isPriority({ word }: Notification): boolean {
  return word === "MASTER_PRIORITY" || word === "BACKUP_PRIORITY";
}
