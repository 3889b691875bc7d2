// What the driver is put together from, and how the parts know each other: each is handed what it needs, and what they tell comes to the driver
// by its entries or goes straight to the part that it concerns.

import type { CreateTimer, MachineClock } from "../base/clock.ts";
import { type Instant, type Milliseconds, milliseconds } from "../base/duration.ts";
import type { Log } from "../base/log.ts";
import type { VirtualAddressModel } from "../config/model-routing.ts";
import type { AddressChanged, ReportEvent } from "../events/event.ts";
import type { FrameSocketPort } from "../kernel/frame-socket.ts";
import type { LinkAddress, LinksPort } from "../kernel/links.ts";
import type { NeighbourWatchPort } from "../kernel/neighbour-watch.ts";
import type { ReceivedDatagram, VrrpSocketPort } from "../kernel/vrrp-socket.ts";
import { AddressCheck } from "./addresses/address-check.ts";
import { AddressKeeper } from "./addresses/address-keeper.ts";
import { OwnAddresses } from "./addresses/own-addresses.ts";
import { AddressGuard } from "./announcements/address-guard.ts";
import { Announcer } from "./announcements/announcer.ts";
import { Belongings, type BelongingsPorts } from "./belongings/belongings.ts";
import type { LossesTold } from "./core/address-losses.ts";
import { PeerWatch } from "./explaining/peer-watch.ts";
import { Configuring } from "./instances/configuring.ts";
import { Hearing } from "./instances/hearing.ts";
import type { RunningInstance } from "./instances/running-instance.ts";
import { Stepper } from "./instances/stepper.ts";
import { SyncGroups } from "./instances/sync-groups.ts";
import type { ResumeMemory } from "./resuming/resume-memory.ts";
import { ResumeNotes } from "./resuming/resume-notes.ts";
import { AdvertisementSockets, type SocketListener } from "./sockets/advertisement-sockets.ts";
import { Authentication, type KeyPorts, noKeys } from "./sockets/authentication.ts";
import type { Way } from "./sockets/way.ts";
import { Environments } from "./surroundings/environments.ts";
import { LinkChanges } from "./surroundings/link-changes.ts";
import { ObservedNetwork } from "./surroundings/observed-network.ts";
import { Surroundings } from "./surroundings/surroundings.ts";
import { Deadlines } from "./timing/deadlines.ts";
import { LinkStates } from "./tracking/link-states.ts";
import { type ReadSession, Tracking } from "./tracking/tracking.ts";
import type { CreateWatcher } from "./tracking/watcher.ts";
import { Troubles } from "./troubles.ts";

/** What the driver works with. It closes `links` when it ends. */
export interface VrrpDriverOptions {
  readonly clock: MachineClock;
  readonly createTimer: CreateTimer;
  readonly links: LinksPort;
  readonly vrrpSockets: VrrpSocketPort;
  readonly frames: FrameSocketPort;
  readonly neighbourWatches: NeighbourWatchPort;
  readonly report: ReportEvent;
  readonly log: Log;
  readonly memory: ResumeMemory;
  /** What instances have besides addresses is kept with these; without them they have nothing else. */
  readonly belongings?: BelongingsPorts;
  /** Follows scripts, processes and files; they count as up where there is none. */
  readonly createWatcher?: CreateWatcher | undefined;
  /** What is known of BFD sessions; they count as down where it is absent. */
  readonly readSession?: ReadSession;
  /** What instances need that sign what they send. */
  readonly keys?: KeyPorts;
  /** Whether it rehearses takeovers while it is backup; it does unless told otherwise. */
  readonly rehearses?: boolean;
}

/** What comes from outside, and is a turn of the driver. */
export interface Entries {
  readonly onDatagram: (instance: RunningInstance, datagram: ReceivedDatagram, way: Way) => void;
  readonly onDeadline: (now: Instant, heldUp: Milliseconds) => void;
  readonly onAddressClaimed: (instance: RunningInstance, address: VirtualAddressModel, hardwareAddress: string) => void;
  /** The turn of a tracker's finding. */
  readonly beginTurn: () => void;
  readonly endTurn: () => void;
  /** In the middle of long work: masters whose deadline has come have their turn. */
  readonly advertiseDue: () => void;
}

/** The parts; README.md has their stories. */
export interface DriverParts {
  readonly network: ObservedNetwork;
  readonly surroundings: Surroundings;
  readonly linkStates: LinkStates;
  readonly groups: SyncGroups;
  readonly tracking: Tracking;
  readonly troubles: Troubles;
  readonly notes: ResumeNotes;
  readonly authentication: Authentication;
  readonly peers: PeerWatch;
  readonly sockets: AdvertisementSockets;
  readonly keeper: AddressKeeper;
  readonly announcer: Announcer;
  readonly guard: AddressGuard;
  readonly stepper: Stepper;
  readonly hearing: Hearing;
  readonly environments: Environments;
  readonly addressCheck: AddressCheck;
  readonly linkChanges: LinkChanges;
  readonly configuring: Configuring;
  readonly belongings: Belongings | undefined;
  readonly deadlines: Deadlines;
}

/** Puts a driver together. */
export function partsOf(
  options: VrrpDriverOptions,
  instances: Map<string, RunningInstance>,
  entries: Entries,
): DriverParts {
  const { clock, links, vrrpSockets, frames, neighbourWatches, report, log, memory } = options;
  const now = () => clock.now();
  const troubles = new Troubles(log);
  const deadlines = new Deadlines();
  const notes = new ResumeNotes(memory, now);
  const groups = new SyncGroups(report, () => clock.wall());
  const peers = new PeerWatch(report);
  const onRefused: Troubles["refused"] = (...what) => troubles.refused(...what);
  const onTrouble: Troubles["onSocket"] = (...what) => troubles.onSocket(...what);

  const network = new ObservedNetwork(links);
  const linkStates = new LinkStates(clock);
  const own = new OwnAddresses(network, {
    isVirtual: ({ address }) => surroundings.instancesOf(address).size > 0,
    isOurs: (address) => isPut(address),
  });
  const surroundings = new Surroundings(network, own, (link) => linkStates.settled(link));
  const keeper = new AddressKeeper(links, network, own, now, {
    onChange: (instance, address, change, losses) => {
      notes.noteChange();
      report(addressEvent(instance, address, change, losses));
    },
    onLatePut: (instance, addresses) => stepper.announce(instance, addresses),
    onRefused,
  });
  /** Whether this process or the one before has put the address. */
  const isPut = ({ linkIndex, address, prefixLength }: LinkAddress) => {
    const form = { address, prefixLength, interface: network.link(linkIndex)?.name ?? "" };
    return keeper.hasPut(linkIndex, form) || notes.hasLeft(form);
  };
  const belongings =
    options.belongings &&
    new Belongings(options.belongings, {
      ...{ links, network, now, report, onRefused },
      onKernelChange: () => entries.onDeadline(now(), milliseconds(0)),
    });

  const authentication = new Authentication(options.keys ?? noKeys, clock);
  const listener: SocketListener = {
    ...{ onDatagram: entries.onDatagram, onTrouble },
    onSent: (instance, priority) => stepper.onSent(instance, priority),
    onSendFailed: (instance, code) => troubles.notSent(instance, "advertisement-not-sent", code),
  };
  const sockets = new AdvertisementSockets(vrrpSockets, listener, (instance, datagram) =>
    authentication.seal(instance, datagram),
  );
  const announcer = new Announcer(frames, now, {
    onSent: (instance, count) => {
      instance.counters.announcementsSent += count;
    },
    onRefused: (instance, cause) => troubles.notSent(instance, "announcement-not-sent", cause),
  });
  const guard = new AddressGuard(
    { neighbourWatches, now, network, instances },
    {
      onClaimed: entries.onAddressClaimed,
      onChecked: ({ owner, address, neighbour }, learned) =>
        report({ kind: "neighbour-checked", instance: owner.config.name, address, neighbour, learned }),
      send: (link, frames) => announcer.send(link, frames),
      onTrouble,
    },
  );

  const common = { clock, report, network, surroundings, troubles, groups, authentication, announcer, sockets };
  const effects = { keeper, notes, deadlines, guard };
  const stepper = new Stepper({ ...common, ...effects, follow: (instance) => belongings?.follow(instance) });
  const environments = new Environments({ ...common, stepper, mendLinks: () => belongings?.mendLinks() });
  const steps = { stepper, environments };
  const hearing = new Hearing({ ...common, peers, stepper });
  const { beginTurn, endTurn, advertiseDue } = entries;
  const { createWatcher, readSession } = options;
  const watching = { createWatcher, readSession, linkStates, beginTurn, endTurn };
  const tracking = new Tracking(instances, { ...common, ...steps, ...watching });
  const addressCheck = new AddressCheck({ ...common, ...steps, keeper });
  const linkChanges = new LinkChanges(instances, { ...common, ...steps, addressCheck });
  const configuring = new Configuring(instances, { ...common, ...effects, ...steps, tracking, advertiseDue });
  return {
    ...{ network, surroundings, linkStates, troubles, notes, peers, groups, deadlines, authentication, sockets },
    ...{ keeper, announcer, guard, belongings, stepper, hearing, environments, tracking },
    ...{ addressCheck, linkChanges, configuring },
  };
}

function addressEvent(
  instance: string,
  { address, prefixLength, interface: link }: VirtualAddressModel,
  change: AddressChanged["change"],
  losses: LossesTold | undefined,
): AddressChanged {
  const event = { kind: "address-changed", instance, interface: link, address, prefixLength, change } as const;
  return losses === undefined || losses.times === 1 ? event : { ...event, times: losses.times, during: losses.during };
}
