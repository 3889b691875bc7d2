import type { Command } from "commander";
import type { CancelConfigResponse, ConfirmConfigResponse } from "../../control/gen/vipward/v1/config_service.pb.ts";
import { GetStateRequest, type GetStateResponse } from "../../control/gen/vipward/v1/state_service.pb.ts";
import { type AgentClients, addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords {
  readonly reason?: string;
}

/** `vipward confirm [ID]`: lets a change stay that goes back otherwise. */
export function addConfirmCommand(program: Command, io: Io): void {
  const command = program
    .command("confirm")
    .description("let the change stay that was applied with --confirm or --gate")
    .argument("[id]", "its id; unless given, the one that waits");
  addTargetOptions(command)
    .addHelpText("after", "\nExample:\n  vipward confirm 3f2a81c0")
    .action((id: string | undefined, words: Words) => withAgent(words, (clients) => confirm(clients, id, io)));
}

/** `vipward cancel [ID]`: takes it back now. */
export function addCancelCommand(program: Command, io: Io): void {
  const command = program
    .command("cancel")
    .description("take the change back now that was applied with --confirm or --gate")
    .argument("[id]", "its id; unless given, the one that waits")
    .option("--reason <text>", "why, for the history", "");
  addTargetOptions(command)
    .addHelpText("after", '\nExample:\n  vipward cancel --reason "clients see errors"')
    .action((id: string | undefined, words: Words) => withAgent(words, (clients) => cancel(clients, id, words, io)));
}

async function confirm(clients: AgentClients, given: string | undefined, io: Io): Promise<void> {
  const id = given ?? (await waitingId(clients));
  const { confirmation } = await answerOf<ConfirmConfigResponse>(clients, (callback) =>
    clients.config.confirmConfig({ id, author: io.author, controller: undefined }, callback),
  );
  io.out(`revision ${confirmation?.revision} stays\n`);
}

async function cancel(clients: AgentClients, given: string | undefined, words: Words, io: Io): Promise<void> {
  const id = given ?? (await waitingId(clients));
  const { reason = "" } = words;
  const { revision } = await answerOf<CancelConfigResponse>(clients, (callback) =>
    clients.config.cancelConfig({ id, author: io.author, reason, controller: undefined }, callback),
  );
  io.out(`it went back: revision ${revision?.number} runs\n`);
}

async function waitingId(clients: AgentClients): Promise<string> {
  const { state } = await answerOf<GetStateResponse>(clients, (callback) =>
    clients.state.getState(GetStateRequest.create(), callback),
  );
  const id = state?.config?.confirmation?.id;
  if (id === undefined) throw new CliError(1, "no change waits to be confirmed");
  return id;
}
