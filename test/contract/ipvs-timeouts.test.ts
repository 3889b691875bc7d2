// What is believed of the timeouts of IPVS, in memory and on a kernel with IPVS; there ipvsadm reads along.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { basename } from "node:path";
import { seconds } from "../../agent/base/duration.ts";
import type { IpvsTimeoutsPort } from "../../agent/kernel/ipvs-timeouts.ts";
import { LinuxIpvs } from "../../agent/kernel/linux/ipvs.ts";
import { LinuxIpvsTimeouts } from "../../agent/kernel/linux/ipvs-timeouts.ts";
import { NetworkNamespace } from "../../agent/kernel/linux/network-namespace.ts";
import { MemoryIpvsTimeouts } from "../../agent/kernel/memory/ipvs-timeouts.ts";
import { KERNEL_TEST_TIMEOUT_MS, kernelHasIpvs } from "../support/lab.ts";
import { service, tcp } from "./ipvs-contract.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const whyNot = whyNoNamespaces ?? (kernelHasIpvs ? undefined : "this kernel has no ipvs; run it with scripts/lab/run");

interface World extends Disposable {
  readonly timeouts: IpvsTimeoutsPort;
  /** What ipvsadm says of them; undefined where there is none. */
  ipvsadm(): string | undefined;
}

function contract(title: string, why: string | undefined, makeWorld: () => World): void {
  describe.skipIf(why !== undefined)(title, () => {
    test("at first those of the kernel, then those that were written", () => {
      using world = makeWorld();
      const { timeouts } = world;
      expect(timeouts.read()).toEqual({ tcp: seconds(900), tcpFin: seconds(120), udp: seconds(300) });
      const written = { tcp: seconds(7200), tcpFin: seconds(60), udp: seconds(1) };
      timeouts.write(written);
      expect(timeouts.read()).toEqual(written);
      const said = world.ipvsadm();
      if (said !== undefined) expect(said).toContain("Timeout (tcp tcpfin udp): 7200 60 1");
    });
  });
}

contract("ipvs timeouts in memory", undefined, () => {
  const timeouts = new MemoryIpvsTimeouts();
  return { timeouts, ipvsadm: () => undefined, [Symbol.dispose]: () => timeouts.close() };
});

/** Opened by the namespace's name from outside, as net_namespace_ipvs has it. */
contract(linuxTitle("ipvs timeouts", whyNot), whyNot, () => {
  const namespace = quietNamespace();
  const inside = new NetworkNamespace();
  inside.name = basename(namespace.path);
  const timeouts = new LinuxIpvsTimeouts(inside);
  return {
    timeouts,
    ipvsadm: () =>
      Bun.spawnSync(["ip", "netns", "exec", basename(namespace.path), "ipvsadm", "-L", "--timeout"]).stdout.toString(),
    [Symbol.dispose]: () => {
      timeouts.close();
      namespace[Symbol.dispose]();
    },
  };
});

test.skipIf(whyNot !== undefined)("ipvs of another namespace is programmed from here, and this one's is not", () => {
  const namespace = quietNamespace();
  const inside = new NetworkNamespace();
  inside.name = basename(namespace.path);
  const [there, here] = [new LinuxIpvs({ namespace: inside }), new LinuxIpvs()];
  const before = here.observe().length;
  expect(there.apply([{ kind: "add-service", service: service(tcp("10.9.0.100", 80)) }])).toEqual([]);
  expect([there.observe().length, here.observe().length]).toEqual([1, before]);
  there.close();
  here.close();
  namespace[Symbol.dispose]();
});

test.skipIf(whyNot !== undefined)("a namespace that is not there is named in the error", () => {
  const nowhere = new NetworkNamespace();
  nowhere.name = "nowhere";
  const ipvs = new LinuxIpvs({ namespace: nowhere });
  expect(() => ipvs.observe()).toThrow("nowhere");
});
