// What is wrong with the files that a configuration names for its secrets. One that cannot be read refuses a change: an instance without
// its password would be in fault, or a master beside another one.

import { messageOf } from "../base/errors.ts";
import { type Issue, type Path, pathText } from "../config/issue.ts";
import type { Settings } from "../config/schema/settings.ts";
import { isOpenToAll, readLoginPassword, readVrrpKey, readVrrpPassword } from "../secrets/secret-file.ts";

/** A file that is named for a secret, and how that is read. */
interface Named {
  readonly path: Path;
  readonly file: string | undefined;
  readonly read: (file: string) => unknown;
}

/** An error for each file without a secret in it, a warning for each that everybody may read. */
export function secretRemarks({ vrrpInstances, notifications }: Settings): readonly Issue[] {
  const mail = { path: ["notifications", "mail", "passwordFile"], read: readLoginPassword };
  return [
    ...vrrpInstances.flatMap(({ authentication, authHmac }, index) => [
      ...passwordOf(["vrrpInstances", index, "authentication", "passwordFile"], authentication.passwordFile),
      ...keysOf(["vrrpInstances", index, "authHmac", "keys"], authHmac),
    ]),
    ...remarkOf({ ...mail, file: notifications.mail?.passwordFile }),
  ];
}

/** Whether VRRP instances have secrets in files, which may say something else each time they are read. */
export function hasSecretFiles({ vrrpInstances }: Settings): boolean {
  return vrrpInstances.some(
    ({ authentication, authHmac }) =>
      authentication.passwordFile !== undefined || authHmac?.keys.some(({ file }) => file !== undefined),
  );
}

function passwordOf(path: Path, file: string | undefined): readonly Issue[] {
  return file === undefined ? [] : remarkOf({ path, file, read: readVrrpPassword });
}

function keysOf(path: Path, hmac: Settings["vrrpInstances"][number]["authHmac"]): readonly Issue[] {
  if (hmac === undefined) return [];
  return hmac.keys.flatMap(({ file }, at) => remarkOf({ path: [...path, at, "file"], file, read: readVrrpKey }));
}

function remarkOf({ path, file, read }: Named): readonly Issue[] {
  if (file === undefined) return [];
  try {
    read(file);
    if (!isOpenToAll(file)) return [];
    const message = `everybody on this machine may read ${file}`;
    return [{ severity: "warning", code: "no-secret", path: pathText(path), message, expected: "chmod 600" }];
  } catch (thrown) {
    return [
      {
        severity: "error",
        code: "no-secret",
        path: pathText(path),
        message: `no secret can be read: ${messageOf(thrown)}`,
      },
    ];
  }
}
