import { block, duration, fieldLines, flag, objectsOf, type Values, word } from "./lines.ts";
import { program } from "./program.ts";

/** The lines of `global_defs` about notifications. */
export function notificationLines(notifications: Values): string[] {
  return [
    ...mailLines((notifications.mail as Values | undefined) ?? {}),
    ...fifoLines(objectsOf(notifications.fifos, "path")),
    ...fieldLines(notifications, {
      states_on_reload: flag("fifo_write_vrrp_states_on_reload"),
      first_real_servers: flag("rs_init_notifies"),
    }),
    ...(["startup", "shutdown"] as const).flatMap((when) => onceLines(when, notifications[when])),
  ];
}

function mailLines(mail: Values): string[] {
  const recipients = ((mail.to as readonly string[] | undefined) ?? []).map(String);
  const server = mail.server === undefined ? [] : [`smtp_server ${mail.server} ${mail.port ?? 25}`];
  return [
    ...(recipients.length === 0 ? [] : block("notification_email", recipients)),
    ...server,
    ...fieldLines(mail, {
      from: word("notification_email_from"),
      helo_name: word("smtp_helo_name"),
      timeout: duration("smtp_connect_timeout"),
      faults: flag("no_email_faults", false),
    }),
  ];
}

/** keepalived has one pipe of each kind. */
function fifoLines(fifos: readonly Values[]): string[] {
  const kindOf = ({ events = "all" }: Values) => String(events);
  const first = fifos.filter((fifo, index) => fifos.findIndex((one) => kindOf(one) === kindOf(fifo)) === index);
  return first.flatMap((fifo) => {
    const keyword = fifoKeywords[kindOf(fifo)] ?? "notify_fifo";
    return fieldLines(fifo, { path: word(keyword), reader: program(`${keyword}_script`) });
  });
}

const fifoKeywords: Readonly<Record<string, string>> = {
  all: "notify_fifo",
  vrrp: "vrrp_notify_fifo",
  lvs: "lvs_notify_fifo",
};

function onceLines(when: string, run: unknown): string[] {
  const fields = { program: program(`${when}_script`), timeout: duration(`${when}_script_timeout`) };
  return fieldLines((run as Values | undefined) ?? {}, fields);
}
