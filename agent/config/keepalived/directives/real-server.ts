import { type Block, type Directive, flag, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, complain, type Draft, type Import, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { bfdCheck } from "./bfd.ts";
import { checkTiming } from "./check-timing.ts";
import { forwarding } from "./forwarding.ts";
import { httpGet, sslGet } from "./http-get.ts";
import { otherChecks } from "./other-checks.ts";
import { realServerNotify } from "./pool-notify.ts";
import { tcpCheck } from "./tcp-check.ts";

/** `real_server ADDRESS [PORT] { … }` */
export const realServer: Directive = (statement: Statement, server: Draft, run: Import) => {
  const realServer: Draft = {};
  addElement(run, server, "realServers", realServer, statement);
  const words = takeArguments(statement, run, 1, 2);
  const address = words[0];
  const port = words[1];
  if (address !== undefined) setField(run, realServer, "address", address.text, address);
  if (port !== undefined) setField(run, realServer, "port", numberOf(port), port);
  lowerInner(block, statement, realServer, run);
};

/** keepalived leaves a weight out that is none, and then it is 1, or that of the virtual server: more traffic than anybody asked for. */
const weight: Directive = (statement, realServer, run) => {
  const word = takeArguments(statement, run, 1, 1)[0];
  if (word === undefined) return;
  const value = numberOf(word);
  if (typeof value === "number" && value >= 0 && value <= mostWeight)
    return setField(run, realServer, "weight", value, statement);
  if (word.text.includes("$")) return setField(run, realServer, "weight", word.text, statement);
  complain(run, "error", word, `${word.text} is no weight`, {
    expected: `a whole number from 0 to ${mostWeight}`,
    keepalived: "leaves the line out",
  });
};

const mostWeight = 2_147_483_647;

const block: Block = {
  name: "real_server",
  directives: {
    weight,
    lvs_method: forwarding,
    lb_kind: forwarding,
    uthreshold: number("upperThreshold"),
    lthreshold: number("lowerThreshold"),
    inhibit_on_failure: flag("inhibitOnFailure"),
    virtualhost: text("virtualHost"),
    ...realServerNotify,
    ...checkTiming,
    TCP_CHECK: tcpCheck,
    HTTP_GET: httpGet,
    SSL_GET: sslGet,
    ...otherChecks,
    BFD_CHECK: bfdCheck,
  },
  blocks: ["TCP_CHECK", "HTTP_GET", "SSL_GET", "BFD_CHECK", ...Object.keys(otherChecks)],
};
