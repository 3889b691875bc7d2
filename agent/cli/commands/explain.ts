import type { Command } from "commander";
import { ExplainResponse, type Explanation } from "../../control/gen/vipward/v1/explain.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { eventText } from "../event-text.ts";
import type { Io } from "../io.ts";
import { addOutputOption, type OutputFormat, paint, printMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
  readonly in: string;
}

/** `vipward explain NAME`: why something is as it is. */
export function addExplainCommand(program: Command, io: Io): void {
  const command = program
    .command("explain")
    .description(
      "say why a VRRP instance, a virtual server, a real server or a checker is as it is, and what would change it",
    )
    .argument("<name>", "as status shows it: VI_1, tcp 10.9.0.100:80, 10.9.0.11:80")
    .option("--in <virtual-server>", "only in this one, where a real server is in several", "");
  addTargetOptions(addOutputOption(command))
    .addHelpText("after", "\nExample:\n  vipward explain 10.9.0.11:80")
    .action((name: string, words: Words) =>
      withAgent(words, async (clients) => {
        const response = await answerOf<ExplainResponse>(clients, (callback) =>
          clients.checker.explain({ name, virtualServer: words.in }, callback),
        );
        if (words.output === "table") return io.out(response.explanations.map((one) => text(one, io)).join("\n"));
        const message = { type: "vipward.v1.ExplainResponse", codec: ExplainResponse, value: response };
        printMessage(io, words.output, message);
      }),
    );
}

/** The answer, then what it follows from, what would change it, and what happened last. */
function text({ answer, because, remedies, events }: Explanation, io: Io): string {
  const part = (head: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [paint(io, "dim", head), ...lines.map((line) => `  ${line}`)];
  const lines = [
    paint(io, "bold", answer),
    ...part("because", because),
    ...part("to change it", remedies),
    ...part("lately", events.slice(0, 5).map(eventText)),
  ];
  return `${lines.join("\n")}\n`;
}
