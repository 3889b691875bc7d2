import type { Command } from "commander";
import { exportKeepalived } from "../../config/keepalived/export/export.ts";
import { addConfigIdOption, expectConfiguration } from "../configuration-file.ts";
import { CliError, type Io } from "../io.ts";
import { withPasswords } from "../secret-files.ts";
import { count } from "../words.ts";

/** `vipward export FILE`: a configuration as keepalived.conf. Needs no agent. */
export function addExportCommand(program: Command, io: Io): void {
  const command = program
    .command("export")
    .description(
      "print a configuration as keepalived.conf, passwords included, also those in files; what keepalived has no word for is told on stderr",
    )
    .argument("<file>", "YAML, JSON or keepalived.conf; - for standard input");
  addConfigIdOption(command)
    .addHelpText("after", "\nExample:\n  vipward export vipward.yaml >keepalived.conf")
    .action(async (file: string, { configId }: { readonly configId?: string }) => {
      const { text, lost } = exportKeepalived(withPasswords(await expectConfiguration(file, io, configId)));
      io.out(text);
      for (const { path } of lost) io.err(`not in keepalived.conf: ${path}\n`);
      if (lost.length > 0) throw new CliError(1, `${count(lost.length, "setting")} of ${file} could not be written`);
    });
}
