// What this release does with each keyword of keepalived: the tables of directives/ run, the rest is here with the reason. An accepted
// keyword changes nothing that anybody could rely on; it is reported as a warning. Everything else is an error, because a configuration
// must not lose a part of its meaning.

/** runs: it does what it says. accepted: no meaning here. refused: there is something else for it. */
export type Support = "runs" | "accepted" | "refused";

/** What is said about a keyword that does not run. */
export interface SupportNote {
  readonly support: Exclude<Support, "runs">;
  readonly note: string;
}

/** What a keyword of a block comes to; undefined when it runs there or nobody knows it. */
export function supportOf(block: string, keyword: string): SupportNote | undefined {
  if (keyword.startsWith("$")) return reference;
  if (keyword.startsWith("~")) return range;
  return (Object.hasOwn(notes, block) ? notes[block]?.get(keyword) : undefined) ?? everywhere.get(keyword);
}

/** The keywords of a block that are known and do not run. */
export function unsupportedKeywords(block: string): readonly string[] {
  return [...((Object.hasOwn(notes, block) ? notes[block]?.keys() : undefined) ?? []), ...everywhere.keys()];
}

/** The whole table of keywords that do not run, for documentation. */
export function supportRows(): { readonly block: string; readonly keyword: string; readonly note: SupportNote }[] {
  const all: [string, ReadonlyMap<string, SupportNote>][] = [...Object.entries(notes), ["any block", everywhere]];
  return all.flatMap(([block, table]) => [...table].map(([keyword, note]) => ({ block, keyword, note })));
}

const reference = refused(
  "nothing of this name is defined here; a definition is $NAME=VALUE without a blank before the =",
);
const range = refused("ranges are ~SEQ(NAME, START, STEP, END), ~SEQx with the same, and ~LST(NAME, VALUE, …)");

const snmp = accepted("there is no SNMP agent: metrics are on /metrics");
const dbus = accepted("there is no D-Bus interface: use the gRPC API");
const names = accepted("processes are always named after what they do: vipward, vipward-vrrp, vipward-checks");
const dumps = accepted("state is asked for at any time: vipward status -o json, or GetState of the API");
const pidFiles = accepted("there are no pid files: agents beside each other have a --runtime-dir of their own");
const ipsets = accepted("no ipsets are used: no_accept writes a table of nftables");
const stopTime = accepted("a stop ends when everything is removed, and says what was left behind");
const instances = accepted(
  "agents beside each other have a --runtime-dir and a --state-dir of their own; @ lines take --config-id",
);
const buffers = accepted("socket buffers are sized by the agent");
const logging = accepted("log levels are chosen on the command line");
const tlsCompliant = accepted("the length of an answer tells whether it is whole, or else its digest");

/** Keywords that keepalived takes anywhere. */
const everywhere = table([
  [["include", "includer", "includem", "includew", "includeb", "includea"], refused("the name of a file is missing")],
]);

const notes: Readonly<Record<string, ReadonlyMap<string, SupportNote>>> = {
  "top level": table([
    [["linkbeat_interfaces"], accepted("links are watched by netlink")],
    [["linkbeat_use_polling"], accepted("links are watched by netlink")],
    [["instance"], instances],
    [["use_pid_dir"], pidFiles],
    [["namespace_with_ipsets"], ipsets],
    [["child_wait_time"], stopTime],
  ]),
  global_defs: table([
    [
      ["use_symlink_paths", "set_supplementary_groups"],
      accepted("programs are run by their path, with their user's groups"),
    ],
    [
      [
        "enable_snmp_vrrp",
        "enable_snmp_checker",
        "enable_snmp_rfc",
        "enable_snmp_rfcv2",
        "enable_snmp_rfcv3",
        "enable_snmp_keepalived",
      ],
      snmp,
    ],
    [["snmp_socket", "enable_traps", "snmp_vs_stats_update_interval", "snmp_rs_stats_update_interval"], snmp],
    [["enable_dbus", "dbus_service_name", "dbus_no_interface_name"], dbus],
    [
      ["priority", "no_swap", "rt_priority", "cpu_affinity", "rlimit_rttime", "rlimit_rtime"].map(
        (key) => `bfd_${key}`,
      ),
      accepted("BFD sessions are in the vrrp process: what is said of that counts for them"),
    ],
    [["vrrp_no_swap"], accepted("the memory of the vrrp process is always locked")],
    [["vrrp_priority"], accepted("the vrrp process has a real-time priority, before which no other counts")],
    [
      ["vrrp", "checker"].flatMap((role) => [`${role}_rlimit_rttime`, `${role}_rlimit_rtime`]),
      accepted("a process that hangs is noticed by its missing heartbeats, and replaced"),
    ],
    [
      ["max_auto_priority", "min_auto_priority_delay"],
      accepted("the vrrp process has a real-time priority from the start: vrrp_rt_priority"),
    ],
    [
      [
        "process_names",
        "process_name",
        "vrrp_process_name",
        "checker_process_name",
        "lvs_process_name",
        "bfd_process_name",
      ],
      names,
    ],
    [["child_wait_time"], stopTime],
    [["umask"], accepted("what the agent writes is for its owner alone, but for its sockets (0660)")],
    [["random_seed"], accepted("chance is the system's: ${_RANDOM} is another number at every reading")],
    [["config_save_dir"], accepted("every configuration that ran is kept as a revision: vipward history")],
    [["tmp_config_directory"], accepted("the file is read once, by one process: no copy is needed")],
    [["use_pid_dir"], pidFiles],
    [["namespace_with_ipsets"], ipsets],
    [["reload_check_config", "reload_file"], accepted("a reload is always checked first and applied as a whole")],
    [
      ["reload_time_file", "reload_repeat"],
      accepted(
        "nothing is reloaded by the clock: a timer of systemd does systemctl reload vipward, or a controller applies",
      ),
    ],
    [["json_version", "data_use_instance", "state_dump_file", "stats_dump_file", "json_dump_file"], dumps],
    [
      ["iproute_usr_dir", "iproute_etc_dir"],
      accepted("names of routing tables are those of /usr/share/iproute2 and /etc/iproute2"),
    ],
    [["log_unknown_vrids"], logging],
    [["linkbeat_use_polling"], accepted("links are watched by netlink")],
    [["dynamic_interfaces"], accepted("interfaces may always come, go and change")],
    [
      ["vrrp_iptables", "vrrp_ipsets", "nftables", "nftables_priority", "nftables_counters", "nftables_ifindex"],
      accepted("no_accept writes an nftables table of the agent's own: inet vipward"),
    ],
    [
      ["nftables_ipvs_priority"],
      accepted("packets are marked in an nftables table of the agent's own: inet vipward_marks"),
    ],
    [
      [
        "vrrp_netlink_cmd_rcv_bufs",
        "vrrp_netlink_cmd_rcv_bufs_force",
        "vrrp_netlink_monitor_rcv_bufs",
        "vrrp_netlink_monitor_rcv_bufs_force",
        "lvs_netlink_cmd_rcv_bufs",
        "lvs_netlink_cmd_rcv_bufs_force",
        "lvs_netlink_monitor_rcv_bufs",
        "lvs_netlink_monitor_rcv_bufs_force",
        "process_monitor_rcv_bufs",
        "process_monitor_rcv_bufs_force",
        "vrrp_rx_bufs_policy",
        "vrrp_rx_bufs_multiplier",
      ],
      buffers,
    ],
    [["instance"], instances],
  ]),
  vrrp_instance: table([
    [["old_unicast_checksum"], accepted("keepalived before version 1.3.7 is not spoken with")],
    [["native_ipv6"], accepted("an instance is IPv6 by its first virtual address")],
    [["linkbeat_use_polling"], accepted("links are watched by netlink")],
    [["kernel_rx_buf_size"], buffers],
    [["debug"], logging],
  ]),
  vrrp_sync_group: table([]),
  authentication: table([]),
  auth_hmac: table([]),
  garp_group: table([]),
  virtual_server: table([
    [["snmp_name"], snmp],
    [["nat_mask"], accepted("it has no meaning since Linux 2.4")],
  ]),
  real_server: table([[["snmp_name"], snmp]]),
  PING_CHECK: table([[["connect_port", "bind_port"], accepted("an echo has no port")]]),
  host: table([[["connect_timeout"], accepted("the time of the check counts for all of its hosts")]]),
  HTTP_GET: table([[["enable_sni", "sni_name", "tls_compliant"], refused("it goes into SSL_GET")]]),
  SSL_GET: table([[["tls_compliant"], tlsCompliant]]),
  SSL: table([
    [["ca"], accepted("keepalived believes any certificate all the same; YAML has verify and ca_file")],
    [["password"], refused("give a key without one, or name a file with it in YAML: key_password_file")],
  ]),
  url: table([[["tls_compliant"], tlsCompliant]]),
};

function table(rows: readonly (readonly [readonly string[], SupportNote])[]): ReadonlyMap<string, SupportNote> {
  return new Map(rows.flatMap(([keywords, note]) => keywords.map((keyword) => [keyword, note] as const)));
}

function accepted(note: string): SupportNote {
  return { support: "accepted", note };
}

function refused(note: string): SupportNote {
  return { support: "refused", note };
}
