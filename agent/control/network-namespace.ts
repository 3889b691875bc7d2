// The network namespace that the whole agent is in (keepalived's net_namespace): control enters it before it opens or starts anything, and what it starts is
// there from the beginning. Nobody leaves it: a configuration that wants another one is refused.

import { readFileSync } from "node:fs";
import type { Issue } from "../config/issue.ts";
import type { Surroundings } from "../config/keepalived/expand/surroundings.ts";
import { loadText, sourcesOf } from "../config/load.ts";
import type { Settings } from "../config/schema/settings.ts";
import { hasFileChanged } from "./config-file.ts";
import type { Store } from "./store/store.ts";

/** What is looked at before the start. */
export interface NamespaceParts {
  readonly store: Pick<Store, "fileHash" | "runningNamespace">;
  readonly surroundings: Surroundings;
}

/** The namespace of the configuration that will run: of the file where it changed and is right, else of the newest applied revision. A file is
 * read for it only if it may matter. */
export function namespaceToEnter(parts: NamespaceParts, path: string | undefined): string | undefined {
  const stored = parts.store.runningNamespace();
  const text = path === undefined ? undefined : textOf(path);
  if (path === undefined || text === undefined) return stored;
  const options = { file: path, surroundings: parts.surroundings };
  const { sources } = sourcesOf(text, options);
  if (stored === undefined && !sources.some((source) => /net(work)?_?namespace/i.test(source.text))) return undefined;
  if (!hasFileChanged(parts, text, path)) return stored;
  const { settings } = loadText(text, { ...options, resolves: false });
  return settings === undefined ? stored : settings.director.networkNamespace;
}

/** An error where a configuration wants the agent to be elsewhere than it is. `entered`: the namespace that it entered by itself. */
export function namespaceRemarks(
  { director: { networkNamespace: wanted } }: Pick<Settings, "director">,
  entered: string | undefined,
  isIn: (name: string) => boolean,
): readonly Issue[] {
  if (wanted === entered || (wanted !== undefined && isIn(wanted))) return [];
  const here = entered === undefined ? "the network namespace that it was started in" : JSON.stringify(entered);
  const message = `the agent is in ${here}, and it cannot change that while it runs: ${remedy}`;
  return [{ severity: "error", code: "contradiction", path: "director.network_namespace", message }];
}

const remedy = "stop it, and start it with a file that says so (run --config)";

/** A file that cannot be read is told of by whoever applies it. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
