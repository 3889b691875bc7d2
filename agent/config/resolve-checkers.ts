// The checkers of one real server: what they inherit, what they probe, and by which name they are known across configurations.

import { formatEndpoint, parseAddress } from "../base/address.ts";
import type { PacketSource } from "../kernel/probe-sockets.ts";
import type { CheckerModel, HttpRequestModel, ProbeModel, TlsModel } from "./model.ts";
import { configuredPort, serviceIdentity } from "./resolve-service.ts";
import { checkDefaults } from "./schema/check-timing.ts";
import type { CheckerSettings, RealServerSettings, VirtualServerSettings } from "./schema/settings.ts";

const none: readonly CheckerModel[] = [];

/** The checkers of a real server, each with an id of its own. */
export function resolveCheckers(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
): readonly CheckerModel[] {
  return realServer.checkers.length === 0 ? none : resolveEach(server, realServer);
}

function resolveEach(server: VirtualServerSettings, realServer: RealServerSettings): CheckerModel[] {
  const owner = ownerText(server, realServer);
  const seen = new Map<string, number>();
  return realServer.checkers.map((checker) => {
    const probe = probeOf(server, realServer, checker);
    const id = `${owner} > ${probeText(probe)}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id} #${count}`, probe, ...timingOf(server, realServer, checker) };
  });
}

/** The identity of a real server across configurations: its virtual server's key, and the address and port written for it. */
function ownerText(server: VirtualServerSettings, realServer: RealServerSettings): string {
  const endpoint = formatEndpoint(realServer.address, configuredPort(server, realServer));
  return `${serviceIdentity(server)} > ${endpoint}`;
}

/** What a probe does, without its deadline: a checker that only becomes more patient keeps its history. */
function probeText(probe: ProbeModel): string {
  const endpoint = `${formatEndpoint(probe.address, probe.port)}${sourceText(probe.source)}`;
  if (probe.kind === "tcp") return `tcp ${endpoint}`;
  const target = probe.tls === undefined ? `http ${endpoint}` : `https ${endpoint}${tlsText(probe.tls)}`;
  const host = probe.virtualHost === undefined ? "" : ` host ${probe.virtualHost}`;
  return `${target}${host} ${probe.requests.map(requestText).join(" ")}`;
}

function sourceText({ address, port, interface: link, mark }: PacketSource): string {
  const from =
    address === undefined && port === undefined ? "" : ` from ${address ?? ""}${port === undefined ? "" : `:${port}`}`;
  return `${from}${link === undefined ? "" : ` over ${link}`}${mark === undefined ? "" : ` mark ${mark}`}`;
}

function tlsText({ serverName, verify, caFile }: TlsModel): string {
  const name = serverName === undefined ? "" : ` name ${serverName}`;
  return verify ? `${name} verified${caFile === undefined ? "" : ` by ${caFile}`}` : name;
}

function requestText({ path, statusCodes, digest }: HttpRequestModel): string {
  const codes = statusCodes.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
  return `${path} ${codes}${digest === undefined ? "" : ` md5 ${digest}`}`;
}

function probeOf(server: VirtualServerSettings, realServer: RealServerSettings, checker: CheckerSettings): ProbeModel {
  const settings = settingsOf(checker);
  const target = {
    address: settings.address ?? realServer.address,
    port: settings.port ?? configuredPort(server, realServer),
    timeout: settings.timeout ?? realServer.timeout ?? server.timeout ?? checkDefaults.timeout,
    source: sourceOf(settings),
  };
  if (checker.http === undefined) return { kind: "tcp", ...target };
  const virtualHost = checker.http.virtualHost ?? realServer.virtualHost ?? server.virtualHost;
  return {
    kind: "http",
    ...target,
    virtualHost,
    tls: checker.http.tls && tlsOf(checker.http.tls, virtualHost),
    requests: checker.http.requests.map(({ path, statusCodes, digest }) => ({ path, statusCodes, digest })),
  };
}

const kernelsChoice: PacketSource = {};

/** One object for all that leave the choice to the kernel. */
function sourceOf({ bindAddress, bindPort, bindInterface, mark }: ReturnType<typeof settingsOf>): PacketSource {
  if (bindAddress === undefined && bindPort === undefined && bindInterface === undefined && mark === undefined)
    return kernelsChoice;
  return { address: bindAddress, port: bindPort, interface: bindInterface, mark };
}

type TlsSettings = NonNullable<NonNullable<CheckerSettings["http"]>["tls"]>;

function tlsOf({ sni, serverName, verify, caFile }: TlsSettings, virtualHost: string | undefined): TlsModel {
  // A Host header may have a port, and a name in TLS is never an address (RFC 6066, section 3).
  const host = virtualHost?.replace(/:\d+$/, "");
  const name = serverName ?? (host === undefined || parseAddress(host) !== undefined ? undefined : host);
  return { serverName: sni ? name : undefined, verify, caFile };
}

function timingOf(
  server: VirtualServerSettings,
  realServer: RealServerSettings,
  checker: CheckerSettings,
): Omit<CheckerModel, "id" | "probe"> {
  const own = settingsOf(checker);
  const kind = checker.http === undefined ? "tcp" : "http";
  const delay = own.delay ?? realServer.delay ?? server.delay ?? checkDefaults.delay;
  return {
    delay,
    retries: own.retries ?? realServer.retries ?? server.retries ?? checkDefaults.retries,
    retryDelay: own.retryDelay ?? realServer.retryDelay ?? server.retryDelay ?? checkDefaults.retryDelay[kind],
    warmup: own.warmup ?? realServer.warmup ?? server.warmup ?? delay,
    startDown: own.startDown ?? realServer.startDown ?? server.startDown ?? checkDefaults.startDown,
  };
}

function settingsOf(checker: CheckerSettings) {
  const settings = checker.tcp ?? checker.http;
  if (settings === undefined) throw new Error("a checker without a kind was not validated");
  return settings;
}
