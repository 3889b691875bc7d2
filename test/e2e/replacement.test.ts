import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { Capture } from "../support/capture.ts";
import { Client } from "../support/client.ts";
import { binary } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { layPair, url, virtualAddress } from "./pair.ts";

test.skipIf(!kernelHasIpvs)(
  "a binary that is replaced under a running master (stop --keep, another file, start) stays master: no client, no peer and no address notices",
  async () => {
    // A start in the lab takes seconds: a peer that waits for nine of them shows what on a machine one of three shows.
    const pair = await layPair("replace", { advertInt: "3" });
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    await Promise.all([lb1, lb2].map((director) => director.start().ready()));
    await lb1.becomesMaster(virtualAddress.direct);
    await until(() => lb1.destinations() === 8, { what: "the whole table is there" });
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 20, limitMs: 2000 });
    const capture = await Capture.start(pair.network, "client");
    await client.next(5);
    const addresses = pair.network.spawn("lb1", ["ip", "-4", "-o", "monitor", "address"]);

    const program = join(pair.network.directory, "vipward-new");
    symlinkSync(binary, program);
    expect(lb1.cli("stop", "--keep").code).toBe(0);
    expect(await lb1.exited).toBe(0);
    lb1.start({ program });
    const starts = () => lb1.logText().split("agent-ready").length - 1;
    await until(() => starts() === 2, {
      what: "the new agent is ready",
      timeoutMs: 30_000,
      evidence: () => lb1.logText(),
    });
    const after = await client.next(60);

    expect(after.filter(({ ok }) => !ok)).toEqual([]);
    expect(lb1.logText()).toContain("resumed");
    expect(lb2.holds(virtualAddress.direct)).toBe(false);
    expect(lb1.destinations()).toBe(8);
    expect(
      addresses
        .output()
        .split("\n")
        .filter((line) => line.startsWith("Deleted")),
    ).toEqual([]);
    const packets = (await capture.stop()).filter((frame) => frame.kind === "vrrp");
    expect(packets.filter(({ source }) => source !== "10.9.0.1")).toEqual([]);
    expect(packets.filter(({ priority }) => priority === 0)).toEqual([]);
    addresses.kill("SIGTERM");
    await client.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);
