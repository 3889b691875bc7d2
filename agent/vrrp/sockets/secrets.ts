// What a configuration only names the file of: passwords and keys. They are read when a configuration is made the running one; an instance
// whose file cannot be read then is in fault until it can be.

import type { VrrpInstanceModel } from "../../config/model.ts";
import type { HmacModel } from "../../config/wire-model.ts";

/** How files are read; each throws when it cannot. */
export interface SecretPorts {
  readonly readKey: (file: string) => Uint8Array;
  readonly readPassword: (file: string) => string;
}

/** The parts of an instance's configuration that have secrets. */
type Secrets = Pick<VrrpInstanceModel, "authentication" | "hmac">;

/** The configuration with the secrets of its files. Throws what reading a file throws. */
export function withSecrets(config: VrrpInstanceModel, ports: SecretPorts): VrrpInstanceModel {
  if (!namesFiles(config)) return config;
  const { authentication, hmac } = config;
  return {
    ...config,
    authentication: passwordRead(authentication, ports),
    ...(hmac !== undefined && { hmac: keysRead(hmac, ports) }),
  };
}

/** The same for a configuration that follows another: where a file cannot be read any more, what it had counts, and else it stays unread. */
export function withSecretsFound(
  config: VrrpInstanceModel,
  previous: VrrpInstanceModel | undefined,
  ports: SecretPorts,
): VrrpInstanceModel {
  const known = secretsOf(previous);
  const orKnown = <T>(read: (file: string) => T, kept: (secret: string) => T, none: T) => {
    return (file: string): T => {
      try {
        return read(file);
      } catch {
        const secret = known.get(file);
        return secret === undefined ? none : kept(secret);
      }
    };
  };
  return withSecrets(config, {
    readPassword: orKnown(ports.readPassword, (password) => password, ""),
    readKey: orKnown(ports.readKey, (hex) => Uint8Array.fromHex(hex), new Uint8Array()),
  });
}

/** Whether it has every secret that it names. */
export function hasSecrets({ authentication, hmac }: Secrets): boolean {
  return (
    (authentication.type === "none" || authentication.password !== "") &&
    (hmac === undefined || hmac.keys.every(({ hex }) => hex !== ""))
  );
}

function namesFiles({ authentication, hmac }: Secrets): boolean {
  return (
    (authentication.type !== "none" && authentication.passwordFile !== undefined) ||
    hmac?.keys.some(({ file }) => file !== undefined) === true
  );
}

function passwordRead(authentication: Secrets["authentication"], { readPassword }: SecretPorts) {
  if (authentication.type === "none" || authentication.passwordFile === undefined) return authentication;
  return { ...authentication, password: readPassword(authentication.passwordFile) };
}

function keysRead(hmac: HmacModel, { readKey }: SecretPorts): HmacModel {
  const keys = hmac.keys.map((key) => (key.file === undefined ? key : { ...key, hex: readKey(key.file).toHex() }));
  return { ...hmac, keys };
}

/** What was read from which file. */
function secretsOf(config: VrrpInstanceModel | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (config === undefined) return found;
  const { authentication, hmac } = config;
  if (authentication.type !== "none" && authentication.passwordFile !== undefined && authentication.password !== "")
    found.set(authentication.passwordFile, authentication.password);
  for (const { file, hex } of hmac?.keys ?? []) if (file !== undefined && hex !== "") found.set(file, hex);
  return found;
}
