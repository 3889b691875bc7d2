import type { Command } from "commander";
import { renderYaml } from "../../config/render.ts";
import { addConfigIdOption, expectLoaded } from "../configuration-file.ts";
import type { Io } from "../io.ts";

/** `vipward import FILE`: a keepalived.conf as YAML. Needs no agent. */
export function addImportCommand(program: Command, io: Io): void {
  const command = program
    .command("import")
    .description(
      "print a keepalived.conf as YAML, passwords and comments included; what has no counterpart is told on stderr",
    )
    .argument("<file>", "keepalived.conf (YAML and JSON are accepted too); - for standard input");
  addConfigIdOption(command)
    .addHelpText("after", "\nExample:\n  vipward import /etc/keepalived/keepalived.conf >vipward.yaml")
    .action(async (file: string, { configId }: { readonly configId?: string }) => {
      const { settings, comments } = await expectLoaded(file, io, configId);
      io.out(renderYaml(settings, comments?.()));
    });
}
