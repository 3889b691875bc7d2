// The HTTP probe: one GET after the other, each on a connection of its own, all within one time limit; the first that fails decides.
//
// It speaks HTTP/1.0 over a stream of its own, as keepalived does by default: the body comes as it is and ends with the connection or at its
// Content-Length. The runtime's clients do not serve here: fetch ignores a source address in silence, obeys proxy variables of the environment and
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

function question(model: HttpProbeModel, request: HttpRequestModel): string {
  const host = model.virtualHost ?? hostOf(model);
  return `GET ${request.path} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: vipward\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
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
