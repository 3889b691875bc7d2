import { parseStatusCodes } from "../../schema/status-codes.ts";
import { type Block, type Directive, takeArguments, text, withoutSlashComment } from "../directive.ts";
import { addElement, complain, type Draft, type Import, originOf, remember } from "../draft.ts";
import { lowerInner } from "../walk.ts";
import { checkTiming } from "./check-timing.ts";
import { checkTarget } from "./tcp-check.ts";

/** `HTTP_GET { url { … } … }` */
export const httpGet: Directive = (statement, realServer, run) => {
  const http: Draft = {};
  remember(run, http, "", statement);
  addElement(run, realServer, "checkers", { http }, statement);
  lowerInner(block, statement, http, run);
  shareVirtualHost(http, run);
};

/** `SSL_GET { url { … } enable_sni sni_name NAME … }`: keepalived asks for no name unless it is told to, and believes any certificate. */
export const sslGet: Directive = (statement, realServer, run) => {
  const http: Draft = { tls: { sni: false } };
  remember(run, http, "", statement);
  addElement(run, realServer, "checkers", { http }, statement);
  lowerInner(sslBlock, statement, http, run);
  shareVirtualHost(http, run);
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

/** A Host header belongs to the whole check here; keepalived can have one for each url. */
function shareVirtualHost(http: Draft, run: Import): void {
  const requests = (http.requests as Draft[] | undefined) ?? [];
  const named = requests.filter((request) => request.virtualHost !== undefined);
  for (const request of named) {
    const host = request.virtualHost;
    const alike = requests.every((other) => (other.virtualHost ?? http.virtualHost ?? host) === host);
    const word = alike ? undefined : originOf(run, request, "virtualHost");
    if (word !== undefined)
      complain(run, "error", word, "the urls of one check have different virtual hosts", {
        expected: "an HTTP_GET for each",
      });
  }
  const [first] = named;
  if (first !== undefined) http.virtualHost = first.virtualHost;
  for (const request of named) delete request.virtualHost;
}

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

const urlBlock: Block = {
  name: "url",
  directives: { path: text("path"), status_code: statusCode, digest: text("digest"), virtualhost: text("virtualHost") },
};

const block: Block = {
  name: "HTTP_GET",
  directives: { ...checkTarget, ...checkTiming, virtualhost: text("virtualHost"), url },
  blocks: ["url"],
};

const sslBlock: Block = {
  name: "SSL_GET",
  directives: { ...block.directives, enable_sni: ofTls(enableSni), sni_name: ofTls(text("serverName")) },
  blocks: ["url"],
};
