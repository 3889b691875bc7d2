import { checkerLines, poolTiming } from "./checkers.ts";
import {
  block,
  choice,
  duration,
  fieldLines,
  flag,
  objectsOf,
  quoted,
  toggle,
  type Values,
  type Writer,
  word,
} from "./lines.ts";
import { program } from "./program.ts";

/** The lines of a virtual server, and of the group that it needs when it has several services. `loggedAnyway`: failures of all its checks are logged because global_defs
 * says so. */
export function virtualServerLines(server: Values, loggedAnyway: boolean): string[] {
  const services = objectsOf(server.services, "address");
  if (services.length === 0) return block(`virtual_server ${keyOf(server)}`, bodyLines(server, loggedAnyway));
  const name = quoted(String(server.name ?? "group"));
  return [
    ...block(`virtual_server_group ${name}`, services.map(serviceLine)),
    ...block(`virtual_server group ${name}`, bodyLines(server, loggedAnyway)),
  ];
}

function keyOf(server: Values): string {
  if (server.firewall_mark !== undefined) return `fwmark ${server.firewall_mark}`;
  return server.port === undefined || server.port === 0 ? String(server.address) : `${server.address} ${server.port}`;
}

function serviceLine(service: Values): string {
  if (service.firewall_mark === undefined) return keyOf(service);
  const family = service.family === "ipv6" ? " inet6" : service.family === "ipv4" ? " inet" : "";
  return `fwmark ${service.firewall_mark}${family}`;
}

function bodyLines(server: Values, loggedAnyway: boolean): string[] {
  const below: Values = {
    log_all_failures: !loggedAnyway && server.log_all_failures === true,
    ...(server.retries === 0 && { retries: 0 }),
  };
  const flags = ((server.scheduler_flags as readonly string[] | undefined) ?? []).map(String);
  return [
    ...fieldLines({ scheduler: "wlc", ...server }, serverFields),
    ...flags,
    ...forwardingLine("lb_kind", { forwarding: "masquerade", ...server }),
    ...sorryLines(server.sorry_server as Values | undefined),
    ...poolNotifyLines(server.notify as Values | undefined, "quorum_up", "quorum_down"),
    ...((server.real_servers as readonly Values[] | undefined) ?? []).flatMap((one) => realServerLines(one, below)),
  ];
}

const serverFields: Readonly<Record<string, Writer>> = {
  protocol: (protocol) => `protocol ${String(protocol).toUpperCase()}`,
  family: choice("ip_family", { ipv4: "inet", ipv6: "inet6" }),
  scheduler: word("lb_algo"),
  one_packet: flag("ops"),
  persistence_timeout: duration("persistence_timeout"),
  persistence_granularity: word("persistence_granularity"),
  persistence_engine: word("persistence_engine"),
  inhibit_on_failure: flag("inhibit_on_failure"),
  virtual_host: word("virtualhost"),
  quorum: word("quorum"),
  hysteresis: word("hysteresis"),
  tell_stop: flag("omega"),
  suspend_without_address: flag("ha_suspend"),
  ...poolTiming,
  // Here keepalived looks at nothing behind the word.
  start_down: flag("alpha"),
};

const methods: Readonly<Record<string, string>> = { masquerade: "NAT", direct: "DR", tunnel: "TUN" };
const checksums: Readonly<Record<string, string>> = { none: "nocsum", full: "csum", remote: "remcsum" };

function forwardingLine(keyword: string, { forwarding, tunnel }: Values): string[] {
  if (forwarding === undefined) return [];
  const { type, port, checksum } = (tunnel as Values | undefined) ?? {};
  const words = [
    ...(type === undefined ? [] : [`type ${type}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(checksum === undefined ? [] : [checksums[String(checksum)]]),
  ];
  return [[keyword, methods[String(forwarding)], ...words].join(" ")];
}

function sorryLines(sorry: Values | undefined): string[] {
  if (sorry === undefined) return [];
  return [
    `sorry_server ${keyOf(sorry)}`,
    ...(sorry.inhibit === true ? ["sorry_server_inhibit"] : []),
    ...forwardingLine("sorry_server_lvs_method", sorry),
  ];
}

function poolNotifyLines(notify: Values | undefined, up: string, down: string): string[] {
  return fieldLines(notify ?? {}, { up: program(up), down: program(down), mail: toggle("smtp_alert") });
}

/** keepalived says of each check whether its failures are logged, or of all, and takes no retries only there: this goes from `above` to the checks. */
function realServerLines(server: Values, above: Values): string[] {
  const retries = server.retries ?? above.retries;
  const below: Values = {
    log_all_failures: (server.log_all_failures ?? above.log_all_failures) === true,
    ...(retries === 0 && { retries }),
  };
  const fields = {
    weight: word("weight"),
    upper_threshold: word("uthreshold"),
    lower_threshold: word("lthreshold"),
    inhibit_on_failure: toggle("inhibit_on_failure"),
    virtual_host: word("virtualhost"),
    ...poolTiming,
  };
  return block(`real_server ${keyOf(server)}`, [
    ...fieldLines(server, fields),
    ...forwardingLine("lvs_method", server),
    ...poolNotifyLines(server.notify as Values | undefined, "notify_up", "notify_down"),
    ...((server.checkers as readonly Values[] | undefined) ?? []).flatMap((one) => checkerLines(one, below)),
  ]);
}
