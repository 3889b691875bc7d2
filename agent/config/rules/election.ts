// The rules about elections and announcements: what contradicts itself, and what strict mode refuses.

import { familyOf } from "../../base/address.ts";
import { formatDuration, milliseconds } from "../../base/duration.ts";
import { type Finding, type Path, pathText } from "../issue.ts";
import { versionOfInstance } from "../resolve-wire.ts";
import type { Settings, VrrpInstanceSettings } from "../schema/settings.ts";
import { breach, doubt, duplicates, inEach } from "./breach.ts";
import type { Entry } from "./entry.ts";

type Instance = Entry<VrrpInstanceSettings>;

/** The rules about the elections of instances. */
export const electionRules: readonly ((instances: readonly Instance[]) => Finding[])[] = [
  inEach(preemptDelay),
  inEach(verifiable),
  inEach(extraAnnouncements),
  inEach(lasting),
  inEach(strictness),
];

/** The rules about what holds for all instances. */
export function generalBreaches({ garpGroups }: Settings["vrrp"]): Finding[] {
  const interfaces = garpGroups.flatMap((group, index) =>
    group.interfaces.map((value, place) => ({ path: ["vrrp", "garpGroups", index, "interfaces", place], value })),
  );
  return duplicates(
    interfaces,
    (name) => name,
    (name, first) => `interface ${name} is already in a group at ${pathText(first)}`,
  );
}

function preemptDelay({ path, value }: Instance): Finding[] {
  if (value.preemptDelay === 0 || (value.preempt && value.priority !== 255)) return [];
  const why = value.preempt ? "the address owner preempts at once" : "has no effect with preempt: false";
  return [doubt([...path, "preemptDelay"], why)];
}

function verifiable({ path, value }: Instance): Finding[] {
  return value.gratuitousArp.verify.flatMap((address, index) =>
    familyOf(address) === "ipv4"
      ? []
      : [breach([...path, "gratuitousArp", "verify", index], `${address} cannot be asked by ARP`, "an IPv4 address")],
  );
}

function extraAnnouncements({ path, value }: Instance): Finding[] {
  const { extraAllInterfaces, extraInterval } = value.gratuitousArp;
  if (!extraAllInterfaces || extraInterval > 0) return [];
  return [doubt([...path, "gratuitousArp", "extraAllInterfaces"], "has no effect without extra_interval")];
}

/** A takeover may come so late that nobody means it. */
function lasting({ path, value }: Instance): Finding[] {
  const silence = milliseconds(value.downTimerAdverts * value.advertisementInterval);
  if (value.downTimerAdverts <= 3 || silence <= 60_000) return [];
  return [
    doubt([...path, "downTimerAdverts"], `a dead master is followed after ${formatDuration(silence)} only`, "fewer"),
  ];
}

/** What keepalived's strict mode refuses and nothing else does. */
function strictness({ path, value }: Instance): Finding[] {
  if (!value.strictMode) return [];
  return strictRules.flatMap(({ field, isBroken, message, expected }) =>
    isBroken(value) ? [breach([...path, ...field], `strict mode: ${message}`, expected)] : [],
  );
}

interface StrictRule {
  readonly field: Path;
  readonly isBroken: (instance: VrrpInstanceSettings) => boolean;
  readonly message: string;
  readonly expected: string;
}

/** RFC 9568, section 6.1 and 6.4.1, RFC 3768, section 5.3.6 and keepalived's own list. */
const strictRules: readonly StrictRule[] = [
  {
    field: ["noVirtualAddresses"],
    isBroken: ({ noVirtualAddresses }) => noVirtualAddresses,
    message: "an instance has virtual addresses",
    expected: "at least one virtual address",
  },
  {
    field: ["accept"],
    isBroken: (instance) => instance.accept === true && versionOfInstance(instance) === 2,
    message: "version 2 has no accept mode",
    expected: "nothing here, or version 3",
  },
  {
    field: ["initialState"],
    isBroken: ({ initialState, priority }) => initialState === "master" && priority !== 255,
    message: "only the address owner starts as master",
    expected: "initial_state backup, or priority 255",
  },
  {
    field: ["initialState"],
    isBroken: ({ initialState, priority }) => initialState !== "master" && priority === 255,
    message: "the address owner starts as master",
    expected: "initial_state master, or a priority below 255",
  },
  {
    field: ["authentication"],
    isBroken: ({ authentication }) => authentication.type !== "none",
    message: "there is no authentication",
    expected: "type none",
  },
  {
    field: ["accept"],
    isBroken: ({ accept, priority }) => accept === true && priority !== 255,
    message: "only the address owner takes packets to the addresses",
    expected: "false, or priority 255",
  },
  {
    field: ["preemptDelay"],
    isBroken: ({ preemptDelay: delay }) => delay > 0,
    message: "there is no preempt delay",
    expected: "0",
  },
  {
    field: ["gratuitousArp", "lowerPriorityRepeat"],
    isBroken: ({ gratuitousArp }) => (gratuitousArp.lowerPriorityRepeat ?? 0) > 0,
    message: "a lesser master is not answered with announcements",
    expected: "0",
  },
  {
    field: ["lowerPrioNoAdvert"],
    isBroken: ({ lowerPrioNoAdvert }) => lowerPrioNoAdvert === false,
    message: "a lesser master is not answered",
    expected: "true",
  },
  {
    field: ["higherPrioSendAdvert"],
    isBroken: ({ higherPrioSendAdvert }) => higherPrioSendAdvert,
    message: "a better master is not answered",
    expected: "false",
  },
  {
    field: ["ownerIgnoreAdverts"],
    isBroken: ({ ownerIgnoreAdverts }) => ownerIgnoreAdverts === false,
    message: "the address owner takes no notice of advertisements",
    expected: "true",
  },
];
