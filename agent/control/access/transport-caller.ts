// Who is at the other end of a call, as the transport knows it: the peer of the unix socket by the kernel, the peer of TLS by its
// certificate.

import { readFileSync } from "node:fs";
import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";
import { parseAddress } from "../../base/address.ts";
import { type Caller, namesOf } from "./caller.ts";

/** What the kernel says of the process behind a unix socket. */
export type PeerCredentials = (fd: number) => { readonly pid: number; readonly uid: number; readonly gid: number };

/** Finds out who calls. */
export function callerFinder(peerCredentials: PeerCredentials | undefined): (call: object) => Caller {
  const known = new WeakMap<object, Caller>();
  return (call) => {
    const socket = socketOf(call);
    const before = socket && known.get(socket);
    if (before !== undefined) return before;
    const caller =
      certificateCaller(call as ServerInterceptingCallInterface, socket) ?? processCaller(socket, peerCredentials);
    if (socket !== undefined) known.set(socket, caller);
    return caller;
  };
}

/** Parts of the transport that its types do not show. */
interface Socket {
  readonly _handle?: { readonly fd?: number };
  /** Of TLS: what we have shown. */
  getCertificate?(): { readonly fingerprint256?: string } | null;
}

function socketOf(call: object): (Socket & object) | undefined {
  const { stream } = call as { readonly stream?: { readonly session?: { readonly socket?: Socket & object } } };
  return stream?.session?.socket;
}

function certificateCaller(call: ServerInterceptingCallInterface, socket: Socket | undefined): Caller | undefined {
  const { sslPeerCertificate: certificate, transportSecurityType } = call.getAuthContext();
  if (transportSecurityType !== "ssl") return undefined;
  const { localAddress } = call.getConnectionInfo();
  const served = socket?.getCertificate?.()?.fingerprint256;
  const notAfter = Date.parse(certificate?.valid_to ?? "");
  const address = parseAddress(plainAddress(localAddress ?? ""));
  return {
    kind: "certificate",
    names: namesOf(certificate?.subjectaltname),
    fingerprint: certificate?.fingerprint256 ?? "",
    from: call.getPeer(),
    ...(!Number.isNaN(notAfter) && { notAfter }),
    ...(served !== undefined && { served }),
    ...(address !== undefined && { localAddress: address }),
  };
}

/** As configurations have it: a socket for both families tells IPv4 as a part of IPv6 (RFC 4291, section 2.5.5.2), and of a link-local address the interface. */
export function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}

function processCaller(socket: Socket | undefined, peerCredentials: PeerCredentials | undefined): Caller {
  const fd = socket?._handle?.fd;
  if (fd === undefined || fd < 0 || peerCredentials === undefined) return { kind: "unknown" };
  try {
    const { pid, uid, gid } = peerCredentials(fd);
    const user = fields("/etc/passwd").find((line) => line[2] === String(uid))?.[0];
    return { kind: "process", pid, uid, gid, ...(user !== undefined && { user }), groups: groupsOf(user, gid) };
  } catch {
    return { kind: "unknown" };
  }
}

function groupsOf(user: string | undefined, gid: number): readonly string[] {
  return fields("/etc/group")
    .filter(([, , id, members = ""]) => id === String(gid) || (user !== undefined && members.split(",").includes(user)))
    .flatMap(([name]) => name ?? []);
}

/** The lines of a table of the system by their fields. */
function fields(path: string): readonly (readonly string[])[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.split(":"));
}
