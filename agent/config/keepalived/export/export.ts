// A configuration as keepalived.conf, for the way back. keepalived does not have everything that we have: what was written is read again, and
// what does not come out the same is told.

import { type Difference, diffSettings } from "../../diff.ts";
import type { Issue } from "../../issue.ts";
import { loadText } from "../../load.ts";
import { renderDocument } from "../../render.ts";
import { serviceName } from "../../resolve-service.ts";
import { familyOfInstance } from "../../resolve-wire.ts";
import type { RealServerSettings, Settings, VirtualServerSettings } from "../../schema/settings.ts";
import { bfdLines } from "./bfd.ts";
import { clientLines } from "./client-tls.ts";
import { globalLines, groupLines } from "./general.ts";
import { instanceLines, notifyLines } from "./instance.ts";
import { namespaceLines } from "./ipvs.ts";
import { objectsOf, type Values } from "./lines.ts";
import { named, prefixesOf } from "./name-prefixes.ts";
import { garpGroupLines, staticLines } from "./static.ts";
import { trackedLines } from "./tracking.ts";
import { virtualServerLines } from "./virtual-server.ts";

/** A keepalived.conf, and what it does not say of the configuration that it was made of. */
export interface Exported {
  readonly text: string;
  readonly lost: readonly Difference[];
}

/** Writes settings as a keepalived.conf. */
export function exportKeepalived(given: Settings): Exported {
  const settings = withWhatIsUnderstood(given);
  const document = renderDocument(settings) as Values;
  const servers = (document.virtual_servers as readonly Values[] | undefined) ?? [];
  const logsAll = servers.length > 0 && servers.every((server) => server.log_all_failures === true);
  const prefixes = prefixesOf(document);
  const parts = [
    globalLines(document, logsAll ? ["checker_log_all_failures"] : []),
    namespaceLines(document),
    ...garpGroupLines((document.vrrp as Values | undefined) ?? {}),
    clientLines(document),
    ...trackedLines(document),
    ...objectsOf(document.bfd_sessions, "name").map(bfdLines),
    ...staticLines(document),
    ...objectsOf(document.vrrp_sync_groups, "name").map((group) => groupLines(group, notifyLines)),
    ...((document.vrrp_instances as readonly Values[] | undefined) ?? []).map((instance) =>
      instanceLines(named(instance, prefixes)),
    ),
    ...servers.map((server) => virtualServerLines(server, logsAll)),
  ];
  const text = parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
  const read = loadText(text === "" ? "global_defs {\n}\n" : text, { file: "exported", format: "keepalived" });
  // What cannot be read cannot be relied on in anything.
  const lost = read.settings === undefined ? read.issues.map(asLost) : diffSettings(settings, read.settings);
  return { text, lost };
}

/** The settings with what goes without saying here and has to be said there: that IPv6 has version 3, and the names of groups. */
function withWhatIsUnderstood(settings: Settings): Settings {
  return {
    ...settings,
    vrrpInstances: settings.vrrpInstances.map((one) => ({ ...one, version: one.version ?? versionOfFamily(one) })),
    virtualServers: settings.virtualServers.map((one) =>
      withTunnels(
        one.services.length === 0 ? one : { ...one, name: one.name ?? serviceName(one).replaceAll(" ", "-") },
      ),
    ),
  };
}

/** What is forwarded by a tunnel of its own has there the plain kind, whatever its virtual server says. */
function withTunnels(server: VirtualServerSettings): VirtualServerSettings {
  const { tunnel, sorryServer, realServers } = server;
  if (tunnel === undefined) return server;
  const said = <T extends Pick<RealServerSettings, "forwarding" | "tunnel">>(one: T): T =>
    one.forwarding === "tunnel" ? { ...one, tunnel: one.tunnel ?? tunnel } : one;
  return {
    ...server,
    realServers: realServers.map(said),
    ...(sorryServer !== undefined && { sorryServer: said(sorryServer) }),
  };
}

function versionOfFamily(instance: Settings["vrrpInstances"][number]): 3 | undefined {
  return familyOfInstance(instance) === "ipv6" ? 3 : undefined;
}

function asLost({ message }: Issue): Difference {
  return { kind: "removed", path: message };
}
