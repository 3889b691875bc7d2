// The blocks of what is there for as long as the agent runs. An address without `dev` is on eth0, keepalived's default_interface.

import type { Directive } from "../directive.ts";
import type { Draft } from "../draft.ts";
import { addressBlock } from "./virtual-ipaddress.ts";
import { routeBlock } from "./virtual-routes.ts";
import { ruleBlock } from "./virtual-rules.ts";

const addresses = addressBlock("staticAddresses");

/** `static_ipaddress { … }` */
export const staticIpaddress: Directive = (statement, document, run) => {
  addresses(statement, document, run);
  for (const address of (document.staticAddresses ?? []) as Draft[]) address.interface ??= defaultInterface;
};

/** `static_routes { … }` */
export const staticRoutes: Directive = routeBlock("staticRoutes");

/** `static_rules { … }` */
export const staticRules: Directive = ruleBlock("staticRules");

const defaultInterface = "eth0";
