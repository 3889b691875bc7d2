// The HTTP probe: one request after the other, each on a connection of its own, all within one time limit; the first that fails decides.
//
// It speaks HTTP over a stream of its own, version 1.0 as keepalived does by default: the body comes as it is and ends with the connection or at its
// Content-Length; with version 1.1 it may come in chunks, and version 2 is spoken over TLS by ALPN, in clear with prior knowledge. The runtime's clients do not
// serve here: fetch ignores a source address in silence, obeys proxy variables of the environment and makes no more than 256 requests at once, so that
// servers that hang would hold up the checks of those that do not; node:http costs three times the CPU, and node:http2 keeps sessions of its own.
// Redirects are followed only where that is asked for; nothing is decompressed, and nobody's cookies are kept.

import { formatEndpoint, parseAddress } from "../../base/address.ts";
import type { HttpProbeModel, HttpRequestModel, TlsModel } from "../../config/model.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import { type HttpPlace, hostName, redirectCodes, redirected } from "../core/redirect.ts";
import { HttpAnswer } from "./http-answer.ts";
import { headerFields, requestText } from "./http-request.ts";
import { Http2Answer } from "./http2-answer.ts";
import { limitOf } from "./limit.ts";
import type { Probe } from "./probe.ts";
import { type Conversation, converse, type ProbeParts, type Stream, type TimeLimit } from "./stream.ts";

/** The HTTP probe: passes when every request is answered as it should be. */
export function httpProbe(parts: ProbeParts): Probe<HttpProbeModel> {
  return async (model, signal) => {
    const limit = limitOf(model);
    let outcome: ProbeOutcome = { kind: "failed", detail: "no request is configured, expected at least one" };
    for (const request of model.requests) {
      outcome = await follow(model, request, (place, asked) => get(model, place, asked, limit, signal, parts));
      if (outcome.kind !== "passed") return atPath(outcome, request, model);
    }
    return outcome;
  };
}

/** What one answer came to, and where it sends the asker. */
interface Answered {
  readonly outcome: ProbeOutcome;
  readonly redirect: HttpAnswer["redirect"];
}

type Get = (place: HttpPlace, request: HttpRequestModel) => Promise<Answered>;

/** Asks, and asks again where the answer sends to, as often as that is allowed. A status that is expected is not followed. */
async function follow(model: HttpProbeModel, request: HttpRequestModel, get: Get): Promise<ProbeOutcome> {
  let place = placeOf(model, request);
  let asked = request;
  for (let left = model.maxRedirects ?? 0; ; left--) {
    const { outcome, redirect } = await get(place, asked);
    if (redirect === undefined || model.maxRedirects === undefined) return outcome;
    if (left === 0)
      return {
        kind: "failed",
        detail: `more than ${model.maxRedirects} redirects, the last to ${redirect.location.slice(0, 64)}`,
      };
    const next = redirected(place, redirect.location, model.redirectsToOtherHosts === true);
    if (!next.ok) return { kind: "failed", detail: `status ${redirect.status} ${next.error}` };
    if (redirectCodes.get(redirect.status) === "get")
      asked = { ...asked, method: asked.method === "HEAD" ? "HEAD" : "GET", body: undefined };
    place = next.value;
  }
}

async function get(
  model: HttpProbeModel,
  place: HttpPlace,
  request: HttpRequestModel,
  limit: TimeLimit,
  signal: AbortSignal,
  parts: ProbeParts,
): Promise<Answered> {
  const answer = new HttpAnswer(request);
  const { address, port } = place;
  const isSecond = model.version === "2";
  const target = { address, port, source: model.source, tls: tlsOf(model, place, request) };
  const conversation = isSecond ? inFrames(place, request, answer) : inText(model.version, place, request, answer);
  const outcome = await converse(
    { ...target, ...(isSecond && { protocol: "h2" }) },
    limit,
    signal,
    parts,
    conversation,
  );
  return { outcome, redirect: answer.redirect };
}

/** Versions 1.0 and 1.1. */
function inText(
  version: HttpProbeModel["version"],
  place: HttpPlace,
  request: HttpRequestModel,
  answer: HttpAnswer,
): Conversation {
  return {
    connected: (stream) => stream.write(requestText(version, place, request)),
    received: (bytes, finish) => {
      const outcome = answer.take(bytes);
      if (outcome !== undefined) finish(outcome);
    },
    closed: () => answer.end(),
    awaited: () => answer.awaited,
  };
}

/** Version 2. */
function inFrames(place: HttpPlace, request: HttpRequestModel, answer: HttpAnswer): Conversation {
  const http2 = new Http2Answer(answer);
  let stream: Stream | undefined;
  return {
    connected: (connected) => {
      stream = connected;
      stream.write(http2.request(headerFields(place, request), request.body));
    },
    received: (bytes, finish) => {
      const { reply, outcome } = http2.take(bytes);
      for (const part of reply) stream?.write(part);
      if (outcome !== undefined) finish(outcome);
    },
    closed: () => answer.cutOff(),
    awaited: () => answer.awaited,
  };
}

const anyCertificate: TlsModel = { serverName: undefined, verify: false, caFile: undefined };

/** A redirect to https where none is configured is followed whatever the certificate is; another name is the one that is asked for. */
function tlsOf(model: HttpProbeModel, { isSecure, host }: HttpPlace, request: HttpRequestModel): TlsModel | undefined {
  if (!isSecure) return undefined;
  const tls = model.tls ?? anyCertificate;
  if (hostName(host) === hostName(placeOf(model, request).host)) return tls;
  const name = hostName(host);
  return { ...tls, serverName: parseAddress(name) === undefined ? name : undefined };
}

function placeOf(model: HttpProbeModel, { virtualHost, path }: HttpRequestModel): HttpPlace {
  const { address, port, tls } = model;
  return { address, port, isSecure: tls !== undefined, host: virtualHost ?? model.virtualHost ?? hostOf(model), path };
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
