// What a TCP probe says when the network is in the way, in a network namespace of its own. Needs root.

import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const isRoot = process.getuid?.() === 0;
const fixture = join(import.meta.dir, "one-probe-fixture.ts");

describe.skipIf(!isRoot)(`a TCP probe${isRoot ? "" : ", skipped because network namespaces need root"}`, () => {
  const cases: [situation: string, setup: string, address: string, detail: string][] = [
    ["a refusal", "", "127.0.0.1", "connection refused"],
    ["a refusal over IPv6", "", "::1", "connection refused"],
    ["a missing route", "", "192.0.2.1", "network is unreachable"],
    ["a missing route of IPv6", "", "2001:db8::1", "network is unreachable"],
    ["an unreachable route", "ip route add unreachable 192.0.2.0/24", "192.0.2.1", "no route to host"],
    [
      "a prohibiting route",
      "ip route add prohibit 192.0.2.0/24",
      "192.0.2.1",
      "a route or a packet filter of this director prohibits it (EACCES)",
    ],
    ["a blackhole", "ip route add blackhole 192.0.2.0/24", "192.0.2.1", "the route to it is a blackhole (EINVAL)"],
    [
      "a host that nobody knows",
      `ip link add here type veth peer name there && ip address add 192.0.2.9/24 dev here && ip link set here up && ip link set there up`,
      "192.0.2.1",
      "no route to host",
    ],
  ];
  for (const [situation, setup, address, detail] of cases)
    test(`names ${situation}`, async () => {
      expect(await probeIn(`ip link set lo up; ${setup || ":"}`, address)).toEqual({ kind: "failed", detail });
    }, 30_000);
});

async function probeIn(setup: string, address: string): Promise<unknown> {
  const script = `${setup} && exec "$0" "$@"`;
  const command = ["unshare", "-n", "sh", "-c", script, process.execPath, fixture, address, "1", "10000"];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [output, complaint] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if (output === "") throw new Error(`the probe said nothing: ${complaint}`);
  return JSON.parse(output);
}
