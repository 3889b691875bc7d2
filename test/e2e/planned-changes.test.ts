import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Client, type Request, tally } from "../support/client.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { until } from "../support/until.ts";
import { layPair, type Pair, url, virtualAddress } from "./pair.ts";

/** One real server of each forwarding method, as its block begins in the configuration, and as ipvsadm lists it. */
const second = ["10.9.0.12 9826", "10.8.0.14 80", "10.9.0.12 80"] as const;

test.skipIf(!kernelHasIpvs)(
  "clients of direct routing, masquerade and tunnel notice nothing while real servers are drained, removed, added and weighed, and nothing of one that dies once it is out",
  async () => {
    const pair = await layPair("plan");
    await using _ = pair.network;
    const { lb1 } = pair;
    // Each request takes a while, so that there are always some under way.
    for (const server of [...Object.values(pair.realServers), ...Object.values(pair.tunnelServers)])
      await server.answerWith({ delayMs: 100 });
    await lb1.start().ready();
    await lb1.becomesMaster(virtualAddress.direct);
    await until(() => lb1.destinations() === 8, { what: "the whole table is there" });
    const clients = [url.direct, url.masquerade, url.tunnel].map((address) =>
      Client.start(pair.network, "client", address, { perSecond: 10, limitMs: 3000 }),
    );
    const whole = readFileSync(lb1.configFile, "utf8");
    const change = async (text: string) => {
      lb1.writeConfig(text);
      expect(lb1.cli("apply", lb1.configFile)).toMatchObject({ code: 0 });
      return Promise.all(clients.map((client) => client.next(10)));
    };
    await Promise.all(clients.map((client) => client.next(5)));

    const drained = second.reduce((text, one) => text.replace(blockOf(one), (block) => weighed(block, 0)), whole);
    await change(drained);
    await until(() => second.every((one) => activeConnections(pair, one) === 0), {
      what: "the drained real servers have no connections left",
      timeoutMs: 20_000,
      everyMs: 100,
    });
    await change(second.reduce((text, one) => text.replace(blockOf(one), ""), whole));
    expect(lb1.destinations()).toBe(5);
    const again = await change(whole);
    expect(lb1.destinations()).toBe(8);
    for (const requests of again) expect(Object.keys(tally(requests)).length).toBe(2);
    await change(second.reduce((text, one) => text.replace(blockOf(one), (block) => weighed(block, 5)), whole));
    for (const client of clients) expect(client.requests().filter(({ ok }) => !ok)).toEqual([]);

    const happened = lb1.cli("events").stdout;
    expect(happened).toMatch(/ipvs-applied 3 added, 0 updated, 0 removed in .*, for revision \d+$/m);
    expect(happened).toMatch(/ipvs-applied 0 added, 3 updated, 0 removed in .*, for revision \d+$/m);

    await Promise.all([pair.realServers.r1.close(), pair.realServers.r3.close(), pair.tunnelServers.r1.close()]);
    const died = /-a .* -r (10\.9\.0\.11|10\.8\.0\.13):/;
    await until(() => !lb1.table().some((line) => died.test(line)), {
      ...{ what: "what died is out", timeoutMs: 20_000, everyMs: 5 },
      evidence: () => lb1.table().join("\n"),
    });
    const removedAt = Date.now();
    const without = await Promise.all(clients.map((client) => client.next(20)));
    expect(without.flat().filter((request) => failedSince(request, removedAt))).toEqual([]);
    expect(without.map(tally)).toEqual([{ r2: 20 }, { r4: 20 }, { r2: 20 }]);
    for (const client of clients) await client.stop();
  },
  LAB_TEST_TIMEOUT_MS,
);

function failedSince({ ok, at }: Request, since: number): boolean {
  return !ok && at > since;
}

/** The block of a real server of an addressed service, up to the brace that ends it; the one of the mark has another check. */
function blockOf(endpoint: string): RegExp {
  return new RegExp(` {2}real_server ${endpoint.replaceAll(".", "\\.")} \\{[\\s\\S]*?\\n {2}\\}\\n`);
}

function weighed(block: string, weight: number): string {
  return block.replace(/weight \d+/, `weight ${weight}`);
}

/** The active connections of a destination, of all services together. */
function activeConnections({ network, lb1 }: Pair, endpoint: string): number {
  const lines = network.run(lb1.host, ["ipvsadm", "-Ln"]).split("\n");
  const fields = lines.map((line) => line.trim().split(/\s+/));
  const found = fields.filter(([arrow, name]) => arrow === "->" && name === endpoint.replace(" ", ":"));
  return found.reduce((sum, [, , , , active]) => sum + Number(active), 0);
}
