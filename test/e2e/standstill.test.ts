// A master that stands still for longer than its peers wait for it: when it goes on it gives up its addresses before it does anything else, says nothing
// on the wire, and tells why.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Capture, type CapturedFrame, type VrrpFrame } from "../support/capture.ts";
import { Director, type Role } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { canSuspend, suspendMachine } from "../support/suspend.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(LAB_TEST_TIMEOUT_MS);

const address = "10.9.0.100";

/** Neither takes the other's place once that is master: what is seen afterwards is not the next election. */
function configOf(priority: number): string {
  return `vrrp_instance VI_1 {
  state BACKUP
  nopreempt
  interface eth0
  virtual_router_id 100
  priority ${priority}
  virtual_ipaddress {
    ${address}/24
  }
}
`;
}

/** The advertisements of a director. */
function saidBy(source: string, frames: readonly CapturedFrame[]): VrrpFrame[] {
  return frames.filter((frame): frame is VrrpFrame => frame.kind === "vrrp" && frame.source === source);
}

/** Waits until a director tells that it has stepped down, and why. */
async function stepsDown(director: Director, why: string): Promise<void> {
  const line = new RegExp(`vrrp-state-changed .*from=master to=backup .*${why}: another router may have taken over`);
  await until(() => line.test(director.logText()), {
    ...{ what: `${director.host} steps down because of "${why}"`, timeoutMs: 20_000 },
    evidence: () => director.logText(),
  });
}

describe.skipIf(!kernelHasIpvs)("a master that stands still for longer than its master down interval", () => {
  let network: Network;
  let lb1: Director;
  let lb2: Director;
  let capture: Capture;

  beforeAll(async () => {
    network = Network.create("still");
    for (const [host, last] of [
      ["lb1", 1],
      ["lb2", 2],
      ["client", 50],
    ] as const)
      network.addHost(host, `10.9.0.${last}/24`);
    lb1 = new Director(network, "lb1").writeConfig(configOf(100));
    lb2 = new Director(network, "lb2").writeConfig(configOf(50));
    capture = await Capture.start(network, "client");
  });

  afterEach(() => {
    for (const director of [lb1, lb2]) director.cli("stop");
  });

  afterAll(() => network?.dispose());

  test("because its processes were stopped, says nothing when they go on", async () => {
    await lb1.start().ready();
    await lb1.becomesMaster(address);
    await lb2.start().ready();

    signalAll(lb1, "SIGSTOP");
    await lb2.becomesMaster(address);
    const before = capture.frames().length;
    signalAll(lb1, "SIGCONT");
    await stepsDown(lb1, "could not advertise for [0-9.]+m?s");
    expect(lb1.holds(address)).toBe(false);
    const since = () => capture.frames().slice(before);
    await until(() => saidBy("10.9.0.2", since()).length > 3, { what: "lb2 goes on", evidence: () => lb2.logText() });
    expect(saidBy("10.9.0.1", since())).toEqual([]);
    expect(lb2.holds(address)).toBe(true);
  });

  test.skipIf(!canSuspend)("because its machine was suspended, listens first when that is woken", async () => {
    const from = capture.frames().length;
    await lb1.start().ready();
    await lb1.becomesMaster(address);
    const advertised = () => saidBy("10.9.0.1", capture.frames().slice(from));
    await until(() => advertised().length > 2, { what: "lb1 advertises", evidence: () => lb1.logText() });

    const length = suspendMachine(8);
    // Awake already: some other signal, or the host was busy. It would show nothing.
    expect(length).toBeGreaterThan(5000);
    await stepsDown(lb1, "the machine was suspended for [0-9.]+m?s");
    const longest = () =>
      Math.max(
        ...advertised()
          .slice(1)
          .map(({ at }, index) => at - (advertised()[index]?.at ?? at)),
      );
    // What went on as before would have advertised at once; who steps down listens for an interval and the skew time.
    await until(() => longest() > length, { what: "lb1 is master again", evidence: () => lb1.logText() });
    expect(longest()).toBeGreaterThan(length + 1600);
  });
});

/** Control first: it may not find the others silent. */
function signalAll(director: Director, signal: "SIGSTOP" | "SIGCONT"): void {
  const roles: readonly Role[] = ["control", "vrrp"];
  for (const role of signal === "SIGSTOP" ? roles : roles.toReversed()) director.signal(role, signal);
}
