// What a new configuration means for the instances that run: who ends, who changes in place, who begins. What is the same is not named.

import type { VrrpInstanceModel } from "../../config/model.ts";

/** What is to be done with the instances. An instance whose virtual router changes ends, and begins anew. */
export interface ConfigurationChange {
  readonly ended: readonly VrrpInstanceModel[];
  readonly changed: readonly { readonly previous: VrrpInstanceModel; readonly config: VrrpInstanceModel }[];
  readonly begun: readonly VrrpInstanceModel[];
}

/** Compares the running configurations with the wished ones. */
export function compareConfigurations(
  running: readonly VrrpInstanceModel[],
  wished: readonly VrrpInstanceModel[],
): ConfigurationChange {
  const before = new Map(running.map((config) => [config.name, config]));
  const after = new Map(wished.map((config) => [config.name, config]));
  const kept = (a: VrrpInstanceModel, b: VrrpInstanceModel | undefined) => b !== undefined && isSameRouter(a, b);
  return {
    ended: running.filter((config) => !kept(config, after.get(config.name))),
    changed: [...after.values()].flatMap((config) => changeOf(before.get(config.name), config)),
    begun: [...after.values()].filter((config) => !kept(config, before.get(config.name))),
  };
}

/** Whether both are about the same virtual router: what mastership hangs on. */
export function isSameRouter(a: RouterIdentity, b: RouterIdentity): boolean {
  return (
    a.interface === b.interface &&
    a.virtualRouterId === b.virtualRouterId &&
    a.family === b.family &&
    a.version === b.version
  );
}

/** What makes a virtual router what it is. */
export type RouterIdentity = Pick<VrrpInstanceModel, "interface" | "virtualRouterId" | "family" | "version">;

/** Whether nothing but the priority differs. */
export function onlyPriorityDiffers(a: VrrpInstanceModel, b: VrrpInstanceModel): boolean {
  return a.priority !== b.priority && isSame({ ...a, priority: b.priority }, b);
}

function changeOf(previous: VrrpInstanceModel | undefined, config: VrrpInstanceModel) {
  if (previous === undefined || !isSameRouter(previous, config) || isSame(previous, config)) return [];
  return [{ previous, config }];
}

/** Models are plain data, so that this holds whatever is added to them. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const left = Object.entries(a).filter(([, value]) => value !== undefined);
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}
