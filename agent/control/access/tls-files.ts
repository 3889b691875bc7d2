// The certificates of the API over TCP: read from their files, tried before they are used, and read again when a file changes. Files that
// do not go together change nothing: what was read before goes on.

import { createPublicKey, X509Certificate } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
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

/** The texts of the files, PEM. */
export interface TlsTexts {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/** Texts that go together. */
export interface TlsMaterial extends TlsTexts {
  /** Unix milliseconds. */
  readonly notAfter: number;
  /** As people know the certificate: its names. */
  readonly names: string;
}

/** What is read from the files and goes together, or what is wrong. A write that was interrupted is finished. */
export function readTlsFiles(paths: TlsPaths): Result<TlsMaterial, string> {
  const read = readAsTheyAre(paths);
  if (read.ok || !filesOf(paths).some((path) => existsSync(asideOf(path)))) return read;
  finishWriting(paths);
  return readAsTheyAre(paths);
}

/** Whether texts go together, and what they are; or what is wrong. */
export function checkTls(texts: TlsTexts, places: TlsPaths = words): Result<TlsMaterial, string> {
  try {
    const { cert, key, ca } = texts;
    const { validTo, subjectAltName, publicKey } = new X509Certificate(cert);
    if (new X509Certificate(ca).ca !== true) return fail(`${places.clientCa}: is not the certificate of an authority`);
    if (!isKeyOf(key, publicKey)) return fail(`${places.key}: is not the key of ${places.cert}`);
    createSecureContext({ cert, key, ca });
    return ok({ ...texts, notAfter: Date.parse(validTo), names: subjectAltName ?? "no names" });
  } catch (thrown) {
    return fail(messageOf(thrown));
  }
}

/** Writes other texts in their place. They are whole on disk aside before the first takes its place; `readTlsFiles` finishes what a crash interrupts. */
export function writeTlsFiles(paths: TlsPaths, { cert, key, ca }: TlsTexts): Result<undefined, string> {
  try {
    writeAside(paths.cert, cert);
    writeAside(paths.clientCa, ca);
    writeAside(paths.key, key);
    finishWriting(paths);
    return ok(undefined);
  } catch (thrown) {
    for (const path of filesOf(paths)) rmSync(asideOf(path), { force: true });
    return fail(messageOf(thrown));
  }
}

/** A text that differs whenever one of the files was changed or replaced. */
export function fileVersions(paths: TlsPaths): string {
  return filesOf(paths)
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((found) => (found === undefined ? "-" : `${found.ino}:${found.size}:${found.mtimeMs}`))
    .join(" ");
}

/** What texts that are in no file are called. */
const words: TlsPaths = { cert: "the certificate", key: "the key", clientCa: "the authorities of clients" };

function filesOf({ cert, key, clientCa }: TlsPaths): readonly string[] {
  return [cert, clientCa, key];
}

function readAsTheyAre(paths: TlsPaths): Result<TlsMaterial, string> {
  try {
    const { cert, key, clientCa } = paths;
    return checkTls({ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(clientCa) }, paths);
  } catch (thrown) {
    return fail(messageOf(thrown));
  }
}

function asideOf(path: string): string {
  return `${path}.vipward-next`;
}

/** With the mode of the file before, which says who may read it. */
function writeAside(path: string, bytes: Buffer): void {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777;
  rmSync(asideOf(path), { force: true });
  const file = openSync(asideOf(path), "wx", mode);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function finishWriting(paths: TlsPaths): void {
  for (const path of filesOf(paths)) if (existsSync(asideOf(path))) renameSync(asideOf(path), path);
}

function isKeyOf(key: Buffer, publicKey: X509Certificate["publicKey"]): boolean {
  return createPublicKey(key)
    .export({ type: "spki", format: "der" })
    .equals(publicKey.export({ type: "spki", format: "der" }));
}
