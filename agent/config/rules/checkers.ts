// The rules about checkers of a real server.

import { familyOf } from "../../base/address.ts";
import type { Finding, Path } from "../issue.ts";
import { type CheckSettings, kindOf } from "../resolve-probes.ts";
import { configuredPort } from "../resolve-service.ts";
import type { CheckerKind } from "../schema/checker.ts";
import type { RealServerSettings, VirtualServerSettings } from "../schema/settings.ts";
import type { PathOf } from "./breach.ts";
import { breach } from "./breach.ts";
import type { Entry } from "./entry.ts";
import { throughForwarding } from "./through-forwarding.ts";

const nothing: readonly Finding[] = [];

/** Everything that the checkers of a real server break. */
export function checkers(
  pathOf: PathOf,
  server: VirtualServerSettings,
  realServer: RealServerSettings,
): readonly Finding[] {
  const found: Finding[] = [];
  realServer.checkers.forEach((checker, index) => {
    const { kind, settings } = kindOf(checker);
    const at = (...more: Path) => [...pathOf(), "checkers", index, kind, ...more];
    if (kind === "script" || kind === "file" || kind === "bfd") return;
    if (checker.tcp?.throughForwarding === true) {
      found.push(...throughForwarding(at, server, realServer, checker.tcp));
      return;
    }
    target(
      found,
      at,
      settings as CheckSettings<NetworkKind>,
      kind === "ping" ? undefined : configuredPort(server, realServer),
      realServer,
    );
    if (kind === "tcp") return;
    for (const [field, tls] of tlsFields(kind, settings)) checkTls(found, (name) => at(...field, name), tls);
    if (kind === "http") redirects(found, at, settings as CheckSettings<"http">);
    if (kind === "udp") reply(found, at, settings as CheckSettings<"udp">);
  });
  return found.length === 0 ? nothing : found;
}

/** Checkers that read a file which is not defined. `names`: of all that are, also where they are not well formed otherwise. */
export function fileCheckers(servers: readonly Entry<VirtualServerSettings>[], names: ReadonlySet<string>): Finding[] {
  const found: Finding[] = [];
  for (const { path, value } of servers)
    for (let index = 0; index < value.realServers.length; index++) {
      const checkers = value.realServers[index]?.checkers ?? [];
      for (let place = 0; place < checkers.length; place++) {
        const name = checkers[place]?.file?.name;
        if (name === undefined || names.has(name)) continue;
        const at = [...path, "realServers", index, "checkers", place, "file", "name"];
        found.push(breach(at, `there is no tracked file ${JSON.stringify(name)}`, expectedName(names)));
      }
    }
  return found;
}

function expectedName(names: ReadonlySet<string>): string {
  return names.size === 0 ? "an entry in tracked_files" : `one of ${[...names].join(", ")}`;
}

type NetworkKind = Exclude<CheckerKind, "script" | "file" | "bfd">;

type At = (...more: Path) => Path;

/** `port`: the one that counts unless the checker has its own; undefined where ports have no meaning. */
function target(
  found: Finding[],
  at: At,
  check: CheckSettings<NetworkKind>,
  port: number | undefined,
  realServer: RealServerSettings,
): void {
  const own = "port" in check ? check.port : undefined;
  if (own === undefined && port === 0)
    found.push(breach(at("port"), "there is no port to probe", "port of the checker or of the real server"));
  const { bindAddress: bound, address = realServer.address } = check;
  if (bound !== undefined && familyOf(bound) !== familyOf(address))
    found.push(breach(at("bindAddress"), `${bound} cannot reach ${address}`, `an ${familyOf(address)} address`));
}

interface TlsSettings {
  readonly sni?: boolean | undefined;
  readonly verify?: boolean | undefined;
  readonly caFile?: string | undefined;
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyPasswordFile?: string | undefined;
}

/** Where a check says something about TLS: the path of it, and what it says. */
function tlsFields(kind: string, settings: CheckSettings): readonly (readonly [Path, TlsSettings])[] {
  if (kind === "tls") return [[[], settings as CheckSettings<"tls">]];
  const { tls, startTls } = settings as { readonly tls?: TlsSettings; readonly startTls?: TlsSettings };
  if (tls !== undefined) return [[["tls"], tls]];
  return startTls === undefined ? [] : [[["startTls"], startTls]];
}

function checkTls(found: Finding[], at: (field: string) => Path, tls: TlsSettings): void {
  const { sni = true, verify, caFile, certificateFile } = tls;
  for (const field of ["keyFile", "keyPasswordFile"] as const)
    if (tls[field] !== undefined && certificateFile === undefined)
      found.push(breach(at(field), "is a key without a certificate", "certificate_file as well"));
  if (caFile !== undefined && !verify)
    found.push(breach(at("caFile"), "has no meaning unless the certificate is verified", "verify: true as well"));
  else if (verify && !sni) found.push(breach(at("sni"), "a verified certificate needs a name", "sni: true"));
}

function redirects(found: Finding[], at: At, { maxRedirects, redirectsToOtherHosts }: CheckSettings<"http">): void {
  if (!redirectsToOtherHosts || maxRedirects > 0) return;
  const message = "has no meaning unless redirects are followed";
  found.push(breach(at("redirectsToOtherHosts"), message, "max_redirects: 3 as well"));
}

function reply(
  found: Finding[],
  at: At,
  { requireReply, reply, minReplyLength, maxReplyLength }: CheckSettings<"udp">,
) {
  if (reply !== undefined && !requireReply)
    found.push(breach(at("reply"), "has no meaning unless a reply is required", "require_reply: true as well"));
  if (minReplyLength > maxReplyLength)
    found.push(breach(at("minReplyLength"), `${minReplyLength} is above max_reply_length ${maxReplyLength}`));
}
