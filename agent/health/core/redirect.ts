// Where an answer sends the asker (RFC 9110, section 15.4), as far as a check follows. A check is about one real server: whatever name the location
// has, that server is asked for it. Names are not looked up; only an address is gone to.

import { type IpAddress, parseAddress } from "../../base/address.ts";
import { fail, ok, type Result } from "../../base/result.ts";

/** Whom to ask for what. */
export interface HttpPlace {
  readonly address: IpAddress;
  readonly port: number;
  readonly isSecure: boolean;
  /** The Host header, with a port where it is not the usual one. */
  readonly host: string;
  readonly path: string;
}

/** The codes that send elsewhere; with 301, 302 and 303 it is a GET that is made there, whatever was asked. */
export const redirectCodes: ReadonlyMap<number, "as before" | "get"> = new Map([
  [301, "get"],
  [302, "get"],
  [303, "get"],
  [307, "as before"],
  [308, "as before"],
]);

/** The next place; failure: why it is not gone to, in words. */
export function redirected(from: HttpPlace, location: string, toOtherHosts: boolean): Result<HttpPlace, string> {
  const url = urlOf(location, from);
  if (url === undefined) return fail(`sends to ${shown(location)}, which is no address of the web`);
  const host = url.host;
  const isSame = hostName(host) === hostName(from.host);
  if (!isSame && !toOtherHosts) return fail(`sends to another host, ${shown(host)}`);
  const isSecure = url.protocol === "https:";
  const given = url.port === "" ? undefined : Number(url.port);
  // The usual port of the other side, where only the address of the director's network has another one.
  const sameOrigin = isSame && isSecure === from.isSecure && portIn(from.host) === given;
  const port = sameOrigin ? from.port : (given ?? (isSecure ? 443 : 80));
  const address = isSame ? from.address : (parseAddress(hostName(host)) ?? from.address);
  return ok({ address, port, isSecure, host, path: `${url.pathname}${url.search}` });
}

function urlOf(location: string, from: HttpPlace): URL | undefined {
  try {
    const url = new URL(location, `${from.isSecure ? "https" : "http"}://${from.host}${from.path}`);
    return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** A host without its port, and without the brackets of an IPv6 address. */
export function hostName(host: string): string {
  return host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
}

function portIn(host: string): number | undefined {
  const port = /:(\d+)$/.exec(host.replace(/^\[[^\]]*\]/, ""))?.[1];
  return port === undefined ? undefined : Number(port);
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
