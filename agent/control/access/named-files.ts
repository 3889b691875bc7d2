// Files of the director that a configuration names, and that whoever writes configurations would otherwise read or write by it: the agent reads
// secrets as root and sends them where the configuration says, makes the files of trackers, and pipes. Who is no admin names those only that are
// below directories for them, or that the running configuration names already.

import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { type Path, pathText } from "../../config/issue.ts";
import type { Settings } from "../../config/schema/settings.ts";

/** Where such files may be unless the access file says otherwise. systemd's credentials are below the second. */
export const usualDirectories: readonly string[] = ["/etc/vipward", "/run/credentials"];

/** A file, and the field that names it. */
export interface NamedFile {
  readonly path: string;
  readonly file: string;
}

/** The files that `after` names, `before` does not, and that are below none of the directories. */
export function filesElsewhere(
  before: Settings,
  after: Settings,
  directories: readonly string[],
): readonly NamedFile[] {
  const known = new Set(filesIn(before).map(({ file }) => file));
  const roots = directories.map(realPath);
  return filesIn(after).filter(({ file }) => !known.has(file) && !roots.some((root) => isBelow(realPath(file), root)));
}

function filesIn({ vrrpInstances, notifications, trackedFiles }: Settings): readonly NamedFile[] {
  return [
    ...vrrpInstances.flatMap(({ authentication, authHmac }, index) => [
      ...named(["vrrpInstances", index, "authentication", "passwordFile"], authentication.passwordFile),
      ...(authHmac?.keys ?? []).flatMap(({ file }, at) =>
        named(["vrrpInstances", index, "authHmac", "keys", at, "file"], file),
      ),
    ]),
    ...named(["notifications", "mail", "passwordFile"], notifications.mail?.passwordFile),
    ...notifications.fifos.flatMap(({ path }, index) => named(["notifications", "fifos", index, "path"], path)),
    // One that is only read gives away a number.
    ...trackedFiles.flatMap(({ file, initialValue }, index) =>
      initialValue === undefined ? [] : named(["trackedFiles", index, "file"], file),
    ),
  ];
}

function named(path: Path, file: string | undefined): readonly NamedFile[] {
  return file === undefined ? [] : [{ path: pathText(path), file }];
}

/** Where links lead; of what is not there yet, where its directory does. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : `${realPath(parent)}${path.slice(parent.length)}`;
  }
}

function isBelow(file: string, root: string): boolean {
  return file.startsWith(root.endsWith("/") ? root : `${root}/`);
}
