import { expect, test } from "bun:test";
import { Client, tally } from "../support/client.ts";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { whyNoNftables } from "../support/nftables.ts";
import { acceptDirectRouting, RealServer } from "../support/real-server.ts";
import { until } from "../support/until.ts";

const vip = "10.9.0.100";

/** FTP as people have it: one control port and a range for data, which must reach the same real server. */
const config = `
virtual_servers:
  - name: ftp
    firewall_mark: 21
    marked_traffic: [{ address: ${vip}, protocol: tcp, ports: [21, "10000-10100"] }]
    persistence_timeout: 60
    scheduler: rr
    forwarding: direct
    real_servers: [{ address: 10.9.0.11 }, { address: 10.9.0.12 }]
`;

test.skipIf(!kernelHasIpvs || whyNoNftables !== undefined)(
  "a control port and a range of data ports are one virtual server without a line of iptables, also after somebody has removed the rules",
  async () => {
    const network = Network.create("marks");
    await using _ = network;
    for (const [host, last] of Object.entries({ lb: 1, r1: 11, r2: 12, client: 50 }))
      network.addHost(host, `10.9.0.${last}/24`);
    network.configure("lb", [`address add ${vip}/32 dev eth0`]);
    for (const host of ["r1", "r2"]) acceptDirectRouting(network, host, [vip]);
    await Promise.all(
      ["r1", "r2"].flatMap((host) => [21, 10_050].map((port) => RealServer.start(network, host, port))),
    );
    const lb = await new Director(network, "lb").writeConfig(config).start().ready();
    expect(lb.table().length).toBe(3);

    const serverAt = async (port: number) => {
      const client = Client.start(network, "client", `http://${vip}:${port}/`, { perSecond: 20, limitMs: 2000 });
      const names = Object.keys(tally(await client.next(10)));
      await client.stop();
      return names;
    };
    const control = await serverAt(21);
    expect(control.length).toBe(1);
    expect(await serverAt(10_050)).toEqual(control);

    expect(lb.cli("connections", "--client", "10.9.0.50").stdout).toMatch(
      /TCP +10\.9\.0\.50:\d+ +10\.9\.0\.100:21 +10\.9\.0\.1[12]:21 /,
    );
    const counted = () => lb.cli("services", "--stats").stdout.match(/ftp +(\d+)/)?.[1];
    await until(() => Number(counted()) >= 20, { what: "the kernel has counted the connections", everyMs: 200 });

    network.run("lb", ["nft", "delete", "table", "inet", "vipward_marks"]);
    const rules = () => network.exec("lb", ["nft", "list", "table", "inet", "vipward_marks"]).stdout;
    await until(() => rules().includes("10000-10100"), { what: "the rules are back", timeoutMs: 20_000, everyMs: 100 });
    expect(lb.logText()).toContain("vipward_marks");
    expect(await serverAt(10_050)).toEqual(control);
    lb.cli("stop");
    await lb.exited;
    expect(rules()).toBe("");
  },
  LAB_TEST_TIMEOUT_MS,
);
