import { type Block, type Directive, flag, number, text } from "../directive.ts";
import { addElement, type Draft, remember } from "../draft.ts";
import { lowerInner } from "../walk.ts";
import { checkTiming } from "./check-timing.ts";

/** The keywords about where a probe goes, which all checkers share. */
export const checkTarget: Readonly<Record<string, Directive>> = {
  connect_ip: text("address"),
  connect_port: number("port"),
  bindto: text("bindAddress"),
  bind_port: number("bindPort"),
  bind_if: text("bindInterface"),
  fwmark: number("mark"),
};

/** What every checker but FILE_CHECK and BFD_CHECK says of the log. */
export const checkLogging: Readonly<Record<string, Directive>> = { log_all_failures: flag("logAllFailures") };

/** `TCP_CHECK { … }` */
export const tcpCheck: Directive = (statement, realServer, run) => {
  const tcp: Draft = {};
  remember(run, tcp, "", statement);
  addElement(run, realServer, "checkers", { tcp }, statement);
  lowerInner(block, statement, tcp, run);
};

const block: Block = { name: "TCP_CHECK", directives: { ...checkTarget, ...checkTiming, ...checkLogging } };
