// The state hub: what control knows of everything that has a state, at one sequence number. The children's views come in as they answer;
// what differs from before becomes a change with the next number. So a snapshot is always the sum of the changes up to its number,
// however many processes it was gathered from.

import type { CheckerView, IpvsView, RealServerView, SorryServerView, VirtualServerView } from "../balancer/view.ts";
import { unreachable } from "../base/errors.ts";
import type { BfdSessionView } from "../bfd/view.ts";
import type { NotificationQueueView } from "../notifications/view.ts";
import type { BelongingView, InstanceView, SyncGroupView } from "../vrrp/view.ts";
import type { Feed } from "./feed.ts";
import type { Override } from "./overrides/override.ts";
import type { ConfigView } from "./words/revision.ts";
import type { ProcessView, Resource, ResourceContent, ResourceValue, StateSnapshot } from "./words/state.ts";

/** What a hub needs. */
export interface StateHubOptions {
  readonly bootId: string;
  /** The journal's numbers: events and changes share one sequence. */
  readonly numbers: { readonly sequence: number; next(): number };
  readonly feed: Feed;
  /** Unix milliseconds. */
  readonly wall: () => number;
}

/** No configuration was ever applied. */
const noConfig: ConfigView = { revision: 0, hash: "", author: "", reason: "", source: "", at: 0 };

/** The state that is known now. */
export class StateHub {
  readonly #options: StateHubOptions;
  #config: ConfigView = noConfig;
  #processes = new Map<string, ProcessView>();
  #instances = new Map<string, InstanceView>();
  #syncGroups = new Map<string, SyncGroupView>();
  #staticObjects = new Map<string, BelongingView>();
  #bfdSessions = new Map<string, BfdSessionView>();
  #virtualServers = new Map<string, VirtualServerView>();
  #checkers = new Map<string, CheckerView>();
  #ipvs: IpvsView | undefined;
  #notificationQueues = new Map<string, NotificationQueueView>();
  #overrides = new Map<string, Override>();

  constructor(options: StateHubOptions) {
    this.#options = options;
  }

  setConfig(config: ConfigView): void {
    const before = this.#config;
    this.#config = config;
    if (!Bun.deepEquals(before, config)) this.#changed({ content: "config", value: config });
  }

  setProcesses(processes: readonly ProcessView[]): void {
    this.#processes = this.#replace("process", this.#processes, processes);
  }

  /** A vrrp process of an older build says nothing of static objects or BFD sessions. */
  setVrrp(
    instances: readonly InstanceView[],
    syncGroups: readonly SyncGroupView[] = [],
    staticObjects: readonly BelongingView[] = [],
    bfdSessions: readonly BfdSessionView[] = [],
  ): void {
    this.#bfdSessions = this.#replace("bfd-session", this.#bfdSessions, bfdSessions);
    this.#staticObjects = this.#replace("static-object", this.#staticObjects, staticObjects);
    this.#syncGroups = this.#replace("sync-group", this.#syncGroups, syncGroups);
    this.#instances = this.#replace("vrrp-instance", this.#instances, instances);
  }

  /** `ipvs` only counts: it is part of snapshots, and no change of it is told. */
  setBalancer(
    virtualServers: readonly VirtualServerView[],
    checkers: readonly CheckerView[],
    ipvs: IpvsView | undefined = undefined,
  ): void {
    this.#ipvs = ipvs;
    this.#virtualServers = this.#replace("virtual-server", this.#virtualServers, virtualServers);
    this.#checkers = this.#replace("checker", this.#checkers, checkers);
  }

  setNotificationQueues(queues: readonly NotificationQueueView[]): void {
    this.#notificationQueues = this.#replace("notification-queue", this.#notificationQueues, queues);
  }

  setOverrides(overrides: readonly Override[]): void {
    this.#overrides = this.#replace("override", this.#overrides, overrides);
  }

  /** The VRRP instances as last seen. */
  instances(): readonly InstanceView[] {
    return [...this.#instances.values()];
  }

  /** Everything, at the number reached. */
  snapshot(): StateSnapshot {
    return {
      sequence: this.#options.numbers.sequence,
      bootId: this.#options.bootId,
      at: this.#options.wall(),
      config: this.#config,
      processes: [...this.#processes.values()],
      vrrpInstances: [...this.#instances.values()],
      syncGroups: [...this.#syncGroups.values()],
      staticObjects: [...this.#staticObjects.values()],
      bfdSessions: [...this.#bfdSessions.values()],
      virtualServers: [...this.#virtualServers.values()],
      checkers: [...this.#checkers.values()],
      ...(this.#ipvs && { ipvs: this.#ipvs }),
      notificationQueues: [...this.#notificationQueues.values()],
      overrides: [...this.#overrides.values()],
    };
  }

  #replace<C extends ResourceContent>(
    content: C,
    before: ReadonlyMap<string, ResourceValue<C>>,
    values: readonly ResourceValue<C>[],
  ): Map<string, ResourceValue<C>> {
    const resources = values.map((value) => ({ content, value }) as unknown as Resource);
    const after = new Map(resources.map((resource) => [resourceName(resource), resource.value as ResourceValue<C>]));
    for (const resource of resources) {
      const known = before.get(resourceName(resource));
      const previous = known && ({ content, value: known } as unknown as Resource);
      if (previous === undefined || !sameState(previous, resource)) this.#changed(resource);
    }
    for (const name of before.keys()) if (!after.has(name)) this.#removed(content, name);
    return after;
  }

  #changed(resource: Resource): void {
    this.#options.feed.publish({ kind: "changed", sequence: this.#options.numbers.next(), resource });
  }

  #removed(content: ResourceContent, name: string): void {
    this.#options.feed.publish({ kind: "removed", sequence: this.#options.numbers.next(), content, name });
  }
}

/** All resources of a snapshot, one by one. */
export function resourcesOf(snapshot: StateSnapshot): readonly Resource[] {
  return [
    { content: "config", value: snapshot.config },
    ...snapshot.processes.map((value) => ({ content: "process", value }) as const),
    ...snapshot.vrrpInstances.map((value) => ({ content: "vrrp-instance", value }) as const),
    ...snapshot.syncGroups.map((value) => ({ content: "sync-group", value }) as const),
    ...snapshot.staticObjects.map((value) => ({ content: "static-object", value }) as const),
    ...snapshot.bfdSessions.map((value) => ({ content: "bfd-session", value }) as const),
    ...snapshot.virtualServers.map((value) => ({ content: "virtual-server", value }) as const),
    ...snapshot.checkers.map((value) => ({ content: "checker", value }) as const),
    ...snapshot.notificationQueues.map((value) => ({ content: "notification-queue", value }) as const),
    ...snapshot.overrides.map((value) => ({ content: "override", value }) as const),
  ];
}

/** What a resource is called among those of its content. */
export function resourceName(resource: Resource): string {
  switch (resource.content) {
    case "config":
      return "config";
    case "process":
      return resource.value.role;
    case "vrrp-instance":
    case "sync-group":
    case "bfd-session":
    case "virtual-server":
    case "notification-queue":
      return resource.value.name;
    case "static-object":
      return `${resource.value.kind} ${resource.value.object}`;
    case "checker":
    case "override":
      return resource.value.id;
    default:
      return unreachable(resource);
  }
}

/** Whether nothing happened between the two: what only counts (advertisements, probes, connections, lateness) or only goes on (what waits, what was heard) does not matter. */
function sameState(a: Resource, b: Resource): boolean {
  return Bun.deepEquals(withoutCounts(a), withoutCounts(b));
}

function withoutCounts(resource: Resource): unknown {
  switch (resource.content) {
    case "config":
    case "sync-group":
    case "override":
    case "static-object":
      return resource.value;
    case "process": {
      const { maxLatenessMs: _, ...rest } = resource.value;
      return rest;
    }
    case "vrrp-instance": {
      const { counters: _, explanation: __, ...rest } = resource.value;
      return rest;
    }
    case "virtual-server": {
      const { counters: _, sorryServer, realServers, ...rest } = resource.value;
      return {
        ...rest,
        sorryServer: sorryServer && withoutConnections(sorryServer),
        realServers: realServers.map(withoutConnections),
      };
    }
    case "checker": {
      const { probes: _, failures: __, consecutiveFailures: ___, lastProbe: ____, ...rest } = resource.value;
      return rest;
    }
    case "bfd-session": {
      const { sent: _, received: __, refused: ___, ...rest } = resource.value;
      return rest;
    }
    case "notification-queue": {
      const { waiting: _, delivered: __, ...rest } = resource.value;
      return rest;
    }
    default:
      return unreachable(resource);
  }
}

function withoutConnections(server: RealServerView | SorryServerView): unknown {
  const { activeConnections: _, inactiveConnections: __, ...rest } = server;
  return { ...rest, persistentConnections: undefined, counters: undefined };
}
