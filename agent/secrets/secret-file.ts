// Secrets in files of the director: a configuration names the file, and whoever uses the secret reads it. systemd's credentials are such
// files, too (/run/credentials/vipward.service/NAME). What was read is in no error.

import { readFileSync, statSync } from "node:fs";

/** More than any secret has. */
const mostBytes = 4096;

/** The text of a file without the end of its line. Throws when it cannot be read. */
export function readSecret(file: string): string {
  return readBytes(file)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

/** A VRRP password: its field has eight bytes (RFC 2338, section 5.3.6). */
export function readVrrpPassword(file: string): string {
  const password = readSecret(file);
  if (/^[ -~]{1,8}$/.test(password)) return password;
  throw new Error(`${file} has no password of 1 to 8 printable ASCII characters`);
}

/** The password of somebody who logs in. */
export function readLoginPassword(file: string): string {
  const password = readSecret(file);
  if (password !== "") return password;
  throw new Error(`${file} is empty, expected a password`);
}

/** A key as a configuration would have it: its characters, or hex: and digits; blanks around it do not count. */
export function readVrrpKey(file: string): Uint8Array {
  const text = readBytes(file).toString("latin1").trim();
  const key = text.startsWith("hex:") ? keyOfDigits(text.slice(4)) : Uint8Array.from(Buffer.from(text, "latin1"));
  if (key !== undefined && key.length >= 32 && key.length <= 64) return key;
  throw new Error(`${file} has no key of 32 to 64 bytes`);
}

/** Whether everybody on this machine may read a file. */
export function isOpenToAll(file: string): boolean {
  return (statSync(file).mode & 0o004) !== 0;
}

function keyOfDigits(digits: string): Uint8Array | undefined {
  return /^(?:[0-9a-f]{2})*$/i.test(digits) ? Uint8Array.fromHex(digits) : undefined;
}

/** A pipe would be waited for, and a device has no end. */
function readBytes(file: string): Buffer {
  const stat = statSync(file);
  if (!stat.isFile()) throw new Error(`${file} is no regular file`);
  if (stat.size > mostBytes) throw new Error(`${file} has ${stat.size} bytes, expected at most ${mostBytes}`);
  return readFileSync(file);
}
