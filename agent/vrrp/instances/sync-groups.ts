// The sync groups of a driver: who belongs together, what a member finds besides its own surroundings, and the state of each group.

import type { SyncGroupModel } from "../../config/model.ts";
import type { ReportEvent, VrrpState } from "../../events/event.ts";
import { describeMissing } from "../core/entering.ts";
import type { InstanceEvent } from "../core/instance-event.ts";
import type { Environment } from "../core/instance-state.ts";
import { groupState, mayBecomeMaster, whatFollows, whatRefusalMeans } from "../core/sync-group.ts";
import type { SyncGroupView } from "../view.ts";
import type { RunningInstance } from "./running-instance.ts";

interface Group {
  readonly name: string;
  readonly members: readonly RunningInstance[];
  state: VrrpState;
  since: number;
}

/** All groups. */
export class SyncGroups {
  readonly #report: ReportEvent;
  readonly #wall: () => number;
  #groups = new Map<string, Group>();
  #byMember = new Map<RunningInstance, Group>();

  constructor(report: ReportEvent, wall: () => number) {
    this.#report = report;
    this.#wall = wall;
  }

  /** Takes in who belongs together. A group of the same name keeps its state. */
  index(groups: readonly SyncGroupModel[], instances: Iterable<RunningInstance>): void {
    if (groups.length === 0 && this.#groups.size === 0) return;
    const byName = new Map([...instances].map((instance) => [instance.configured.name, instance]));
    const before = this.#groups;
    this.#groups = new Map();
    this.#byMember = new Map();
    for (const { name, members } of groups) {
      const found = members.flatMap((member) => byName.get(member) ?? []);
      const { state = "initialize", since = this.#wall() } = before.get(name) ?? {};
      const group: Group = { name, members: found, state, since };
      this.#groups.set(name, group);
      for (const member of found) this.#byMember.set(member, group);
    }
  }

  /** The others of the instance's group; nobody when it is in none. */
  othersOf(instance: RunningInstance): readonly RunningInstance[] {
    return this.#byMember.get(instance)?.members.filter((member) => member !== instance) ?? nobody;
  }

  /** The environment of a member: its own, or the fault of another. */
  environmentOf(instance: RunningInstance): Environment {
    if (!instance.own.ready) return instance.own;
    for (const { own, config } of this.othersOf(instance))
      if (!own.ready) {
        const group = JSON.stringify(this.#byMember.get(instance)?.name);
        const reason = `${config.name} of sync group ${group} is in fault: ${describeMissing(config, own)}`;
        return { ready: false, missing: "sync group", reason };
      }
    return instance.own;
  }

  /** The event as it is for a member: a deadline is told when the others are not ready. */
  asMember(instance: RunningInstance, event: InstanceEvent): InstanceEvent {
    if (event.kind !== "deadline" || instance.state.kind !== "backup") return event;
    return this.waitsFor(instance) ? { ...event, groupWaits: true } : event;
  }

  /** Whether others of the instance's group are not ready to become master. */
  waitsFor(instance: RunningInstance): boolean {
    const others = this.othersOf(instance);
    return others.length > 0 && !mayBecomeMaster(others.map(({ state }) => state));
  }

  /** What others are told of this change of state, in their order. */
  *following(instance: RunningInstance, from: VrrpState): Iterable<readonly [RunningInstance, InstanceEvent]> {
    for (const other of this.othersOf(instance)) {
      const event = whatFollows({ from, to: instance.state.kind, name: instance.config.name }, other.state);
      if (event !== undefined) yield [other, event];
    }
  }

  /** What others are told when this one could not become master, in their order. */
  *afterRefusal(instance: RunningInstance): Iterable<readonly [RunningInstance, InstanceEvent]> {
    for (const other of this.othersOf(instance)) {
      const event = whatRefusalMeans(instance.config.name, other.state);
      if (event !== undefined) yield [other, event];
    }
  }

  /** Reports the group's new state, once it is settled. */
  settle(instance: RunningInstance): void {
    const group = this.#byMember.get(instance);
    if (group === undefined) return;
    const state = groupState(group.members.map((member) => member.state.kind));
    if (state === group.state) return;
    const from = group.state;
    group.state = state;
    group.since = this.#wall();
    const priority = Math.min(...group.members.map(({ config }) => config.priority));
    const reason = `${instance.config.name}: ${instance.reason}`;
    this.#report({ kind: "sync-group-state-changed", group: group.name, from, to: state, reason, priority });
  }

  /** The groups as they are now. */
  view(): SyncGroupView[] {
    return [...this.#groups.values()].map(({ name, state, since, members }) => ({
      name,
      state,
      since,
      members: members.map(({ config }) => config.name),
    }));
  }
}

const nobody: readonly RunningInstance[] = [];
