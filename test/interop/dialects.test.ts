// The ways to say an advertisement, each spoken with keepalived 2.2.7 (Debian's package) in both roles: they elect one master, fail over by
// kill and by stop, and refuse nothing of each other.

import { expect, test } from "bun:test";
import { Capture } from "../support/capture.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { PacketReader } from "../support/packet-reader.ts";
import { until } from "../support/until.ts";

interface Dialect {
  readonly name: string;
  /** The first virtual address. */
  readonly address: string;
  /** The interface that is made for the virtual router. */
  readonly link?: string;
  /** keepalived writes another checksum than tshark expects. */
  readonly hasOtherChecksum?: boolean;
  /** The lines of the instance that make the dialect, on the host whose address ends with this number. */
  readonly lines: (own: number, other: number) => readonly string[];
}

const dialects: readonly Dialect[] = [
  {
    name: "version 3 over IPv6",
    address: "fe80::100",
    lines: () => ["version 3", "advert_int 0.1", "virtual_ipaddress {\n fe80::100/64\n 2001:db8::100/64\n}"],
  },
  {
    name: "version 2 in authentication headers",
    address: "10.9.0.100",
    lines: () => [
      "version 2",
      "advert_int 1",
      "authentication {\n auth_type AH\n auth_pass secret12\n}",
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 3 to unicast peers, with their times to live checked",
    address: "10.9.0.100",
    lines: (own, other) => [
      "version 3",
      "advert_int 0.1",
      `unicast_src_ip 10.9.0.${own}`,
      "unicast_ttl 200",
      "check_unicast_src",
      `unicast_peer {\n 10.9.0.${other} min_ttl 199 max_ttl 200\n}`,
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 2 to unicast peers, with a password",
    address: "10.9.0.100",
    lines: (own, other) => [
      "version 2",
      "advert_int 1",
      `unicast_src_ip 10.9.0.${own}`,
      `unicast_peer {\n 10.9.0.${other}\n}`,
      "authentication {\n auth_type PASS\n auth_pass secret12\n}",
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 3 over IPv6 to unicast peers",
    address: "2001:db8::100",
    lines: (own, other) => [
      "version 3",
      "advert_int 0.1",
      `unicast_src_ip 2001:db8::${own}`,
      `unicast_peer {\n 2001:db8::${other}\n}`,
      "virtual_ipaddress {\n 2001:db8::100/64\n}",
    ],
  },
  {
    // keepalived 2.2.7 sends it so and takes only the other kind: a pair of them with this keyword has two masters.
    name: "version 3 with the checksum of RFC 9568 from keepalived",
    address: "10.9.0.100",
    hasOtherChecksum: true,
    lines: (own) => [
      "version 3",
      "advert_int 0.1",
      ...(own === 2 ? ["v3_checksum_as_v2"] : []),
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 3 to another group from a chosen source",
    address: "10.9.0.100",
    lines: (own) => [
      "version 3",
      "advert_int 0.1",
      `mcast_src_ip 10.9.0.${own + 4}`,
      "mcast_dst_ip 224.0.0.81",
      "track_src_ip",
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 3 with a virtual MAC, advertised by the interface below",
    address: "10.9.0.100",
    link: "vmac100",
    lines: () => [
      "version 3",
      "advert_int 0.1",
      "use_vmac vmac100",
      "vmac_xmit_base",
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
  {
    name: "version 3 with an ipvlan",
    address: "10.9.0.100",
    link: "ipv100",
    // keepalived 2.2.7 wants an address for the interface; vipward needs none, and says so.
    lines: (own) => [
      ...["version 3", "advert_int 0.1", `use_ipvlan ipv100 10.9.0.${own + 6}/24 bridge`],
      "virtual_ipaddress {\n 10.9.0.100\n}",
    ],
  },
];

/** One director of each kind on a segment; the better one has priority 150. */
function layMixedPair(prefix: string, { lines }: Dialect, better: "vipward" | "keepalived") {
  const network = Network.create(prefix);
  for (const number of [1, 2])
    network.addHost(`lb${number}`, `10.9.0.${number}/24 10.9.0.${number + 4}/24 2001:db8::${number}/64`);
  const config = (kind: string, own: number) => `global_defs {
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 100
  priority ${kind === better ? 150 : 100}
  ${lines(own, 3 - own).join("\n  ")}
}
`;
  const vipward = new Director(network, "lb1").writeConfig(config("vipward", 1));
  const keepalived = new KeepalivedDirector(network, "lb2", config("keepalived", 2));
  return { network, vipward, keepalived };
}

interface Holder {
  holds(address: string): boolean;
}

async function waitForMaster(what: string, address: string, master: Holder, other: Holder, evidence: () => string) {
  const settled = () => master.holds(address) && !other.holds(address);
  await until(settled, { what, timeoutMs: 40_000, everyMs: 20, evidence });
}

for (const [index, dialect] of dialects.entries()) {
  const { address } = dialect;

  test.skipIf(!kernelHasIpvs)(
    `${dialect.name}: a better vipward is elected by keepalived too, followed when it dies or stops, and comes back`,
    async () => {
      const { network, vipward, keepalived } = layMixedPair(`dv${index}`, dialect, "vipward");
      await using _ = network;
      const logs = () => `${vipward.logText()}\n${keepalived.log()}`;
      const reader = await PacketReader.start(network, "lb1");
      await keepalived.start();
      await vipward.start().ready();
      await waitForMaster("vipward is master", address, vipward, keepalived, logs);
      vipward.killEverything();
      await until(() => keepalived.holds(address), {
        what: "keepalived takes over from the dead",
        timeoutMs: 20_000,
        evidence: logs,
      });
      await vipward.start().ready();
      await waitForMaster("vipward preempts", address, vipward, keepalived, logs);
      expect(vipward.cli("stop").code).toBe(0);
      await waitForMaster("keepalived takes over from the one that stopped", address, keepalived, vipward, logs);
      expect(keepalived.log()).not.toMatch(/rror|invalid|mismatch|bogus|drop/i);
      await reader.judge(dialect.hasOtherChecksum);
    },
    LAB_TEST_TIMEOUT_MS,
  );

  test.skipIf(!kernelHasIpvs)(
    `${dialect.name}: vipward gives way to a better keepalived, follows it when it dies or stops, and refuses nothing`,
    async () => {
      const { network, vipward, keepalived } = layMixedPair(`dk${index}`, dialect, "keepalived");
      await using _ = network;
      const logs = () => `${vipward.logText()}\n${keepalived.log()}`;
      const reader = await PacketReader.start(network, "lb1");
      await vipward.start().ready();
      await waitForMaster("vipward is master alone", address, vipward, keepalived, logs);
      await keepalived.start();
      await waitForMaster("keepalived preempts", address, keepalived, vipward, logs);
      keepalived.kill();
      await until(() => vipward.holds(address), {
        what: "vipward takes over from the dead",
        timeoutMs: 20_000,
        evidence: logs,
      });
      keepalived.dropAddresses([address, "2001:db8::100"]);
      if (dialect.link !== undefined) network.exec("lb2", ["ip", "link", "delete", dialect.link]);
      await keepalived.start();
      await waitForMaster("keepalived preempts again", address, keepalived, vipward, logs);
      await keepalived.stop();
      await waitForMaster("vipward takes over from the one that stopped", address, vipward, keepalived, logs);
      const [instance] = JSON.parse(vipward.cli("vrrp", "-o", "json").stdout);
      expect(instance.counters.refused).toEqual({});
      await reader.judge(dialect.hasOtherChecksum);
    },
    LAB_TEST_TIMEOUT_MS,
  );
}

test.skipIf(!kernelHasIpvs)(
  "who has unicast peers tells them where it lives when it leaves fault, as keepalived does",
  async () => {
    const dialect = dialects.find(({ name }) => name.startsWith("version 3 to unicast peers"));
    if (dialect === undefined) throw new Error("there is no such dialect");
    const { network, vipward, keepalived } = layMixedPair("dsrc", dialect, "vipward");
    await using _ = network;
    const logs = () => `${vipward.logText()}\n${keepalived.log()}`;
    await keepalived.start();
    await vipward.start().ready();
    await waitForMaster("vipward is master", dialect.address, vipward, keepalived, logs);
    for (const [leaver, other] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const source = `10.9.0.${leaver}`;
      const capture = await Capture.start(network, `lb${other}`, {
        filter: `arp src host ${source} and arp[14:4] = arp[24:4]`,
      });
      network.configure(`lb${leaver}`, ["link set eth0 down"]);
      const inFault = () =>
        leaver === 1 ? /vrrp-state-changed.* to=fault/.test(vipward.logText()) : /FAULT/.test(keepalived.log());
      await until(inFault, { what: `lb${leaver} is in fault`, timeoutMs: 40_000, everyMs: 50, evidence: logs });
      network.configure(`lb${leaver}`, ["link set eth0 up"]);
      await until(() => capture.frames().length > 0, {
        ...{ what: `lb${leaver} announces ${source}`, timeoutMs: 40_000, everyMs: 50, evidence: logs },
      });
      await capture.stop();
    }
  },
  LAB_TEST_TIMEOUT_MS,
);
