// The runtime's keyed hashes, and secrets in files. Bun's own hashes are used rather than a library's or our own: they are those of BoringSSL.

import { readVrrpKey, readVrrpPassword } from "../../secrets/secret-file.ts";
import type { Hmac } from "../core/packets/hmac.ts";
import type { KeyPorts } from "./authentication.ts";

/** HMAC-MD5 and HMAC-SHA256. */
export const runtimeHmac: Hmac = (algorithm, key, data) => {
  const hasher = new Bun.CryptoHasher(algorithm, key);
  return new Uint8Array(hasher.update(data).digest().buffer);
};

/** The real ports. */
export const runtimeKeys: KeyPorts = { hmac: runtimeHmac, readKey: readVrrpKey, readPassword: readVrrpPassword };
