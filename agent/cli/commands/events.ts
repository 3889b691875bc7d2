import type { ServiceError } from "@grpc/grpc-js";
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import { Event } from "../../control/gen/vipward/v1/event.pb.ts";
import {
  WatchContent,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../control/gen/vipward/v1/state_service.pb.ts";
import { type AgentClients, addTargetOptions, withAgent } from "../client.ts";
import { eventText } from "../event-text.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, type OutputFormat, plainMessage } from "../output.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
  readonly follow?: boolean;
  readonly since?: bigint;
  readonly kind: readonly string[];
  readonly name: readonly string[];
}

/** `vipward events`: the stored events, and with --follow everything that happens from now on. */
export function addEventsCommand(program: Command, io: Io): void {
  const command = program
    .command("events")
    .description("show the stored events, oldest first; with --follow also everything that happens from now on")
    .option("-f, --follow", "go on until interrupted")
    .addOption(new Option("--since <sequence>", "only events after this number").argParser(sequence));
  const collect = (text: string, before: readonly string[]) => [...before, text];
  command
    .addOption(
      new Option("--kind <kind>", "only events of this kind: vrrp-state-changed").default([], "all").argParser(collect),
    )
    .addOption(
      new Option("--name <name>", "only what is about this; * at its end for anything")
        .default([], "all")
        .argParser(collect),
    );
  addOutputOption(addTargetOptions(command))
    .addHelpText("after", "\nExample:\n  vipward events --follow --since 1041")
    .action((words: Words) => withAgent(words, (clients) => events(clients, words, io)));
}

async function events(clients: AgentClients, words: Words, io: Io): Promise<void> {
  const contents = [WatchContent.WATCH_CONTENT_EVENTS];
  const call = clients.state.watchState(
    WatchStateRequest.create({
      contents,
      resumeAfter: words.since ?? 0n,
      eventKinds: [...words.kind],
      names: [...words.name],
    }),
  );
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    call.cancel();
  }, clients.greetingLimitMs);
  try {
    for await (const response of call) {
      clearTimeout(limit);
      const { message } = response as WatchStateResponse;
      if (message?.$case === "snapshotEnd" && !words.follow) return;
      if (message?.$case === "event") io.out(shown(message.value, words.output));
      if (message?.$case === "tooOld" && words.since !== undefined)
        io.err(`vipward: events before ${message.value.oldestSequence} are no longer stored\n`);
    }
  } catch (thrown) {
    throw isLate ? clients.noAnswer() : clients.explain(thrown as ServiceError);
  } finally {
    clearTimeout(limit);
    call.cancel();
  }
}

/** One event: a line for people, a JSON object a line, or a YAML document. */
function shown(event: Event, output: OutputFormat): string {
  if (output === "table") return `${eventText(event)}\n`;
  const plain = plainMessage({ type: "vipward.v1.Event", codec: Event, value: event });
  return output === "json" ? `${JSON.stringify(plain)}\n` : `---\n${stringify(plain, { lineWidth: 0 })}`;
}

function sequence(text: string): bigint {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw new CliError(
    2,
    `--since ${JSON.stringify(text)} is not a sequence number, expected what \`vipward events\` shows`,
  );
}
