// The runtime's keyed hashes, and keys in files. Bun's own hashes are used rather than a library's or our own: they are those of BoringSSL.

import { readFileSync } from "node:fs";
import type { Hmac } from "../core/packets/hmac.ts";
import type { KeyPorts } from "./authentication.ts";

/** HMAC-MD5 and HMAC-SHA256. */
export const runtimeHmac: Hmac = (algorithm, key, data) => {
  const hasher = new Bun.CryptoHasher(algorithm, key);
  return new Uint8Array(hasher.update(data).digest().buffer);
};

/** The real ports. A file has the key as a configuration would have it: its characters, or hex: and digits; blanks around it do not count. */
export const runtimeKeys: KeyPorts = {
  hmac: runtimeHmac,
  readKey: (file) => {
    const text = readFileSync(file, "latin1").trim();
    const key = text.startsWith("hex:")
      ? Uint8Array.fromHex(text.slice(4))
      : Uint8Array.from(Buffer.from(text, "latin1"));
    if (key.length < 32 || key.length > 64) throw new Error(`${file} has ${key.length} bytes, expected 32 to 64`);
    return key;
  },
};
