// Checkers to the wire and back. tcp and http, of which a large configuration has tens of thousands, field by field; the other kinds have the same
// names on both sides, but for times and empty lists.

import type { Milliseconds } from "../../base/duration.ts";
import { kindOf } from "../../config/resolve-probes.ts";
import type { CheckerSettings, VirtualServerSettings } from "../../config/schema/settings.ts";
import type { Duration as DurationOnWire } from "../gen/google/protobuf/duration.pb.ts";
import { BfdCheck } from "../gen/vipward/v1/bfd.pb.ts";
import {
  AgentCheck,
  BodyMatch,
  DnsCheck,
  FileCheck,
  type FlapDamping,
  GrpcCheck,
  MysqlCheck,
  PingCheck,
  PostgresqlCheck,
  RedisCheck,
  ScriptCheck,
  SmtpCheck,
  TlsCheck,
  UdpCheck,
} from "../gen/vipward/v1/check.pb.ts";
import {
  type Checker,
  CheckTls,
  type HttpCheck,
  type HttpRequest,
  type StatusCodeRange,
  type TcpCheck,
} from "../gen/vipward/v1/config.pb.ts";
import { add, type DocumentObject, list, present } from "./present.ts";
import { durationText, optionalDuration } from "./time.ts";

type TimingName = "delay" | "retries" | "retryDelay" | "warmup" | "timeout" | "startDown" | "logAllFailures";
type Timing = Pick<VirtualServerSettings, TimingName>;
type TimingOnWire = Pick<TcpCheck, TimingName>;

/** The times, and what else virtual servers, real servers and checkers have, on the wire. */
export function checkTimingOf(from: Timing) {
  return {
    delay: optionalDuration(from.delay),
    retries: from.retries,
    retryDelay: optionalDuration(from.retryDelay),
    warmup: optionalDuration(from.warmup),
    timeout: optionalDuration(from.timeout),
    startDown: from.startDown,
    logAllFailures: from.logAllFailures,
  };
}

/** The same in a document. */
export function checkTimingFields(from: TimingOnWire): DocumentObject {
  const document: Record<string, unknown> = {};
  addCheckTiming(document, from);
  return document;
}

/** The same, added to a document. */
export function addCheckTiming(document: Record<string, unknown>, from: TimingOnWire): void {
  add(document, "delay", durationText(from.delay));
  add(document, "retries", from.retries);
  add(document, "retryDelay", durationText(from.retryDelay));
  add(document, "warmup", durationText(from.warmup));
  add(document, "timeout", durationText(from.timeout));
  add(document, "startDown", from.startDown);
  add(document, "logAllFailures", from.logAllFailures);
}

/** Flap damping on the wire. */
export function flapDampingOf({ flapDamping }: Pick<VirtualServerSettings, "flapDamping">): FlapDamping | undefined {
  if (flapDamping === undefined) return undefined;
  const { falls, within, hold } = flapDamping;
  return { falls, within: optionalDuration(within), hold: optionalDuration(hold) };
}

/** Flap damping in a document. */
export function flapDampingFields(damping: FlapDamping | undefined): DocumentObject | undefined {
  if (damping === undefined) return undefined;
  const { falls, within, hold } = damping;
  return present({ falls, within: durationText(within), hold: durationText(hold) });
}

/** A checker on the wire. */
export function checkerOf(settings: CheckerSettings): Checker {
  const { tcp, http } = settings;
  if (tcp !== undefined)
    return { kind: { $case: "tcp", value: { ...checkTarget(tcp), throughForwarding: tcp.throughForwarding } } };
  if (http !== undefined) return { kind: { $case: "http", value: httpCheck(http) } };
  if (settings.bfd !== undefined) return { kind: { $case: "bfd", value: BfdCheck.fromPartial(settings.bfd) } };
  const { kind, settings: check } = kindOf(settings);
  const fields = { ...check, ...checkTimingOf(check), ...tlsTimes(check as WithTls<Milliseconds>, optionalDuration) };
  return { kind: messageOf(kind as OtherKind, fields as never) };
}

type OtherKind = Exclude<NonNullable<Checker["kind"]>["$case"], "tcp" | "http" | "bfd">;

/** A message of a kind, whose fields are those of the settings. */
function messageOf(kind: OtherKind, fields: never): Checker["kind"] {
  switch (kind) {
    case "udp":
      return { $case: kind, value: UdpCheck.fromPartial(fields) };
    case "ping":
      return { $case: kind, value: PingCheck.fromPartial(fields) };
    case "dns":
      return { $case: kind, value: DnsCheck.fromPartial(fields) };
    case "smtp":
      return { $case: kind, value: SmtpCheck.fromPartial(fields) };
    case "tls":
      return { $case: kind, value: TlsCheck.fromPartial(fields) };
    case "grpc":
      return { $case: kind, value: GrpcCheck.fromPartial(fields) };
    case "redis":
      return { $case: kind, value: RedisCheck.fromPartial(fields) };
    case "postgresql":
      return { $case: kind, value: PostgresqlCheck.fromPartial(fields) };
    case "mysql":
      return { $case: kind, value: MysqlCheck.fromPartial(fields) };
    case "agent":
      return { $case: kind, value: AgentCheck.fromPartial(fields) };
    case "script":
      return { $case: kind, value: ScriptCheck.fromPartial(fields) };
    case "file":
      return { $case: kind, value: FileCheck.fromPartial(fields) };
  }
}

/** A checker in a document. */
export function checkerDocument({ kind }: Checker): DocumentObject {
  if (kind === undefined) return {};
  switch (kind.$case) {
    case "tcp":
      return { tcp: tcpCheckFields(kind.value) };
    case "http":
      return { http: httpCheckFields(kind.value) };
    case "bfd":
      return { bfd: present({ ...kind.value }) };
    default:
      return { [kind.$case]: sameFields(kind.value) };
  }
}

/** The fields of a message whose names and values are those of a document. */
function sameFields(message: TimingOnWire): DocumentObject {
  const fields: Record<string, unknown> = {
    ...message,
    ...checkTimingFields(message),
    ...tlsTimes(message as object as WithTls<DurationOnWire>, durationText),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) fields[name] = list(value, (item) => item);
    else if (typeof value === "object" && value !== null) fields[name] = present(value as DocumentObject);
  }
  return present(fields);
}

/** Where a check says how long certificates must last. */
interface TlsTimes<Time> {
  readonly warnBefore?: Time | undefined;
  readonly failBefore?: Time | undefined;
}
interface WithTls<Time> extends TlsTimes<Time> {
  readonly tls?: TlsTimes<Time> | undefined;
  readonly startTls?: TlsTimes<Time> | undefined;
}

/** These times in another form, in the check itself and in its TLS. */
function tlsTimes<From, To>(check: WithTls<From>, convert: (time: From | undefined) => To | undefined): object {
  const times = ({ warnBefore, failBefore }: TlsTimes<From>) => ({
    ...(warnBefore !== undefined && { warnBefore: convert(warnBefore) }),
    ...(failBefore !== undefined && { failBefore: convert(failBefore) }),
  });
  const { tls, startTls } = check;
  return {
    ...times(check),
    ...(tls !== undefined && { tls: { ...tls, ...times(tls) } }),
    ...(startTls !== undefined && { startTls: { ...startTls, ...times(startTls) } }),
  };
}

function checkTarget(check: NonNullable<CheckerSettings["tcp"]> | NonNullable<CheckerSettings["http"]>) {
  const { address, port, bindAddress, bindPort, bindInterface, mark } = check;
  return { address, port, bindAddress, bindPort, bindInterface, mark, ...checkTimingOf(check) };
}

function httpCheck(check: NonNullable<CheckerSettings["http"]>) {
  const requests = check.requests.map(({ statusCodes, headers, match, json, ...same }) => ({
    ...same,
    statusCodes: statusCodes.map(({ from, to }) => ({ from, to })),
    headers: [...headers],
    match: match && BodyMatch.fromPartial({ ...match, options: [...match.options] }),
    json: [...json],
    digest: same.digest,
    body: same.body,
    virtualHost: same.virtualHost,
  }));
  const { virtualHost, version, maxRedirects, redirectsToOtherHosts, tls } = check;
  return {
    ...{ ...checkTarget(check), virtualHost, version, maxRedirects, redirectsToOtherHosts, requests },
    tls: tls && CheckTls.fromPartial({ ...tls, ...tlsTimes(tls, optionalDuration) } as never),
  };
}

function checkTargetFields(check: TcpCheck | HttpCheck): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  add(document, "address", check.address);
  add(document, "port", check.port);
  add(document, "bindAddress", check.bindAddress);
  add(document, "bindPort", check.bindPort);
  add(document, "bindInterface", check.bindInterface);
  add(document, "mark", check.mark);
  addCheckTiming(document, check);
  return document;
}

function tcpCheckFields(check: TcpCheck): DocumentObject {
  const document = checkTargetFields(check);
  add(document, "throughForwarding", check.throughForwarding);
  return document;
}

function httpCheckFields(check: HttpCheck): DocumentObject {
  const { virtualHost, tls, version, maxRedirects, redirectsToOtherHosts, requests } = check;
  return present({
    ...checkTargetFields(check),
    virtualHost,
    version,
    maxRedirects,
    redirectsToOtherHosts,
    tls: tls && present({ ...tls, ...tlsTimes(tls, durationText) }),
    requests: list(requests, httpRequest),
  });
}

function httpRequest({ statusCodes, headers, match, json, ...same }: HttpRequest): DocumentObject {
  return present({
    ...same,
    statusCodes: list(statusCodes, statusCodeText),
    headers: list(headers, (header) => header),
    match: match && present({ ...match, options: list(match.options, (option) => option) }),
    json: list(json, (one) => one),
  });
}

function statusCodeText({ from, to }: StatusCodeRange): string {
  return to === undefined || to === from ? String(from) : `${from}-${to}`;
}
