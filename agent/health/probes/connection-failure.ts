// What a failed connection means: something about the real server, or about the director itself.

import { familyOf } from "../../base/address.ts";
import { codeOf } from "../../base/errors.ts";
import type { ProbeOutcome } from "../core/probe-outcome.ts";
import type { ConnectionTarget } from "./connection.ts";

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

/** A refusal takes one round trip. What fails later than this, in milliseconds, is most likely a host that no neighbour knows, which takes
 * the kernel three seconds to find out. */
const lateRefusal = 900;

/** The outcome of a connection that was not established, `took` milliseconds after its start. */
export async function connectFailure(code: string, target: ConnectionTarget, took: number): Promise<ProbeOutcome> {
  if (code !== "ECONNREFUSED") return outcomeOf(code, target);
  const reason = await routeFailure(target);
  if (reason !== undefined) return outcomeOf(reason, target);
  if (took < lateRefusal) return outcomeOf(code, target);
  return { kind: "failed", detail: "host is unreachable, or refused the connection late" };
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

function outcomeOf(code: string, { bindAddress }: ConnectionTarget): ProbeOutcome {
  const shortage = code === "EADDRNOTAVAIL" ? noLocalAddress(bindAddress) : shortages[code];
  if (shortage !== undefined) return { kind: "not-made", detail: `could not be tried: ${shortage}` };
  return { kind: "failed", detail: words[code] ?? code };
}

function noLocalAddress(bindAddress: string | undefined): string {
  const ports = "this director has no local port left for it (EADDRNOTAVAIL)";
  return bindAddress === undefined
    ? ports
    : `source address ${bindAddress} is not on this director, or it has no local port left (EADDRNOTAVAIL)`;
}

/** Bun 1.4.5 calls most failures to connect ECONNREFUSED: also those for lack of a route or of descriptors. Connecting a datagram socket sends
 * nothing and fails for the same reasons under their own names. Undefined: there is a route, so that the refusal was a true one. */
async function routeFailure({ address, port }: ConnectionTarget): Promise<string | undefined> {
  try {
    const hostname = familyOf(address) === "ipv6" ? "::" : "0.0.0.0";
    const socket = await Bun.udpSocket({ hostname, connect: { hostname: address, port } });
    socket.close();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}
