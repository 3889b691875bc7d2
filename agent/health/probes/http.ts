// The HTTP probe: one request after the other, each on a connection of its own, all within one time limit; the first that fails decides.
//
// It speaks HTTP over a stream of its own, version 1.0 as keepalived does by default: the body comes as it is and ends with the connection or at its
// Content-Length; with version 1.1 it may come in chunks. The runtime's clients do not serve here: fetch ignores a source address in silence, obeys proxy variables of the environment and
// makes no more than 256 requests at once, so that servers that hang would hold up the checks of those that do not;
// node:http costs three times the CPU. No redirect is followed, nothing is decompressed, and nobody's cookies are kept.

import { formatEndpoint } from "../../base/address.ts";
import type { HttpProbeModel, HttpRequestModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { HttpAnswer } from "./http-answer.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { converse, type ProbeParts, type TimeLimit } from "./stream.ts";

/** The HTTP probe: passes when every request is answered as it should be. */
export function httpProbe(parts: ProbeParts): Probe<HttpProbeModel> {
  return async (model, signal) => {
    const limit = limitOf(model);
    let outcome: ProbeOutcome = { kind: "failed", detail: "no request is configured, expected at least one" };
    for (const request of model.requests) {
      outcome = await get(model, request, limit, signal, parts);
      if (outcome.kind !== "passed") return atPath(outcome, request, model);
    }
    return outcome;
  };
}

function get(
  model: HttpProbeModel,
  request: HttpRequestModel,
  limit: TimeLimit,
  signal: AbortSignal,
  parts: ProbeParts,
): Promise<ProbeOutcome> {
  const answer = new HttpAnswer(request);
  return converse(model, limit, signal, parts, {
    connected: (stream) => stream.write(question(model, request)),
    received: (bytes, finish) => {
      const outcome = answer.take(bytes);
      if (outcome !== undefined) finish(outcome);
    },
    closed: () => answer.end(),
    awaited: () => answer.awaited,
  });
}

/** keepalived's http_protocol: 1.0 says nothing of the connection, 1.0C and 1.1 ask for its end. */
function question(model: HttpProbeModel, request: HttpRequestModel): string {
  const { method, path, headers, body, virtualHost = model.virtualHost ?? hostOf(model) } = request;
  const named = (name: string) => headers.some((header) => header.toLowerCase().startsWith(`${name}:`));
  const usual = [
    ...(named("host") ? [] : [`Host: ${virtualHost}`]),
    ...(named("user-agent") ? [] : ["User-Agent: vipward"]),
    ...(named("accept") ? [] : ["Accept: */*"]),
    ...(model.version === "1.0" ? [] : ["Connection: close"]),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const lines = [`${method} ${path} HTTP/${model.version === "1.1" ? "1.1" : "1.0"}`, ...usual, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** The port is left out where it is the usual one (RFC 9110, section 7.2). */
function hostOf({ address, port, tls }: HttpProbeModel): string {
  const endpoint = formatEndpoint(address, port);
  const usual = tls === undefined ? 80 : 443;
  return port === usual ? endpoint.slice(0, -`:${usual}`.length) : endpoint;
}

/** Which of several requests it was. */
function atPath(outcome: ProbeOutcome, request: HttpRequestModel, model: HttpProbeModel): ProbeOutcome {
  return model.requests.length === 1 ? outcome : { ...outcome, detail: `${request.path}: ${outcome.detail}` };
}
