import type { Command } from "commander";
import { commit, version } from "../../base/version.ts";
import type { Io } from "../io.ts";

/** `vipward version`: which build this binary is. */
export function addVersionCommand(program: Command, io: Io): void {
  program
    .command("version")
    .description("show the version of this binary; `vipward status` shows that of the running agent")
    .addHelpText("after", "\nExample:\n  vipward version")
    .action(() => io.out(`vipward ${version} (${commit})\n`));
}
