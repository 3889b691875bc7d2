// Settings to the model of notifications.

import type { NotificationModel, NotifyModel, ProgramModel, RunOnceModel } from "./notification-model.ts";
import { type ProgramSettings, resolveProgram } from "./resolve-program.ts";
import { toldServers } from "./resolve-told-servers.ts";
import type { Settings } from "./schema/settings.ts";

type NotifySettings = Settings["vrrpInstances"][number]["notify"];

/** The model of what valid settings say about notifications. */
export function resolveNotifications(settings: Settings): NotificationModel {
  const { director, programs, notifications, vrrpInstances, vrrpSyncGroups } = settings;
  const { scriptTimeout, statesOnReload, mail, fifos } = notifications;
  return {
    director: director.name,
    programs: { user: programs.user, group: programs.group, secure: programs.secure },
    scriptTimeout,
    statesOnReload,
    fifos: fifos.map(({ path, events, reader }) => ({ path, events, reader: program(reader) })),
    mail: mail && { ...optionalMail, ...mail },
    instances: vrrpInstances.map(notifyOf),
    groups: vrrpSyncGroups.map(notifyOf),
    servers: toldServers(settings.virtualServers),
    startup: runOnce(notifications.startup),
    shutdown: runOnce(notifications.shutdown),
  };
}

const optionalMail = {
  user: undefined,
  password: undefined,
  passwordFile: undefined,
  from: undefined,
  heloName: undefined,
};

function notifyOf({ name, notify }: { readonly name: string; readonly notify: NotifySettings }): NotifyModel {
  const { priorityChanges, mail, ...scripts } = notify;
  return {
    name,
    priorityChanges,
    mail,
    scripts: {
      master: program(scripts.master),
      backup: program(scripts.backup),
      fault: program(scripts.fault),
      stop: program(scripts.stop),
      deleted: program(scripts.deleted),
      any: program(scripts.any),
      masterReceivesLowerPriority: program(scripts.masterReceivesLowerPriority),
    },
  };
}

function program(settings: ProgramSettings | undefined): ProgramModel | undefined {
  return settings && resolveProgram(settings);
}

function runOnce(settings: Settings["notifications"]["startup"]): RunOnceModel | undefined {
  return settings && { program: resolveProgram(settings.program), timeout: settings.timeout };
}
