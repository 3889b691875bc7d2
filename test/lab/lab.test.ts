/**
 * The lab tested by itself, without vipward: hosts, forwarding methods, real servers, clients and captures do what the tests
 * that build on them assume. Run inside the guest: scripts/lab/run -- node_modules/.bin/bun test test/lab
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Capture } from "../support/capture.ts";
import { Client, tally } from "../support/client.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { acceptDirectRouting, acceptTunnel, forwardPackets, RealServer, replyThrough } from "../support/real-server.ts";

const DIRECT = "10.9.0.100";
const TUNNEL = "10.9.0.101";
const MASQUERADED = "10.9.0.102";
const MARKED = "10.9.0.103";
const REAL_SERVERS = ["10.9.0.11", "10.9.0.12"];
const BEHIND = ["10.8.0.13", "10.8.0.14"];
const PATIENT = { timeout: LAB_TEST_TIMEOUT_MS };

describe.skipIf(!kernelHasIpvs)("the lab", () => {
  let network: Network;
  let r1: RealServer;

  beforeAll(async () => {
    network = Network.create("lab");
    network.addHost("lb1", "10.9.0.1/24 fd09::1/64");
    network.addHost("lb2", "10.9.0.2/24 fd09::2/64");
    network.addHost("client", "10.9.0.50/24 fd09::50/64");
    network.connect("lb1", "10.8.0.1/24", "back");
    forwardPackets(network, "lb1");
    ["r1", "r2"].forEach((host, i) => {
      network.addHost(host, `${REAL_SERVERS[i]}/24 fd09::1${i + 1}/64`);
      acceptDirectRouting(network, host, [DIRECT, "fd09::100"]);
      acceptTunnel(network, host, [TUNNEL]);
    });
    ["r3", "r4"].forEach((host, i) => {
      network.addHost(host, `${BEHIND[i]}/24`, "back");
      replyThrough(network, host, "10.8.0.1");
    });
    const vips = [DIRECT, TUNNEL, MASQUERADED, MARKED].map((address) => `address add ${address}/32 dev eth0`);
    network.configure("lb1", [...vips, "address add fd09::100/128 dev eth0 nodad"]);
    [r1] = (await Promise.all(["r1", "r2", "r3", "r4"].map((host) => RealServer.start(network, host)))) as [RealServer];
  }, LAB_TEST_TIMEOUT_MS);

  afterAll(() => network?.dispose(), LAB_TEST_TIMEOUT_MS);

  function ipvs(...rules: string[]): void {
    network.run("lb1", ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
  }

  async function asked(address: string, requests = 20): Promise<Record<string, number>> {
    const client = Client.start(network, "client", `http://${address}/`, { limitMs: 5000 });
    const finished = await client.next(requests, 60_000);
    await client.stop();
    return tally(finished);
  }

  test(
    "a client reaches both real servers through ipvsadm's direct routing, in proportion to their weights",
    async () => {
      ipvs(
        `-A -t ${DIRECT}:80 -s wrr`,
        `-a -t ${DIRECT}:80 -r 10.9.0.11:80 -g -w 3`,
        `-a -t ${DIRECT}:80 -r 10.9.0.12:80 -g -w 1`,
      );
      expect(await asked(DIRECT)).toEqual({ r1: 15, r2: 5 });
    },
    PATIENT,
  );

  test(
    "direct routing works for IPv6",
    async () => {
      const vip = "[fd09::100]:80";
      ipvs(`-A -t ${vip} -s rr`, `-a -t ${vip} -r [fd09::11]:80 -g`, `-a -t ${vip} -r [fd09::12]:80 -g`);
      expect(await asked("[fd09::100]")).toEqual({ r1: 10, r2: 10 });
    },
    PATIENT,
  );

  test(
    "a client reaches both real servers through tunnels",
    async () => {
      ipvs(
        `-A -t ${TUNNEL}:80 -s rr`,
        `-a -t ${TUNNEL}:80 -r 10.9.0.11:80 -i`,
        `-a -t ${TUNNEL}:80 -r 10.9.0.12:80 -i`,
      );
      expect(await asked(TUNNEL)).toEqual({ r1: 10, r2: 10 });
    },
    PATIENT,
  );

  test(
    "real servers behind the director are reached by masquerade",
    async () => {
      ipvs(
        ...BEHIND.map((server) => `-a -t ${MASQUERADED}:80 -r ${server}:80 -m`).toSpliced(
          0,
          0,
          `-A -t ${MASQUERADED}:80 -s rr`,
        ),
      );
      expect(await asked(MASQUERADED)).toEqual({ r3: 10, r4: 10 });
    },
    PATIENT,
  );

  test(
    "packets marked by iptables are scheduled by their mark",
    async () => {
      const mark = `iptables -t mangle -A PREROUTING -d ${MARKED} -p tcp --dport 80 -j MARK --set-mark 7`;
      network.run("lb1", mark.split(" "));
      ipvs("-A -f 7 -s rr", ...BEHIND.map((server) => `-a -f 7 -r ${server} -m`));
      expect(await asked(MARKED)).toEqual({ r3: 10, r4: 10 });
    },
    PATIENT,
  );

  test(
    "a closed real server refuses, a reopened one answers, and the client tells both",
    async () => {
      const client = Client.start(network, "client", "http://10.9.0.11/health", { limitMs: 5000 });
      expect(tally(await client.next(3))).toEqual({ r1: 3 });
      await r1.close();
      expect(tally(await client.next(3))).toEqual({ ECONNREFUSED: 3 });
      await r1.open();
      expect(tally(await client.next(3))).toEqual({ r1: 3 });
      const asked = (await client.stop()).filter(({ ok }) => ok).length;
      expect((await r1.report()).requests["/health"]).toBeGreaterThanOrEqual(asked);
    },
    PATIENT,
  );

  test(
    "hosts stay silent in ARP about the virtual addresses that they accept",
    async () => {
      const capture = await Capture.start(network, "client");
      network.exec("client", ["arping", "-c", "1", "-w", "2", "-I", "eth0", DIRECT]);
      const mac = network.run("lb1", ["cat", "/sys/class/net/eth0/address"]).trim();
      const isReply = (frame: { kind: string; line: string }) =>
        frame.kind === "arp" && frame.line.includes(`Reply ${DIRECT}`);
      await capture.waitFor(isReply, { what: "somebody answers for the virtual address" });
      const replies = (await capture.stop()).filter(isReply);
      expect(replies.map(({ sourceMac }) => sourceMac)).toEqual([mac]);
    },
    PATIENT,
  );

  test(
    "every scheduler of IPVS can be used",
    () => {
      const schedulers = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh"];
      for (const scheduler of schedulers) {
        network.run("lb2", ["ipvsadm", "-A", "-t", "10.9.0.200:80", "-s", scheduler]);
        network.run("lb2", ["ipvsadm", "-C"]);
      }
    },
    PATIENT.timeout,
  );

  test(
    "each director has an IPVS table of its own",
    () => {
      network.run("lb2", ["ipvsadm", "-A", "-t", "10.9.0.201:80"]);
      expect(network.run("lb2", ["ipvsadm", "-Sn"])).toBe("-A -t 10.9.0.201:80 -s wlc\n");
      expect(network.run("lb1", ["ipvsadm", "-Sn"])).not.toContain("10.9.0.201");
    },
    PATIENT.timeout,
  );
});
