import type { Finding } from "../issue.ts";
import type { Settings, VirtualServerSettings, VrrpInstanceSettings } from "../schema/settings.ts";
import { breach, doubt, duplicates, passwordTwice } from "./breach.ts";
import type { Entry } from "./entry.ts";

/** What has somebody who is told of it: an instance, or a sync group. */
/** keepalived tells these of instances only. */
export function toldOfInstancesOnly(groups: readonly Entry<Told>[]): Finding[] {
  const words = ["masterReceivesLowerPriority", "deleted"] as const;
  return groups.flatMap(({ path, value }) =>
    words.flatMap((word) =>
      value.notify[word] === undefined
        ? []
        : [doubt([...path, "notify", word], "is told of instances, not of sync groups", "the same in its members")],
    ),
  );
}

type Told = Pick<VrrpInstanceSettings, "notify">;

/** The rules about where notifications go; `notifications` is undefined where it is not well formed. */
export function notificationBreaches(
  notifications: Entry<Settings["notifications"]> | undefined,
  told: readonly Entry<Told>[],
): Finding[] {
  if (notifications === undefined) return [];
  return [...uniqueFifos(notifications), ...login(notifications), ...mailToNobody(notifications, told)];
}

/** The same of virtual servers: one doubt for each. */
export function mailOfServersToNobody(
  notifications: Entry<Settings["notifications"]> | undefined,
  servers: readonly Entry<VirtualServerSettings>[],
): Finding[] {
  if (notifications === undefined || notifications.value.mail !== undefined) return [];
  return servers
    .filter(({ value: { notify, realServers } }) => notify?.mail || realServers.some((one) => one.notify?.mail))
    .map(({ path }) => doubt([...path, "notify", "mail"], "has no effect without notifications.mail", "a mail server"));
}

function uniqueFifos({ path, value }: Entry<Settings["notifications"]>): Finding[] {
  const fifos = value.fifos.map((one, index) => ({ path: [...path, "fifos", index], value: one }));
  return duplicates(
    fifos,
    (fifo) => fifo.path,
    (fifo) => `${fifo.path} is given more than once: every line would be written twice`,
    "path",
  );
}

function login({ path, value: { mail } }: Entry<Settings["notifications"]>): Finding[] {
  if (mail === undefined) return [];
  const password = mail.password ?? mail.passwordFile;
  const at = [...path, "mail"];
  if ((mail.user === undefined) === (password === undefined)) return passwordTwice(at, mail);
  const missing = mail.user === undefined ? "user" : "password";
  return [breach([...at, missing], "to log in, user and password belong together", "both, or none of them")];
}

function mailToNobody({ value: { mail } }: Entry<Settings["notifications"]>, told: readonly Entry<Told>[]): Finding[] {
  if (mail !== undefined) return [];
  return told
    .filter(({ value }) => value.notify.mail)
    .map(({ path }) => doubt([...path, "notify", "mail"], "has no effect without notifications.mail", "a mail server"));
}
