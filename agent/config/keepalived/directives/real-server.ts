import { type Block, type Directive, flag, number, numberOf, takeArguments, text } from "../directive.ts";
import { addElement, type Draft, type Import, setField } from "../draft.ts";
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

const block: Block = {
  name: "real_server",
  directives: {
    weight: number("weight"),
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
