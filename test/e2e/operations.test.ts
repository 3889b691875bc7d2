// What operators and controllers do with the compiled binary and a real kernel: changes that go back, drains, failovers, overrides across
// crashes, and the API over TCP.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { Authority } from "../control/certificates.ts";
import { binary, type Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { layPair, type Pair, pairConfig, virtualAddress } from "./pair.ts";

const direct = `tcp ${virtualAddress.direct}:9826`;

async function startBoth({ lb1, lb2 }: Pair): Promise<void> {
  await Promise.all([lb1.start().ready(), lb2.start().ready()]);
  await lb1.becomesMaster(virtualAddress.direct);
  await until(() => lb1.destinations() === 8 && lb2.destinations() === 8, { what: "both have the whole table" });
}

/** Starts a new control process and waits until it answers. */
async function startAgain(director: Director): Promise<void> {
  await until(() => director.pid("control") === undefined, { what: "control is gone" });
  director.start();
  await until(() => director.cli("status").code === 0, { what: "control answers again", timeoutMs: 30_000 });
}

/** The weight of a destination of the direct routing service, as ipvsadm shows it. */
function weightOf(director: Director, address: string): string | undefined {
  const line = director.table().find((one) => one.startsWith(`-a -t ${virtualAddress.direct}:9826 -r ${address}:`));
  return /-w (\d+)/.exec(line ?? "")?.[1];
}

test.skipIf(!kernelHasIpvs)(
  "a failover moves the addresses to the peer and keeps them there, also when control is killed; cleared, they come back",
  async () => {
    const pair = await layPair("failover");
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    await startBoth(pair);
    expect(lb1.cli("failover", "VI_1", "--for", "10m", "--reason", "kernel update")).toMatchObject({ code: 0 });
    await lb2.becomesMaster(virtualAddress.direct);
    await until(() => !lb1.holds(virtualAddress.direct), { what: "lb1 has given the address away" });
    // Held back for four intervals, then backup behind the other.
    await until(() => lb1.cli("vrrp").stdout.includes("backup"), { what: "lb1 is backup", timeoutMs: 20_000 });
    lb1.signal("control", "SIGKILL");
    await startAgain(lb1);
    expect(lb1.cli("status").stdout).toContain("backup VI_1");
    expect(lb2.holds(virtualAddress.direct)).toBe(true);
    expect(lb1.cli("override", "clear", "backup VI_1")).toMatchObject({ code: 0 });
    await lb1.becomesMaster(virtualAddress.direct);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a drain is weight 0 in the kernel, survives the death of checkers and control and a push, and ends with undrain",
  async () => {
    const pair = await layPair("drain");
    await using _ = pair.network;
    const { lb1 } = pair;
    await startBoth(pair);
    expect(lb1.cli("drain", direct, "10.9.0.11:9826", "--reason", "new disks")).toMatchObject({ code: 0 });
    expect([weightOf(lb1, "10.9.0.11"), weightOf(lb1, "10.9.0.12")]).toEqual(["0", "1"]);
    lb1.signal("checkers", "SIGKILL");
    await until(() => lb1.cli("status").stdout.includes("replaced 1x"), { what: "checkers are replaced" });
    expect(weightOf(lb1, "10.9.0.11")).toBe("0");
    lb1.signal("control", "SIGKILL");
    await startAgain(lb1);
    lb1.writeConfig(pairConfig({ state: "MASTER", priority: 120, source: "10.9.0.1" }));
    lb1.signal("control", "SIGHUP");
    await until(() => lb1.cli("history", "-n", "1").stdout.includes("read from"), { what: "the file was applied" });
    expect(weightOf(lb1, "10.9.0.11")).toBe("0");
    expect(lb1.cli("undrain", direct)).toMatchObject({ code: 0 });
    expect(weightOf(lb1, "10.9.0.11")).toBe("3");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a change that nobody confirms goes back by itself, also when control was dead at its time; one that is confirmed stays",
  async () => {
    const pair = await layPair("confirm");
    await using _ = pair.network;
    const { lb1 } = pair;
    await startBoth(pair);
    const without = pairConfig({ state: "MASTER", priority: 100, source: "10.9.0.1", virtualServers: false });
    const file = join(pair.network.directory, "without.conf");
    await Bun.write(file, without);
    const apply = (...words: string[]) => lb1.cli("apply", file, "--confirm", "4s", ...words);
    expect(apply("--confirm-id", "a")).toMatchObject({ code: 0 });
    expect(lb1.destinations()).toBe(0);
    await until(() => lb1.destinations() === 8, { what: "the table is back", timeoutMs: 20_000 });
    expect(lb1.cli("history", "-n", "1").stdout).toContain("was not confirmed in time");

    expect(apply("--confirm-id", "b")).toMatchObject({ code: 0 });
    const applied = Date.now();
    lb1.signal("control", "SIGKILL");
    await until(() => Date.now() > applied + 4500, { what: "the time to confirm is over", timeoutMs: 10_000 });
    expect(lb1.destinations()).toBe(0);
    await startAgain(lb1);
    await until(() => lb1.destinations() === 8, { what: "the table is back", timeoutMs: 20_000 });

    expect(lb1.cli("apply", file, "--confirm", "5m", "--confirm-id", "c")).toMatchObject({ code: 0 });
    expect(lb1.cli("confirm")).toMatchObject({ code: 0 });
    expect(lb1.cli("status").stdout).not.toContain("unless confirmed");
    expect(lb1.destinations()).toBe(0);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "over TCP with mutual TLS a viewer sees the state and may not stop the agent; a file of rules that is wrong is refused at start",
  async () => {
    const pair = await layPair("tls");
    await using _ = pair.network;
    using authority = new Authority();
    const { lb1 } = pair;
    const agent = authority.issue("IP:10.9.0.1");
    const viewer = authority.issue("URI:spiffe://test/viewer");
    const access = `${authority.directory}/access.yaml`;
    await Bun.write(access, "rules:\n  - roles: [viewer]\n    identities: [spiffe://test/viewer]\n");
    const options = [
      ...["--listen", "10.9.0.1:7443", "--tls-cert", agent.cert, "--tls-key", agent.key],
      ...["--tls-client-ca", authority.ca, "--access", access],
    ];
    await lb1.start({ options }).ready();
    const tls = [
      "--target",
      "10.9.0.1:7443",
      "--tls-ca",
      authority.ca,
      "--tls-cert",
      viewer.cert,
      "--tls-key",
      viewer.key,
    ];
    expect(pair.network.run("lb2", [binary, "status", ...tls])).toContain("VI_1");
    expect(() => pair.network.run("lb2", [binary, "stop", ...tls])).toThrow("may not administer");
    expect(lb1.cli("status")).toMatchObject({ code: 0 });
    expect(lb1.cli("stop")).toMatchObject({ code: 0 });
    await lb1.exited;

    await Bun.write(access, "rules:\n  - roles: [king]\n    identities: [spiffe://test/viewer]\n");
    expect(await lb1.start({ options }).exited).toBe(2);
    expect(lb1.logText()).toContain(`the access file ${access} is wrong: rules[0].roles: "king" is none of`);
    expect(lb1.table()).toEqual([]);
  },
  LAB_TEST_TIMEOUT_MS,
);
