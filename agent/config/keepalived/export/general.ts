import { ipvsLines } from "./ipvs.ts";
import {
  block,
  duration,
  fieldLines,
  flag,
  objectsOf,
  quoted,
  toggle,
  type Values,
  type Writer,
  word,
} from "./lines.ts";

/** The lines of `global_defs`; `further`: what others say there. */
export function globalLines(document: Values, further: readonly string[]): string[] {
  const { name } = (document.director as Values | undefined) ?? {};
  const { user, group } = (document.programs as Values | undefined) ?? {};
  const accounts = [user, group].filter((account) => account !== undefined).map((account) => quoted(String(account)));
  const lines = [
    ...(name === undefined ? [] : [`router_id ${quoted(String(name))}`]),
    ...(accounts.length === 0 ? [] : [`script_user ${accounts.join(" ")}`]),
    ...fieldLines((document.vrrp as Values | undefined) ?? {}, {
      startup_delay: duration("vrrp_startup_delay"),
      delay_after_boot: duration("vrrp_delay_after_boot"),
      garp_interval: duration("vrrp_garp_interval"),
      gna_interval: duration("vrrp_gna_interval"),
    }),
    ...ipvsLines((document.ipvs as Values | undefined) ?? {}),
    ...notificationLines((document.notifications as Values | undefined) ?? {}),
    ...further,
  ];
  return lines.length === 0 ? [] : block("global_defs", lines);
}

function notificationLines(notifications: Values): string[] {
  const mail = (notifications.mail as Values | undefined) ?? {};
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
    ...fieldLines(notifications, {
      states_on_reload: flag("fifo_write_vrrp_states_on_reload"),
      first_real_servers: flag("rs_init_notifies"),
    }),
  ];
}

/** What instances follow, in blocks of its own. */
export function trackedLines(document: Values): string[][] {
  const each = (field: string, keyword: string, lines: (tracked: Values) => string[]) =>
    objectsOf(document[field], "name").map((tracked) =>
      block(`${keyword} ${quoted(String(tracked.name))}`, lines(tracked)),
    );
  const delays = objectsOf(document.interface_delays, "interface").map((delay) =>
    [String(delay.interface), secondsText(delay.down), ...(delay.up === undefined ? [] : [secondsText(delay.up)])].join(
      " ",
    ),
  );
  return [
    ...each("tracked_scripts", "vrrp_script", scriptLines),
    ...each("tracked_files", "track_file", (tracked) =>
      fieldLines(tracked, { file: word("file"), weight: word("weight") }),
    ),
    ...(delays.length === 0 ? [] : [block("interface_up_down_delays", delays)]),
  ];
}

function scriptLines(script: Values): string[] {
  const accounts = [script.user, script.group].filter((account) => account !== undefined);
  return [
    ...fieldLines(script, {
      command: word("script"),
      interval: duration("interval"),
      timeout: duration("timeout"),
      weight: word("weight"),
      rise: word("rise"),
      fall: word("fall"),
      initially_failed: flag("init_fail"),
    }),
    ...(accounts.length === 0 ? [] : [`user ${accounts.map((account) => quoted(String(account))).join(" ")}`]),
  ];
}

function secondsText(value: unknown): string {
  return duration("")(value)?.trim() ?? "0";
}

/** What an instance or a group follows. */
export function trackLines(values: Values): string[] {
  return Object.entries(trackBlocks).flatMap(([field, keyword]) => {
    const lines = objectsOf(values[field], "name").map(trackLine);
    return lines.length === 0 ? [] : block(keyword, lines);
  });
}

const trackBlocks: Readonly<Record<string, string>> = {
  track_interfaces: "track_interface",
  track_scripts: "track_script",
  track_processes: "track_process",
  track_files: "track_file",
  track_bfd_sessions: "track_bfd",
};

function trackLine({ name, weight, reverse }: Values): string {
  const turn = reverse === undefined ? "" : reverse === true ? " reverse" : " noreverse";
  return `${quoted(String(name))}${weight === undefined ? "" : ` weight ${weight}${turn}`}`;
}

/** The lines of a sync group. */
export function groupLines(group: Values, notify: (notify: Values | undefined) => string[]): string[] {
  const members = ((group.members as readonly string[] | undefined) ?? []).map(quoted);
  const fields: Readonly<Record<string, Writer>> = { tracking_weight: toggle("sync_group_tracking_weight") };
  return block(`vrrp_sync_group ${quoted(String(group.name))}`, [
    ...block("group", members),
    ...fieldLines(group, fields),
    ...trackLines(group),
    ...notify(group.notify as Values | undefined),
  ]);
}
