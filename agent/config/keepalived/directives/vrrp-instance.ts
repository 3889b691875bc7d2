import { familyOf, parseInterfaceAddress } from "../../../base/address.ts";
import { choiceOr, numberOr } from "../corrections.ts";
import { type Block, bareFlag, type Directive, exactArguments, flag, number, text } from "../directive.ts";
import { addElement, complain, type Draft, type Import, originOf, setField } from "../draft.ts";
import type { Statement } from "../parser.ts";
import { lowerInner } from "../walk.ts";
import { authHmac } from "./auth-hmac.ts";
import { authentication } from "./authentication.ts";
import { electionDirectives, roundInterval, tellWaitingOfMaster } from "./election.ts";
import { applyNotifyDefaults, notifyDirectives } from "./notify.ts";
import { lvsSyncDaemonInterface } from "./sync-daemon.ts";
import { trackDirectives } from "./tracking.ts";
import { unicastDirectives } from "./unicast.ts";
import { virtualIpaddress, virtualIpaddressExcluded } from "./virtual-ipaddress.ts";
import { sendFromBelow, useIpvlan, useVmac, vmacXmitBase } from "./virtual-mac.ts";
import { routeBlock } from "./virtual-routes.ts";
import { ruleBlock } from "./virtual-rules.ts";

/** `vrrp_instance NAME { … }` */
export const vrrpInstance: Directive = (statement: Statement, document: Draft, run: Import) => {
  const [name] = exactArguments(statement, run, 1, 1);
  const instance: Draft = {};
  addElement(run, document, "vrrpInstances", instance, statement);
  if (name !== undefined) setField(run, instance, "name", name.text, name);
  lowerInner(block, statement, instance, run);
  if (instance.priority === undefined && instance.initialState === "master") ownerByState(statement, instance, run);
};

/** Fills in what global_defs says for all instances, and then does what keepalived does with contradictions. */
export function applyInstanceDefaults(run: Import): void {
  for (const instance of (run.document.vrrpInstances as Draft[] | undefined) ?? []) {
    const { gratuitousArp: garpDefaults, notify: _, unicast, ...others } = run.instanceDefaults;
    const defaults = defaultsOfFamily(instance, others, run);
    for (const [key, value] of Object.entries(defaults)) instance[key] ??= value;
    if (garpDefaults !== undefined)
      instance.gratuitousArp = { ...(garpDefaults as Draft), ...(instance.gratuitousArp as Draft | undefined) };
    applyUnicastDefaults(instance, unicast as Draft | undefined);
    applyNotifyDefaults(instance, run.instanceDefaults);
    dropAuthenticationOfVersion3(instance, run);
    tellWaitingOfMaster(instance, run);
    roundInterval(instance, run);
    sendFromBelow(instance, run);
  }
}

/** They are about instances that are unicast. */
function applyUnicastDefaults({ unicast }: Draft, defaults: Draft = {}): void {
  if (unicast === undefined) return;
  for (const [key, value] of Object.entries(defaults)) (unicast as Draft)[key] ??= value;
}

/** IPv6 has a group of its own, and no version 2: keepalived makes it version 3 whatever is said. */
function defaultsOfFamily(instance: Draft, defaults: Draft, run: Import): Draft {
  const { multicastGroup4, multicastGroup6, ...same } = defaults;
  const group = isIpv6(instance) ? multicastGroup6 : multicastGroup4;
  const all = group === undefined ? same : { ...same, multicastGroup: group };
  if (!isIpv6(instance)) return all;
  if (instance.version === 2) {
    const word = originOf(run, instance, "version");
    if (word !== undefined) complain(run, "warning", word, "IPv6 has version 3 only: version 2 is left out");
    delete instance.version;
  }
  const { version: _, ...withoutVersion } = all;
  return { version: 3, ...withoutVersion };
}

/** The first virtual address tells the family. What is no address is refused by the schema, whatever is made of it here. */
function isIpv6({ virtualAddresses }: Draft): boolean {
  const [first] = (virtualAddresses as Draft[] | undefined) ?? [];
  const parsed = first === undefined ? undefined : parseInterfaceAddress(String(first.address));
  return parsed !== undefined && familyOf(parsed.address) === "ipv6";
}

/** Seen in keepalived: a master without a priority is taken for the owner of the addresses. */
function ownerByState(keyword: Statement, instance: Draft, run: Import): void {
  instance.priority = 255;
  complain(run, "warning", keyword, "state MASTER without a priority means priority 255, the address owner", {
    expected: "a priority from 1 to 254, unless the addresses are the interface's own",
  });
}

function dropAuthenticationOfVersion3(instance: Draft, run: Import): void {
  if (instance.version !== 3 || instance.authentication === undefined) return;
  const word = originOf(run, instance, "authentication");
  if (word !== undefined)
    complain(run, "warning", word, "version 3 has no authentication: it is left out", { secret: true });
  delete instance.authentication;
}

const block: Block = {
  name: "vrrp_instance",
  directives: {
    version: number("version"),
    vrrp_version: number("version"),
    state: choiceOr("initialState", { MASTER: "master", BACKUP: "backup" }, "BACKUP"),
    interface: text("interface"),
    virtual_router_id: number("virtualRouterId"),
    priority: numberOr("priority", 1, 255, 100),
    advert_int: text("advertisementInterval"),
    mcast_src_ip: text("sourceAddress"),
    mcast_dst_ip: text("multicastGroup"),
    ...unicastDirectives,
    v3_checksum_as_v2: flag("checksumWithPseudoHeader", false),
    skip_check_adv_addr: flag("checkAdvertisedAddresses", false),
    ...electionDirectives,
    ...trackDirectives,
    dont_track_primary: bareFlag("trackPrimary", false),
    authentication,
    auth_hmac: authHmac,
    virtual_ipaddress: virtualIpaddress,
    virtual_ipaddress_excluded: virtualIpaddressExcluded,
    virtual_routes: routeBlock("virtualRoutes"),
    virtual_rules: ruleBlock("virtualRules"),
    lvs_sync_daemon_interface: lvsSyncDaemonInterface,
    use_vmac: useVmac,
    use_vmac_addr: bareFlag("virtualMacElsewhere"),
    vmac_xmit_base: vmacXmitBase,
    use_ipvlan: useIpvlan,
    accept: bareFlag("accept"),
    no_accept: bareFlag("accept", false),
    no_virtual_ipaddress: flag("noVirtualAddresses"),
    promote_secondaries: bareFlag("promoteSecondaries"),
    vrf: text("vrf"),
    ...notifyDirectives,
  },
  blocks: [
    ...[
      "authentication",
      "auth_hmac",
      "unicast_peer",
      "virtual_ipaddress",
      "virtual_ipaddress_excluded",
      "virtual_routes",
      "virtual_rules",
    ],
    ...Object.keys(trackDirectives),
  ],
};
