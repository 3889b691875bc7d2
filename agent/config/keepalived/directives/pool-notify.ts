// `notify_up`, `notify_down`, `quorum_up`, `quorum_down` and `smtp_alert` of real servers and virtual servers, and what global_defs says for all.

import type { Block, Directive } from "../directive.ts";
import { flag } from "../directive.ts";
import type { Draft, Import } from "../draft.ts";
import { fieldOf } from "./field-of.ts";
import { program } from "./program.ts";

function inNotify(directive: Directive): Directive {
  return (statement, draft, run) => directive(statement, fieldOf(run, draft, "notify", statement), run);
}

/** The directives of a real server. */
export const realServerNotify: Block["directives"] = {
  notify_up: inNotify(program("up")),
  notify_down: inNotify(program("down")),
  smtp_alert: inNotify(flag("mail")),
};

/** The directives of a virtual server. */
export const virtualServerNotify: Block["directives"] = {
  quorum_up: inNotify(program("up")),
  quorum_down: inNotify(program("down")),
  smtp_alert: inNotify(flag("mail")),
};

/** `smtp_alert_checker`, for all virtual servers, wherever the block stands. */
export const checkerMail: Directive = (statement, _, run) => {
  const said: Draft = {};
  flag("mail")(statement, said, run);
  if (typeof said.mail === "boolean") run.serverDefaults.mail = said.mail;
};

/** `no_checker_emails`, its older opposite. */
export const noCheckerMail: Directive = (_statement, _draft, run) => {
  run.serverDefaults.mail = false;
};

/** `smtp_alert` in global_defs, where smtp_alert_checker does not say otherwise. */
export function mailOfAll(mail: unknown, run: Import): void {
  if (typeof mail === "boolean") run.serverDefaults.mail ??= mail;
}

/** `checker_log_all_failures`, for all virtual servers, wherever the block stands. */
export const logAllFailures: Directive = (statement, _, run) => {
  const said: Draft = {};
  flag("logAllFailures")(statement, said, run);
  if (typeof said.logAllFailures === "boolean") run.serverDefaults.logAllFailures = said.logAllFailures;
};

/** Fills in what global_defs says for all. */
export function applyServerDefaults(run: Import): void {
  const { mail, logAllFailures } = run.serverDefaults;
  if (mail !== true && logAllFailures !== true) return;
  for (const server of (run.document.virtualServers as Draft[] | undefined) ?? []) {
    if (logAllFailures === true) server.logAllFailures ??= true;
    if (mail !== true) continue;
    server.notify ??= {};
    (server.notify as Draft).mail ??= true;
  }
}
