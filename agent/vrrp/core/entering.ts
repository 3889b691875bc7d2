// How each state is entered, with the effects in the order that effect.ts promises. `source` is the address that we send from.

import { formatInterfaceAddress, type IpAddress } from "../../base/address.ts";
import { after, formatDuration, type Instant, type Milliseconds, milliseconds, seconds } from "../../base/duration.ts";
import type { VrrpInstanceModel } from "../../config/model.ts";
import type { VirtualAddressModel } from "../../config/model-routing.ts";
import type { VrrpState, VrrpStateChanged } from "../../events/event.ts";
import type { Effect, Report } from "./effect.ts";
import type { AdvertisementHeard, Shutdown } from "./instance-event.ts";
import type { Unready } from "./instance-state.ts";
import { type Backup, type InstanceState, initialize, type Master, type Peer } from "./instance-state.ts";
import { masterDownInterval, skewTime } from "./timers.ts";
import type { Context, Transition } from "./transition.ts";

/** Becomes master: advertise, put the addresses, announce them (RFC 9568, section 6.4.2). */
export function enterMaster(from: VrrpState, source: IpAddress, reason: string, context: Context): Transition {
  const { config } = context;
  const effects: Effect[] = [
    { kind: "send-advertisement", priority: config.priority },
    { kind: "put-addresses", addresses: config.virtualAddresses },
    { kind: "announce", addresses: config.virtualAddresses, repeat: config.gratuitousArp.repeat },
    ...verification(config, config.virtualAddresses),
    changed(config, from, "master", reason),
  ];
  return { state: freshMaster(source, context), effects };
}

/** Asks the neighbours that are to be verified whether they have learnt where these addresses are. */
export function verification(
  { gratuitousArp }: VrrpInstanceModel,
  addresses: readonly VirtualAddressModel[],
): readonly Effect[] {
  const { verify: neighbours } = gratuitousArp;
  return neighbours.length === 0 ? [] : [{ kind: "verify-neighbours", addresses, neighbours }];
}

/** The state of a master that has just sent an advertisement and announced its addresses. */
export function freshMaster(source: IpAddress, { config, now }: Context): Master {
  return {
    kind: "master",
    source,
    advertiseAt: after(now, config.advertisementInterval),
    lastAdvertisementAt: now,
    announceAt: secondAnnouncement(config, now),
    refreshAt: nextRefresh(config, now),
    extraAt: nextExtra(config, now),
    probeAt: firstProbe(config, now),
    rival: undefined,
    since: now,
    claims: new Map(),
  };
}

/** When and how often the addresses are announced again after a first time at `now` (keepalived's garp_master_delay). */
export function secondAnnouncement({ gratuitousArp }: VrrpInstanceModel, now: Instant): Master["announceAt"] {
  const { repeat, delay } = gratuitousArp;
  return repeat > 0 && delay > 0 ? { at: after(now, delay), repeat } : undefined;
}

/** When the addresses are announced for the sake of refreshing (keepalived's garp_master_refresh). */
export function nextRefresh({ gratuitousArp }: VrrpInstanceModel, now: Instant): Instant | undefined {
  return gratuitousArp.refresh > 0 && gratuitousArp.refreshRepeat > 0 ? after(now, gratuitousArp.refresh) : undefined;
}

/** When addresses on other interfaces are announced for the sake of switches (keepalived's garp_extra_if). */
export function nextExtra(config: VrrpInstanceModel, now: Instant): Instant | undefined {
  const { extraInterval } = config.gratuitousArp;
  return extraInterval > 0 && extraAddresses(config).length > 0 ? after(now, extraInterval) : undefined;
}

/**
 * The addresses on interfaces whose hardware address no advertisement shows to the switches: by itself those with a virtual MAC, which are silent otherwise, and on
 * request all.
 */
export function extraAddresses(config: VrrpInstanceModel): readonly VirtualAddressModel[] {
  const { virtualAddresses, virtualLink, addressLinks = [], gratuitousArp } = config;
  const shown = virtualLink?.advertisesOnParent === false ? virtualLink.interface : config.interface;
  const links = virtualLink === undefined ? addressLinks : [virtualLink, ...addressLinks];
  const silent = new Set(links.flatMap(({ kind, interface: name }) => (kind === "macvlan" ? [name] : [])));
  return virtualAddresses.filter(
    ({ interface: name }) => name !== shown && (gratuitousArp.extraAllInterfaces || silent.has(name)),
  );
}

/** When a new master asks whether somebody else has its addresses: whoever had them has had time to hear of it and to let them go. */
export function firstProbe(
  { gratuitousArp, advertisementInterval }: VrrpInstanceModel,
  now: Instant,
): Instant | undefined {
  if (!gratuitousArp.probe) return undefined;
  return after(now, milliseconds(Math.max(1.5 * advertisementInterval, seconds(1))));
}

/** Starts to listen as a backup that has heard nobody, for as long as `wait`; addresses found on the interfaces go. */
export function enterBackupUnheard(
  from: VrrpState,
  source: IpAddress,
  wait: Milliseconds,
  reason: string,
  { config, now }: Context,
): Transition {
  const state: Backup = {
    kind: "backup",
    source,
    masterDownAt: after(now, wait),
    masterInterval: config.advertisementInterval,
    master: undefined,
    preemptAt: undefined,
  };
  const effects: Effect[] = [
    { kind: "remove-addresses", addresses: config.virtualAddresses },
    changed(config, from, "backup", reason),
  ];
  return { state, effects };
}

/** How long after a takeover that the kernel refused to announce it is tried again. */
export function refusalPause(config: VrrpInstanceModel): Milliseconds {
  const interval = masterDownInterval({ ...config, masterInterval: config.advertisementInterval });
  return milliseconds(Math.max(interval, seconds(1)));
}

/** An address owner whose first advertisement was refused listens like any backup until it is tried again. */
export function enterBackupRefused(from: VrrpState, source: IpAddress, context: Context): Transition {
  const reason =
    "its advertisement cannot be sent, so it is not master: the agent's log has the cause, and it tries again";
  return enterBackupUnheard(from, source, refusalPause(context.config), reason, context);
}

/** Yields to the router that was heard (RFC 9568, section 6.4.3). */
export function yieldTo(heard: AdvertisementHeard, source: IpAddress, reason: string, context: Context): Transition {
  const state: Backup = { kind: "backup", source, ...followed(heard, context), preemptAt: undefined };
  const effects: Effect[] = [
    { kind: "remove-addresses", addresses: context.config.virtualAddresses },
    changed(context.config, "master", "backup", reason, heard.source),
  ];
  return { state, effects };
}

/** What a backup remembers of the master that it follows: version 3 adopts its interval, version 2 has one for all. */
export function followed(
  heard: AdvertisementHeard,
  { config, now }: Context,
): Pick<Backup, "masterDownAt" | "masterInterval" | "master"> {
  const masterInterval = config.version === 3 ? heard.interval : config.advertisementInterval;
  return {
    masterDownAt: after(arrivalOf(heard, now), masterDownInterval({ ...config, masterInterval })),
    masterInterval,
    master: peerOf(heard, now),
  };
}

/** The sender of an advertisement. */
export function peerOf(heard: AdvertisementHeard, now: Instant): Peer {
  return { address: heard.source, priority: heard.priority, heardAt: arrivalOf(heard, now) };
}

/** From when timers count that an advertisement starts: its arrival, so that a slow way through this process delays nobody's takeover. */
export function arrivalOf({ heardAt }: AdvertisementHeard, now: Instant): Instant {
  return heardAt !== undefined && heardAt < now ? heardAt : now;
}

/** Stops to take part until what is missing is there. A master says that it leaves first. */
export function enterFault(from: InstanceState, found: Unready, { config }: Context): Transition {
  const leaving: Effect[] = from.kind === "master" ? [{ kind: "send-advertisement", priority: 0 }] : [];
  const effects: Effect[] = [
    ...leaving,
    { kind: "remove-addresses", addresses: config.virtualAddresses },
    changed(config, from.kind, "fault", describeMissing(config, found)),
  ];
  return { state: { kind: "fault", missing: found.missing }, effects };
}

/** Ends (RFC 9568, section 6.4.2; section 6.4.3). A master says that it leaves first. */
export function leave(from: InstanceState, { reason, removed }: Shutdown, { config }: Context): Transition {
  const { event } = changed(config, from.kind, "initialize", reason);
  const report: Report = { kind: "report", event: removed === undefined ? event : { ...event, removed } };
  if (from.kind !== "master") return { state: initialize, effects: [report] };
  const effects: Effect[] = [
    { kind: "send-advertisement", priority: 0 },
    { kind: "remove-addresses", addresses: config.virtualAddresses },
    report,
  ];
  return { state: initialize, effects };
}

/** The report of a change of state. */
type StateReport = Report & { readonly event: VrrpStateChanged };

/** Reports a change of state. */
export function changed(
  config: VrrpInstanceModel,
  from: VrrpState,
  to: VrrpState,
  reason: string,
  peer?: IpAddress,
): StateReport {
  const event = {
    kind: "vrrp-state-changed",
    instance: config.name,
    from,
    to,
    reason,
    priority: config.priority,
  } as const;
  return { kind: "report", event: peer === undefined ? event : { ...event, peer } };
}

/** What is missing, and what to do about it, as a sentence. */
export function describeMissing(config: VrrpInstanceModel, found: Unready): string {
  const name = `interface "${config.interface}"`;
  switch (found.missing) {
    case "interface":
      if (config.virtualLink !== undefined)
        return `${name}, or "${config.virtualLink.interface}" on it, does not exist: create the first; the agent makes the other, and its log says why it cannot`;
      return `${name} does not exist: create it or configure another one`;
    case "link":
      return `${name} is down or has no carrier: bring it up (ip link set ${config.interface} up) or check its cable`;
    case "ownership":
      return describeOwn(found.address);
    case "source address":
      return describeMissingSource(config, name);
    case "tracker":
    case "sync group":
      return found.reason;
    case "key":
      return "a file with its password or key cannot be read: the agent's log has the cause, and it tries again";
    case "unicast peers":
      return "there are no unicast peers: configure some, or fault_without_peers: false to multicast";
    case "socket":
      return `no VRRP socket can be opened on ${name}: the agent needs CAP_NET_RAW; its log has the cause, and it tries again`;
  }
}

function describeOwn(own: VirtualAddressModel): string {
  const text = formatInterfaceAddress(own);
  return (
    `virtual address ${text} is the director's own on interface "${own.interface}", which has no other: set priority 255 if this director owns it, ` +
    `or take it out of virtual_addresses; if another program has left it there, remove it (ip address del ${text} dev ${own.interface})`
  );
}

function describeMissingSource({ sourceAddress, family }: VrrpInstanceModel, name: string): string {
  if (sourceAddress !== undefined)
    return `source address ${sourceAddress} is not on ${name === `interface ""` ? "any interface that is up" : name}: add it or configure another one`;
  return family === "ipv4"
    ? `${name} has no IPv4 address to send advertisements from: add one or configure a source address`
    : `${name} has no link-local IPv6 address to send advertisements from: enable IPv6 on it`;
}

/** How long a starting instance listens: the owner of the wish to be master only an interval and the skew time, as in keepalived. */
export function listeningTime(config: VrrpInstanceModel, wish: "master" | "backup"): Milliseconds {
  const input = { ...config, masterInterval: config.advertisementInterval };
  return wish === "backup" ? masterDownInterval(input) : milliseconds(config.advertisementInterval + skewTime(input));
}

/** A length of time as people read it: at most a thousandth of a second exact. */
export function readable(duration: Milliseconds): string {
  return formatDuration(milliseconds(Math.round(duration)));
}
