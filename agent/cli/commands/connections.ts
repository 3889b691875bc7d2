import { type Command, Option } from "commander";
import type { Connection, ConnectionFilter } from "../../control/gen/vipward/v1/connections.pb.ts";
import { ListConnectionsRequest, ListConnectionsResponse } from "../../control/gen/vipward/v1/state_service.pb.ts";
import { addTargetOptions, answerOf, withAgent } from "../client.ts";
import { CliError, type Io } from "../io.ts";
import { addOutputOption, type OutputFormat, printMessage, table } from "../output.ts";
import type { TargetWords } from "../target-words.ts";
import { wholeNumber } from "../whole-number.ts";

interface Words extends TargetWords {
  readonly output: OutputFormat;
  readonly protocol?: string;
  readonly client?: string;
  readonly service?: string;
  readonly destination?: string;
  readonly state?: string;
  readonly limit: number;
}

/** `vipward connections`: what `ipvsadm -Lnc` shows, filtered by the agent. */
export function addConnectionsCommand(program: Command, io: Io): void {
  const command = program
    .command("connections")
    .description("show the connections that IPVS knows, as ipvsadm -Lnc does, and how many there are")
    .option("--protocol <protocol>", "only tcp, udp or sctp")
    .option("--client <address>", "only those of this client")
    .option("--service <address[:port]>", "only those to this virtual address")
    .option("--destination <address[:port]>", "only those to this real server")
    .option("--state <state>", "only those in this state, like established")
    .addOption(
      new Option("--limit <count>", "how many at most").default(100).argParser(wholeNumber("--limit", 10_000)),
    );
  addOutputOption(addTargetOptions(command))
    .addHelpText("after", "\nExample:\n  vipward connections --destination 10.9.0.11:80 --state established")
    .action((words: Words) => show(words, io));
}

async function show(words: Words, io: Io): Promise<void> {
  const request = ListConnectionsRequest.fromPartial({ filter: filterOf(words), limit: words.limit });
  const response = await withAgent(words, (clients) =>
    answerOf<ListConnectionsResponse>(clients, (callback) => clients.state.listConnections(request, callback)),
  );
  if (words.output === "table") return io.out(connectionsText(response));
  const type = "vipward.v1.ListConnectionsResponse";
  printMessage(io, words.output, { type, codec: ListConnectionsResponse, value: response });
}

/** The connections as a table, and how many there are. */
export function connectionsText({ connections, matching, total }: ListConnectionsResponse): string {
  const shown = BigInt(connections.length) === matching ? `${matching}` : `${connections.length} of ${matching}`;
  const counts = `${shown} connections${matching === total ? "" : ` that match, of ${total}`}\n`;
  if (connections.length === 0) return counts;
  return `${table(["Prot", "Client", "Service", "Destination", "State", "Expires"], connections.map(row))}${counts}`;
}

function row(connection: Connection): string[] {
  const { protocol, client, clientPort, service, servicePort, destination, destinationPort, state } = connection;
  const ends = [endpoint(client, clientPort), endpoint(service, servicePort), endpoint(destination, destinationPort)];
  return [protocol, ...ends, state, `${connection.expiresIn?.seconds ?? 0n}s`];
}

function endpoint(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function filterOf({ protocol, client, service, destination, state }: Words): Partial<ConnectionFilter> {
  const [serviceAddress, servicePort] = partsOf("--service", service);
  const [destinationAddress, destinationPort] = partsOf("--destination", destination);
  return {
    ...{ protocol, client, state },
    ...{ service: serviceAddress, servicePort, destination: destinationAddress, destinationPort },
  };
}

/** "10.9.0.11:80", "10.9.0.11", "[fd00::11]:80" or "fd00::11". */
function partsOf(option: string, text: string | undefined): readonly [string | undefined, number | undefined] {
  if (text === undefined) return [undefined, undefined];
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text) ?? [text, text];
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > 65_535)
    throw new CliError(
      2,
      `${option} ${JSON.stringify(text)} is not allowed, expected an address with or without a port`,
    );
  return [match[1], port];
}
