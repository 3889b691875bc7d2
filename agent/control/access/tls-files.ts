// The certificates of the API over TCP: read from their files, tried before they are used, and read again when a file changes. Files that
// do not go together change nothing: what was read before goes on.

import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { messageOf } from "../../base/errors.ts";
import { fail, ok, type Result } from "../../base/result.ts";

/** Where the certificates are. */
export interface TlsPaths {
  /** The agent's certificate with what leads to its authority, PEM. */
  readonly cert: string;
  /** Its key, PEM. */
  readonly key: string;
  /** The authorities of clients, PEM. */
  readonly clientCa: string;
}

/** What the files have. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /** Unix milliseconds. */
  readonly notAfter: number;
  /** As people know the certificate: its names. */
  readonly names: string;
}

/** What is read from the files and goes together, or what is wrong. */
export function readTlsFiles(paths: TlsPaths): Result<TlsMaterial, string> {
  try {
    const [cert, key, ca] = [paths.cert, paths.key, paths.clientCa].map((path) => readFileSync(path));
    if (cert === undefined || key === undefined || ca === undefined) return fail("a file is missing");
    const { validTo, subjectAltName, publicKey } = new X509Certificate(cert);
    if (new X509Certificate(ca).ca !== true) return fail(`${paths.clientCa}: is not the certificate of an authority`);
    if (!isKeyOf(key, publicKey)) return fail(`${paths.key}: is not the key of ${paths.cert}`);
    createSecureContext({ cert, key, ca });
    const notAfter = Date.parse(validTo);
    return ok({ cert, key, ca, notAfter, names: subjectAltName ?? "no names" });
  } catch (thrown) {
    return fail(messageOf(thrown));
  }
}

/** A text that differs whenever one of the files was changed or replaced. */
export function fileVersions({ cert, key, clientCa }: TlsPaths): string {
  return [cert, key, clientCa]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((found) => (found === undefined ? "-" : `${found.ino}:${found.size}:${found.mtimeMs}`))
    .join(" ");
}

function isKeyOf(key: Buffer, publicKey: X509Certificate["publicKey"]): boolean {
  const { createPublicKey } = require("node:crypto") as typeof import("node:crypto");
  return createPublicKey(key)
    .export({ type: "spki", format: "der" })
    .equals(publicKey.export({ type: "spki", format: "der" }));
}
