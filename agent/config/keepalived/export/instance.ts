import {
  block,
  choice,
  duration,
  fieldLines,
  flag,
  objectsOf,
  quoted,
  toggle,
  type Values,
  type Writer,
  wholeSeconds,
  word,
} from "./lines.ts";
import { program } from "./program.ts";
import { routeLines, ruleLines } from "./routing.ts";
import { trackLines } from "./tracking.ts";

/** The lines of a VRRP instance. */
export function instanceLines(instance: Values): string[] {
  const unicast = instance.unicast as Values | undefined;
  const source = unicast?.peers === undefined ? "mcast_src_ip" : "unicast_src_ip";
  const priority = instance.priority ?? 100;
  return block(`vrrp_instance ${quoted(String(instance.name))}`, [
    ...fieldLines({ ...instance, priority }, { ...instanceFields, source_address: word(source) }),
    ...garpLines((instance.gratuitous_arp as Values | undefined) ?? {}),
    ...unicastLines(unicast),
    ...authenticationLines(instance.authentication as Values | undefined),
    ...hmacLines(instance.auth_hmac as Values | undefined),
    ...trackLines(instance),
    ...virtualLinkLines(instance),
    ...notifyLines(instance.notify as Values | undefined),
    ...addressBlock("virtual_ipaddress", instance.virtual_addresses),
    ...addressBlock("virtual_ipaddress_excluded", instance.excluded_addresses),
    ...routeLines("virtual_routes", instance.virtual_routes),
    ...ruleLines("virtual_rules", instance.virtual_rules),
  ]);
}

const instanceFields: Readonly<Record<string, Writer>> = {
  interface: word("interface"),
  version: word("version"),
  initial_state: choice("state", { master: "MASTER", backup: "BACKUP" }),
  virtual_router_id: word("virtual_router_id"),
  priority: word("priority"),
  advertisement_interval: duration("advert_int"),
  preempt: flag("nopreempt", false),
  preempt_delay: duration("preempt_delay"),
  down_timer_adverts: word("down_timer_adverts"),
  higher_prio_send_advert: toggle("higher_prio_send_advert"),
  timer_expired_backup: word("timer_expired_backup"),
  owner_ignore_adverts: toggle("owner_ignore_adverts"),
  lower_prio_no_advert: toggle("lower_prio_no_advert"),
  strict_mode: toggle("strict_mode"),
  multicast_group: word("mcast_dst_ip"),
  checksum_with_pseudo_header: flag("v3_checksum_as_v2", false),
  check_advertised_addresses: flag("skip_check_adv_addr", false),
  track_primary: flag("dont_track_primary", false),
  accept: (value) => (value === true ? "accept" : "no_accept"),
  promote_secondaries: flag("promote_secondaries"),
  virtual_mac_elsewhere: flag("use_vmac_addr"),
  no_virtual_addresses: flag("no_virtual_ipaddress"),
  vrf: word("vrf"),
};

const garpFields: Readonly<Record<string, Writer>> = {
  repeat: word("garp_master_repeat"),
  delay: wholeSeconds("garp_master_delay"),
  refresh: wholeSeconds("garp_master_refresh"),
  refresh_repeat: word("garp_master_refresh_repeat"),
  lower_priority_repeat: word("garp_lower_prio_repeat"),
  lower_priority_delay: wholeSeconds("garp_lower_prio_delay"),
};

function garpLines(garp: Values): string[] {
  const { extra_interval: interval, extra_all_interfaces: all } = garp;
  const isGiven = interval !== undefined || all !== undefined;
  const extra = isGiven
    ? [wholeSeconds(all === true ? "garp_extra_if all" : "garp_extra_if")(interval ?? 0) ?? ""]
    : [];
  return [...fieldLines(garp, garpFields), ...extra];
}

function unicastLines(unicast: Values | undefined): string[] {
  if (unicast === undefined) return [];
  const limits = { min_ttl: word("min_ttl"), max_ttl: word("max_ttl") };
  const peers = objectsOf(unicast.peers, "address").map((peer) =>
    [String(peer.address), ...fieldLines(peer, limits)].join(" "),
  );
  const fields = {
    ttl: word("unicast_ttl"),
    check_source: flag("check_unicast_src"),
    fault_without_peers: flag("unicast_fault_no_peer"),
  };
  return [...fieldLines(unicast, fields), ...(peers.length === 0 ? [] : block("unicast_peer", peers))];
}

function authenticationLines(authentication: Values | undefined): string[] {
  if (authentication?.password === undefined) return [];
  const type = authentication.type === "ah" ? "AH" : "PASS";
  return block("authentication", [`auth_type ${type}`, `auth_pass ${quoted(String(authentication.password))}`]);
}

/** A key is a text, hex: and digits, or file: and a path. */
function hmacLines(hmac: Values | undefined): string[] {
  if (hmac === undefined) return [];
  const keys = objectsOf(hmac.keys, "key").map(({ id, key, file }) =>
    ["key", String(id), quoted(file === undefined ? String(key) : `file:${file}`)].join(" "),
  );
  const fields = {
    active_key: word("active_key"),
    anti_replay: word("anti_replay"),
    time_window: duration("time_window"),
    mode: word("mode"),
  };
  return block("auth_hmac", [...keys, ...fieldLines(hmac, fields)]);
}

/** `use_vmac [NAME] [MAC]` and what belongs to it. */
function virtualLinkLines({ virtual_mac: mac, ipvlan }: Values): string[] {
  const words = ({ interface: name, hardware_address: address, isolation }: Values) =>
    [name, address, isolation]
      .filter((part) => part !== undefined)
      .map((part) => ` ${part}`)
      .join("");
  return [
    ...(mac === undefined ? [] : [`use_vmac${words(mac as Values)}`]),
    ...((mac as Values | undefined)?.advertises_on_parent === true ? ["vmac_xmit_base"] : []),
    ...(ipvlan === undefined ? [] : [`use_ipvlan${words(ipvlan as Values)}`]),
  ];
}

/** Who is told of an instance or a group. */
export function notifyLines(notify: Values | undefined): string[] {
  if (notify === undefined) return [];
  return fieldLines(notify, {
    master: program("notify_master"),
    backup: program("notify_backup"),
    fault: program("notify_fault"),
    stop: program("notify_stop"),
    deleted: program("notify_deleted"),
    any: program("notify"),
    master_receives_lower_priority: program("notify_master_rx_lower_pri"),
    priority_changes: toggle("notify_priority_changes"),
    mail: toggle("smtp_alert"),
  });
}

/** A block of addresses, each with its options. */
export function addressBlock(keyword: string, value: unknown): string[] {
  const lines = objectsOf(value, "address").map(addressLine);
  return lines.length === 0 ? [] : block(keyword, lines);
}

function addressLine(address: Values): string {
  const options = fieldLines(address, {
    broadcast: word("brd"),
    interface: word("dev"),
    scope: word("scope"),
    label: word("label"),
    peer: word("peer"),
    home: flag("home"),
    manages_temporary: flag("mngtmpaddr"),
    prefix_route: flag("noprefixroute", false),
    autojoin: flag("autojoin"),
    virtual_mac: flag("use_vmac"),
    track_group: word("track_group"),
    track: flag("no_track", false),
    preferred: (preferred) => `preferred_lft ${preferred === true ? "forever" : "0"}`,
  });
  return [String(address.address), ...options].join(" ");
}
