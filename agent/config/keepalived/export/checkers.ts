// The checks of real servers. Kinds that keepalived does not have are not written: what was written is read again, and they are told as lost.

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

/** The times of checks, at every level. */
export const checkTiming: Readonly<Record<string, Writer>> = {
  delay: duration("delay_loop"),
  retries: word("retry"),
  retry_delay: duration("delay_before_retry"),
  warmup: duration("warmup"),
  timeout: duration("connect_timeout"),
  start_down: toggle("alpha"),
};

/** The same of virtual servers and real servers, where keepalived wants one retry at least. */
export const poolTiming: Readonly<Record<string, Writer>> = {
  ...checkTiming,
  retries: (retries) => (retries === 0 ? undefined : `retry ${retries}`),
};

const common: Readonly<Record<string, Writer>> = {
  address: word("connect_ip"),
  port: word("connect_port"),
  bind_address: word("bindto"),
  bind_port: word("bind_port"),
  bind_interface: word("bind_if"),
  mark: word("fwmark"),
  ...checkTiming,
  log_all_failures: flag("log_all_failures"),
};

const { timeout: _timeout, ...withoutTimeout } = checkTiming;

/** What a kind is called, and what it has beside the times and the target. */
const kinds: Readonly<Record<string, { readonly keyword: string; readonly fields: Readonly<Record<string, Writer>> }>> =
  {
    tcp: { keyword: "TCP_CHECK", fields: common },
    ping: { keyword: "PING_CHECK", fields: common },
    udp: {
      keyword: "UDP_CHECK",
      fields: {
        ...common,
        payload: word("payload"),
        min_reply_length: word("min_reply_length"),
        max_reply_length: word("max_reply_length"),
      },
    },
    dns: { keyword: "DNS_CHECK", fields: { ...common, type: word("type"), name: word("name") } },
    smtp: { keyword: "SMTP_CHECK", fields: { ...common, helo_name: word("helo_name") } },
    script: {
      keyword: "MISC_CHECK",
      fields: {
        command: word("misc_path"),
        dynamic_weight: flag("misc_dynamic"),
        ...withoutTimeout,
        timeout: duration("misc_timeout"),
        log_all_failures: flag("log_all_failures"),
      },
    },
    file: { keyword: "FILE_CHECK", fields: { name: word("track_file") } },
    bfd: { keyword: "BFD_CHECK", fields: { session: word("name"), start_down: toggle("alpha") } },
  };

/** The lines of a check. `above`: what holds unless it says otherwise, and only checks can say. */
export function checkerLines(checker: Values, above: Values): string[] {
  const [[kind = "", value] = []] = Object.entries(checker);
  const settings: Values = { ...above, ...((value ?? {}) as Values) };
  if (kind === "http") return httpLines(settings);
  const known = kinds[kind];
  if (known === undefined) return [];
  return block(known.keyword, [
    ...fieldLines(settings, known.fields),
    ...(kind === "script" ? userLine(settings) : []),
    ...(kind === "udp" ? replyLine(settings) : []),
    ...(kind === "file" ? weightLine(settings) : []),
  ]);
}

/** `require_reply [DIGITS]` */
function replyLine({ require_reply, reply }: Values): string[] {
  return require_reply === true
    ? [reply === undefined ? "require_reply" : `require_reply ${quoted(String(reply))}`]
    : [];
}

/** `user USER [GROUP]` */
function userLine({ user, group }: Values): string[] {
  const accounts = [user, group].filter((account) => account !== undefined);
  return accounts.length === 0 ? [] : [`user ${accounts.map((account) => quoted(String(account))).join(" ")}`];
}

function weightLine({ weight, reverse }: Values): string[] {
  return weight === undefined ? [] : [`weight ${weight}${reverse === true ? " reverse" : ""}`];
}

const httpFields: Readonly<Record<string, Writer>> = {
  ...common,
  virtual_host: word("virtualhost"),
  version: choice("http_protocol", { "1.0C": "1.0C", "1.1": "1.1" }),
};

function httpLines(settings: Values): string[] {
  const requests = objectsOf(settings.requests, "path").flatMap((request) => block("url", urlLines(request)));
  const tls = settings.tls as Values | undefined;
  return block(tls === undefined ? "HTTP_GET" : "SSL_GET", [
    ...fieldLines(settings, httpFields),
    ...(tls === undefined ? [] : tlsLines(tls)),
    ...requests,
  ]);
}

/** keepalived asks for no name unless it is told to. */
function tlsLines({ sni, server_name }: Values): string[] {
  return [...(sni === false ? [] : ["enable_sni"]), ...fieldLines({ server_name }, { server_name: word("sni_name") })];
}

function urlLines(request: Values): string[] {
  const codes = request.status_codes;
  return [
    ...fieldLines(
      { ...request, ...(Array.isArray(codes) && { status_codes: codes.join(" ") }) },
      {
        path: word("path"),
        status_codes: (list) => `status_code ${list}`,
        digest: word("digest"),
        virtual_host: word("virtualhost"),
      },
    ),
    ...matchLines(request.match as Values | undefined),
  ];
}

function matchLines(match: Values | undefined): string[] {
  if (match === undefined) return [];
  return fieldLines(match, {
    pattern: word(match.absent === true ? "regex_no_match" : "regex"),
    options: (options) => `regex_options ${(options as readonly string[]).join(" ")}`,
    min_offset: word("regex_min_offset"),
    max_offset: word("regex_max_offset"),
  });
}
