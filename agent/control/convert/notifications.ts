// The configuration of notifications and programs: to the wire and from it.

import type { Settings, VirtualServerSettings } from "../../config/schema/settings.ts";
import {
  type Mail,
  Mail_Encryption,
  type Notifications,
  type Notify,
  type NotifyFifo,
  NotifyFifo_Events,
  type PoolNotify,
  type Program,
  type Programs,
  type RunOnce,
} from "../gen/vipward/v1/notification.pb.ts";
import { EnumWords } from "./enums.ts";
import { type DocumentObject, list, present } from "./present.ts";
import { durationOf, durationText } from "./time.ts";

type NotificationSettings = Settings["notifications"];
type NotifySettings = Settings["vrrpInstances"][number]["notify"];
type ProgramSettings = NonNullable<NotifySettings["any"]>;
type RunOnceSettings = NonNullable<NotificationSettings["startup"]>;
type MailSettings = NonNullable<NotificationSettings["mail"]>;

const encryptions = new EnumWords<MailSettings["encryption"], Mail_Encryption>({
  none: Mail_Encryption.ENCRYPTION_NONE,
  opportunistic: Mail_Encryption.ENCRYPTION_OPPORTUNISTIC,
  starttls: Mail_Encryption.ENCRYPTION_STARTTLS,
  tls: Mail_Encryption.ENCRYPTION_TLS,
});
const fifoEvents = new EnumWords<NotificationSettings["fifos"][number]["events"], NotifyFifo_Events>({
  all: NotifyFifo_Events.EVENTS_ALL,
  vrrp: NotifyFifo_Events.EVENTS_VRRP,
  lvs: NotifyFifo_Events.EVENTS_LVS,
});

/** Where notifications go, on the wire, with the mail server's password. */
export function notificationsOf(settings: NotificationSettings): Notifications {
  return {
    scriptTimeout: durationOf(settings.scriptTimeout),
    fifos: settings.fifos.map(({ path, events, reader }) => ({
      path,
      events: fifoEvents.value(events),
      reader: optionalProgramOf(reader),
    })),
    statesOnReload: settings.statesOnReload,
    firstRealServers: settings.firstRealServers,
    mail: settings.mail && mailOf(settings.mail),
    startup: settings.startup && runOnceOf(settings.startup),
    shutdown: settings.shutdown && runOnceOf(settings.shutdown),
  };
}

/** The same without what is write-only. */
export function withoutMailPassword(notifications: Notifications | undefined): Notifications | undefined {
  if (notifications?.mail === undefined) return notifications;
  return { ...notifications, mail: { ...notifications.mail, password: undefined } };
}

/** Who is told of one instance or group, on the wire. */
export function notifyOf(settings: NotifySettings): Notify {
  return {
    master: optionalProgramOf(settings.master),
    backup: optionalProgramOf(settings.backup),
    fault: optionalProgramOf(settings.fault),
    stop: optionalProgramOf(settings.stop),
    deleted: optionalProgramOf(settings.deleted),
    any: optionalProgramOf(settings.any),
    masterReceivesLowerPriority: optionalProgramOf(settings.masterReceivesLowerPriority),
    priorityChanges: settings.priorityChanges,
    mail: settings.mail,
  };
}

/** Who is told of a real server or virtual server, on the wire. */
export function poolNotifyOf(settings: VirtualServerSettings["notify"]): PoolNotify | undefined {
  if (settings === undefined) return undefined;
  return { up: optionalProgramOf(settings.up), down: optionalProgramOf(settings.down), mail: settings.mail };
}

/** The same in a document. */
export function poolNotifyDocument(notify: PoolNotify | undefined): DocumentObject | undefined {
  if (notify === undefined) return undefined;
  const { up, down, mail } = notify;
  return present({ up: up && programDocument(up), down: down && programDocument(down), mail });
}

/** How programs are run, on the wire. */
export function programsOf({ user, group, secure }: Settings["programs"]): Programs {
  return { user, group, secure };
}

/** A program on the wire. */
export function programOf({ command, user, group }: ProgramSettings): Program {
  return { command: [...command], user, group };
}

function optionalProgramOf(settings: ProgramSettings | undefined): Program | undefined {
  return settings && programOf(settings);
}

function mailOf({ encryption, timeout, to, ...mail }: MailSettings): Mail {
  const { server, port, user, password, passwordFile, from, heloName, faults } = mail;
  const converted = { encryption: encryptions.value(encryption), timeout: durationOf(timeout), to: [...to] };
  return { server, port, user, password, passwordFile, from, heloName, faults, ...converted };
}

function runOnceOf({ program, timeout }: RunOnceSettings): RunOnce {
  return { program: programOf(program), timeout: durationOf(timeout) };
}

/** The document of where notifications go. */
export function notificationsDocument(notifications: Notifications): DocumentObject {
  return present({
    scriptTimeout: durationText(notifications.scriptTimeout),
    fifos: list(notifications.fifos, fifoDocument),
    statesOnReload: notifications.statesOnReload,
    firstRealServers: notifications.firstRealServers,
    mail: notifications.mail && mailDocument(notifications.mail),
    startup: notifications.startup && runOnceDocument(notifications.startup),
    shutdown: notifications.shutdown && runOnceDocument(notifications.shutdown),
  });
}

/** The document of who is told of one instance or group. */
export function notifyDocument(notify: Notify): DocumentObject {
  const { priorityChanges, mail, ...programs } = notify;
  return present({
    master: programs.master && programDocument(programs.master),
    backup: programs.backup && programDocument(programs.backup),
    fault: programs.fault && programDocument(programs.fault),
    stop: programs.stop && programDocument(programs.stop),
    deleted: programs.deleted && programDocument(programs.deleted),
    any: programs.any && programDocument(programs.any),
    masterReceivesLowerPriority:
      programs.masterReceivesLowerPriority && programDocument(programs.masterReceivesLowerPriority),
    priorityChanges,
    mail,
  });
}

/** The document of how programs are run. */
export function programsDocument({ user, group, secure }: Programs): DocumentObject {
  return present({ user, group, secure });
}

/** The document of a program. */
export function programDocument({ command, user, group }: Program): DocumentObject {
  return present({ command, user, group });
}

function fifoDocument({ path, events, reader }: NotifyFifo): DocumentObject {
  return present({ path, events: fifoEvents.word(events), reader: reader && programDocument(reader) });
}

function mailDocument({ encryption, timeout, to, ...mail }: Mail): DocumentObject {
  const { server, port, user, password, passwordFile, from, heloName, faults } = mail;
  const converted = {
    encryption: encryptions.word(encryption),
    timeout: durationText(timeout),
    to: list(to, (one) => one),
  };
  return present({ server, port, user, password, passwordFile, from, heloName, faults, ...converted });
}

function runOnceDocument({ program, timeout }: RunOnce): DocumentObject {
  return present({ program: program && programDocument(program), timeout: durationText(timeout) });
}
