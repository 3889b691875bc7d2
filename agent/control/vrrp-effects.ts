// What a change of configuration is expected to do to VRRP instances: for people who review a plan. Pure; the elections themselves
// depend on the other routers, so that the expected state is left open where they decide.

import { formatInterfaceAddress } from "../base/address.ts";
import type { VrrpInstanceModel, VrrpModel } from "../config/model.ts";
import { routerKey } from "../vrrp/core/configuration-change.ts";
import type { InstanceView } from "../vrrp/view.ts";
import type { VrrpEffect } from "./words/outcome.ts";

/**
 * The effects on each instance that changes, in the order of the new configuration, removed ones last. What stays the same virtual router
 * changes in place, whatever its instance is called; a name that goes to another virtual router is a restart.
 */
export function vrrpEffects(
  before: VrrpModel,
  after: VrrpModel,
  views: readonly InstanceView[],
): readonly VrrpEffect[] {
  const viewOf = (instance: VrrpInstanceModel) => views.find(({ name }) => name === instance.name);
  const running = new Map(before.instances.map((instance) => [routerKey(instance), instance]));
  const wished = new Set(after.instances.map(routerKey));
  const gone = before.instances.filter((instance) => !wished.has(routerKey(instance)));
  const kept = after.instances.flatMap((instance) => {
    const previous = running.get(routerKey(instance));
    if (previous !== undefined) return changed(previous, instance, viewOf(previous));
    const namesake = gone.find(({ name }) => name === instance.name);
    return [namesake === undefined ? added(instance) : restarted(namesake, instance, viewOf(namesake))];
  });
  const ended = gone.filter(({ name }) => !kept.some((one) => one.change === "restarted" && one.instance === name));
  return [...kept, ...ended.map((instance) => removed(instance, viewOf(instance)))];
}

function added(instance: VrrpInstanceModel): VrrpEffect {
  const owner = instance.priority === 255;
  return {
    instance: instance.name,
    change: "added",
    ...(owner && { expectedState: "master" as const }),
    addedAddresses: addressesOf(instance),
    removedAddresses: [],
    explanation: owner
      ? "starts as the address owner and becomes master at once"
      : "starts as backup and becomes master when it hears no better one within the master down interval",
  };
}

function removed(instance: VrrpInstanceModel, view: InstanceView | undefined): VrrpEffect {
  return {
    instance: instance.name,
    change: "removed",
    ...(view !== undefined && { state: view.state }),
    addedAddresses: [],
    removedAddresses: addressesOf(instance),
    explanation:
      view?.state === "master"
        ? "advertises priority 0, so that a backup takes over, and removes its addresses"
        : "ends; it holds no addresses",
  };
}

function changed(before: VrrpInstanceModel, after: VrrpInstanceModel, view: InstanceView | undefined): VrrpEffect[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const { expectedState, explanation } = expectation(before, after, view);
  const renamed = before.name === after.name ? "" : `was called ${before.name}: `;
  return [
    {
      ...differences(before, after, view),
      change: "changed",
      ...(expectedState !== undefined && { expectedState }),
      explanation: `${renamed}${explanation}`,
    },
  ];
}

function restarted(before: VrrpInstanceModel, after: VrrpInstanceModel, view: InstanceView | undefined): VrrpEffect {
  return { ...differences(before, after, view), change: "restarted", explanation: restart(view) };
}

function differences(before: VrrpInstanceModel, after: VrrpInstanceModel, view: InstanceView | undefined) {
  const was = addressesOf(before);
  const is = addressesOf(after);
  return {
    instance: after.name,
    ...(view !== undefined && { state: view.state }),
    addedAddresses: is.filter((address) => !was.includes(address)),
    removedAddresses: was.filter((address) => !is.includes(address)),
  };
}

function restart(view: InstanceView | undefined): string {
  const end = view?.state === "master" ? "advertises priority 0 and removes its addresses, then " : "";
  return `${end}starts anew as backup, because it becomes part of another virtual router`;
}

function expectation(
  before: VrrpInstanceModel,
  after: VrrpInstanceModel,
  view: InstanceView | undefined,
): Pick<VrrpEffect, "expectedState" | "explanation"> {
  if (before.priority === after.priority) return { ...same(view), explanation: "changes in place and keeps its state" };
  const rises = after.priority > before.priority;
  const change = `priority ${before.priority} becomes ${after.priority}`;
  if (view?.state === "master")
    return rises
      ? { ...same(view), explanation: `${change}: it stays master` }
      : { explanation: `${change}: it stays master unless a backup with a higher priority preempts it` };
  if (view?.state !== "backup") return { ...same(view), explanation: change };
  const master = view.masterPriority;
  if (after.preempt && master !== undefined && after.priority > master)
    return { expectedState: "master", explanation: `${change}: it takes over from the master with priority ${master}` };
  return { ...same(view), explanation: `${change}: it stays backup while a master is heard` };
}

function same(view: InstanceView | undefined): Pick<VrrpEffect, "expectedState"> {
  return view === undefined ? {} : { expectedState: view.state };
}

function addressesOf(instance: VrrpInstanceModel): readonly string[] {
  return instance.virtualAddresses.map(formatInterfaceAddress);
}
