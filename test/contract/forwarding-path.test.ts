// Checks by the forwarding path on a real network: a director that has the virtual address itself, as a master has, and real servers that have it, or not.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { TcpProbeModel } from "../../agent/config/model.ts";
import type { ProbeOutcome } from "../../agent/health/core/probe-outcome.ts";
import { KERNEL_TEST_TIMEOUT_MS, kernelHasIpvs } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { acceptDirectRouting, acceptTunnel, RealServer } from "../support/real-server.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const fixture = new URL("forwarding-path-fixture.ts", import.meta.url).pathname;
const virtualAddress = { ipv4: ip("10.9.0.100"), ipv6: ip("fd00::100"), tunnel: ip("10.9.0.102") };

describe.skipIf(!kernelHasIpvs)("a check by the forwarding path, from a director that has the virtual address", () => {
  let network: Network;
  const servers: RealServer[] = [];

  beforeAll(async () => {
    network = Network.create("path");
    network.addHost("lb", "10.9.0.1/24 fd00::1/64");
    network.configure(
      "lb",
      [...Object.values(virtualAddress)].map((address) => `address add ${address} dev eth0`),
    );
    for (const last of [1, 2]) network.addHost(`r${last}`, `10.9.0.1${last}/24 fd00::1${last}/64`);
    acceptDirectRouting(network, "r1", [virtualAddress.ipv4]);
    acceptTunnel(network, "r1", [virtualAddress.tunnel]);
    network.configure("r1", [`address add ${virtualAddress.ipv6}/128 dev lo`]);
    for (const host of ["r1", "r2"]) servers.push(await RealServer.start(network, host, 80));
  });

  afterAll(() => network.dispose());

  test("passes where the real server has the address, of both families, by its hardware address and in a tunnel", async () => {
    expect(await probe("10.9.0.11", { virtualAddress: virtualAddress.ipv4, method: "direct" })).toEqual({
      kind: "passed",
      detail: "10.9.0.100 accepted",
    });
    expect(await probe("fd00::11", { virtualAddress: virtualAddress.ipv6, method: "direct" })).toEqual({
      kind: "passed",
      detail: "fd00::100 accepted",
    });
    expect(await probe("10.9.0.11", { virtualAddress: virtualAddress.tunnel, method: "tunnel" })).toEqual({
      kind: "passed",
      detail: "10.9.0.102 accepted",
    });
    // Nothing is left half open, and the same again passes, too.
    expect(network.run("r1", ["ss", "-Htan", "state", "syn-recv"]).trim()).toBe("");
    expect((await probe("10.9.0.11", { virtualAddress: virtualAddress.ipv4, method: "direct" })).kind).toBe("passed");
  });

  test("fails where it lacks the address, although its own answers, and where it lacks the tunnel", async () => {
    expect(await probe("10.9.0.12", { virtualAddress: virtualAddress.ipv4, method: "direct" })).toEqual({
      kind: "failed",
      detail: "10.9.0.100 did not answer within 1s: does the real server have the address?",
    });
    expect((await probe("10.9.0.12", undefined)).kind).toBe("passed");
    expect(await probe("10.9.0.12", { virtualAddress: virtualAddress.tunnel, method: "tunnel" })).toEqual({
      kind: "failed",
      detail: "10.9.0.102 did not answer within 1s: does the real server have the address and the tunnel?",
    });
  });

  test("fails by name where nobody listens, where there is no such host, and where there is no way", async () => {
    const path = { virtualAddress: virtualAddress.ipv4, method: "direct" } as const;
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
    const path = { virtualAddress: virtualAddress.ipv4, method: "direct" } as const;
    expect(await probe("10.9.0.11", path)).toEqual({ kind: "passed", detail: "10.9.0.100 accepted" });
    expect((await probe("10.9.0.12", path)).kind).toBe("failed");
  });

  async function probe(address: string, path: TcpProbeModel["path"], port = 80): Promise<ProbeOutcome> {
    const model = { kind: "tcp", address: ip(address), port, timeout: milliseconds(1000), source: {}, path };
    const said = network.run("lb", [process.execPath, fixture, JSON.stringify(model)]);
    return JSON.parse(said);
  }
});
