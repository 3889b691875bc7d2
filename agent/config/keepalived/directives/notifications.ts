import { type Block, bareFlag, type Directive, flag, number, takeArguments, text } from "../directive.ts";
import { addElement, complain, type Draft, type Import, originOf, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { fieldOf } from "./field-of.ts";
import { checkerMail, logAllFailures, noCheckerMail } from "./pool-notify.ts";
import { accountsOf, program, readProgram } from "./program.ts";

/** The directives of global_defs about notifications and programs; they write into the document itself. */
export const notificationDirectives: Block["directives"] = {
  notification_email: inMail(recipients),
  notification_email_from: inMail(text("from")),
  smtp_server: inMail(server),
  smtp_helo_name: inMail(text("heloName")),
  smtp_connect_timeout: inMail(text("timeout")),
  no_email_faults: inMail(bareFlag("faults", false)),
  notify_fifo: fifo("all"),
  notify_fifo_script: fifoReader("all"),
  lvs_notify_fifo: fifo("lvs"),
  lvs_notify_fifo_script: fifoReader("lvs"),
  smtp_alert_checker: checkerMail,
  checker_log_all_failures: logAllFailures,
  no_checker_emails: noCheckerMail,
  vrrp_notify_fifo: fifo("vrrp"),
  vrrp_notify_fifo_script: fifoReader("vrrp"),
  rs_init_notifies: inNotifications(flag("firstRealServers")),
  fifo_write_vrrp_states_on_reload: inNotifications(bareFlag("statesOnReload")),
  startup_script: inRunOnce("startup", program("program")),
  startup_script_timeout: inRunOnce("startup", text("timeout")),
  shutdown_script: inRunOnce("shutdown", program("program")),
  shutdown_script_timeout: inRunOnce("shutdown", text("timeout")),
  script_user: inPrograms(scriptUser),
  enable_script_security: inPrograms(bareFlag("secure")),
};

/** The keywords among these that have a block. */
export const notificationBlocks = ["notification_email"];

/** Once the whole file is read: fields that wait for another, and what keepalived takes for granted. */
export function finishNotifications(run: Import): void {
  tellWhoRunsScripts(run);
  const notifications = run.document.notifications as Draft | undefined;
  if (notifications === undefined) return;
  finishMail(notifications, run);
  finishFifos(notifications, run);
}

/** keepalived runs scripts as root where there is neither script_user nor a user keepalived_script; whoever relies on it should hear of it. */
function tellWhoRunsScripts(run: Import): void {
  if ((run.document.programs as Draft | undefined)?.user !== undefined) return;
  const { vrrpInstances, vrrpSyncGroups } = run.document as Readonly<Record<string, Draft[] | undefined>>;
  const scripts = [...(vrrpInstances ?? []), ...(vrrpSyncGroups ?? [])].flatMap(({ notify }) =>
    Object.values((notify as Draft | undefined) ?? {}),
  );
  const script = scripts.find((one): one is Draft => typeof one === "object" && (one as Draft).user === undefined);
  const word = script && originOf(run, script, "command");
  if (word === undefined) return;
  const message = "without script_user, scripts run as keepalived_script, or as nobody where there is no such user";
  complain(run, "warning", word, message, {
    expected: "script_user root in global_defs, as keepalived would run them",
  });
}

/** keepalived sends to the mail server of the same machine, unless told another, and nothing where nobody is to get it. */
function finishMail(notifications: Draft, run: Import): void {
  const mail = notifications.mail as Draft | undefined;
  if (mail === undefined) return;
  mail.server ??= "127.0.0.1";
  if (mail.to !== undefined) return;
  const word = originOf(run, mail, "");
  if (word !== undefined)
    complain(run, "warning", word, `${word.text}: no mail is sent, because nobody is to get it`, {
      expected: "notification_email { ADDRESS }",
    });
  delete notifications.mail;
}

/** A script reads the FIFO of its kind, wherever in the block that stands. */
function finishFifos(notifications: Draft, run: Import): void {
  const fifos = (notifications.fifos as Draft[] | undefined) ?? [];
  for (const one of fifos.filter(({ path }) => path === undefined)) {
    const word = originOf(run, one, "");
    if (word !== undefined)
      complain(run, "error", word, `${word.text} has nothing to read`, {
        expected: `${word.text.replace(/_script$/, "")} PATH as well`,
      });
    fifos.splice(fifos.indexOf(one), 1);
  }
}

function recipients(statement: Statement, mail: Draft, run: Import): void {
  if (statement.block === undefined)
    return complain(run, "error", statement, "notification_email has no block", {
      expected: "{ on the same line or the next",
    });
  for (const line of statement.block)
    for (const word of [line, ...line.args]) addElement(run, mail, "to", word.text, word);
}

function server(statement: Statement, mail: Draft, run: Import): void {
  const [host, port] = takeArguments(statement, run, 1, 2);
  if (host === undefined) return;
  setField(run, mail, "server", host.text, statement);
  if (port !== undefined) number("port")({ ...statement, args: [port] }, mail, run);
}

function fifo(events: FifoEvents): Directive {
  return (statement, _, run) => {
    const [path] = takeArguments(statement, run, 1, 1);
    if (path !== undefined) setField(run, fifoOf(events, statement, run), "path", path.text, statement);
  };
}

function fifoReader(events: FifoEvents): Directive {
  return (statement, _, run) => {
    const read = readProgram(statement, run);
    if (read !== undefined) setField(run, fifoOf(events, statement, run), "reader", read, statement);
  };
}

type FifoEvents = "all" | "vrrp" | "lvs";

/** keepalived has one FIFO of each kind. */
function fifoOf(events: FifoEvents, statement: Statement, run: Import): Draft {
  const notifications = notificationsOf(run, statement);
  const known = (notifications.fifos as Draft[] | undefined)?.find((one) => one.events === events);
  if (known !== undefined) return known;
  const made: Draft = { events };
  addElement(run, notifications, "fifos", made, statement);
  return made;
}

function scriptUser(statement: Statement, programs: Draft, run: Import): void {
  const [user, group] = takeArguments(statement, run, 1, 2);
  for (const [key, value] of Object.entries(accountsOf(user, group))) setField(run, programs, key, value, statement);
}

function notificationsOf(run: Import, statement: Statement): Draft {
  return fieldOf(run, run.document, "notifications", statement);
}

function inNotifications(directive: Directive): Directive {
  return (statement, _, run) => directive(statement, notificationsOf(run, statement), run);
}

function inMail(directive: Directive): Directive {
  return inNotifications((statement, draft, run) => directive(statement, fieldOf(run, draft, "mail", statement), run));
}

function inRunOnce(key: "startup" | "shutdown", directive: Directive): Directive {
  return inNotifications((statement, draft, run) => directive(statement, fieldOf(run, draft, key, statement), run));
}

function inPrograms(directive: Directive): Directive {
  return (statement, _, run) => directive(statement, fieldOf(run, run.document, "programs", statement), run);
}
