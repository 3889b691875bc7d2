// What a new configuration means for the instances that run: who ends, who changes in place, who begins. What is the same is not named.

import type { VrrpInstanceModel } from "../../config/model.ts";

/** What is to be done with the instances. What mastership hangs on is the virtual router: one whose instance only gets another name goes on. */
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
  const before = new Map(running.map((config) => [routerKey(config), config]));
  const after = new Map(wished.map((config) => [routerKey(config), config]));
  return {
    ended: running.filter((config) => !after.has(routerKey(config))),
    changed: [...after.values()].flatMap((config) => changeOf(before.get(routerKey(config)), config)),
    begun: [...after.values()].filter((config) => !before.has(routerKey(config))),
  };
}

/** The virtual router as a key: the same for two configurations that are about the same one. */
export function routerKey({ interface: link, virtualRouterId, family, version }: RouterIdentity): string {
  return `${link} ${virtualRouterId} ${family} ${version}`;
}

/** What makes a virtual router what it is. */
export type RouterIdentity = Pick<VrrpInstanceModel, "interface" | "virtualRouterId" | "family" | "version">;

/** Whether nothing but the priority differs. */
export function onlyPriorityDiffers(a: VrrpInstanceModel, b: VrrpInstanceModel): boolean {
  return a.priority !== b.priority && isSame({ ...a, priority: b.priority }, b);
}

function changeOf(previous: VrrpInstanceModel | undefined, config: VrrpInstanceModel) {
  if (previous === undefined || isSame(previous, config)) return [];
  return [{ previous, config }];
}

/** Models are plain data, so that this holds whatever is added to them. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const left = Object.entries(a).filter(([, value]) => value !== undefined);
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSame(value, right.get(key)));
}
