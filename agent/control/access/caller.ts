// Who calls: a process of this machine, known by the kernel, or the holder of a certificate, known by its names.

import type { IpAddress } from "../../base/address.ts";

/** Who calls. */
export type Caller =
  | {
      readonly kind: "process";
      readonly uid: number;
      readonly gid: number;
      readonly pid: number;
      /** The name of the user; undefined where it has none. */
      readonly user?: string;
      /** The names of the groups that the user is in. */
      readonly groups: readonly string[];
    }
  | {
      readonly kind: "certificate";
      /** The alternative names: "spiffe://fleet/controller", "dns:ops.example.org". */
      readonly names: readonly string[];
      /** SHA-256 of the certificate, hex with colons. */
      readonly fingerprint: string;
      /** When it ends, Unix milliseconds. */
      readonly notAfter?: number;
      /** The fingerprint of our certificate that the connection was made with. */
      readonly served?: string;
      /** Where the call comes from. */
      readonly from: string;
      /** The director's address that it came to. */
      readonly localAddress?: IpAddress;
    }
  /** On the unix socket, where the kernel does not say who. */
  | { readonly kind: "unknown" };

/** A caller by one name, for the history and the audit log. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case "process":
      return caller.user ?? `uid ${caller.uid}`;
    case "certificate":
      return caller.names[0] ?? `certificate ${caller.fingerprint.slice(0, 23)}`;
    case "unknown":
      return "unknown";
  }
}

/** Who is written as the author: who calls, with whom they say they call for. The superuser may say who it is. */
export function authorOf(caller: Caller, said: string): string {
  const name = callerName(caller);
  const mayChoose = caller.kind === "unknown" || (caller.kind === "process" && caller.uid === 0);
  if (mayChoose) return said === "" ? (caller.kind === "unknown" ? "api" : name) : said;
  return said === "" || said === name ? name : `${name} (${said})`;
}

/** The alternative names of a certificate as the TLS library writes them: "URI:spiffe://a/b, DNS:host". Those with escapes or of other kinds are left out. */
export function namesOf(subjectAltName: string | undefined): readonly string[] {
  return (subjectAltName ?? "").split(", ").flatMap((entry) => {
    const [, kind, value = ""] = /^(URI|DNS):([^"\\]+)$/.exec(entry) ?? [];
    if (kind === "URI") return [value];
    return kind === "DNS" ? [`dns:${value.toLowerCase()}`] : [];
  });
}
