import { type Command, Option } from "commander";
import { commit, version } from "../../base/version.ts";
import type { Io } from "../io.ts";
import type { OutputFormat } from "../output.ts";

const formats: readonly OutputFormat[] = ["table", "json", "yaml"];

/** `vipward version`: which build this binary is. */
export function addVersionCommand(program: Command, io: Io): void {
  program
    .command("version")
    .description("show the version of this binary; `vipward status` shows that of the running agent")
    .addOption(new Option("-o, --output <format>", "how to answer").choices(formats).default("table"))
    .addHelpText("after", "\nExample:\n  vipward version")
    .action(({ output }: { readonly output: OutputFormat }) => tell(output, io));
}

/** The libraries for tables and messages take longer to load than this answer does, and are needed only for programs. */
async function tell(output: OutputFormat, io: Io): Promise<void> {
  if (output === "table") return io.out(`vipward ${version} (${commit})\n`);
  const { printPlain } = await import("../output.ts");
  printPlain(io, output, { version, commit });
}
