// keepalived.conf to a document: reads the tree with the tables of directives/. Nothing is skipped in silence: a keyword runs, or the
// support table says why not, or it is unknown.

import { placesOf } from "../places.ts";
import type { Source } from "../source.ts";
import type { Block } from "./directive.ts";
import { globalDefs } from "./directives/global-defs.ts";
import { virtualServer } from "./directives/virtual-server.ts";
import { applyInstanceDefaults, vrrpInstance } from "./directives/vrrp-instance.ts";
import { locate, startImport } from "./draft.ts";
import { parseKeepalived } from "./parser.ts";
import { lowerBlock } from "./walk.ts";

/** Reads a keepalived.conf into a document. */
export function lowerKeepalived(text: string, file: string): Source {
  const tree = parseKeepalived(text);
  const run = startImport(placesOf(text, file));
  for (const { at, ...problem } of tree.problems) run.issues.push({ ...problem, place: run.placeAt(at) });
  const where: Source["locate"] = (path) => locate(run, path) ?? { file, line: 1, column: 1 };
  // With a brace out of balance nothing is where it seems to be: whatever else could be said would mislead.
  if (tree.problems.some(({ severity }) => severity === "error")) return { issues: run.issues, locate: where };
  lowerBlock(topLevel, tree.statements, run.document, run);
  applyInstanceDefaults(run);
  return { document: run.document, issues: run.issues, locate: where };
}

/** The blocks of a file. */
const topLevel: Block = {
  name: "top level",
  directives: { global_defs: globalDefs, vrrp_instance: vrrpInstance, virtual_server: virtualServer },
  blocks: ["global_defs", "vrrp_instance", "virtual_server"],
};
