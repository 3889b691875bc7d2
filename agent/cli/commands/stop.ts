import type { Command } from "commander";
import { StopResponse } from "../../control/gen/vipward/v1/agent_service.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, type OutputFormat, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords {
  readonly keep?: boolean;
  readonly reason?: string;
  readonly output: OutputFormat;
}

/** `vipward stop`: ends the agent as SIGTERM does. */
export function addStopCommand(program: Command, io: Io): void {
  const command = program
    .command("stop")
    .description("stop the agent: masters hand over with priority 0, addresses and IPVS services are removed")
    .option("--keep", "leave addresses and IPVS services in place; addresses go when their lease ends")
    .option("--reason <text>", "why, for the log");
  addOutputOption(addTargetOptions(command))
    .addHelpText("after", '\nExample:\n  vipward stop --reason "kernel update"')
    .action((words: Words) => stop(words, io));
}

async function stop(words: Words, io: Io): Promise<void> {
  const reason = `${io.author}: ${words.reason ?? "vipward stop"}`;
  const response = await withAgent(words, (clients) =>
    answerOf<StopResponse>(clients, (callback) => clients.agent.stop({ keep: words.keep ?? false, reason }, callback)),
  );
  const { warnings } = response;
  if (words.output !== "table")
    printMessage(io, words.output, { type: "vipward.v1.StopResponse", codec: StopResponse, value: response });
  // The agent has ended, but not all of what was asked is done: a script that goes on to reboot or to update should know.
  if (warnings.length > 0)
    throw new CliError(1, ["stopped, but not everything was taken away", ...warnings].join("\n  "));
  if (words.output === "table")
    io.out(words.keep ? "stopped; addresses and services were left in place\n" : "stopped\n");
}
