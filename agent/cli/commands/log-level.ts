import { Argument, type Command } from "commander";
import type { SetLogLevelResponse } from "../../control/gen/vipward/v1/agent_service.pb.ts";
import { ProcessRole } from "../../control/gen/vipward/v1/event.pb.ts";
import { LogLevel } from "../../control/gen/vipward/v1/log_level.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import type { Io } from "../io.ts";
import { addTermOptions, type TermWords, termsOf } from "../override-options.ts";
import { overrideText } from "../override-text.ts";
import type { TargetWords } from "../target-words.ts";

const levels = {
  debug: LogLevel.LOG_LEVEL_DEBUG,
  info: LogLevel.LOG_LEVEL_INFO,
  warn: LogLevel.LOG_LEVEL_WARN,
  error: LogLevel.LOG_LEVEL_ERROR,
} as const;
const processes = {
  control: ProcessRole.PROCESS_ROLE_CONTROL,
  vrrp: ProcessRole.PROCESS_ROLE_VRRP,
  checkers: ProcessRole.PROCESS_ROLE_CHECKERS,
} as const;

interface Words extends TargetWords, TermWords {}

/** `vipward log-level LEVEL [PROCESS]`: has the agent log more or less for a while. */
export function addLogLevelCommand(program: Command, io: Io): void {
  const command = program
    .command("log-level")
    .description("have the agent log at another level for a while")
    .addArgument(new Argument("<level>").choices(Object.keys(levels)))
    .addArgument(new Argument("[process]", "only this one").choices(Object.keys(processes)));
  addTargetOptions(addTermOptions(command))
    .addHelpText("after", "\nExample:\n  vipward log-level debug vrrp --for 10m")
    .action((level: keyof typeof levels, process: keyof typeof processes | undefined, words: Words) =>
      withAgent(words, async (clients) => {
        const request = {
          processes: process === undefined ? [] : [processes[process]],
          level: levels[level],
          terms: termsOf(words, io),
        };
        const { overrides } = await answerOf<SetLogLevelResponse>(clients, (callback) =>
          clients.agent.setLogLevel(request, callback),
        );
        for (const override of overrides) io.out(overrideText(override, io));
      }),
    );
}
