import { type Block, type Directive, flag } from "../directive.ts";
import { type Draft, setField } from "../draft.ts";
import { fieldOf } from "./field-of.ts";
import { mailOfAll } from "./pool-notify.ts";
import { program } from "./program.ts";

/** The directives of a sync group that say who is told. keepalived documents notify_deleted for groups and does not know it there. */
export const groupNotifyDirectives: Block["directives"] = {
  notify_master: inNotify(program("master")),
  notify_backup: inNotify(program("backup")),
  notify_fault: inNotify(program("fault")),
  notify_stop: inNotify(program("stop")),
  notify: inNotify(program("any")),
  notify_priority_changes: inNotify(flag("priorityChanges")),
  smtp_alert: inNotify(flag("mail")),
};

/** The directives of an instance that say who is told. */
export const notifyDirectives: Block["directives"] = {
  ...groupNotifyDirectives,
  notify_deleted: inNotify(program("deleted")),
  notify_master_rx_lower_pri: inNotify(program("masterReceivesLowerPriority")),
};

/** The directives of global_defs that are defaults of these; the draft is that of the defaults. */
export const notifyDefaults: Block["directives"] = {
  smtp_alert: mailUnlessSaid,
  smtp_alert_vrrp: inNotify(mailAsSaid),
  vrrp_notify_priority_changes: inNotify(flag("priorityChanges")),
};

/** Fills in what global_defs says for all. */
export function applyNotifyDefaults(draft: Draft, defaults: Draft): void {
  const given = defaults.notify as Draft | undefined;
  if (given === undefined) return;
  draft.notify ??= {};
  const notify = draft.notify as Draft;
  for (const [key, value] of Object.entries(given)) notify[key] ??= value;
}

/** smtp_alert counts where smtp_alert_vrrp does not say otherwise. */
function mailUnlessSaid(...[statement, defaults, run]: Parameters<Directive>): void {
  const said: Draft = {};
  flag("mail")(statement, said, run);
  mailOfAll(said.mail, run);
  const notify = fieldOf(run, defaults, "notify", statement);
  if (notify.mail === undefined && said.mail !== undefined) setField(run, notify, "mail", said.mail, statement);
}

function mailAsSaid(...[statement, notify, run]: Parameters<Directive>): void {
  delete notify.mail;
  flag("mail")(statement, notify, run);
}

function inNotify(directive: Directive): Directive {
  return (statement, draft, run) => directive(statement, fieldOf(run, draft, "notify", statement), run);
}
