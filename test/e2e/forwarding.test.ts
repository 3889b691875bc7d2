import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Client, type Request, tally } from "../support/client.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { layPair, type Pair, url, virtualAddress } from "./pair.ts";

/** Asks a URL until `count` requests are answered; returns how many of those that were asked first each real server got. */
async function ask(pair: Pair, address: string, count: number): Promise<Record<string, number>> {
  const client = Client.start(pair.network, "client", address, { perSecond: 50, limitMs: 2000 });
  await client.waitFor((done) => done.length >= count, { what: `${count} requests are answered`, timeoutMs: 60_000 });
  const requests = await client.stop();
  return tally(requests.toSorted((one, other) => one.at - other.at).slice(0, count));
}

test.skipIf(!kernelHasIpvs)(
  "of two directors with a keepalived.conf the better one forwards a client's requests by direct routing, masquerade and tunnel",
  async () => {
    const pair = await layPair("fwd");
    await using _ = pair.network;
    const { lb1, lb2 } = pair;
    await Promise.all([lb1.start().ready(), lb2.start().ready()]);
    await lb1.becomesMaster(virtualAddress.direct);
    await until(() => lb1.destinations() === 8 && lb2.destinations() === 8, {
      what: "both directors have the whole table",
    });

    expect(Object.values(virtualAddress).map((address) => [lb1.holds(address), lb2.holds(address)])).toEqual(
      new Array(4).fill([true, false]),
    );

    // Weights 3 and 1: of 40 requests 30 and 10. Weighted round robin is exact from any start, up to one round.
    const direct = await ask(pair, url.direct, 40);
    expect(Object.keys(direct).sort()).toEqual(["r1", "r2"]);
    expect(Math.abs((direct.r1 ?? 0) - 30)).toBeLessThanOrEqual(2);
    const masquerade = await ask(pair, url.masquerade, 20);
    expect(Math.abs((masquerade.r3 ?? 0) - 10)).toBeLessThanOrEqual(1);
    expect((masquerade.r3 ?? 0) + (masquerade.r4 ?? 0)).toBe(20);
    const tunnel = await ask(pair, url.tunnel, 20);
    expect(Math.abs((tunnel.r1 ?? 0) - 10)).toBeLessThanOrEqual(1);
    expect((tunnel.r1 ?? 0) + (tunnel.r2 ?? 0)).toBe(20);

    expect(lb1.table()).toEqual(
      [
        "-A -t 10.9.0.100:9826 -s wrr",
        "-a -t 10.9.0.100:9826 -r 10.9.0.11:9826 -g -w 3",
        "-a -t 10.9.0.100:9826 -r 10.9.0.12:9826 -g -w 1",
        "-A -t 10.9.0.101:80 -s wrr",
        "-a -t 10.9.0.101:80 -r 10.8.0.13:80 -m -w 1",
        "-a -t 10.9.0.101:80 -r 10.8.0.14:80 -m -w 1",
        "-A -t 10.9.0.102:80 -s wrr",
        "-a -t 10.9.0.102:80 -r 10.9.0.11:80 -i -w 1 --tun-type ipip",
        "-a -t 10.9.0.102:80 -r 10.9.0.12:80 -i -w 1 --tun-type ipip",
        "-A -f 300 -s wrr -p 900",
        "-a -f 300 -r 10.9.0.11:0 -g -w 1",
        "-a -f 300 -r 10.9.0.12:0 -g -w 1",
      ].sort(),
    );
    expect(lb2.table()).toEqual(lb1.table());
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a real server whose listener stops leaves the pool after the configured retries, and no request fails after that until it is back",
  async () => {
    const pair = await layPair("loss");
    await using _ = pair.network;
    const { lb1 } = pair;
    await lb1.start().ready();
    await lb1.becomesMaster(virtualAddress.direct);
    await until(() => lb1.destinations() === 8, { what: "the whole table is there" });
    const client = Client.start(pair.network, "client", url.direct, { perSecond: 20, limitMs: 2000 });
    await client.next(10);

    await pair.realServers.r1.close();
    // r1 serves the direct service and stands, with a checker of its own, in the mark's service too.
    const r1 = /-a (-t 10\.9\.0\.100:9826|-f 300) -r 10\.9\.0\.11:/;
    await until(() => !lb1.table().some((line) => r1.test(line)), {
      ...{ what: "r1 is out of both services", timeoutMs: 20_000, everyMs: 5 },
      evidence: () => lb1.table().join("\n"),
    });
    const removedAt = Date.now();
    const without = await client.next(40);
    expect(failures(without, removedAt)).toEqual([]);
    expect(tally(without)).toEqual({ r2: 40 });

    await pair.realServers.r1.open();
    await until(() => lb1.destinations() === 8, { what: "r1 is back in both services", timeoutMs: 20_000 });
    const again = await client.next(40);
    expect(failures(again, removedAt)).toEqual([]);
    expect(tally(again).r1 ?? 0).toBeGreaterThan(20);
    await client.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a changed weight touches nothing else: the kernel's counters of every service and destination go on",
  async () => {
    const pair = await layPair("count");
    await using _ = pair.network;
    const { lb1 } = pair;
    await lb1.start().ready();
    await lb1.becomesMaster(virtualAddress.direct);
    await until(() => lb1.destinations() === 8, { what: "the whole table is there" });
    for (const address of [url.direct, url.masquerade, url.tunnel]) await ask(pair, address, 12);
    // The kernel adds up its processors' counts now and then.
    const services = ["TCP 10.9.0.100:9826", "TCP 10.9.0.101:80", "TCP 10.9.0.102:80"];
    const isAddedUp = (counts: Record<string, number>) => services.every((service) => (counts[service] ?? 0) >= 12);
    await until(() => isAddedUp(counted(pair)), { what: "every request is counted", everyMs: 200 });
    const before = counted(pair);

    lb1.writeConfig(readFileSync(lb1.configFile, "utf8").replace("weight 3", "weight 2"));
    expect(lb1.cli("apply", lb1.configFile)).toMatchObject({ code: 0 });
    expect(lb1.table()).toContain("-a -t 10.9.0.100:9826 -r 10.9.0.11:9826 -g -w 2");
    // A service or destination that is made anew begins with 0, and so does one that was removed for a moment.
    expect(counted(pair)).toEqual(before);
  },
  LAB_TEST_TIMEOUT_MS,
);

/** The connections that the kernel has counted for each service and destination, by its line in `ipvsadm`. */
function counted({ network, lb1 }: Pair): Record<string, number> {
  let service = "";
  const rows = network
    .run(lb1.host, ["ipvsadm", "-Ln", "--stats", "--exact"])
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([kind]) => kind === "TCP" || kind === "FWM" || kind === "->");
  return Object.fromEntries(
    rows
      .filter(([, name]) => name !== "RemoteAddress:Port")
      .map(([kind, name, connections]) => {
        if (kind !== "->") service = `${kind} ${name}`;
        return [kind === "->" ? `${service} ${name}` : service, Number(connections)];
      }),
  );
}

function failures(requests: readonly Request[], since: number): Request[] {
  return requests.filter((request) => !request.ok && request.at > since);
}
