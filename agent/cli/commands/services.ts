import type { Command } from "commander";
import type { RealServerState, State, VirtualServerState } from "../../control/gen/vipward/v1/state.pb.ts";
import type { Io } from "../io.ts";
import { fittedRows, paint } from "../output.ts";
import { addViewCommand } from "../view-command.ts";
import { ago } from "../words.ts";

/** `vipward services`: what `ipvsadm -Ln` shows, plus health. */
export function addServicesCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "services",
    description: "show virtual servers and their real servers, as ipvsadm -Ln does, and why each is in or out",
    show: servicesText,
    field: "virtual_servers",
  });
}

/** The virtual servers as `ipvsadm -Ln` lays them out. */
export function servicesText({ virtualServers }: State, io: Io): string {
  if (virtualServers.length === 0) return "no virtual servers\n";
  const rows = virtualServers.flatMap(({ realServers }) => realServers.map((server) => realServerRow(server, io)));
  const width = io.width === undefined ? undefined : io.width - arrow.length;
  const fitted = fittedRows(columns, rows, width);
  const [head = "", ...lines] = fitted.map((row) => `${arrow}${row.replaceAll("\n", `\n${" ".repeat(arrow.length)}`)}`);
  const body = virtualServers.flatMap((server) => [
    serviceLine(server, io),
    ...lines.splice(0, server.realServers.length),
  ]);
  return `Prot LocalAddress:Port Scheduler\n${head}\n${body.join("\n")}\n`;
}

const arrow = "  -> ";

const columns = ["RemoteAddress:Port", "Forward", "Weight", "ActiveConn", "InActConn", "State", "Since", "Reason"];

function serviceLine({ name, service, scheduler, present }: VirtualServerState, io: Io): string {
  const [protocol = "", ...address] = service.split(" ");
  const given = name === service ? "" : `  (${name})`;
  const missing = present ? "" : `  ${paint(io, "bad", "not in the kernel")}`;
  return `${protocol.toUpperCase().padEnd(4)} ${address.join(" ")} ${scheduler}${given}${missing}`;
}

/** ipvsadm's words for the forwarding methods. */
const forwardingWords: Readonly<Record<string, string>> = { masquerade: "Masq", direct: "Route", tunnel: "Tunnel" };

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
