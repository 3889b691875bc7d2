// A request of an HTTP probe as it goes over the wire, in either form.

import type { HttpProbeModel, HttpRequestModel } from "../../config/model.ts";
import type { HttpPlace } from "../core/redirect.ts";

/** Versions 1.0 and 1.1. keepalived's http_protocol: 1.0 says nothing of the connection, 1.0C and 1.1 ask for its end. */
export function requestText(version: HttpProbeModel["version"], place: HttpPlace, request: HttpRequestModel): string {
  const { method, headers, body } = request;
  const named = namesOf(headers);
  const usual = [
    ...(named.has("host") ? [] : [`Host: ${place.host}`]),
    ...(named.has("user-agent") ? [] : ["User-Agent: vipward"]),
    ...(named.has("accept") ? [] : ["Accept: */*"]),
    ...(version === "1.0" ? [] : ["Connection: close"]),
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const lines = [`${method} ${place.path} HTTP/${version === "1.1" ? "1.1" : "1.0"}`, ...usual, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Version 2: what is in the first line is in fields of their own (RFC 9113, section 8.3.1), and nothing is said of the connection. */
export function headerFields(place: HttpPlace, request: HttpRequestModel): [name: string, value: string][] {
  const { method, headers, body } = request;
  const given = headers.map((header): [string, string] => {
    const [name = "", ...value] = header.split(":");
    return [name.toLowerCase(), value.join(":").trim()];
  });
  const named = namesOf(headers);
  return [
    [":method", method],
    [":scheme", place.isSecure ? "https" : "http"],
    [":path", place.path],
    [":authority", given.find(([name]) => name === "host")?.[1] ?? place.host],
    ...(named.has("user-agent") ? [] : [["user-agent", "vipward"] as [string, string]]),
    ...(named.has("accept") ? [] : [["accept", "*/*"] as [string, string]]),
    ...(body === undefined ? [] : [["content-length", String(Buffer.byteLength(body))] as [string, string]]),
    ...given.filter(([name]) => name !== "host" && name !== "connection"),
  ];
}

function namesOf(headers: readonly string[]): ReadonlySet<string> {
  return new Set(headers.map((header) => header.slice(0, header.indexOf(":")).toLowerCase()));
}
