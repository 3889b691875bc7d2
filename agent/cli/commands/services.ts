import type { Command } from "commander";
import type {
  QuorumState,
  RealServerState,
  SorryServerState,
  State,
  VirtualServerState,
} from "../../control/gen/vipward/v1/state.pb.ts";
import type { Io } from "../io.ts";
import { fittedRows, paint } from "../output.ts";
import { addViewCommand } from "../view-command.ts";
import { ago } from "../words.ts";
import { rateText, statsText } from "./services-counters.ts";

/** `vipward services`: what `ipvsadm -Ln` shows, plus health. */
export function addServicesCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "services",
    description: "show virtual servers and their real servers, as ipvsadm -Ln does, and why each is in or out",
    show: servicesText,
    pictures: [
      { flag: "stats", description: "show what the kernel has counted, as ipvsadm -Ln --stats does", show: statsText },
      { flag: "rate", description: "show rates a second, as ipvsadm -Ln --rate does", show: rateText },
    ],
    field: "virtual_servers",
  });
}

/** The virtual servers as `ipvsadm -Ln` lays them out. */
export function servicesText({ virtualServers }: State, io: Io): string {
  if (virtualServers.length === 0) return "no virtual servers\n";
  const rows = virtualServers.flatMap((server) => rowsOf(server, io));
  const width = io.width === undefined ? undefined : io.width - arrow.length;
  const fitted = fittedRows(columns, rows, width);
  const [head = "", ...lines] = fitted.map((row) => `${arrow}${row.replaceAll("\n", `\n${" ".repeat(arrow.length)}`)}`);
  const body = virtualServers.flatMap((server) => [
    serviceLine(server, io),
    ...lines.splice(0, server.realServers.length + (server.sorryServer === undefined ? 0 : 1)),
  ]);
  return `Prot LocalAddress:Port Scheduler\n${head}\n${body.join("\n")}\n`;
}

const arrow = "  -> ";

const columns = ["RemoteAddress:Port", "Forward", "Weight", "ActiveConn", "InActConn", "State", "Since", "Reason"];

function rowsOf({ realServers, sorryServer }: VirtualServerState, io: Io): readonly (readonly string[])[] {
  const rows = realServers.map((server) => realServerRow(server, io));
  return sorryServer === undefined ? rows : [...rows, sorryServerRow(sorryServer)];
}

function serviceLine({ name, service, scheduler, present, quorum, ...more }: VirtualServerState, io: Io): string {
  const [protocol = "", ...address] = service.split(" ");
  const further = more.furtherServices.length === 0 ? "" : ` and ${more.furtherServices.length} more`;
  const given = name === service ? "" : `  (${name})`;
  const missing = present ? "" : `  ${paint(io, "bad", "not in the kernel")}`;
  const lost = quorum === undefined || quorum.up ? "" : `  ${paint(io, "bad", quorumText(quorum))}`;
  return `${protocol.toUpperCase().padEnd(4)} ${address.join(" ")}${further} ${scheduler}${given}${missing}${lost}`;
}

function quorumText({ weight, quorum, hysteresis }: QuorumState): string {
  return `no quorum: weight ${weight} is up, ${quorum + hysteresis} needed`;
}

/** ipvsadm's words for the forwarding methods. */
const forwardingWords: Readonly<Record<string, string>> = { masquerade: "Masq", direct: "Route", tunnel: "Tunnel" };

function sorryServerRow({ name, forwarding, weight, ...connections }: SorryServerState): readonly string[] {
  const { activeConnections, inactiveConnections } = connections;
  const counts = [String(activeConnections), String(inactiveConnections)];
  return [name, forwardingWords[forwarding] ?? forwarding, String(weight ?? "-"), ...counts, "sorry", "", ""];
}

function realServerRow(server: RealServerState, io: Io): readonly string[] {
  return [
    server.name,
    forwardingWords[server.forwarding] ?? server.forwarding,
    weightText(server),
    String(server.activeConnections),
    String(server.inactiveConnections),
    server.up ? paint(io, "good", "up") : paint(io, "bad", "down"),
    ago(io.now(), server.since),
    server.reason,
  ];
}

/** The weight in the kernel; in brackets the configured one where they differ. */
function weightText({ weight, configuredWeight }: RealServerState): string {
  if (weight === configuredWeight) return String(weight);
  return `${weight ?? "-"} (${configuredWeight})`;
}
