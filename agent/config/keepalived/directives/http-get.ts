import { parseStatusCodes } from "../../schema/status-codes.ts";
import {
  type Block,
  choice,
  type Directive,
  flag,
  number,
  takeArguments,
  text,
  withoutSlashComment,
} from "../directive.ts";
import { addElement, complain, type Draft, type Import, remember } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { matchDirectives } from "./body-match.ts";
import { checkTiming } from "./check-timing.ts";
import { checkLogging, checkTarget } from "./tcp-check.ts";

/** `HTTP_GET { url { … } … }` */
export const httpGet: Directive = (statement, realServer, run) => {
  const http: Draft = {};
  remember(run, http, "", statement);
  addElement(run, realServer, "checkers", { http }, statement);
  lowerInner(block, statement, http, run);
  tellWithoutUrl(statement, http, run);
};

/** `SSL_GET { url { … } enable_sni sni_name NAME … }`: keepalived asks for no name unless it is told to, and believes any certificate. */
export const sslGet: Directive = (statement, realServer, run) => {
  const http: Draft = { tls: { sni: false } };
  remember(run, http, "", statement);
  addElement(run, realServer, "checkers", { http }, statement);
  lowerInner(sslBlock, statement, http, run);
  tellWithoutUrl(statement, http, run);
};

function tellWithoutUrl(statement: Statement, { requests }: Draft, run: Import): void {
  if (requests !== undefined) return;
  complain(run, "warning", statement, `${statement.text} has no url: the path / is asked for`, {
    expected: "url { path PATH }",
    keepalived: "leaves the check out",
  });
}

/** The older word for retry, which keepalived still knows here. */
const olderRetry: Directive = (statement, http, run) => {
  complain(run, "warning", statement, "nb_get_retry is an older word", { expected: "retry" });
  number("retries")(statement, http, run);
};

/** A directive about TLS, in the block of the check. */
function ofTls(directive: Directive): Directive {
  return (statement, http, run) => directive(statement, http.tls as Draft, run);
}

/** Not `flag`: the field is there already. */
const enableSni: Directive = (statement, tls, run) => {
  takeArguments(statement, run, 0, 0);
  tls.sni = true;
};

const url: Directive = (statement, http, run) => {
  const request: Draft = {};
  addElement(run, http, "requests", request, statement);
  lowerInner(urlBlock, statement, request, run);
};

/** `status_code 200 301-303`, any number of them. */
const statusCode: Directive = (statement, request, run) => {
  const words = withoutSlashComment(statement, run).flatMap((word) =>
    word.text.split(",").map((text) => ({ ...word, text })),
  );
  if (words.length === 0)
    return complain(run, "error", statement, "status_code needs a value", { expected: "200 or 200-299" });
  for (const word of words) {
    if (parseStatusCodes(word.text) !== undefined) addElement(run, request, "statusCodes", word.text, statement);
    else
      complain(run, "error", word, `${JSON.stringify(word.text)} is not a status code or a range of them`, {
        expected: "a number from 100 to 599 or a range like 200-299",
      });
  }
};

/** Every path is asked in every probe, so that a server recovers as fast as it can anyway. */
const everyUrl: Directive = (statement, _, run) => flag("fastRecovery")(statement, {}, run);

const urlBlock: Block = {
  name: "url",
  directives: {
    path: text("path"),
    status_code: statusCode,
    digest: text("digest"),
    virtualhost: text("virtualHost"),
    ...matchDirectives,
  },
};

const block: Block = {
  name: "HTTP_GET",
  directives: {
    ...checkTarget,
    ...checkTiming,
    ...checkLogging,
    virtualhost: text("virtualHost"),
    http_protocol: choice("version", { "1.0": "1.0", "1.0C": "1.0C", "1.1": "1.1" }),
    nb_get_retry: olderRetry,
    fast_recovery: everyUrl,
    url,
  },
  blocks: ["url"],
};

const sslBlock: Block = {
  name: "SSL_GET",
  directives: { ...block.directives, enable_sni: ofTls(enableSni), sni_name: ofTls(text("serverName")) },
  blocks: ["url"],
};
