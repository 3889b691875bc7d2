import type { Command } from "commander";
import type { SetWeightOverrideResponse } from "../../control/gen/vipward/v1/balancer_service.pb.ts";
import type { PauseCheckerResponse } from "../../control/gen/vipward/v1/checker_service.pb.ts";
import type { ClearOverrideResponse, ListOverridesResponse } from "../../control/gen/vipward/v1/override_service.pb.ts";
import type {
  SetPriorityOverrideResponse,
  TransferMastershipResponse,
} from "../../control/gen/vipward/v1/vrrp_service.pb.ts";
import { type AgentClients, addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addTermOptions, overrideIn, type TermWords, termsOf } from "../override-options.ts";
import { overridesText, overrideText } from "../override-text.ts";
import type { TargetWords } from "../target-words.ts";

interface Words extends TargetWords, TermWords {}

/** `vipward failover INSTANCE`: has it give mastership away. */
export function addFailoverCommand(program: Command, io: Io): void {
  const command = program
    .command("failover")
    .description("have a VRRP instance and its sync group give mastership away, and stay behind the others for a while")
    .argument("<instance>", "its name");
  addTargetOptions(addTermOptions(command))
    .addHelpText("after", '\nExample:\n  vipward failover web --for 30m --reason "kernel update"')
    .action((instance: string, words: Words) =>
      withAgent(words, async (clients) => {
        const response = await answerOf<TransferMastershipResponse>(clients, (callback) =>
          clients.vrrp.transferMastership({ instance, terms: termsOf(words, io) }, callback),
        );
        io.out(overrideText(overrideIn(response), io));
      }),
    );
}

/** `vipward override`: shows, sets and ends overrides. */
export function addOverrideCommand(program: Command, io: Io): void {
  const command = program
    .command("override")
    .description("show and set what holds instead of the configuration for a while")
    .addHelpText("after", '\nExample:\n  vipward override weight "tcp 10.9.0.100:80" 10.9.0.11:80 5 --for 20m');
  addTargetOptions(command.command("list", { isDefault: true }).description("show all that hold")).action(
    (words: TargetWords) => withAgent(words, (clients) => list(clients, io)),
  );
  addTargetOptions(
    command.command("clear").description("end one before its time").argument("<id>", "as list shows it"),
  ).action((id: string, words: TargetWords) => withAgent(words, (clients) => clear(clients, id, io)));
  addSetters(command, io);
}

function addSetters(command: Command, io: Io): void {
  const setter = (name: string, description: string) =>
    addTargetOptions(addTermOptions(command.command(name).description(description)));
  setter("weight", "give a real server another weight")
    .arguments("<virtual-server> <real-server> <weight>")
    .action((virtualServer: string, realServer: string, weight: string, words: Words) =>
      withAgent(words, async (clients) => {
        const target = { virtualServer, realServer };
        const request = { target, weight: whole(weight), terms: termsOf(words, io) };
        const response = await answerOf<SetWeightOverrideResponse>(clients, (callback) =>
          clients.balancer.setWeightOverride(request, callback),
        );
        io.out(overrideText(overrideIn(response), io));
      }),
    );
  setter("priority", "have a VRRP instance compete with another priority")
    .arguments("<instance> <priority>")
    .action((instance: string, priority: string, words: Words) =>
      withAgent(words, async (clients) => {
        const request = { instance, priority: whole(priority), terms: termsOf(words, io) };
        const response = await answerOf<SetPriorityOverrideResponse>(clients, (callback) =>
          clients.vrrp.setPriorityOverride(request, callback),
        );
        io.out(overrideText(overrideIn(response), io));
      }),
    );
  setter("pause", "have a checker not probe; its last verdict holds")
    .arguments("<checker>")
    .action((checker: string, words: Words) =>
      withAgent(words, async (clients) => {
        const response = await answerOf<PauseCheckerResponse>(clients, (callback) =>
          clients.checker.pauseChecker({ checker, terms: termsOf(words, io) }, callback),
        );
        io.out(overrideText(overrideIn(response), io));
      }),
    );
}

async function list(clients: AgentClients, io: Io): Promise<void> {
  const { overrides } = await answerOf<ListOverridesResponse>(clients, (callback) =>
    clients.override.listOverrides({}, callback),
  );
  io.out(overrides.length === 0 ? "nothing is overridden\n" : overridesText(overrides, io).trimStart());
}

async function clear(clients: AgentClients, id: string, io: Io): Promise<void> {
  const { override } = await answerOf<ClearOverrideResponse>(clients, (callback) =>
    clients.override.clearOverride({ id }, callback),
  );
  io.out(`${override?.id ?? id}: ended\n`);
}

function whole(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CliError(2, `${JSON.stringify(text)} is not a whole number`);
}
