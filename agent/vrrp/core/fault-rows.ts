// State fault: keepalived's, not the RFC's. The instance lacks an interface, a link or an address to send from, and waits for it.

import { familyOf, type IpAddress } from "../../base/address.ts";
import type { Effect } from "./effect.ts";
import { enterBackupRefused, enterBackupUnheard, enterFault, enterMaster, leave, listeningTime } from "./entering.ts";
import { ownerPriority } from "./initialize-rows.ts";
import type { EnvironmentChanged, InstanceEvent } from "./instance-event.ts";
import type { Fault } from "./instance-state.ts";
import { type Context, type Row, type Rows, type Step, stay, type Transition, takeRow } from "./transition.ts";

type Occurrence =
  | "interface missing"
  | "link down"
  | "ownership missing"
  | "source address missing"
  | "socket missing"
  | "tracker failed"
  | "sync group in fault"
  | "key missing"
  | "unicast peers missing"
  | "nothing missing"
  | "nothing missing, address owner"
  | "takeover refused"
  | "shutdown"
  | "anything else";

/** What happens in state fault. */
export const faultRows: Rows<Fault, Occurrence> = {
  "interface missing": missingSomething("wait for the interface"),
  "link down": missingSomething("wait for the link"),
  "socket missing": missingSomething("wait for a socket, which is tried again and again"),
  "tracker failed": missingSomething("wait for what is tracked"),
  "sync group in fault": missingSomething("wait for the others of the sync group"),
  "key missing": missingSomething("wait for the file with the key, which is tried again and again"),
  "unicast peers missing": missingSomething("wait for a configuration with peers"),
  "ownership missing": missingSomething("wait until the director's own address is none of the virtual ones"),
  "source address missing": missingSomething("wait for an address to send from"),
  "nothing missing": {
    section: "keepalived, leaving FAULT; RFC 9568, 6.4.1",
    does: "listen for the master down interval, counted with the own interval; tell unicast peers where the source lives",
    next: ["backup"],
    take: (state, event, context) => whenFound(state, event, context, (source) => listenAgain(source, context)),
  },
  "nothing missing, address owner": {
    section: "RFC 9568, 6.4.1",
    does: "become master at once",
    next: ["master"],
    take: (state, event, context) =>
      whenFound(state, event, context, (source) =>
        enterMaster("fault", source, "the address owner has all that it needs", context),
      ),
  },
  "takeover refused": {
    section: "ours: who cannot say that he is master is none",
    does: "listen, and try again after a master down interval, a second at least",
    next: ["backup"],
    take: (_, { source }, context) => enterBackupRefused("fault", source, context),
  },
  shutdown: {
    section: "RFC 9568, 6.4.2",
    does: "end",
    next: ["initialize"],
    take: (state, event, context) => leave(state, event, context),
  },
  "anything else": {
    section: "keepalived, state FAULT",
    does: "nothing: advertisements do not count while something is missing",
    next: ["fault"],
    take: (state) => stay(state),
  },
};

/** A step in state fault. */
export function stepFault(state: Fault, event: InstanceEvent, context: Context): Step {
  if (event.kind === "shutdown") return takeRow(faultRows, "shutdown", state, event, context);
  if (event.kind === "takeover-refused") return takeRow(faultRows, "takeover refused", state, event, context);
  if (event.kind === "environment-changed")
    return takeRow(faultRows, environmentOccurrence(event, context), state, event, context);
  return takeRow(faultRows, "anything else", state, event, context);
}

/** The occurrence of an interface or address that has gone. */
export const missingOccurrence = {
  interface: "interface missing",
  link: "link down",
  ownership: "ownership missing",
  "source address": "source address missing",
  socket: "socket missing",
  tracker: "tracker failed",
  "sync group": "sync group in fault",
  key: "key missing",
  "unicast peers": "unicast peers missing",
} as const;

function environmentOccurrence({ environment }: EnvironmentChanged, { config }: Context) {
  if (!environment.ready) return missingOccurrence[environment.missing];
  return config.priority === ownerPriority ? "nothing missing, address owner" : "nothing missing";
}

function missingSomething(does: string): Row<Fault, EnvironmentChanged> {
  return {
    section: "keepalived, state FAULT",
    does,
    next: ["fault"],
    take: (state, event, context) => whenFound(state, event, context, (source) => listenAgain(source, context)),
  };
}

function whenFound(
  state: Fault,
  { environment }: EnvironmentChanged,
  context: Context,
  begin: (source: IpAddress) => Transition,
): Transition {
  if (environment.ready) return begin(environment.source);
  return environment.missing === state.missing && !("reason" in environment)
    ? stay(state)
    : enterFault(state, environment, context);
}

function listenAgain(source: IpAddress, context: Context): Transition {
  const wait = listeningTime(context.config, "backup");
  const reason = "nothing is missing any more: listens for a master";
  const { state, effects } = enterBackupUnheard("fault", source, wait, reason, context);
  return { state, effects: [...effects, ...announceSource(source, context)] };
}

/** Unicast peers send to this address, and may remember another hardware address for it (keepalived does the same). */
function announceSource(source: IpAddress, { config }: Context): readonly Effect[] {
  const { unicast, interface: link, gratuitousArp } = config;
  if (unicast === undefined || gratuitousArp.repeat === 0) return [];
  const own = { address: source, prefixLength: hostLength[familyOf(source)], interface: link };
  return [{ kind: "announce", addresses: [own], repeat: gratuitousArp.repeat }];
}

const hostLength = { ipv4: 32, ipv6: 128 } as const;
