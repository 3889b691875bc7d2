// The blocks of what is there for as long as the agent runs, and of who follows it. An address without `dev` is on default_interface, wherever that stands.

import type { Directive } from "../directive.ts";
import type { Draft, Import } from "../draft.ts";
import { addressBlock } from "./virtual-ipaddress.ts";
import { routeBlock } from "./virtual-routes.ts";
import { ruleBlock } from "./virtual-rules.ts";

/** `static_ipaddress { … }` */
export const staticIpaddress: Directive = addressBlock("staticAddresses");

/** `static_routes { … }` */
export const staticRoutes: Directive = routeBlock("staticRoutes");

/** `static_rules { … }` */
export const staticRules: Directive = ruleBlock("staticRules");

/** Puts the addresses that name no interface on the default one. */
export function applyDefaultInterface({ document, defaultInterface = "eth0" }: Import): void {
  for (const address of (document.staticAddresses ?? []) as Draft[]) address.interface ??= defaultInterface;
}
