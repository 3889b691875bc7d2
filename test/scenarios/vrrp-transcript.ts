// Plays a transcript: a text file of commands, each followed by what came out, indented. Time stands at 0 and moves with `wait`.
//
//   config KEY=VALUE...            the configuration: version, priority, interval, preempt, preempt-delay, state, address, garp-delay ...
//   start [missing WHAT]           the startup; start after LENGTH: it may not begin before that has passed
//   resume LENGTH                  the startup in the place of a process whose last advertisement is that long ago
//   hear ADDRESS priority N [interval LENGTH]
//   found | missing WHAT           the environment changes
//   wait LENGTH                    time passes; every deadline is called when it has come
//   suspended LENGTH               the machine was suspended for so long, which its clock does not show
//   claim ADDRESS by HARDWARE      somebody else says by ARP that he has the address
//   late LENGTH                    time passes and nothing is called until it is over: the process was held up
//   left LENGTH                    time passes, and the advertisement that was due leaves by itself at the end of it
//   unsent                         from now on the wire takes no advertisement; `sent` ends that
//   group waits | ready            whether the others of the sync group are ready to become master when a deadline comes
//   group master | left            another member became master, or yielded
//   stop

import { type IpAddress, ip } from "../../agent/base/address.ts";
import {
  after,
  type Instant,
  instant,
  type Milliseconds,
  milliseconds,
  parseDuration,
} from "../../agent/base/duration.ts";
import type { VrrpInstanceModel } from "../../agent/config/model.ts";
import type { Event, VrrpState } from "../../agent/events/event.ts";
import { onlyPriorityDiffers } from "../../agent/vrrp/core/configuration-change.ts";
import type { Effect } from "../../agent/vrrp/core/effect.ts";
import { step } from "../../agent/vrrp/core/instance.ts";
import type { InstanceEvent } from "../../agent/vrrp/core/instance-event.ts";
import type { Environment, Missing } from "../../agent/vrrp/core/instance-state.ts";
import { type InstanceState, initialize, nextDeadline } from "../../agent/vrrp/core/instance-state.ts";
import { masterDownInterval } from "../../agent/vrrp/core/timers.ts";
import { instanceModel } from "../support/vrrp-defaults.ts";

/** The transcript with what comes out now; equal to the given text when nothing has changed. `onRow` is told every row that is taken. */
export function replay(transcript: string, onRow: OnRow = () => {}): string {
  const player = new Player(onRow);
  const lines = transcript.split("\n").filter((line) => !line.startsWith(" "));
  return lines.flatMap((line) => [line, ...player.play(line).map((out) => `    ${out}`)]).join("\n");
}

/** Told of each row that is taken, and of the state that came out where that is known. */
export type OnRow = (row: string, to: VrrpState | undefined) => void;

const own = ip("10.9.0.1");

class Player {
  #config: VrrpInstanceModel = standard;
  #state: InstanceState = initialize;
  #now: Instant = instant(0);
  #taken = true;
  #groupWaits = false;
  #out: string[] = [];
  readonly #onRow: OnRow;

  constructor(onRow: OnRow) {
    this.#onRow = onRow;
  }

  play(line: string): readonly string[] {
    this.#out = [];
    const [command = "", ...words] = line.trim().split(/\s+/);
    if (command !== "" && !command.startsWith("#")) this.#run(command, words);
    return this.#out;
  }

  #run(command: string, words: readonly string[]): void {
    const commands: Readonly<Record<string, () => void>> = {
      config: () => this.#configure(words),
      start: () => this.#start(words),
      resume: () => this.#resume(words[0]),
      hear: () => this.#step(heard(words, this.#config)),
      found: () => this.#step({ kind: "environment-changed", environment: environmentOf([]) }),
      missing: () => this.#step({ kind: "environment-changed", environment: environmentOf(["missing", ...words]) }),
      wait: () => this.#wait(lengthOf(words[0])),
      suspended: () => this.#step({ kind: "suspended", length: lengthOf(words[0]) }),
      claim: () => this.#step(claimed(words, this.#config)),
      left: () => this.#left(lengthOf(words[0])),
      late: () => this.#late(lengthOf(words[0])),
      group: () => this.#group(words[0]),
      unsent: () => this.#wireTakes(false),
      sent: () => this.#wireTakes(true),
      stop: () => this.#step({ kind: "shutdown", reason: "stopped" }),
    };
    const run = commands[command];
    if (run === undefined) throw new Error(`unknown command ${JSON.stringify(command)}`);
    run();
  }

  #configure(words: readonly string[]): void {
    const previous = this.#config;
    this.#config = words.reduce(withSetting, previous);
    if (this.#state.kind === "initialize") return;
    const kind = onlyPriorityDiffers(previous, this.#config) ? "priority-changed" : "configuration-changed";
    this.#step({ kind, previous });
  }

  #start(words: readonly string[]): void {
    const delay = words[0] === "after" ? { notBefore: after(this.#now, lengthOf(words[1])) } : {};
    this.#step({ kind: "startup", environment: environmentOf(words), ...delay });
  }

  #resume(text: string | undefined): void {
    const masterDown = masterDownInterval({ ...this.#config, masterInterval: this.#config.advertisementInterval });
    const lastAdvertisementAt = after(this.#now, milliseconds(-lengthOf(text)));
    this.#step({ kind: "resume", environment: ready, lastAdvertisementAt, masterDownInterval: masterDown });
  }

  #group(word: string | undefined): void {
    if (word === "master") this.#step({ kind: "group-became-master", member: "other" });
    else if (word === "left") this.#step({ kind: "group-left-master", member: "other" });
    else this.#groupWaits = word === "waits";
  }

  #wireTakes(taken: boolean): void {
    this.#taken = taken;
  }

  #wait(length: Milliseconds): void {
    const end = after(this.#now, length);
    for (let next = nextDeadline(this.#state); next !== undefined && next <= end; next = nextDeadline(this.#state)) {
      if (next > this.#now) this.#now = next;
      this.#step(this.#groupWaits ? { kind: "deadline", groupWaits: true } : { kind: "deadline" });
    }
    this.#now = end;
  }

  #late(length: Milliseconds): void {
    this.#now = after(this.#now, length);
    this.#step(this.#groupWaits ? { kind: "deadline", groupWaits: true } : { kind: "deadline" });
  }

  #left(length: Milliseconds): void {
    this.#now = after(this.#now, length);
    this.#step({ kind: "advertisement-left" });
  }

  #step(event: InstanceEvent): void {
    const from = this.#state;
    const { state, effects, rows } = step(this.#config, from, event, this.#now);
    const takesOver = state.kind === "master" && from.kind !== "master" && event.kind !== "resume";
    if (takesOver && !this.#taken) return this.#step({ kind: "takeover-refused", source: state.source });
    this.#state = state;
    for (const row of rows) this.#say(row);
    this.#tell(rows);
    for (const effect of effects) this.#out.push(`  ${effectText(effect)}`);
    if (this.#taken && effects.some((effect) => effect.kind === "send-advertisement" && effect.priority > 0))
      this.#confirm();
    const next = nextDeadline(this.#state);
    if (next !== undefined) this.#out.push(`  next at ${time(next)}`);
  }

  #confirm(): void {
    const { state, rows } = step(this.#config, this.#state, { kind: "advertisement-sent" }, this.#now);
    this.#state = state;
    this.#tell(rows);
  }

  /** Only of the last row is it known what came out: of one before it the next row has made something else. */
  #tell(rows: readonly string[]): void {
    for (const [index, row] of rows.entries())
      this.#onRow(row, index === rows.length - 1 ? this.#state.kind : undefined);
  }

  #say(row: string): void {
    this.#out.push(`${time(this.#now)} ${row}`);
  }
}

const standard = instanceModel();

const ready: Environment = { ready: true, source: own };

function withSetting(config: VrrpInstanceModel, word: string): VrrpInstanceModel {
  const [key = "", value = ""] = word.split("=");
  const { gratuitousArp } = config;
  const settings: Readonly<Record<string, () => Partial<VrrpInstanceModel>>> = {
    version: () => ({ version: value === "2" ? 2 : 3 }),
    priority: () => ({ priority: Number(value) }),
    interval: () => ({ advertisementInterval: lengthOf(value) }),
    state: () => ({ initialState: value === "master" ? "master" : "backup" }),
    preempt: () => ({ preempt: value === "yes" }),
    "preempt-delay": () => ({ preemptDelay: lengthOf(value) }),
    addresses: () => ({ virtualAddresses: value.split(",").map(addressOf) }),
    "down-timer-adverts": () => ({ downTimerAdverts: Number(value) }),
    "timer-expired-backup": () => ({ timerExpiredBackup: Number(value) }),
    "higher-prio-send-advert": () => ({ higherPrioSendAdvert: value === "yes" }),
    "lower-prio-no-advert": () => ({ lowerPrioNoAdvert: value === "yes" }),
    "owner-ignore-adverts": () => ({ ownerIgnoreAdverts: value === "yes" }),
    "garp-lower-prio-repeat": () => ({ gratuitousArp: { ...gratuitousArp, lowerPriorityRepeat: Number(value) } }),
    "garp-lower-prio-delay": () => ({ gratuitousArp: { ...gratuitousArp, lowerPriorityDelay: lengthOf(value) } }),
    probe: () => ({ gratuitousArp: { ...gratuitousArp, probe: value === "yes" } }),
    verify: () => ({ gratuitousArp: { ...gratuitousArp, verify: value.split(",").map((one) => ip(one)) } }),
    "garp-extra": () => ({
      gratuitousArp: { ...gratuitousArp, extraInterval: lengthOf(value), extraAllInterfaces: true },
    }),
    "garp-delay": () => ({ gratuitousArp: { ...gratuitousArp, delay: lengthOf(value) } }),
    "garp-refresh": () => ({ gratuitousArp: { ...gratuitousArp, refresh: lengthOf(value) } }),
  };
  const setting = settings[key];
  if (setting === undefined) throw new Error(`unknown setting ${JSON.stringify(key)}`);
  return { ...config, ...setting() };
}

/** "10.9.0.100", or "10.9.0.100@eth1" on another interface than the instance's. */
function addressOf(text: string): VrrpInstanceModel["virtualAddresses"][number] {
  const [address = "", link = "eth0"] = text.split("@");
  return { address: ip(address), prefixLength: 24, interface: link };
}

function environmentOf(words: readonly string[]): Environment {
  if (words[0] !== "missing") return ready;
  if (words[1] === "ownership") return { ready: false, missing: "ownership", address: addressOf("10.9.0.100") };
  if (words[1] === "tracker") return { ready: false, missing: "tracker", reason: words.slice(2).join(" ") };
  if (words[1] === "group") return { ready: false, missing: "sync group", reason: words.slice(2).join(" ") };
  const what: Readonly<Record<string, Exclude<Missing, "ownership" | "tracker" | "sync group">>> = {
    interface: "interface",
    link: "link",
    source: "source address",
    socket: "socket",
    key: "key",
    peers: "unicast peers",
  };
  const missing = what[words[1] ?? ""];
  if (missing === undefined) throw new Error(`${JSON.stringify(words[1])} cannot be missing`);
  return { ready: false, missing };
}

function heard(words: readonly string[], config: VrrpInstanceModel): InstanceEvent {
  const [address = "", , priority, , interval] = words;
  return {
    kind: "advertisement",
    source: ip(address),
    priority: Number(priority),
    interval: interval === undefined ? config.advertisementInterval : lengthOf(interval),
  };
}

function claimed([text, , hardwareAddress = ""]: readonly string[], config: VrrpInstanceModel): InstanceEvent {
  const address = config.virtualAddresses.find((one) => one.address === text);
  if (address === undefined) throw new Error(`${JSON.stringify(text)} is no virtual address here`);
  return { kind: "address-claimed", address, hardwareAddress };
}

function lengthOf(text: string | undefined): Milliseconds {
  const length = parseDuration(text ?? "");
  if (length === undefined) throw new Error(`${JSON.stringify(text)} is no length of time`);
  return length;
}

function effectText(effect: Effect): string {
  const list = (addresses: readonly { readonly address: IpAddress }[]) =>
    addresses.map(({ address }) => address).join(" ");
  switch (effect.kind) {
    case "send-advertisement":
      return `send advertisement, priority ${effect.priority}`;
    case "put-addresses":
      return `put ${list(effect.addresses)}`;
    case "remove-addresses":
      return `remove ${list(effect.addresses)}`;
    case "announce":
      return `announce ${list(effect.addresses)}, ${effect.repeat} times`;
    case "verify-neighbours":
      return `ask ${effect.neighbours.join(" ")} about ${list(effect.addresses)}`;
    case "probe-addresses":
      return `probe ${list(effect.addresses)}`;
    case "report":
      return eventText(effect.event);
  }
}

function eventText(event: Event): string {
  if (event.kind === "vrrp-state-changed") return `report ${event.from} -> ${event.to}: ${event.reason}`;
  if (event.kind !== "dual-master") return `report ${JSON.stringify(event)}`;
  return event.peer === undefined
    ? `report dual master: ${event.hardwareAddress} says that it has ${event.address}`
    : `report dual master: ${event.peer} with priority ${event.peerPriority}, ours ${event.priority}`;
}

function time(at: Instant): string {
  return `${at.toFixed(1)} ms`;
}
