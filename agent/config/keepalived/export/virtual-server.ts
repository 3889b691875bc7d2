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

/** The lines of a virtual server, and of the group that it needs when it has several services. */
export function virtualServerLines(server: Values): string[] {
  const services = objectsOf(server.services, "address");
  if (services.length === 0) return block(`virtual_server ${keyOf(server)}`, bodyLines(server));
  const name = quoted(String(server.name ?? "group"));
  return [
    ...block(`virtual_server_group ${name}`, services.map(serviceLine)),
    ...block(`virtual_server group ${name}`, bodyLines(server)),
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

function bodyLines(server: Values): string[] {
  const flags = ((server.scheduler_flags as readonly string[] | undefined) ?? []).map(String);
  return [
    ...fieldLines(server, serverFields),
    ...flags,
    ...forwardingLine("lb_kind", server),
    ...sorryLines(server.sorry_server as Values | undefined),
    ...((server.real_servers as readonly Values[] | undefined) ?? []).flatMap(realServerLines),
  ];
}

/** The times of checks, at every level. */
const timing: Readonly<Record<string, Writer>> = {
  delay: duration("delay_loop"),
  retries: word("retry"),
  retry_delay: duration("delay_before_retry"),
  warmup: duration("warmup"),
  timeout: duration("connect_timeout"),
  start_down: toggle("alpha"),
};

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
  ...timing,
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

function realServerLines(server: Values): string[] {
  const fields = {
    weight: word("weight"),
    upper_threshold: word("uthreshold"),
    lower_threshold: word("lthreshold"),
    inhibit_on_failure: toggle("inhibit_on_failure"),
    virtual_host: word("virtualhost"),
    ...timing,
  };
  return block(`real_server ${keyOf(server)}`, [
    ...fieldLines(server, fields),
    ...forwardingLine("lvs_method", server),
    ...((server.checkers as readonly Values[] | undefined) ?? []).flatMap(checkerLines),
  ]);
}

const target: Readonly<Record<string, Writer>> = {
  address: word("connect_ip"),
  port: word("connect_port"),
  bind_address: word("bindto"),
  bind_port: word("bind_port"),
  bind_interface: word("bind_if"),
  mark: word("fwmark"),
};

function checkerLines(checker: Values): string[] {
  const [[kind = "", value] = []] = Object.entries(checker);
  const settings = (value ?? {}) as Values;
  const common = fieldLines(settings, { ...target, ...timing, virtual_host: word("virtualhost") });
  if (kind === "tcp") return block("TCP_CHECK", common);
  if (kind !== "http") return [];
  const requests = objectsOf(settings.requests, "path").flatMap((request) => block("url", urlLines(request)));
  return block(settings.tls === undefined ? "HTTP_GET" : "SSL_GET", [...common, ...requests]);
}

function urlLines(request: Values): string[] {
  const codes = request.status_codes;
  return fieldLines(
    { ...request, ...(Array.isArray(codes) && { status_codes: codes.join(" ") }) },
    {
      path: word("path"),
      status_codes: (list) => `status_code ${list}`,
      digest: word("digest"),
      virtual_host: word("virtualhost"),
    },
  );
}
