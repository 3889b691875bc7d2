import { resolve } from "node:path";
import type { Command } from "commander";
import { renderYaml } from "../../config/render.ts";
import { pathAfter, referToSecrets } from "../../config/secret-references.ts";
import { addConfigIdOption, expectLoaded } from "../configuration-file.ts";
import type { Io } from "../io.ts";
import { writeSecrets } from "../secret-files.ts";

/** Where passwords and keys are looked for unless somebody says otherwise. */
const usualDirectory = "/etc/vipward/secrets";

/** `vipward import FILE`: a keepalived.conf as YAML. Needs no agent. */
export function addImportCommand(program: Command, io: Io): void {
  const command = program
    .command("import")
    .description(
      "print a keepalived.conf as YAML, with its comments; passwords and keys become files, and what has no counterpart is told on stderr",
    )
    .argument("<file>", "keepalived.conf (YAML and JSON are accepted too); - for standard input")
    .option("--secrets <directory>", "write passwords and keys into files of this directory, which the YAML names")
    .option("--with-secrets", "leave passwords and keys in the YAML");
  addConfigIdOption(command)
    .addHelpText(
      "after",
      "\nExample:\n  vipward import /etc/keepalived/keepalived.conf --secrets /etc/vipward/secrets >vipward.yaml",
    )
    .action((file: string, words: Words) => importFile(file, words, io));
}

interface Words {
  readonly configId?: string;
  readonly secrets?: string;
  readonly withSecrets?: boolean;
}

async function importFile(file: string, { configId, secrets, withSecrets }: Words, io: Io): Promise<void> {
  const { settings: given, comments = () => [] } = await expectLoaded(file, io, configId);
  if (withSecrets === true) return io.out(renderYaml(given, comments()));
  const directory = resolve(secrets ?? usualDirectory);
  const { settings, moved } = referToSecrets(given, directory);
  if (secrets !== undefined) writeSecrets(moved, directory);
  else for (const { what, file: path } of moved) io.err(`to be made, for its owner alone: ${path}, with ${what}\n`);
  io.out(
    renderYaml(
      settings,
      comments().map((comment) => ({ ...comment, path: pathAfter(comment.path, moved) })),
    ),
  );
}
