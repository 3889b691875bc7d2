// What instances have in the kernel besides addresses. It is a desired state, made of the configuration and of who is master, and held
// against what is observed: put back when somebody removes it, and gone when it is not desired any more, also when the process that has put
// it is dead. Addresses come before what stands on them, and go after it.

import { type Instant, milliseconds } from "../../base/duration.ts";
import type { VrrpInstanceModel, VrrpModel } from "../../config/model.ts";
import type { StaticModel, TrackGroupModel } from "../../config/model-routing.ts";
import type { BelongingChanged } from "../../events/event.ts";
import type { FirewallPort } from "../../kernel/firewall.ts";
import type { LinkChange, LinksPort } from "../../kernel/links.ts";
import { formatRoute, isSameRoute, type Route, type RoutesPort } from "../../kernel/routes.ts";
import { formatRule, isSameRule, type Rule, type RulesPort } from "../../kernel/rules.ts";
import type { SyncDaemonsPort } from "../../kernel/sync-daemons.ts";
import type { SysctlsPort } from "../../kernel/sysctls.ts";
import type { TrackerReading } from "../core/tracking/tracking.ts";
import type { RunningInstance } from "../instances/running-instance.ts";
import type { ObservedNetwork } from "../surroundings/observed-network.ts";
import type { BelongingView } from "../view.ts";
import { FirewallKeeper } from "./firewall-keeper.ts";
import { ObjectKeeper, type ObjectListener, type Wanted } from "./object-keeper.ts";
import { StaticAddresses } from "./static-addresses.ts";
import { SyncDaemonKeeper } from "./sync-daemon-keeper.ts";
import { type LedgerMemory, SysctlLedger } from "./sysctl-ledger.ts";
import { type Presence, readingOf } from "./track-groups.ts";
import { linksOf, VirtualLinks } from "./virtual-links.ts";
import { wantedRoute, wantedRule } from "./wanted-routing.ts";
import { wishedSysctls, withoutReports } from "./wished-sysctls.ts";

/** The kernel behind it. */
export interface BelongingsPorts {
  readonly sysctls: SysctlsPort;
  readonly ledger: LedgerMemory;
  readonly routes: RoutesPort;
  readonly rules: RulesPort;
  readonly firewall: FirewallPort;
  readonly syncDaemons: SyncDaemonsPort;
  /** Where it is noted which sync daemons run by our doing. */
  readonly syncDaemonNotes: LedgerMemory;
}

/** What it tells its driver, and is given by it. */
export interface BelongingsParts {
  readonly links: LinksPort;
  readonly network: ObservedNetwork;
  readonly now: () => Instant;
  /** The driver's turn, for what comes from the kernel: whatever is due is done, and the timer armed. */
  readonly onKernelChange: () => void;
  readonly report: (event: BelongingChanged) => void;
  readonly onRefused: (operation: string, object: string, thrown: unknown) => void;
}

/** The belongings of all instances of one driver. */
export class Belongings {
  readonly #ports: BelongingsPorts;
  readonly #parts: BelongingsParts;
  readonly #sysctls: SysctlLedger;
  readonly #virtualLinks: VirtualLinks;
  readonly #addresses: StaticAddresses;
  readonly #routes: ObjectKeeper<Route>;
  readonly #rules: ObjectKeeper<Rule>;
  readonly #firewall: FirewallKeeper;
  readonly #daemons: SyncDaemonKeeper;
  #watches: { close(): void }[] = [];
  /** The names of the interfaces that objects of ours stand on. */
  #interfaces: ReadonlySet<string> = new Set();
  #trackGroups: readonly TrackGroupModel[] = [];
  /** Something has become of static objects since their groups were last read. */
  #hasStaticNews = true;
  #isConfiguring = false;
  #hasLooked = false;

  constructor(ports: BelongingsPorts, parts: BelongingsParts) {
    const { links, network, now, onRefused } = parts;
    this.#ports = ports;
    this.#parts = parts;
    this.#sysctls = new SysctlLedger(ports.sysctls, ports.ledger, onRefused);
    this.#virtualLinks = new VirtualLinks(links, network, now, this.#listener("link"));
    this.#addresses = new StaticAddresses(links, network, now, this.#listener("address"));
    const nameOf = (index: number) => network.link(index)?.name ?? `link ${index}`;
    const format = (route: Route) => formatRoute(route, nameOf);
    this.#routes = new ObjectKeeper(ports.routes, isSameRoute, format, now, this.#listener("route"));
    const { firewall, syncDaemons, syncDaemonNotes } = ports;
    this.#firewall = new FirewallKeeper(firewall, now, this.#listener("firewall"));
    this.#daemons = new SyncDaemonKeeper(syncDaemons, syncDaemonNotes, now, this.#listener("sync-daemon"));
    this.#rules = new ObjectKeeper(ports.rules, isSameRule, formatRule, now, this.#listener("rule"));
  }

  /** Makes ready what instances stand on, before any of them takes a step under a new configuration. */
  prepare({ instances, addressLease, general, static: fixed = nothing, syncDaemon }: Wished): void {
    this.#isConfiguring = true;
    const names = new Set(instances.map(({ name }) => name));
    for (const keeper of [this.#routes, this.#rules, this.#firewall]) keeper.keepOwners(names);
    this.#firewall.silence(instances);
    this.#virtualLinks.wish(instances.flatMap(linksOf));
    const common = general?.localIgmp === false && instances.length > 0 ? [withoutReports] : [];
    this.#sysctls.wish(new Map([...this.#wishedSysctls(instances), ...common]));
    this.#daemons.wish(syncDaemon);
    this.#addresses.wish(fixed.addresses, addressLease);
    this.#routes.want(
      everybody,
      fixed.routes.map((route) => wantedRoute(route, this.#findLink)),
    );
    this.#rules.want(everybody, fixed.rules.map(wantedRule));
    this.#trackGroups = fixed.trackGroups ?? [];
    this.#hasStaticNews = true;
    this.#interfaces = new Set(interfacesOf(fixed, instances));
    const isNeeded = [fixed, ...instances].some(({ routes = [], rules = [] }) => routes.length + rules.length > 0);
    if (isNeeded && this.#watches.length === 0) this.#watch();
  }

  /** All instances are as configured: what none of them wants goes. The first time that is also what a process before has left. */
  finish(): void {
    this.#isConfiguring = false;
    this.#routes.sweep();
    this.#rules.sweep();
    this.#virtualLinks.sweep();
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const keeper of [this.#routes, this.#rules, this.#firewall]) keeper.check();
  }

  /** Gives the instance what its state asks for: called when its addresses are there, and before they go. */
  follow(instance: RunningInstance): void {
    const { config, state } = instance;
    this.#daemons.follow(instance);
    this.#firewall.follow(instance);
    const { name, routes = [], rules = [] } = config;
    const isMaster = state.kind === "master";
    this.#routes.want(name, isMaster ? routes.map((route) => wantedRoute(route, this.#findLink)) : []);
    this.#rules.want(name, isMaster ? rules.map(wantedRule) : []);
    if (this.#isConfiguring) return;
    this.#rules.sweep(name);
    this.#routes.sweep(name);
  }

  /** Takes in what the kernel tells of links and addresses, before the network has noted it. Hosts have many that do not concern us. */
  note(change: LinkChange): void {
    this.#virtualLinks.note(change);
    if (change.kind === "address-removed" && this.#addresses.has(change)) this.#addresses.suspect();
    const link = change.kind === "link" ? change.link : this.#parts.network.linkBefore(change);
    if (link === undefined || !this.#interfaces.has(link.name)) return;
    for (const keeper of [this.#addresses, this.#routes, this.#rules]) keeper.suspect();
  }

  nextDeadline(): Instant | undefined {
    const deadlines = this.#timed().map((keeper) => keeper.nextDeadline());
    return deadlines.reduce((first, at) => (first === undefined || (at !== undefined && at < first) ? at : first));
  }

  /** Renews, repairs and tries again what is due. */
  checkIfDue(now: Instant): void {
    for (const keeper of this.#timed()) keeper.checkIfDue(now);
  }

  /** Makes links of instances anew that are missing, as just observed. */
  mendLinks(): void {
    this.#virtualLinks.check();
  }

  /** Interfaces or addresses have come or gone, and routes with them, of which the kernel says nothing. */
  check(): void {
    this.#virtualLinks.check();
    this.#sysctls.check();
    for (const keeper of [this.#addresses, this.#routes, this.#rules]) keeper.check();
  }

  /** What an instance has. */
  viewOf({ config }: RunningInstance): readonly BelongingView[] {
    const settings = this.#wishedSysctls([config]);
    const changes = this.#sysctls.changes().filter(({ path }) => settings.has(path));
    return [
      ...this.#routes.view(config.name).map((view) => ({ kind: "route" as const, ...view })),
      ...this.#rules.view(config.name).map((view) => ({ kind: "rule" as const, ...view })),
      ...this.#virtualLinks.view(config.name).map((view) => ({ kind: "link" as const, ...view })),
      ...this.#firewall.view(config.name).map((view) => ({ kind: "firewall" as const, ...view })),
      ...this.#daemons.view(config.name).map((view) => ({ kind: "sync-daemon" as const, ...view })),
      ...changes.map(({ path, before, value }) => ({
        ...{ kind: "setting" as const, object: `${path} = ${value}, was ${before}`, present: true },
      })),
    ];
  }

  /** What there shall be whoever is master. */
  staticView(): readonly BelongingView[] {
    return [
      ...this.#addresses.view().map((view) => ({ kind: "address" as const, ...view })),
      ...this.#routes.view(everybody).map((view) => ({ kind: "route" as const, ...view })),
      ...this.#rules.view(everybody).map((view) => ({ kind: "rule" as const, ...view })),
    ];
  }

  /** What became of the objects of track groups, if anything did since the last call. */
  takeTrackGroups(): ReadonlyMap<string, TrackerReading> {
    if (!this.#hasStaticNews) return new Map();
    this.#hasStaticNews = false;
    return new Map(this.#trackGroups.map((group) => [group.name, readingOf(group, this.#presence)]));
  }

  /** Puts back everything that instances stood on, after all of them have ended. */
  end(): void {
    this.prepare({ instances: [], addressLease: milliseconds(0) });
    this.finish();
    for (const keeper of [this.#daemons, this.#firewall]) keeper.check();
    this.#sysctls.restoreAll();
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
    for (const port of [this.#ports.routes, this.#ports.rules, this.#ports.syncDaemons, this.#ports.firewall])
      port.close();
  }

  readonly #presence: Presence = {
    address: (address) => this.#addresses.isThere(address),
    missingRoute: (route) => missing(wantedRoute(route, this.#findLink), this.#routes),
    missingRule: (rule) => missing(wantedRule(rule), this.#rules),
  };

  readonly #findLink = (name: string): number | undefined => this.#parts.network.linkNamed(name)?.index;

  #wishedSysctls(instances: readonly VrrpInstanceModel[]): ReadonlyMap<string, string> {
    const names = [...this.#parts.network.links()].map(({ name }) => name);
    return wishedSysctls(instances, names, (path) => this.#sysctls.before(path));
  }

  /** Those that have something to do at a time. */
  #timed() {
    return [this.#virtualLinks, this.#addresses, this.#routes, this.#rules, this.#firewall, this.#daemons];
  }

  #watch(): void {
    const { routes, rules } = this.#ports;
    const onLoss = (keeper: { suspect(): void }) => () => {
      keeper.suspect();
      this.#parts.onKernelChange();
    };
    this.#watches = [routes.watch(onLoss(this.#routes)), rules.watch(onLoss(this.#rules))];
  }

  #listener(kind: BelongingChanged["belonging"]): ObjectListener {
    return {
      onChange: (owner, object, change) => {
        if (owner === everybody) this.#hasStaticNews = true;
        const instance = owner === undefined || owner === everybody ? {} : { instance: owner };
        this.#parts.report({ kind: "belonging-changed", belonging: kind, ...instance, object, change });
      },
      onRefused: (operation, object, thrown) => this.#parts.onRefused(`${operation} ${kind}`, object, thrown),
    };
  }
}

function missing({ key, text }: Wanted<unknown>, keeper: { isThere(key: string): boolean }): string | undefined {
  return keeper.isThere(key) ? undefined : text;
}

/** The owner of what is there whoever is master. No instance has this name: names have no blanks around them. */
const everybody = " static";

function interfacesOf(fixed: StaticModel, instances: readonly VrrpInstanceModel[]): readonly string[] {
  const routes = [fixed, ...instances].flatMap((one) => one.routes ?? []);
  const hops = routes.flatMap(({ nextHops }) => nextHops);
  return [...fixed.addresses, ...hops].flatMap(({ interface: name }) => name ?? []);
}

/** A model; tests leave out what holds for all instances. */
type Wished = Omit<VrrpModel, "general"> & Partial<Pick<VrrpModel, "general">>;

const nothing = { addresses: [], routes: [], rules: [] };
