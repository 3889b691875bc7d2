// What a configuration needs of this machine and it does not have. That is no error: the instance is in fault until the interface is
// there, and then takes part. So it is a warning, and only where somebody asks about this machine.

import { readFileSync } from "node:fs";
import { type Issue, snakeCase } from "../config/issue.ts";
import type { Settings } from "../config/schema/settings.ts";

/** The names of the interfaces of this process's network namespace; undefined when they cannot be read. */
export type LinkNames = () => ReadonlySet<string> | undefined;

/** The interfaces that the kernel lists in /proc/net/dev: unlike /sys, it always shows the namespace of the process that reads it. */
export const linuxLinkNames: LinkNames = () => {
  try {
    return namesIn(readFileSync("/proc/self/net/dev", "utf8"));
  } catch {
    return undefined;
  }
};

/** The names in the text of /proc/net/dev: two lines of head, then one line an interface, which begins with its name and a colon. */
export function namesIn(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split("\n")
      .slice(2)
      .flatMap((line) => /^\s*(.+?):\s/.exec(line)?.[1] ?? []),
  );
}

/** One warning for each place that names an interface which is not there. */
export function missingLinks({ vrrpInstances }: Pick<Settings, "vrrpInstances">, names: LinkNames): readonly Issue[] {
  const known = names();
  if (known === undefined) return [];
  const used = vrrpInstances.flatMap((instance, index) => [
    { path: `vrrp_instances[${index}].interface`, name: instance.interface },
    ...(["virtualAddresses", "excludedAddresses"] as const).flatMap((field) =>
      instance[field].map((virtual, at) => ({
        path: `vrrp_instances[${index}].${snakeCase(field)}[${at}].interface`,
        name: virtual.interface,
      })),
    ),
  ]);
  return used.flatMap(({ path, name }) => (name === undefined || known.has(name) ? [] : [missing(path, name)]));
}

function missing(path: string, name: string): Issue {
  const message = `there is no interface ${JSON.stringify(name)} on this machine; the instance is in fault until there is one`;
  return { severity: "warning", code: "no-such-interface", path, message };
}
