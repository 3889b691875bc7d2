import type { Command } from "commander";
import { configOf } from "../../control/convert/config.ts";
import { ApplyConfigRequest, ApplyConfigResponse } from "../../control/gen/vipward/v1/config_service.pb.ts";
import { addChangeOptions, type ChangeWords, changeWishOf, confirmationText } from "../change-options.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { addConfigIdOption, expectConfiguration } from "../configuration-file.ts";
import type { Io } from "../io.ts";
import { addOutputOption, type OutputFormat, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords, ChangeWords {
  readonly output: OutputFormat;
  readonly configId?: string;
}

/** `vipward apply FILE`: makes a file the running configuration, or changes nothing. */
export function addApplyCommand(program: Command, io: Io): void {
  const command = program
    .command("apply")
    .description("make a configuration the running one, or change nothing; answers when the kernel has it")
    .argument("<file>", "keepalived.conf, YAML or JSON; - for standard input");
  addOutputOption(addTargetOptions(addChangeOptions(addConfigIdOption(command))))
    .addHelpText("after", '\nExample:\n  vipward apply vipward.yaml --reason "add web3" --expected-revision 41')
    .action((file: string, words: Words) => apply(file, words, io));
}

async function apply(file: string, words: Words, io: Io): Promise<void> {
  const config = configOf(await expectConfiguration(file, io, words.configId));
  const wish = { config, ...changeWishOf(words, io.author) };
  const response = await withAgent(words, (clients) =>
    answerOf<ApplyConfigResponse>(clients, (callback) =>
      clients.config.applyConfig(ApplyConfigRequest.create(wish), callback),
    ),
  );
  if (words.output === "table") io.out(appliedText(response, words, io));
  else
    printMessage(io, words.output, {
      type: "vipward.v1.ApplyConfigResponse",
      codec: ApplyConfigResponse,
      value: response,
    });
}

/** What a change came to, for people. */
export function appliedText(response: ApplyConfigResponse, words: Pick<ChangeWords, "validateOnly">, io: Io): string {
  const draining = response.draining.map((server) => `${server} is drained first\n`).join("");
  return `${outcomeText(response, words)}\n${draining}${confirmationText(response.confirmation, io.now())}`;
}

function outcomeText(
  { revision, ipvsOperations, phases, replayed, unchanged }: ApplyConfigResponse,
  { validateOnly }: Pick<ChangeWords, "validateOnly">,
): string {
  const { added = 0, updated = 0, removed = 0 } = ipvsOperations ?? {};
  const operations = `ipvs ${added} added, ${updated} updated, ${removed} removed`;
  if (validateOnly) return `valid, nothing was changed: ${operations}`;
  const number = revision?.number ?? 0n;
  if (unchanged) return `revision ${number} runs already`;
  const ms = phases.reduce(
    (sum, { duration }) => sum + (duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1e6),
    0,
  );
  const again = replayed ? " (answered before under this request id)" : "";
  return `revision ${number} applied in ${ms.toFixed(1)} ms: ${operations}${again}`;
}
