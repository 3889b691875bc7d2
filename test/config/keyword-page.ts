// The documentation page of keepalived's keywords: what the importer says about each of them, asked of it.

import { blocksAround, inventory } from "../../agent/config/keepalived/inventory.ts";
import { type Support, supportOf } from "../../agent/config/keepalived/support.ts";
import { loadText } from "../../agent/config/load.ts";

/** What becomes of a keyword. */
export interface KeywordRow {
  readonly block: string;
  readonly keyword: string;
  readonly support: Support | "unknown";
  readonly note: string;
}

/** All keywords, in the order of the inventory. */
export function keywordRows(): KeywordRow[] {
  return Object.entries(inventory).flatMap(([block, keywords]) => keywords.map((keyword) => rowOf(block, keyword)));
}

function rowOf(block: string, keyword: string): KeywordRow {
  if (includes.includes(keyword)) return { block, keyword, support: "runs", note: "anywhere in a file" };
  if (keyword === "include_check") return { block, keyword, support: "runs", note: "" };
  const around = blocksAround[block] ?? [];
  const refusedBlock = around.map((head, depth) => outerNote(around, head, depth)).find((note) => note !== undefined);
  const note = refusedBlock ?? supportOf(block, keyword);
  if (note !== undefined) return { block, keyword, ...note };
  const text = `${around.map((head) => `${head} {\n`).join("")}${keyword}\n${"}\n".repeat(around.length)}`;
  const unknown = loadText(text, { file: "k.conf", format: "keepalived" }).issues.some(({ message }) =>
    message.startsWith(`unknown keyword`),
  );
  return { block, keyword, support: unknown ? "unknown" : "runs", note: "" };
}

/** A block that does not run takes its keywords with it. */
function outerNote(around: readonly string[], head: string, depth: number): ReturnType<typeof supportOf> {
  const outer = depth === 0 ? "top level" : (around[depth - 1]?.split(" ")[0] ?? "");
  return supportOf(outer, head.split(" ")[0] ?? "");
}

const includes = ["include", "includer", "includem", "includew", "includeb", "includea"];

/** The page, in Markdown. */
export function keywordPage(): string {
  const rows = keywordRows();
  const count = (support: Support) => rows.filter((row) => row.support === support).length;
  const blocks = Object.keys(inventory).map((block) =>
    blockSection(
      block,
      rows.filter((row) => row.block === block),
    ),
  );
  return `# keepalived's keywords

What becomes of each keyword of a keepalived.conf, made from the importer itself by \`node_modules/.bin/bun scripts/keyword-page.ts\`. ${rows.length} keywords:
${count("runs")} run, ${count("accepted")} are accepted (they have no meaning here; a warning says why), ${count("refused")} are refused (an error says what to use instead).
A word that is in none of the tables is an error with the nearest keyword; none is skipped in silence.

${blocks.join("\n")}`;
}

function blockSection(block: string, rows: readonly KeywordRow[]): string {
  const lines = rows.map(({ keyword, support, note }) => `| \`${keyword}\` | ${support} | ${note} |`);
  return `## ${block === "top level" ? "Top level" : `\`${block}\``}\n\n| keyword | | |\n|---|---|---|\n${lines.join("\n")}\n`;
}
