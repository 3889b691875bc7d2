// The files that secrets of an imported configuration go to: each for its owner alone, and none that is there already is changed.

import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { codeOf, messageOf } from "../base/errors.ts";
import type { Settings, VrrpInstanceSettings } from "../config/schema/settings.ts";
import type { MovedSecret } from "../config/secret-references.ts";
import { readVrrpPassword } from "../secrets/secret-file.ts";
import { CliError } from "./io.ts";

/** The settings with the passwords of files that can be read here: keepalived has them in its configuration or not at all. */
export function withPasswords(settings: Settings): Settings {
  return { ...settings, vrrpInstances: settings.vrrpInstances.map(withPassword) };
}

function withPassword(instance: VrrpInstanceSettings): VrrpInstanceSettings {
  const { passwordFile, ...authentication } = instance.authentication;
  if (passwordFile === undefined) return instance;
  try {
    return { ...instance, authentication: { ...authentication, password: readVrrpPassword(passwordFile) } };
  } catch {
    return instance;
  }
}

/** Writes each secret into its file; one that is there already must have the same secret. */
export function writeSecrets(secrets: readonly MovedSecret[], directory: string): void {
  try {
    if (secrets.length > 0) mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const secret of secrets) writeSecret(secret);
  } catch (thrown) {
    if (thrown instanceof CliError) throw thrown;
    throw new CliError(2, `cannot write secrets into ${directory}: ${messageOf(thrown)}`);
  }
}

function writeSecret({ what, file, secret }: MovedSecret): void {
  try {
    const descriptor = openSync(file, "wx", 0o600);
    writeSync(descriptor, `${secret}\n`);
    closeSync(descriptor);
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
    if (readFileSync(file, "utf8") !== `${secret}\n`)
      throw new CliError(
        2,
        `${file} is there already with something else than ${what}: remove it, or name another directory`,
      );
  }
}
