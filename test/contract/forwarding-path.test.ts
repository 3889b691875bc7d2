// Checks by the forwarding path on a real network: a director that has the virtual address itself, as a master has, and real servers that have it, or not.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { TcpProbeModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import type { Tunnel, UntouchedForwarding } from "../../agent/kernel/ipvs.ts";
import { KERNEL_TEST_TIMEOUT_MS, kernelHasIpvs } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { acceptDirectRouting, acceptTunnel, RealServer } from "../support/real-server.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const fixture = new URL("forwarding-path-fixture.ts", import.meta.url).pathname;
const virtualAddress = { ipv4: ip("10.9.0.100"), ipv6: ip("fd00::100"), tunnel: ip("10.9.0.102") };
/** Reached by GUE and GRE tunnels: the first real server has those, both have the addresses. */
const inTunnels = { ipv4: ip("10.9.0.103"), ipv6: ip("fd00::103") };
const direct = { method: "direct" } as const;

function tunnel(type: Tunnel["type"], checksum: Tunnel["checksum"] = "none"): UntouchedForwarding {
  return { method: "tunnel", type, port: type === "gue" ? 6080 : 0, checksum };
}

describe.skipIf(!kernelHasIpvs)("a check by the forwarding path, from a director that has the virtual address", () => {
  let network: Network;
  const servers: RealServer[] = [];

  beforeAll(async () => {
    network = Network.create("path");
    network.addHost("lb", "10.9.0.1/24 fd00::1/64");
    network.configure(
      "lb",
      // As the agent adds them: the kernel takes no deprecated address for a source of its own accord.
      Object.values(virtualAddress).map((address) => `address add ${address} dev eth0 preferred_lft 0`),
    );
    for (const last of [1, 2]) network.addHost(`r${last}`, `10.9.0.1${last}/24 fd00::1${last}/64`);
    acceptDirectRouting(network, "r1", [virtualAddress.ipv4]);
    acceptTunnel(network, "r1", [virtualAddress.tunnel]);
    network.configure("r1", [`address add ${virtualAddress.ipv6}/128 dev lo`]);
    for (const host of ["r1", "r2"]) acceptDirectRouting(network, host, Object.values(inTunnels));
    for (const module of ["fou", "fou6", "ip_gre", "ip6_tunnel"]) network.exec("r1", ["modprobe", "-q", module]);
    network.configure("r1", [
      "link set gre0 up",
      // The kernel takes packets with checksums only on tunnels that have them.
      "address add 10.9.0.21/24 dev eth0",
      "link add gre1 up type gre local 10.9.0.21 csum",
      "link add six1 up type sit remote 10.9.0.1 local 10.9.0.11",
      "link add six2 up type ip6tnl mode ip6ip6 remote fd00::1 local fd00::11",
      "fou add port 6080 gue",
    ]);
    network.run("r1", ["ip", "-6", "fou", "add", "port", "6080", "gue"]);
    network.setKernelParameters("r1", { "net.ipv4.conf.gre0.rp_filter": 0, "net.ipv4.conf.gre1.rp_filter": 0 });
    for (const host of ["r1", "r2"]) servers.push(await RealServer.start(network, host, 80));
  });

  afterAll(() => network.dispose());

  test("passes where the real server has the address, of both families, by its hardware address and in a tunnel", async () => {
    expect(await probe("10.9.0.11", { virtualAddress: virtualAddress.ipv4, forwarding: direct })).toEqual({
      kind: "passed",
      detail: "10.9.0.100 accepted",
    });
    expect(await probe("fd00::11", { virtualAddress: virtualAddress.ipv6, forwarding: direct })).toEqual({
      kind: "passed",
      detail: "fd00::100 accepted",
    });
    expect(await probe("10.9.0.11", { virtualAddress: virtualAddress.tunnel, forwarding: tunnel("ipip") })).toEqual({
      kind: "passed",
      detail: "10.9.0.102 accepted",
    });
    // Nothing is left half open, and the same again passes, too.
    expect(network.run("r1", ["ss", "-Htan", "state", "syn-recv"]).trim()).toBe("");
    expect((await probe("10.9.0.11", { virtualAddress: virtualAddress.ipv4, forwarding: direct })).kind).toBe("passed");
  });

  test("fails where it lacks the address, although its own answers, and where it lacks the tunnel", async () => {
    expect(await probe("10.9.0.12", { virtualAddress: virtualAddress.ipv4, forwarding: direct })).toEqual({
      kind: "failed",
      detail: "10.9.0.100 did not answer within 1s: does the real server have the address?",
    });
    expect((await probe("10.9.0.12", undefined)).kind).toBe("passed");
    expect(await probe("10.9.0.12", { virtualAddress: virtualAddress.tunnel, forwarding: tunnel("ipip") })).toEqual({
      kind: "failed",
      detail: "10.9.0.102 did not answer within 1s: does the real server have the address and the tunnel?",
    });
  });

  test("passes in GUE and GRE tunnels, with checksums and without, and not where the real server has none", async () => {
    const ways = [
      ["10.9.0.11", inTunnels.ipv4, tunnel("gue")],
      ["10.9.0.11", inTunnels.ipv4, tunnel("gue", "full")],
      ["10.9.0.11", inTunnels.ipv4, tunnel("gue", "remote")],
      ["10.9.0.11", inTunnels.ipv4, tunnel("gre")],
      ["10.9.0.21", inTunnels.ipv4, tunnel("gre", "full")],
      ["10.9.0.11", inTunnels.ipv6, tunnel("gre")],
      ["10.9.0.21", inTunnels.ipv6, tunnel("gre", "full")],
      ["10.9.0.11", inTunnels.ipv6, tunnel("gue", "full")],
      ["fd00::11", inTunnels.ipv6, tunnel("gue", "full")],
      ["fd00::11", inTunnels.ipv6, tunnel("ipip")],
    ] as const;
    const found = [];
    for (const [address, asked, forwarding] of ways)
      found.push(
        `${address} ${JSON.stringify(forwarding)} ${(await probe(address, { virtualAddress: asked, forwarding })).detail}`,
      );
    expect(found).toEqual(
      ways.map(([address, asked, forwarding]) => `${address} ${JSON.stringify(forwarding)} ${asked} accepted`),
    );
    for (const type of ["gue", "gre"] as const)
      expect(await probe("10.9.0.12", { virtualAddress: inTunnels.ipv4, forwarding: tunnel(type) })).toEqual({
        kind: "failed",
        detail: "10.9.0.103 did not answer within 1s: does the real server have the address and the tunnel?",
      });
  });

  test("fails by name where nobody listens, where there is no such host, and where there is no way", async () => {
    const path = { virtualAddress: virtualAddress.ipv4, forwarding: direct };
    expect(await probe("10.9.0.11", path, 81)).toEqual({
      kind: "failed",
      detail: "connection refused by 10.9.0.100",
    });
    expect((await probe("10.9.0.77", path)).detail).toBe("its hardware address was not learnt within 1s");
    network.configure("lb", ["route add 10.20.0.0/16 via 10.9.0.12"]);
    expect((await probe("10.20.0.1", path)).detail).toBe("it is behind a router, where direct routing cannot reach it");
    expect((await probe("192.0.2.1", path)).detail).toBe("network is unreachable");
  });

  test("passes also from a director that does not have the address, as a backup", async () => {
    network.configure("lb", [`address del ${virtualAddress.ipv4}/32 dev eth0`]);
    const path = { virtualAddress: virtualAddress.ipv4, forwarding: direct };
    expect(await probe("10.9.0.11", path)).toEqual({ kind: "passed", detail: "10.9.0.100 accepted" });
    expect((await probe("10.9.0.12", path)).kind).toBe("failed");
  });

  async function probe(address: string, path: TcpProbeModel["path"], port = 80): Promise<ProbeOutcome> {
    const model = { kind: "tcp", address: ip(address), port, timeout: milliseconds(1000), source: {}, path };
    const said = network.run("lb", [process.execPath, fixture, JSON.stringify(model)]);
    return JSON.parse(said);
  }
});
