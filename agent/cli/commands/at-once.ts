import type { Command } from "commander";
import type { ReconcileResponse } from "../../control/gen/vipward/v1/balancer_service.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { readState } from "../snapshot.ts";
import type { TargetWords } from "../target-words.ts";
import { operationLine } from "./plan.ts";

/** `vipward announce INSTANCE`: tells the segments anew where its addresses live. */
export function addAnnounceCommand(program: Command, io: Io): void {
  const command = program
    .command("announce")
    .description(
      "have a master tell its segments anew where its addresses live: gratuitous ARP, unsolicited neighbour advertisements",
    )
    .argument("<instance>", "its name");
  addTargetOptions(command)
    .addHelpText("after", "\nExample:\n  vipward announce VI_1")
    .action((instance: string, words: TargetWords) =>
      withAgent(words, async (clients) => {
        await answerOf(clients, (callback) => clients.vrrp.announce({ instance }, callback));
        io.out(`${instance}: announced\n`);
      }),
    );
}

/** `vipward probe NAME`: has the checkers of something probe now. */
export function addProbeCommand(program: Command, io: Io): void {
  const command = program
    .command("probe")
    .description("have checkers probe now, without waiting for their time")
    .argument("<name>", "a virtual server, a real server or a checker, as checkers shows them");
  addTargetOptions(command)
    .addHelpText("after", "\nExample:\n  vipward probe 10.9.0.11:80")
    .action((name: string, words: TargetWords) =>
      withAgent(words, async (clients) => {
        const { checkers } = await readState(clients);
        const named = checkers.filter((one) => [one.id, one.virtualServer, one.realServer].includes(name));
        if (named.length === 0) throw new CliError(1, `there are no checkers of ${JSON.stringify(name)}`);
        for (const { id } of named)
          await answerOf(clients, (callback) => clients.checker.runChecker({ checker: id }, callback));
        for (const { virtualServer, realServer, probe } of named)
          io.out(`${virtualServer} -> ${realServer} ${probe}: probes now\n`);
        io.out(`what they see: vipward checkers ${JSON.stringify(name)}\n`);
      }),
    );
}

/** `vipward reconcile`: compares the kernel's table with what is desired, and makes it so. */
export function addReconcileCommand(program: Command, io: Io): void {
  const command = program
    .command("reconcile")
    .description("make the kernel's IPVS table what it should be, where somebody else has changed it")
    .option("--dry-run", "only say what would be done");
  addTargetOptions(command)
    .addHelpText("after", "\nExample:\n  vipward reconcile --dry-run")
    .action((words: TargetWords & { readonly dryRun?: boolean }) =>
      withAgent(words, async (clients) => {
        const { dryRun = false } = words;
        const response = await answerOf<ReconcileResponse>(clients, (callback) =>
          clients.balancer.reconcile({ dryRun }, callback),
        );
        io.out(reconciled(response, dryRun));
      }),
    );
}

function reconciled({ operations, omitted }: ReconcileResponse, dryRun: boolean): string {
  if (operations.length === 0) return "the table is as it should be\n";
  const lines = operations.map((operation) => `  ${operationLine(operation)}`);
  const more = omitted > 0n ? [`  and ${omitted} more`] : [];
  return `${[dryRun ? "would be done" : "done", ...lines, ...more].join("\n")}\n`;
}
