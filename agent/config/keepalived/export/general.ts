import { ipvsLines } from "./ipvs.ts";
import { accountWords, block, duration, fieldLines, flag, quoted, type Values, type Writer } from "./lines.ts";
import { prefixesOf, prefixLines } from "./name-prefixes.ts";
import { notificationLines } from "./notifications.ts";
import { processLines } from "./processes.ts";
import { syncDaemonLines } from "./static.ts";
import { trackLines } from "./tracking.ts";

/** The lines of `global_defs`; `further`: what others say there. */
export function globalLines(document: Values, further: readonly string[]): string[] {
  const { name } = (document.director as Values | undefined) ?? {};
  const programs = (document.programs as Values | undefined) ?? {};
  const accounts = accountWords(programs);
  const lines = [
    ...(name === undefined ? [] : [`router_id ${quoted(String(name))}`]),
    ...(accounts.length === 0 ? [] : [`script_user ${accounts.join(" ")}`]),
    ...(programs.secure !== false && namesProgram(document) ? ["enable_script_security"] : []),
    ...fieldLines((document.vrrp as Values | undefined) ?? {}, {
      startup_delay: duration("vrrp_startup_delay"),
      delay_after_boot: duration("vrrp_delay_after_boot"),
      garp_interval: duration("vrrp_garp_interval"),
      gna_interval: duration("vrrp_gna_interval"),
      local_igmp: flag("disable_local_igmp", false),
    }),
    ...processLines((document.processes as Values | undefined) ?? {}),
    ...prefixLines(prefixesOf(document)),
    ...ipvsLines((document.ipvs as Values | undefined) ?? {}),
    ...syncDaemonLines(document.sync_daemon as Values | undefined),
    ...notificationLines((document.notifications as Values | undefined) ?? {}),
    ...further,
  ];
  return lines.length === 0 ? [] : block("global_defs", lines);
}

/** Whether anything in a document is a program to run: what keepalived is not told to look at, it runs whoever could have changed it. */
function namesProgram(document: Values): boolean {
  return /"(command|notify|startup|shutdown|reader)":/.test(JSON.stringify(document));
}

/** The lines of a sync group. */
export function groupLines(group: Values, notify: (notify: Values | undefined) => string[]): string[] {
  const members = ((group.members as readonly string[] | undefined) ?? []).map(quoted);
  const fields: Readonly<Record<string, Writer>> = { tracking_weight: flag("sync_group_tracking_weight") };
  return block(`vrrp_sync_group ${quoted(String(group.name))}`, [
    ...block("group", members),
    ...fieldLines(group, fields),
    ...trackLines(group),
    ...notify(group.notify as Values | undefined),
  ]);
}
