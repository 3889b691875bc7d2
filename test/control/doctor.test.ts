// The doctor: each check on a host where all is well, and on one where it is not. A new check has no test until it has a row here: the compiler
// says so.

import { describe, expect, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { loadText } from "../../agent/config/load.ts";
import type { Model } from "../../agent/config/model.ts";
import { type checks, examine } from "../../agent/control/doctor/examine.ts";
import type { Host, Self } from "../../agent/control/doctor/finding.ts";
import { linuxHost } from "../../agent/control/doctor/linux-host.ts";
import type { ProcessView, StateSnapshot } from "../../agent/control/words/state.ts";
import { NetworkNamespace } from "../../agent/kernel/linux/network-namespace.ts";
import type { InstanceView } from "../../agent/vrrp/view.ts";
import { noon } from "./memory-agent.ts";

const yaml = `
vrrp_instances:
  - { name: web, interface: eth1, virtual_router_id: 51, virtual_mac: {}, virtual_addresses: [10.9.0.100/24] }
virtual_servers:
  - address: 10.9.0.100
    port: 80
    protocol: tcp
    scheduler: mh
    real_servers: [{ address: 10.9.0.11, forwarding: masquerade }]
`;

function modelOf(text: string): Model {
  const { model, issues } = loadText(text, { file: "test.yaml" });
  if (model === undefined) throw new Error(JSON.stringify(issues));
  return model;
}

const files: Readonly<Record<string, string>> = {
  "/proc/sys/kernel/osrelease": "6.1.0\n",
  "/lib/modules/6.1.0/modules.builtin": "kernel/drivers/net/macvlan.ko\n",
  "/lib/modules/6.1.0/modules.dep": "kernel/net/netfilter/ipvs/ip_vs_mh.ko.xz: kernel/net/netfilter/ipvs/ip_vs.ko.xz\n",
  "/proc/sys/net/ipv4/ip_forward": "1\n",
  "/proc/sys/net/ipv4/conf/all/rp_filter": "0\n",
  "/proc/sys/net/ipv4/conf/eth1/rp_filter": "2\n",
  "/proc/sys/net/ipv4/conf/all/arp_ignore": "0\n",
  "/proc/net/route":
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n" +
    "eth1\t0009090A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n" +
    "eth0\t00000000\t0109090A\t0003\t0\t0\t0\t00000000\t0\n",
  "/proc/101/stat": `101 (vipward (vrrp)) S 1 ${"0 ".repeat(36)}1 0 0`,
  "/proc/101/status": "Name:\tvipward-vrrp\nVmLck:\t   20480 kB\n",
  "/proc/102/limits":
    "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n",
  "/proc/sys/kernel/sched_rt_runtime_us": "950000\n",
  "/proc/101/comm": "vipward-vrrp\n",
};

interface Change extends Partial<Omit<Host, "read" | "list">> {
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
}

function host({ files: changed = {}, folders = {}, ...change }: Change = {}): Host {
  const all = { ...files, ...changed };
  return {
    ...{ now: noon, isClockKept: true, services: ["tcp 10.9.0.100:80"] },
    addresses: [{ address: ip("10.9.0.1"), interface: "eth1" }],
    free: () => ({ bytes: 1e12, files: 1e6 }),
    ...change,
    read: (path) => all[path],
    list: (path) => folders[path] ?? (path === "/proc" ? ["101", "self"] : []),
  };
}

const process = (role: ProcessView["role"], pid: number): ProcessView => ({
  ...{ role, needed: true, pid, build: "1", since: noon, restarts: 0, revision: 1, maxLatenessMs: 1 },
});
const instance: InstanceView = {
  ...{ name: "web", interface: "eth1", virtualRouterId: 51, version: 3, state: "backup", since: noon, reason: "" },
  ...{
    priority: 100,
    effectivePriority: 100,
    advertisementIntervalMs: 1000,
    skewTimeMs: 400,
    masterDownIntervalMs: 3400,
  },
  virtualAddresses: [{ address: ip("10.9.0.100"), prefixLength: 24, interface: "eth1", held: false }],
  counters: {
    ...{ advertisementsSent: 0, advertisementsReceived: 9, priorityZeroSent: 0, priorityZeroReceived: 0 },
    ...{ becameMaster: 0, releasedMaster: 0, announcementsSent: 0, addressClaims: 0, refused: {} },
  },
};

function self(change: Partial<Self> = {}, state: Partial<StateSnapshot> = {}): Self {
  const config = { revision: 1, hash: "", author: "", reason: "", source: "api", at: noon };
  return {
    state: {
      ...{
        sequence: 1,
        bootId: "b",
        at: noon,
        config,
        vrrpInstances: [instance],
        syncGroups: [],
        staticObjects: [],
        bfdSessions: [],
      },
      processes: [process("control", 100), process("vrrp", 101), process("checkers", 102)],
      ...{ virtualServers: [], checkers: [], notificationQueues: [], overrides: [] },
      ...state,
    },
    ...{ model: modelOf(yaml), stateDirectory: "/var/lib/vipward", missingRights: undefined, remarks: [] },
    certificates: [{ file: "/etc/vipward/tls.crt", notAfter: noon + 90 * 86_400_000 }],
    ...change,
  };
}

/** For each check, a host and an agent where it finds something, and what that begins with. */
const troubles: Readonly<Record<keyof typeof checks, readonly [Host, Self, string]>> = {
  ipvs: [host({ services: undefined }), self(), "error ip_vs the kernel has no IPVS"],
  modules: [
    host({ files: { "/lib/modules/6.1.0/modules.dep": "" } }),
    self(),
    "error ip_vs_mh this kernel has no module for the scheduler mh",
  ],
  forwarding: [host({ files: { "/proc/sys/net/ipv4/ip_forward": "0\n" } }), self(), "error net.ipv4.ip_forward is 0"],
  "reverse-path": [
    host({
      files: { "/proc/sys/net/ipv4/conf/all/rp_filter": "1\n", "/proc/sys/net/ipv4/conf/eth1/rp_filter": "0\n" },
    }),
    self(),
    "warning net.ipv4.conf.eth1.rp_filter is strict, and the default route leaves by eth0",
  ],
  arp: [
    host({ addresses: [{ address: ip("10.9.0.100"), interface: "lo" }] }),
    self(),
    "error net.ipv4.conf.vrrp.51.arp_ignore is 0, and 10.9.0.100 is also on lo",
  ],
  rights: [host(), self({ missingRights: "the agent needs CAP_NET_RAW" }), "error control the agent needs CAP_NET_RAW"],
  "real-time": [
    host({ files: { "/proc/101/stat": files["/proc/101/stat"]?.replace(/1 0 0$/, "0 0 0") } }),
    self(),
    "warning vrrp 101 has no real-time scheduling",
  ],
  processes: [
    host(),
    self({}, { processes: [{ ...process("checkers", 1), pid: undefined } as never] }),
    "error checkers does not run",
  ],
  lateness: [
    host(),
    self({}, { processes: [{ ...process("vrrp", 101), maxLatenessMs: 700 }] }),
    "warning vrrp 101 was late by 700 ms",
  ],
  "open-files": [
    host(),
    self({}, { checkers: Array(1000).fill({}) }),
    "warning checkers 102 may open 1024 files, and 1000 checkers may need 1200",
  ],
  faults: [
    host(),
    self({}, { vrrpInstances: [{ ...instance, state: "fault", reason: "eth1 is down" }] }),
    "error web is in fault: eth1 is down",
  ],
  "stray-addresses": [
    host({ addresses: [{ address: ip("10.9.0.100"), interface: "eth2" }] }),
    self(),
    "error 10.9.0.100 dev eth2 is here although web is backup",
  ],
  "missing-addresses": [
    host(),
    self({}, { vrrpInstances: [{ ...instance, state: "master" }] }),
    "error 10.9.0.100 dev eth1 is not here although web is master",
  ],
  peers: [
    host(),
    self(
      {},
      { vrrpInstances: [{ ...instance, peerDifferences: [{ peer: ip("10.9.0.2"), differences: ["interval"] }] }] },
    ),
    "warning web 10.9.0.2 differs: interval",
  ],
  "other-directors": [
    host({ files: { "/proc/77/comm": "keepalived\n" }, folders: { "/proc": ["1", "77"] } }),
    self(),
    "warning keepalived 77 runs on this machine too",
  ],
  "foreign-services": [
    host({ services: ["tcp 10.9.0.100:80", "udp 10.9.0.53:53"] }),
    self(),
    "warning udp 10.9.0.53:53 the kernel has this IPVS service",
  ],
  clock: [host({ isClockKept: false }), self(), "warning clock no program keeps it in time"],
  disk: [host({ free: () => ({ bytes: 1e6, files: 1e6 }) }), self(), "error /var/lib/vipward has 0 MB"],
  certificates: [
    host(),
    self({ certificates: [{ file: "/etc/tls.crt", notAfter: noon - 1 }] }),
    "error /etc/tls.crt is over since 2026-03-01T11:59:59.999Z",
  ],
  configuration: [
    host(),
    self({ remarks: [{ path: "vrrp_instances[0].interface", message: "there is no interface eth9" }] }),
    "warning vrrp_instances[0].interface there is no interface eth9",
  ],
};

test("where all is well there is nothing to say", () => {
  expect(examine(host(), self())).toEqual([]);
});

describe("where it is not,", () => {
  for (const [check, [where, who, expected]] of Object.entries(troubles))
    test(`${check} says so, and what to do`, () => {
      const found = examine(where, who).filter((finding) => finding.check === check);
      const [first] = found.map(({ severity, subject, problem }) => `${severity} ${subject} ${problem}`);
      expect(first).toStartWith(expected);
      for (const { remedy } of found) expect(remedy).not.toBe("");
    });
});

test("a director that has nothing to do needs no IPVS", () => {
  const [found, ...rest] = examine(host({ services: undefined }), self({ model: undefined }));
  expect([found?.severity, rest]).toEqual(["info", []]);
});

test("what cannot be read is no trouble", () => {
  const nothing: Change = { files: Object.fromEntries(Object.keys(files).map((path) => [path, undefined])) };
  expect(examine(host({ ...nothing, isClockKept: undefined, free: () => undefined }), self())).toEqual([]);
});

test("an address on lo is judged by how ARP is set, not as a stray one", () => {
  const addresses = [{ address: ip("10.9.0.100"), interface: "lo" }];
  const settled = { "/proc/sys/net/ipv4/conf/vrrp.51/arp_ignore": "1\n" };
  expect(examine(host({ addresses, files: settled }), self())).toEqual([]);
});

test.each([
  ["nf_tables", []],
  ["iptable_mangle", []],
  ["nf_log", ["nf_tables or iptable_mangle"]],
])("marks are kept by nftables or, where there is none, by iptables: a kernel with %s", (module, lacking) => {
  const marked = modelOf(`
virtual_servers:
  - firewall_mark: 21
    scheduler: mh
    marked_traffic: [{ address: 10.9.0.100, protocol: tcp, ports: [80] }]
`);
  const there = `${files["/lib/modules/6.1.0/modules.dep"]}kernel/net/netfilter/${module}.ko.xz:\n`;
  const found = examine(host({ files: { "/lib/modules/6.1.0/modules.dep": there } }), self({ model: marked }));
  expect(found.filter(({ check }) => check === "modules").map(({ subject }) => subject)).toEqual(lacking);
});

test("this machine can be looked at", () => {
  const found = examine(linuxHost(new NetworkNamespace()), self({ stateDirectory: "/tmp" }));
  expect(
    found.filter(({ check }) => check === "disk" || check === "modules").every(({ remedy }) => remedy !== ""),
  ).toBe(true);
});
