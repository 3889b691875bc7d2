import type { Command } from "commander";
import { VrrpState } from "../../control/gen/vipward/v1/event.pb.ts";
import type {
  Belonging,
  State,
  SyncGroupState,
  TrackerState,
  VirtualAddressState,
  VrrpCounters,
  VrrpInstanceState,
} from "../../control/gen/vipward/v1/state.pb.ts";
import { sessionLines } from "../bfd-text.ts";
import { explanationLines } from "../explanation.ts";
import { CliError, type Io } from "../io.ts";
import { paint } from "../output.ts";
import { addViewCommand } from "../view-command.ts";
import { ago, length, stateWord, trackerWord } from "../words.ts";

/** `vipward vrrp`: the instances with their timers, addresses and counters; with a name one of them, and why it is as it is. */
export function addVrrpCommand(program: Command, io: Io): void {
  addViewCommand(program, io, {
    name: "vrrp",
    description:
      "show VRRP instances and BFD sessions with their timers, addresses and counters, laid out as ip address does",
    show: vrrpText,
    showOne: vrrpDetail,
    field: "vrrp_instances",
  });
}

/** The instances as `ip address` lays out links. */
export function vrrpText({ vrrpInstances, syncGroups, staticObjects, bfdSessions }: State, io: Io): string {
  const sessions = bfdSessions.map((session) => `${sessionLines(session, io).join("\n")}\n`);
  const objects = [...sessions, ...staticObjects.map((object) => `static ${belongingText(object)}\n`)];
  if (vrrpInstances.length === 0) return `no VRRP instances\n${objects.join("")}`;
  const groups = syncGroups.map((group) => `${groupLine(group, io)}\n`);
  return [
    ...vrrpInstances.map((instance) => `${instanceLines(instance, io).join("\n")}\n`),
    ...groups,
    ...objects,
  ].join("");
}

/** One instance with what explains it. */
export function vrrpDetail({ vrrpInstances }: State, name: string, io: Io): string {
  const instance = vrrpInstances.find((one) => one.name === name);
  if (instance === undefined) {
    const names = vrrpInstances.map((one) => one.name).join(", ");
    throw new CliError(
      1,
      `there is no VRRP instance ${JSON.stringify(name)}, expected one of: ${names || "none runs"}`,
    );
  }
  const explained = instance.explanation === undefined ? [] : explanationLines(instance.explanation, io);
  return `${[...instanceLines(instance, io), ...explained.map((line) => `    ${line}`)].join("\n")}\n`;
}

/** A state in its colour. */
export function stateText(state: VrrpState, io: Io): string {
  const word = stateWord(state);
  if (state === VrrpState.VRRP_STATE_MASTER) return paint(io, "good", word);
  return state === VrrpState.VRRP_STATE_FAULT ? paint(io, "bad", word) : word;
}

function instanceLines(instance: VrrpInstanceState, io: Io): readonly string[] {
  const { name, virtualRouterId, version, state, since } = instance;
  const head = `vrid ${virtualRouterId}${instance.interface === "" ? "" : ` dev ${instance.interface}`} version ${version} state ${stateText(state, io)} since ${ago(io.now(), since)}`;
  return [
    `${name}: ${head}`,
    `    why: ${instance.reason}`,
    `    ${priorityText(instance)} ${masterText(instance)}`,
    `    advert ${length(instance.advertisementInterval)} skew ${length(instance.skewTime)} master-down ${length(instance.masterDownInterval)}`,
    ...instance.trackers.map((tracker) => `    ${trackerText(tracker, io)}`),
    ...instance.virtualAddresses.map((address) => `    ${addressText(address)}`),
    ...instance.heartbeatPaths.map((path) => `    heartbeat path dev ${path.interface}${path.open ? "" : " (closed)"}`),
    ...instance.peerDifferences.map(({ peer, differences }) => `    peer ${peer} differs: ${differences.join("; ")}`),
    ...instance.belongings.map((belonging) => `    ${belongingText(belonging)}`),
    ...(instance.counters === undefined ? [] : counterLines(instance.counters).map((line) => `    ${line}`)),
  ];
}

function belongingText({ kind, object, present }: Belonging): string {
  return `${kind} ${object}${present ? "" : " (missing)"}`;
}

function groupLine({ name, state, since, members }: SyncGroupState, io: Io): string {
  return `sync group ${name}: state ${stateText(state, io)} since ${ago(io.now(), since)} members ${members.join(" ")}`;
}

function trackerText({ kind, name, weight, reverse, up, value, reason }: TrackerState, io: Io): string {
  const counts = weight === 0 ? "fault" : `weight ${weight}`;
  const now = value === undefined ? paint(io, up ? "good" : "bad", up ? "up" : "down") : `value ${value}`;
  return `track ${trackerWord(kind)} ${name} ${counts}${reverse ? " reverse" : ""} ${now}${up ? "" : `: ${reason}`}`;
}

function priorityText({ priority, effectivePriority }: VrrpInstanceState): string {
  return priority === effectivePriority ? `prio ${priority}` : `prio ${effectivePriority} (configured ${priority})`;
}

function masterText({ masterAddress, masterPriority }: VrrpInstanceState): string {
  if (masterAddress === "") return "master unknown";
  return `master ${masterAddress}${masterPriority === undefined ? "" : ` prio ${masterPriority}`}`;
}

function addressText({ address, prefixLength, interface: link, held, excluded }: VirtualAddressState): string {
  const family = address.includes(":") ? "inet6" : "inet";
  return `${family} ${address}/${prefixLength} dev ${link} ${held ? "held" : "not held"}${excluded ? ", not advertised" : ""}`;
}

function counterLines({ refused, ...counters }: VrrpCounters): readonly string[] {
  const rules = Object.entries(refused).map(([rule, times]) => `${rule}: ${times}`);
  return [
    `adverts sent ${counters.advertisementsSent} received ${counters.advertisementsReceived}, priority 0 sent ${counters.priorityZeroSent} received ${counters.priorityZeroReceived}`,
    `became master ${counters.becameMaster} released ${counters.releasedMaster}, announcements ${counters.announcementsSent}`,
    ...(counters.addressClaims === 0n ? [] : [`address claimed by others ${counters.addressClaims} times`]),
    ...(rules.length === 0 ? [] : [`refused ${rules.join(", ")}`]),
  ];
}
