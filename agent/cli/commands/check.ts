import type { Command } from "commander";
import { diagnosticsOf } from "../../config/diagnostic.ts";
import { hasErrors, type Issue } from "../../config/issue.ts";
import type { Settings } from "../../config/schema/settings.ts";
import { linuxLinkNames, missingLinks } from "../../control/link-warnings.ts";
import { programPlaces } from "../../control/program-remarks.ts";
import { secretRemarks } from "../../control/secret-remarks.ts";
import { addConfigIdOption, problemCount, readConfiguration, tellIssues } from "../configuration-file.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, type OutputFormat, printPlain } from "../output.ts";
import { count } from "../words.ts";

/** `vipward check FILE`: everything that is wrong with a file. Needs no agent. */
export function addCheckCommand(program: Command, io: Io): void {
  const command = program
    .command("check")
    .description("say everything that is wrong with a configuration file, with line and column; needs no agent")
    .argument("<file>", "keepalived.conf, YAML or JSON, told apart by content; - for standard input");
  addOutputOption(addConfigIdOption(command))
    .option("--strict", "take warnings for errors")
    .option("--here", "also say which interfaces and which files of secrets this machine does not have")
    .addHelpText("after", "\nExample:\n  vipward check /etc/keepalived/keepalived.conf")
    .action((file: string, words: Words) => check(file, words, io));
}

interface Words {
  readonly output: OutputFormat;
  readonly here?: boolean;
  readonly strict?: boolean;
  readonly configId?: string;
}

async function check(file: string, { output, here = false, strict = false, configId }: Words, io: Io): Promise<void> {
  const { settings, issues: found, sources, format } = await readConfiguration(file, io, configId);
  const issues = here && settings !== undefined ? [...found, ...remarksHere(settings)] : found;
  const valid = settings !== undefined && !hasErrors(issues) && !(strict && issues.length > 0);
  const programs = settings === undefined ? [] : programPlaces(settings);
  if (output !== "table") printPlain(io, output, { valid, format, issues: diagnosticsOf(issues, sources), programs });
  else tellIssues(issues, sources, io);
  if (settings === undefined || !valid) throw new CliError(2, problemCount(file, issues));
  if (output !== "table") return;
  io.out(`${file}: valid ${format}: ${contents(settings)}\n`);
  tellPrograms(file, programs, io);
}

/** A file with programs is right, and yet an agent that is started as usual does less than it says. */
function tellPrograms(file: string, places: readonly string[], io: Io): void {
  if (places.length === 0) return;
  const where =
    places.length > 3 ? `${places.slice(0, 3).join(", ")} and ${places.length - 3} more` : places.join(", ");
  io.err(
    `${file}: names ${count(places.length, "program")}, run only with vipward run --allow-scripts (whoever may push a configuration may then run them): ${where}\n`,
  );
}

function remarksHere(settings: Settings): readonly Issue[] {
  return [...missingLinks(settings, linuxLinkNames), ...secretRemarks(settings)];
}

function contents({ vrrpInstances, virtualServers }: Settings): string {
  const realServers = virtualServers.reduce((sum, server) => sum + server.realServers.length, 0);
  return [
    count(vrrpInstances.length, "VRRP instance"),
    count(virtualServers.length, "virtual server"),
    count(realServers, "real server"),
  ].join(", ");
}
