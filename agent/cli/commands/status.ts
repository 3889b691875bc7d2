import type { Command } from "commander";
import type { ConfigState, ProcessState, State, VrrpInstanceState } from "../../control/gen/vipward/v1/state.pb.ts";
import { sessionsInTrouble } from "../bfd-text.ts";
import { confirmationText } from "../change-options.ts";
import type { Io } from "../io.ts";
import { notificationsText } from "../notification-text.ts";
import { fittedRows, paint } from "../output.ts";
import { overridesText } from "../override-text.ts";
import { addViewCommand } from "../view-command.ts";
import { ago, roleWord } from "../words.ts";
import { servicesText } from "./services.ts";
import { stateText } from "./vrrp.ts";

/** `vipward status`: who is master, which real servers are in, and why. */
export function addStatusCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "status",
    description: "show on one screen who is master, which real servers are in, and why",
    show: statusText,
  });
}

function statusText(state: State, io: Io): string {
  const instances = state.vrrpInstances;
  const vrrp =
    instances.length === 0
      ? "no VRRP instances\n"
      : `${fittedRows(
          columns,
          instances.map((each) => instanceRow(each, io)),
          io.width,
        ).join("\n")}\n`;
  return [
    configLine(state.config, io),
    processLine(state.processes, io),
    "\n",
    vrrp,
    sessionsInTrouble(state.bfdSessions, io),
    "\n",
    servicesText(state, io),
    overridesText(state.overrides, io),
    notificationsText(state, io),
  ].join("");
}

function configLine(config: ConfigState | undefined, io: Io): string {
  if (config === undefined || config.revision === 0n) return "no configuration was ever applied\n";
  const reason = config.reason === "" ? "" : `: ${config.reason}`;
  const from = config.source === "api" ? "" : ` from ${config.source}`;
  const waiting = confirmationText(config.confirmation, io.now());
  return `revision ${config.revision} by ${config.author}${from} ${ago(io.now(), config.time)} ago${reason}\n${waiting}`;
}

function processLine(processes: readonly ProcessState[], io: Io): string {
  return `${processes.map((process) => processText(process, io)).join("  ")}\n`;
}

function processText({ role, needed, running, pid, since, restarts }: ProcessState, io: Io): string {
  if (!needed) return `${roleWord(role)} not needed`;
  if (!running) return paint(io, "bad", `${roleWord(role)} not running`);
  const again = restarts === 0 ? "" : `, replaced ${restarts}x`;
  return `${roleWord(role)} ${pid} (${ago(io.now(), since)}${again})`;
}

const columns = ["Instance", "State", "Since", "Prio", "Vrid", "Dev", "Master", "Addresses", "Reason"];

function instanceRow(instance: VrrpInstanceState, io: Io): readonly string[] {
  const { name, state, since, effectivePriority, virtualRouterId, masterAddress, virtualAddresses, reason } = instance;
  return [
    name,
    stateText(state, io),
    ago(io.now(), since),
    String(effectivePriority),
    String(virtualRouterId),
    instance.interface,
    masterAddress === "" ? "-" : masterAddress,
    virtualAddresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(" ") || "-",
    reason,
  ];
}
