// `UDP_CHECK`, `PING_CHECK`, `DNS_CHECK`, `SMTP_CHECK`, `MISC_CHECK` and `FILE_CHECK`.

import {
  type Block,
  bareFlag,
  type Directive,
  number,
  numberOf,
  takeArguments,
  text,
  withoutSlashComment,
} from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { checkTiming } from "./check-timing.ts";
import { accountsOf, readProgram } from "./program.ts";
import { checkLogging, checkTarget } from "./tcp-check.ts";

/** A block that is one checker of a real server. */
function checkBlock(kind: string, block: Block): Directive {
  return (statement, realServer, run) => {
    const check = addCheck(kind, {}, statement, realServer, run);
    lowerInner(block, statement, check, run);
  };
}

function addCheck(kind: string, check: Draft, statement: Statement, realServer: Draft, run: Import): Draft {
  remember(run, check, "", statement);
  addElement(run, realServer, "checkers", { [kind]: check }, statement);
  return check;
}

const common = { ...checkTarget, ...checkTiming, ...checkLogging };
const { connect_port: _port, bind_port: _bindPort, ...withoutPorts } = common;

const { connect_timeout: _timeout, ...withoutConnecting } = checkTiming;

/** Hexadecimal digits, which may stand in several words. */
function hex(key: string): Directive {
  return (statement, check, run) => {
    const digits = withoutSlashComment(statement, run)
      .map((word) => word.text)
      .join("");
    if (digits === "") takeArguments(statement, run, 1, 1);
    else setField(run, check, key, digits, statement);
  };
}

/** `require_reply [DIGITS…]` */
const requireReply: Directive = (statement, check, run) => {
  setField(run, check, "requireReply", true, statement);
  if (withoutSlashComment(statement, run).length > 0) hex("reply")(statement, check, run);
};

const udpBlock: Block = {
  name: "UDP_CHECK",
  directives: {
    ...common,
    payload: hex("payload"),
    require_reply: requireReply,
    min_reply_length: number("minReplyLength"),
    max_reply_length: number("maxReplyLength"),
  },
};

/** keepalived takes the types in either case. */
const dnsType: Directive = (statement, check, run) => {
  const [word] = takeArguments(statement, run, 1, 1);
  if (word !== undefined) setField(run, check, "type", word.text.toUpperCase(), statement);
};

const dnsBlock: Block = { name: "DNS_CHECK", directives: { ...common, type: dnsType, name: text("name") } };

/** The servers of the deprecated `host` blocks, until they become checkers of their own. */
const host: Directive = (statement, check, run) => {
  const place: Draft = {};
  remember(run, place, "", statement);
  addElement(run, check, "hosts", place, statement);
  lowerInner(hostBlock, statement, place, run);
};

const hostBlock: Block = { name: "host", directives: checkTarget };

const smtpBlock: Block = {
  name: "SMTP_CHECK",
  directives: { ...common, helo_name: text("heloName"), host },
  blocks: ["host"],
};

/** keepalived's checker asks each of its hosts and needs all of them, as a real server needs all of its checkers. */
const smtpCheck: Directive = (statement, realServer, run) => {
  const check: Draft = {};
  lowerInner(smtpBlock, statement, check, run);
  const { hosts, ...settings } = check;
  for (const place of (hosts as Draft[] | undefined) ?? [{}])
    addCheck("smtp", { ...settings, ...place }, statement, realServer, run);
};

/** keepalived's `user USER [GROUP]`. */
const user: Directive = (statement, check, run) => {
  const [name, group] = takeArguments(statement, run, 1, 2);
  for (const [key, value] of Object.entries(accountsOf(name, group))) setField(run, check, key, value, statement);
};

/** `misc_path "COMMAND ARGUMENT…"` */
const miscPath: Directive = (statement, check, run) => {
  const read = readProgram(statement, run);
  for (const [key, value] of Object.entries(read ?? {})) setField(run, check, key, value, statement);
};

const miscBlock: Block = {
  name: "MISC_CHECK",
  directives: {
    ...withoutConnecting,
    ...checkLogging,
    misc_path: miscPath,
    misc_timeout: text("timeout"),
    misc_dynamic: bareFlag("dynamicWeight"),
    user,
  },
};

/** `weight NUMBER [reverse|noreverse]` */
const fileWeight: Directive = (statement, check, run) => {
  const [value, reverse] = takeArguments(statement, run, 1, 2);
  if (value !== undefined) setField(run, check, "weight", numberOf(value), statement);
  if (reverse?.text === "reverse") setField(run, check, "reverse", true, reverse);
  else if (reverse !== undefined && reverse.text !== "noreverse")
    complain(run, "error", reverse, `${JSON.stringify(reverse.text)} is not known after a weight`, {
      expected: "reverse",
    });
};

const fileBlock: Block = { name: "FILE_CHECK", directives: { track_file: text("name"), weight: fileWeight } };

/** The checks of a real server by these keywords. */
export const otherChecks: Readonly<Record<string, Directive>> = {
  UDP_CHECK: checkBlock("udp", udpBlock),
  PING_CHECK: checkBlock("ping", { name: "PING_CHECK", directives: withoutPorts }),
  DNS_CHECK: checkBlock("dns", dnsBlock),
  SMTP_CHECK: smtpCheck,
  MISC_CHECK: checkBlock("script", miscBlock),
  FILE_CHECK: checkBlock("file", fileBlock),
};
