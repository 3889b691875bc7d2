import type { ProgramIdentity, ProgramsPort } from "../kernel/programs.ts";

/** Who a program is configured to run as; a group without a user has no meaning. */
export interface ProgramUser {
  readonly user: string;
  readonly group: string | undefined;
}

/** keepalived's user for scripts, where nobody else is configured; and who it is where that one does not exist. */
const unconfigured = ["keepalived_script", "nobody"];

/** The identity of a configured user, or of the one for programs without; otherwise what is wrong, as a sentence. */
export function identityOf(
  configured: ProgramUser | undefined,
  port: ProgramsPort,
): { readonly identity: ProgramIdentity } | { readonly problem: string } {
  if (configured === undefined) return unconfiguredIdentity(port);
  const identity = port.user(configured.user);
  if (identity === undefined)
    return { problem: `there is no user ${configured.user}: create it or configure another one` };
  if (configured.group === undefined) return { identity };
  const group = port.group(configured.group);
  if (group === undefined)
    return { problem: `there is no group ${configured.group}: create it or configure another one` };
  return { identity: { ...identity, group, groups: [group] } };
}

function unconfiguredIdentity(
  port: ProgramsPort,
): { readonly identity: ProgramIdentity } | { readonly problem: string } {
  for (const name of unconfigured) {
    const identity = port.user(name);
    if (identity !== undefined) return { identity };
  }
  return { problem: `there is no user ${unconfigured.join(" or ")}: configure whom scripts run as` };
}
