// What a checker probes: one function for each kind, from settings to the description of an attempt, and the text that it is known by.

import { formatEndpoint, parseAddress } from "../base/address.ts";
import { formatDuration, type Milliseconds, seconds } from "../base/duration.ts";
import type { PacketSource } from "../kernel/probe-sockets.ts";
import type { ClientCertificateModel, PathProbeModel } from "./check-model.ts";
import { joinCommand } from "./command.ts";
import { askedTarget } from "./forwarded-traffic.ts";
import type { BodyMatchModel, HttpProbeModel, HttpRequestModel, NetworkProbe, ProbeModel, TlsModel } from "./model.ts";
import { resolveProgram } from "./resolve-program.ts";
import { configuredPort, forwardingOf } from "./resolve-service.ts";
import { expressionOf } from "./schema/body-match.ts";
import { checkDefaults } from "./schema/check-timing.ts";
import { type CheckerKind, checkerKinds } from "./schema/checker.ts";
import type { CheckerSettings, RealServerSettings, Settings, VirtualServerSettings } from "./schema/settings.ts";

/** The settings of a checker of some kind. */
export type CheckSettings<Kind extends CheckerKind = CheckerKind> = NonNullable<CheckerSettings[Kind]>;

/** The kind of a checker and its settings. */
export function kindOf(checker: CheckerSettings): { readonly kind: CheckerKind; readonly settings: CheckSettings } {
  for (const kind of checkerKinds) {
    const settings = checker[kind];
    if (settings !== undefined) return { kind, settings };
  }
  throw new Error("a checker without a kind was not validated");
}

/** What a checker probes. */
export function probeOf(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  checker: CheckerSettings,
  context: CheckContext,
): ProbeModel {
  const { kind, settings } = kindOf(checker);
  if (kind === "script") return scriptProbe(settings as CheckSettings<"script">, server, realServer, context);
  if (kind === "file") return fileProbe(settings as CheckSettings<"file">, context);
  if (kind === "bfd") return { kind, session: (settings as CheckSettings<"bfd">).session, timeout: sessionTimeout };
  const target = targetOf(server, realServer, settings as NetworkSettings);
  if (checker.tcp?.throughForwarding === true) return pathProbe(server, realServer, checker.tcp, target);
  const host = realServer.virtualHost ?? server.virtualHost;
  return (makers[kind] as Maker<NetworkSettings>)(settings as NetworkSettings, target, host);
}

/** Longer than the vrrp process gives a session to come up. */
const sessionTimeout = seconds(10);

/** What checkers refer to outside of their virtual server. */
export type CheckContext = Pick<Settings, "programs" | "trackedFiles">;

type NetworkKind = Exclude<CheckerKind, "script" | "file" | "bfd">;
type NetworkSettings = CheckSettings<NetworkKind>;

function scriptProbe(
  { command, user, group, dynamicWeight, timeout, delay }: CheckSettings<"script">,
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  { programs }: CheckContext,
): ProbeModel {
  return {
    kind: "script",
    program: resolveProgram({ command, user, group }),
    dynamicWeight,
    // keepalived's misc_timeout is the delay unless given.
    timeout: timeout ?? delay ?? realServer.delay ?? server.delay ?? checkDefaults.delay,
    programs: { user: programs.user, group: programs.group, secure: programs.secure },
  };
}

/** A file of another name than any that is defined was not validated. */
function fileProbe(settings: CheckSettings<"file">, { trackedFiles }: CheckContext): ProbeModel {
  const defined = trackedFiles.find(({ name }) => name === settings.name);
  const weight = settings.weight ?? defined?.weight ?? 1;
  const isReverse = settings.reverse ?? defined?.reverse ?? false;
  const timeout = settings.timeout ?? checkDefaults.timeout;
  return { kind: "file", file: defined?.file ?? "", weight: isReverse && weight !== 0 ? -weight : weight, timeout };
}

/** One that does not know what to ask, or a real server with masquerade, was not validated. */
function pathProbe(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  check: CheckSettings<"tcp">,
  common: NetworkProbe,
): ProbeModel {
  const { address: virtualAddress = realServer.address, port = common.port } = askedTarget(server, check);
  const forwarding = forwardingOf(server, realServer);
  const path = { virtualAddress, forwarding: forwarding.method === "tunnel" ? forwarding : direct };
  return { kind: "tcp", ...common, address: realServer.address, port, path };
}

const direct = { method: "direct" } as const;

/** From settings, the common part, and the Host header that is inherited. */
type Maker<Settings> = (settings: Settings, target: NetworkProbe, host: string | undefined) => ProbeModel;

const makers: { readonly [Kind in NetworkKind]: Maker<CheckSettings<Kind>> } = {
  tcp: (_, target) => ({ kind: "tcp", ...target }),
  http: (settings, target, host) => {
    const virtualHost = settings.virtualHost ?? host;
    return {
      kind: "http",
      ...target,
      virtualHost,
      tls: settings.tls && tlsOf(settings.tls, settings.virtualHost ?? settings.requests[0]?.virtualHost ?? host),
      version: settings.version,
      ...(settings.maxRedirects > 0 && { maxRedirects: settings.maxRedirects }),
      ...(settings.redirectsToOtherHosts && { redirectsToOtherHosts: true as const }),
      requests: settings.requests.map(requestOf),
    };
  },
  udp: ({ payload, requireReply, reply, minReplyLength, maxReplyLength }, target) => ({
    kind: "udp",
    ...target,
    payload,
    requireReply,
    reply,
    leastReply: minReplyLength,
    mostReply: maxReplyLength,
  }),
  ping: (_, { address, timeout, source }) => ({ kind: "ping", address, timeout, source }),
  dns: ({ type, name, answers }, target) => ({ kind: "dns", ...target, type, name, answers }),
  smtp: ({ heloName, startTls }, target) => ({
    kind: "smtp",
    ...target,
    heloName,
    startTls: startTls && tlsOf(startTls, undefined),
  }),
  tls: (settings, target, host) => ({ kind: "tls", ...target, tls: tlsOf(settings, host) }),
  grpc: ({ service, virtualHost, tls }, target, host) => ({
    kind: "grpc",
    ...target,
    service,
    virtualHost: virtualHost ?? host,
    tls: tls && tlsOf(tls, virtualHost ?? host),
  }),
  redis: ({ tls }, target) => ({ kind: "redis", ...target, tls: tls && tlsOf(tls, undefined) }),
  postgresql: ({ user, database }, target) => ({ kind: "postgresql", ...target, user, database }),
  mysql: ({ user }, target) => ({ kind: "mysql", ...target, user }),
  agent: ({ send }, target) => ({ kind: "agent", ...target, send }),
};

function targetOf(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  settings: NetworkSettings,
): NetworkProbe {
  return {
    address: settings.address ?? realServer.address,
    port: ("port" in settings ? settings.port : undefined) ?? configuredPort(server, realServer),
    timeout: settings.timeout ?? realServer.timeout ?? server.timeout ?? checkDefaults.timeout,
    source: sourceOf(settings),
  };
}

const kernelsChoice: PacketSource = {};

/** One object for all that leave the choice to the kernel. */
function sourceOf(settings: NetworkSettings): PacketSource {
  const { bindAddress, bindInterface, mark } = settings;
  const bindPort = "bindPort" in settings ? settings.bindPort : undefined;
  if (bindAddress === undefined && bindPort === undefined && bindInterface === undefined && mark === undefined)
    return kernelsChoice;
  return { address: bindAddress, port: bindPort, interface: bindInterface, mark };
}

function requestOf({ match, ...request }: CheckSettings<"http">["requests"][number]): HttpRequestModel {
  const { path, statusCodes, digest, method, headers, body, virtualHost, json } = request;
  return { path, statusCodes, digest, method, headers, body, virtualHost, json, match: match && matchOf(match) };
}

function matchOf(match: NonNullable<CheckSettings<"http">["requests"][number]["match"]>): BodyMatchModel {
  const { absent, minOffset, maxOffset, options } = match;
  return {
    ...expressionOf(match),
    absent,
    leastOffset: minOffset,
    mostOffset: maxOffset,
    firstLine: options.includes("firstline"),
  };
}

interface TlsSettings {
  readonly sni: boolean;
  readonly serverName?: string | undefined;
  readonly verify: boolean;
  readonly caFile?: string | undefined;
  readonly warnBefore?: Milliseconds | undefined;
  readonly failBefore?: Milliseconds | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPasswordFile?: string | undefined;
}

function clientOf({ certificateFile, keyFile, keyPasswordFile }: TlsSettings): ClientCertificateModel | undefined {
  if (certificateFile === undefined) return undefined;
  return {
    certificate: certificateFile,
    key: keyFile ?? certificateFile,
    ...(keyPasswordFile !== undefined && { passwordFile: keyPasswordFile }),
  };
}

function tlsOf(settings: TlsSettings, virtualHost: string | undefined): TlsModel {
  const { sni, serverName, verify, caFile, warnBefore, failBefore } = settings;
  const client = clientOf(settings);
  // A Host header may have a port, and a name in TLS is never an address (RFC 6066, section 3).
  const host = virtualHost?.replace(/:\d+$/, "");
  const name = serverName ?? (host === undefined || parseAddress(host) !== undefined ? undefined : host);
  return {
    ...{ serverName: sni ? name : undefined, verify, caFile },
    ...(warnBefore !== undefined && { warnBefore }),
    ...(failBefore !== undefined && { failBefore }),
    ...(client !== undefined && { client }),
  };
}

/** What a probe does, without its deadline: a checker that only becomes more patient keeps its history. */
export function probeIdentity(probe: ProbeModel): string {
  switch (probe.kind) {
    case "tcp":
      return `tcp ${endpointText(probe)}${probe.path === undefined ? "" : pathText(probe.path)}`;
    case "http": {
      const target =
        probe.tls === undefined ? `http ${endpointText(probe)}` : `https ${endpointText(probe)}${tlsText(probe.tls)}`;
      const host = probe.virtualHost === undefined ? "" : ` host ${probe.virtualHost}`;
      const version = probe.version === "1.0" ? "" : ` HTTP/${probe.version}`;
      return `${target}${host}${version}${redirectText(probe)} ${probe.requests.map(requestText).join(" ")}`;
    }
    case "script":
      return `script ${joinCommand(probe.program.command)}${probe.dynamicWeight ? " dynamic weight" : ""}`;
    case "file":
      return `file ${probe.file} weight ${probe.weight}`;
    case "bfd":
      return `bfd ${probe.session}`;
    case "ping":
      return `ping ${probe.address}${sourceText(probe.source)}`;
    default: {
      const { kind, address: _address, port: _port, source: _source, timeout: _timeout, ...settings } = probe;
      return `${kind} ${endpointText(probe)}${settingsText(settings)}`;
    }
  }
}

function pathText({ virtualAddress, forwarding }: PathProbeModel): string {
  const isPlain = forwarding.method === "direct" || forwarding.type === "ipip";
  const how = isPlain ? "" : ` ${forwarding.type} ${forwarding.port} ${forwarding.checksum}`;
  return ` through ${forwarding.method}${how} for ${virtualAddress}`;
}

function endpointText({ address, port, source }: NetworkProbe): string {
  return `${formatEndpoint(address, port)}${sourceText(source)}`;
}

function sourceText({ address, port, interface: link, mark }: PacketSource): string {
  const from =
    address === undefined && port === undefined ? "" : ` from ${address ?? ""}${port === undefined ? "" : `:${port}`}`;
  return `${from}${link === undefined ? "" : ` over ${link}`}${mark === undefined ? "" : ` mark ${mark}`}`;
}

function settingsText(settings: object): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name} ${typeof value === "object" ? JSON.stringify(value, withoutWarnings) : value}`)
    .join("");
}

/** When a warning is due changes nothing in what a checker says. */
function withoutWarnings(name: string, value: unknown): unknown {
  return name === "warnBefore" ? undefined : value;
}

function tlsText({ serverName, verify, caFile, failBefore, client }: TlsModel): string {
  const asked = serverName === undefined ? "" : ` name ${serverName}`;
  const name = client === undefined ? asked : `${asked} as ${client.certificate}`;
  const lasting = failBefore === undefined ? "" : ` lasting ${formatDuration(failBefore)}`;
  return verify ? `${name} verified${caFile === undefined ? "" : ` by ${caFile}`}${lasting}` : `${name}${lasting}`;
}

function redirectText({ maxRedirects, redirectsToOtherHosts }: HttpProbeModel): string {
  if (maxRedirects === undefined) return "";
  return ` following ${maxRedirects}${redirectsToOtherHosts === true ? " to any host" : ""}`;
}

function requestText(request: HttpRequestModel): string {
  const { path, statusCodes, digest, method, headers, body, virtualHost, match, json } = request;
  const codes = statusCodes.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
  const usual = `${path} ${codes}${digest === undefined ? "" : ` md5 ${digest}`}`;
  const isUsual =
    method === "GET" && headers.length + json.length === 0 && (body ?? virtualHost ?? match) === undefined;
  return isUsual ? usual : `${usual}${settingsText({ method, headers, body, virtualHost, match, json })}`;
}
