// What a failed connection means: something about the real server, or about the director itself.

import type { Milliseconds } from "../../base/duration.ts";
import type { PacketSource } from "../../kernel/probe-sockets.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed by the other side",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "no answer to the connection request",
  EACCES: "a route or a packet filter of this director prohibits it (EACCES)",
  EPERM: "a packet filter of this director prohibits it (EPERM)",
  EINVAL: "the route to it is a blackhole (EINVAL)",
};

const shortages: Readonly<Record<string, string>> = {
  EMFILE: "the agent has no file descriptor left (EMFILE)",
  ENFILE: "this director has no file descriptor left (ENFILE)",
  ENOBUFS: "this director has no network buffers left (ENOBUFS)",
  ENOMEM: "this director has no memory left (ENOMEM)",
  EAGAIN: "this director has no local port left (EAGAIN)",
};

/** The outcome of a connection that was not established, or of a datagram that found nobody. */
export function connectFailure(code: string, source: PacketSource): ProbeOutcome {
  const shortage = shortageOf(code, source);
  if (shortage !== undefined) return { kind: "not-made", detail: `could not be tried: ${shortage}` };
  return { kind: "failed", detail: words[code] ?? code };
}

/** The outcome of a connection that broke after it was established. */
export function talkFailure(code: string): ProbeOutcome {
  return { kind: "failed", detail: words[code] ?? code };
}

/** The outcome of a TLS handshake that failed: the server does not speak it, or its certificate is not believed. */
export function handshakeFailure(code: string, message: string): ProbeOutcome {
  const known = words[code];
  return { kind: "failed", detail: `no TLS: ${known ?? (message.includes(code) ? message : `${message} (${code})`)}` };
}

/** The outcome of a certificate that ends too soon; undefined where it does not. One that does not say when it ends is none that can be trusted. */
export function certificateFailure(
  end: number | undefined,
  failBefore: Milliseconds,
  now: number,
): ProbeOutcome | undefined {
  if (end === undefined || Number.isNaN(end))
    return { kind: "failed", detail: "the certificate does not say when it ends" };
  if (end - now > failBefore) return undefined;
  return {
    kind: "failed",
    detail: `the certificate ${end < now ? "has ended" : "ends"} on ${new Date(end).toISOString()}`,
  };
}

function shortageOf(code: string, source: PacketSource): string | undefined {
  switch (code) {
    case "EADDRNOTAVAIL":
      return noLocalAddress(source);
    case "EADDRINUSE":
      return source.port === undefined
        ? "this director has no local port left for it (EADDRINUSE)"
        : `source port ${source.port} is in use on this director (EADDRINUSE)`;
    case "ENODEV":
      return `interface ${source.interface} is not on this director (ENODEV)`;
    case "EPERM":
      return source.mark === undefined && source.interface === undefined
        ? undefined
        : "the agent may not mark packets or choose their interface: it lacks CAP_NET_ADMIN or CAP_NET_RAW (EPERM)";
    default:
      return shortages[code];
  }
}

function noLocalAddress({ address }: PacketSource): string {
  return address === undefined
    ? "this director has no local port left for it (EADDRNOTAVAIL)"
    : `source address ${address} is not on this director, or it has no local port left (EADDRNOTAVAIL)`;
}
