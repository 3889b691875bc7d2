import type { ServiceError } from "@grpc/grpc-js";
import { type Command, Option } from "commander";
import { durationOf } from "../../control/convert/time.ts";
import {
  DrainRequest,
  type DrainResponse,
  type UndrainResponse,
} from "../../control/gen/vipward/v1/balancer_service.pb.ts";
import type { OverrideTarget } from "../../control/gen/vipward/v1/override.pb.ts";
import { type AgentClients, addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addTermOptions, type TermWords, termsOf, time } from "../override-options.ts";
import type { TargetWords } from "../target-words.ts";
import { wholeNumber } from "../whole-number.ts";

interface PoolWords extends TargetWords {
  readonly node?: boolean;
}

interface DrainWords extends PoolWords, TermWords {
  readonly floor: number;
  readonly deadline: number;
  readonly wait: boolean;
}

/** `vipward drain VIRTUAL-SERVER [REAL-SERVER]`: keeps new connections away and waits for the others. */
export function addDrainCommand(program: Command, io: Io): void {
  const command = addPool(program.command("drain"))
    .description("keep new connections away, and show how many are left until they are few enough")
    .addOption(
      new Option("--floor <number>", "done when no more than these are established")
        .default(0)
        .argParser(wholeNumber("--floor", 4_294_967_295)),
    )
    .addOption(new Option("--deadline <time>", "how long to wait for them").default(600_000, "10m").argParser(time))
    .option("--no-wait", "do not wait");
  addTargetOptions(addTermOptions(command))
    .addHelpText("after", '\nExample:\n  vipward drain "tcp 10.9.0.100:80" 10.9.0.11:80 --for 2h --reason "new disks"')
    .action((server: string | undefined, realServer: string | undefined, words: DrainWords) =>
      withAgent(words, (clients) => drain(clients, targetOf(server, realServer, words), words, io)),
    );
}

/** `vipward undrain VIRTUAL-SERVER [REAL-SERVER]`: lets new connections in again. */
export function addUndrainCommand(program: Command, io: Io): void {
  addTargetOptions(addPool(program.command("undrain")))
    .description("end drains: of a real server, a virtual server with all that is in it, or everything")
    .addHelpText("after", '\nExample:\n  vipward undrain "tcp 10.9.0.100:80" 10.9.0.11:80')
    .action((server: string | undefined, realServer: string | undefined, words: PoolWords) =>
      withAgent(words, (clients) => undrain(clients, targetOf(server, realServer, words), io)),
    );
}

function addPool(command: Command): Command {
  return command
    .argument("[virtual-server]", "its name, as vipward services shows it")
    .argument("[real-server]", "only this one: 10.9.0.11:80")
    .option("--node", "everything that the director serves");
}

async function drain(clients: AgentClients, target: OverrideTarget, words: DrainWords, io: Io): Promise<void> {
  const deadline = durationOf(words.wait ? words.deadline : 0);
  const request = DrainRequest.create({ target, terms: termsOf(words, io), connectionFloor: words.floor, deadline });
  const call = clients.balancer.drain(request);
  let last: DrainResponse | undefined;
  try {
    for await (const message of call) {
      last = message as DrainResponse;
      io.out(`${last.activeConnections} established, ${last.inactiveConnections} ending\n`);
    }
  } catch (thrown) {
    throw clients.explain(thrown as ServiceError);
  } finally {
    call.cancel();
  }
  const id = last?.override?.id ?? "";
  if (last?.drained) return io.out(`${id}: drained\n`);
  if (!words.wait) return io.out(`${id}: no new connections\n`);
  throw new CliError(1, `${id}: connections are left; no new ones come until it ends or vipward undrain`);
}

async function undrain(clients: AgentClients, target: OverrideTarget, io: Io): Promise<void> {
  const { ended } = await answerOf<UndrainResponse>(clients, (callback) =>
    clients.balancer.undrain({ target }, callback),
  );
  for (const { id } of ended) io.out(`${id}: ended\n`);
}

function targetOf(
  server: string | undefined,
  realServer: string | undefined,
  { node = false }: PoolWords,
): OverrideTarget {
  if (node && server === undefined) return { target: { $case: "node", value: {} } };
  if (server === undefined || node) throw new CliError(2, "expected a virtual server, or --node");
  if (realServer === undefined) return { target: { $case: "virtualServer", value: server } };
  return { target: { $case: "realServer", value: { virtualServer: server, realServer } } };
}
