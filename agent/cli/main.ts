// The command line. Each command is a file of its own that is imported only when it is called, so that `vipward version` does not wait for
// gRPC to be loaded. Exit codes: 0 done, 1 the answer is no, 2 wrong usage or input, 3 agent not reachable, 4 not permitted.

import { Command, CommanderError } from "commander";
import { messageOf } from "../base/errors.ts";
import { build } from "../base/version.ts";
import { CliError, type Io, processIo } from "./io.ts";

/** Adds a command to the program; what it does when called goes through the given Io. */
export type AddCommand = (program: Command, io: Io) => void;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<AddCommand>;
}

/** What scripts may rely on; agent/cli/README.md says more of each. */
const exitCodes = `Exit codes: 0 done; 1 the answer is no (refused by the kernel or the agent, another agent runs, a port is taken);
2 wrong usage or input; 3 the agent cannot be reached; 4 not permitted`;

const entries: readonly Entry[] = [
  {
    name: "run",
    summary: "run the agent in the foreground",
    load: async () => (await import("./run.ts")).addRunCommand,
  },
  {
    name: "check",
    summary: "say everything that is wrong with a configuration file",
    load: async () => (await import("./commands/check.ts")).addCheckCommand,
  },
  {
    name: "import",
    summary: "print a keepalived.conf as YAML",
    load: async () => (await import("./commands/import.ts")).addImportCommand,
  },
  {
    name: "export",
    summary: "print a configuration as keepalived.conf",
    load: async () => (await import("./commands/export.ts")).addExportCommand,
  },
  {
    name: "plan",
    summary: "show what applying a configuration would do",
    load: async () => (await import("./commands/plan.ts")).addPlanCommand,
  },
  {
    name: "apply",
    summary: "make a configuration the running one, or change nothing",
    load: async () => (await import("./commands/apply.ts")).addApplyCommand,
  },
  {
    name: "confirm",
    summary: "let a change stay that goes back otherwise",
    load: async () => (await import("./commands/confirm.ts")).addConfirmCommand,
  },
  {
    name: "cancel",
    summary: "take a change back that waits to be confirmed",
    load: async () => (await import("./commands/confirm.ts")).addCancelCommand,
  },
  {
    name: "rollback",
    summary: "apply the content of an earlier revision",
    load: async () => (await import("./commands/history.ts")).addRollbackCommand,
  },
  {
    name: "history",
    summary: "show the revisions of the configuration",
    load: async () => (await import("./commands/history.ts")).addHistoryCommand,
  },
  {
    name: "diff",
    summary: "show what differs between two revisions",
    load: async () => (await import("./commands/history.ts")).addDiffCommand,
  },
  {
    name: "status",
    summary: "show who is master, which real servers are in, and why",
    load: async () => (await import("./commands/status.ts")).addStatusCommand,
  },
  {
    name: "services",
    summary: "show virtual servers and their real servers, as ipvsadm -Ln does",
    load: async () => (await import("./commands/services.ts")).addServicesCommand,
  },
  {
    name: "connections",
    summary: "show the connections that IPVS knows, as ipvsadm -Lnc does",
    load: async () => (await import("./commands/connections.ts")).addConnectionsCommand,
  },
  {
    name: "vrrp",
    summary: "show VRRP instances with their timers, addresses and counters",
    load: async () => (await import("./commands/vrrp.ts")).addVrrpCommand,
  },
  {
    name: "checkers",
    summary: "show checkers and their last probes",
    load: async () => (await import("./commands/checkers.ts")).addCheckersCommand,
  },
  {
    name: "explain",
    summary: "say why something is as it is, and what would change it",
    load: async () => (await import("./commands/explain.ts")).addExplainCommand,
  },
  {
    name: "events",
    summary: "show what happened, and follow what happens",
    load: async () => (await import("./commands/events.ts")).addEventsCommand,
  },
  {
    name: "failover",
    summary: "have a VRRP instance give mastership away",
    load: async () => (await import("./commands/override.ts")).addFailoverCommand,
  },
  {
    name: "drain",
    summary: "keep new connections away, and wait for the others to end",
    load: async () => (await import("./commands/drain.ts")).addDrainCommand,
  },
  {
    name: "undrain",
    summary: "let new connections in again",
    load: async () => (await import("./commands/drain.ts")).addUndrainCommand,
  },
  {
    name: "override",
    summary: "show and set what holds instead of the configuration for a while",
    load: async () => (await import("./commands/override.ts")).addOverrideCommand,
  },
  {
    name: "announce",
    summary: "have a master tell anew where its addresses live",
    load: async () => (await import("./commands/at-once.ts")).addAnnounceCommand,
  },
  {
    name: "probe",
    summary: "have checkers probe now",
    load: async () => (await import("./commands/at-once.ts")).addProbeCommand,
  },
  {
    name: "reconcile",
    summary: "make the kernel's IPVS table what it should be",
    load: async () => (await import("./commands/at-once.ts")).addReconcileCommand,
  },
  {
    name: "certificate",
    summary: "show and rotate the certificate that the API shows over TCP",
    load: async () => (await import("./commands/certificate.ts")).addCertificateCommand,
  },
  {
    name: "doctor",
    summary: "look at the host, and say what is wrong and what to do",
    load: async () => (await import("./commands/doctor.ts")).addDoctorCommand,
  },
  {
    name: "log-level",
    summary: "have the agent log more or less for a while",
    load: async () => (await import("./commands/log-level.ts")).addLogLevelCommand,
  },
  {
    name: "stop",
    summary: "stop the agent",
    load: async () => (await import("./commands/stop.ts")).addStopCommand,
  },
  {
    name: "version",
    summary: "show the version of this binary",
    load: async () => (await import("./commands/version.ts")).addVersionCommand,
  },
];

/** Runs the command line of this process and sets its exit code. */
export async function main(words: readonly string[]): Promise<void> {
  process.exitCode = await runCommandLine(words, processIo());
}

/** Runs one command line and returns its exit code. */
export async function runCommandLine(words: readonly string[], io: Io): Promise<number> {
  try {
    await (await program(words, io)).parseAsync(knownOrAlone(words), { from: "user" });
    return 0;
  } catch (thrown) {
    return failed(thrown, io);
  }
}

async function program(words: readonly string[], io: Io): Promise<Command> {
  const command = new Command("vipward")
    .description("runs an LVS director: VRRP, health checkers and IPVS")
    .version(build, "-V, --version")
    .helpCommand(false)
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(tidy(text)) })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", `\nvipward COMMAND --help tells more about a command.\n\n${exitCodes}`)
    .exitOverride();
  const called = entries.find(({ name }) => name === words[0]);
  if (called !== undefined) (await called.load())(command, io);
  else for (const { name, summary } of entries) command.command(name).description(summary);
  return command;
}

/** A command that does not exist has no help either: with its name alone, commander says so. */
function knownOrAlone(words: readonly string[]): string[] {
  const [first = "-"] = words;
  const isUnknown = !first.startsWith("-") && !entries.some(({ name }) => name === first);
  return isUnknown ? [first] : [...words];
}

function failed(thrown: unknown, io: Io): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  if (thrown instanceof CliError) {
    io.err(`vipward: ${thrown.message}\n`);
    return thrown.exitCode;
  }
  io.err(`vipward: this is a fault of vipward, please report it: ${messageOf(thrown)}\n`);
  return 1;
}

/** Commander's own complaints in our form. */
function tidy(text: string): string {
  return text.replace(/^error: /, "vipward: ");
}
