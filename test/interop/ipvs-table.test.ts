// The same keepalived.conf given to keepalived 2.2.7 (Debian's package) and to vipward: whatever happens to the real servers, both end with the
// same table, as ipvsadm prints it.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { RealServer } from "../support/real-server.ts";
import { until } from "../support/until.ts";
import { config, configOf, variants } from "./ipvs-variants.ts";
import { randomServices } from "./random-services.ts";

test.skipIf(!kernelHasIpvs)(
  "vipward and keepalived have the same table while real servers fail and come back, with quorums, sorry servers, every way of failing, and random settings",
  () => compare(config + randomServices(1, 40, 1)),
  LAB_TEST_TIMEOUT_MS,
);

/** More seeds of random services, such as RANDOM_SERVICES=2,3. */
const seeds = (process.env.RANDOM_SERVICES ?? "").split(",").filter(Boolean).map(Number);

for (const seed of seeds)
  test.skipIf(!kernelHasIpvs)(
    `so they do with the random settings of seed ${seed}`,
    () => compare(configOf(variants.slice(0, 1)) + randomServices(seed, 100, 1)),
    LAB_TEST_TIMEOUT_MS,
  );

/** Has both run a configuration, and takes r2 and then r1 away and gives them back. */
async function compare(text: string): Promise<void> {
  const network = Network.create("same");
  await using _ = network;
  for (const [host, last] of Object.entries({ lb1: 1, lb2: 2 }))
    network.addHost(host, `10.9.0.${last}/24 fd00::${last}/64`);
  for (const last of [1, 2])
    network.addHost(`r${last}`, [1, 2, 3].map((ten) => `10.9.0.${ten}${last}/24 fd00::${ten}${last}/64`).join(" "));
  const [r1, r2] = await Promise.all([RealServer.start(network, "r1"), RealServer.start(network, "r2")]);
  const lb1 = await new Director(network, "lb1").writeConfig(text).start().ready();
  const keepalived = startKeepalived(network, text);

  const tables = () => ({ vipward: lb1.table(), keepalived: tableOf(network, "lb2") });
  const agree = async (what: string, inPool: readonly string[]) => {
    // The first virtual server, with nothing but its real servers, tells how far each of them has come.
    const seen = (table: readonly string[]) => table.filter((line) => line.startsWith("-a -t 10.9.0.100:80")).length;
    const isThere = () => {
      const { vipward, keepalived } = tables();
      return (
        seen(vipward) === inPool.length && seen(keepalived) === inPool.length && String(vipward) === String(keepalived)
      );
    };
    await until(isThere, {
      what: `both have the same table ${what}`,
      ...{ timeoutMs: 30_000, everyMs: 100, evidence: () => `${differences(tables())}\n${text}` },
    });
    expect(differences(tables())).toBe("");
  };

  await agree("while all real servers are there", ["r1", "r2"]);
  await r1.close();
  await agree("without r1", ["r2"]);
  await r2.close();
  await agree("without any", []);
  await r1.open();
  await agree("with r1 back", ["r1"]);
  await r2.open();
  await agree("with all of them back", ["r1", "r2"]);
  keepalived.kill("SIGTERM");
  await keepalived.exited;
}

/** The lines that only one of the tables has. */
function differences(tables: Readonly<Record<"vipward" | "keepalived", readonly string[]>>): string {
  const [ours, theirs] = [new Set(tables.vipward), new Set(tables.keepalived)];
  return [
    ...tables.vipward.filter((line) => !theirs.has(line)).map((line) => `vipward: ${line}`),
    ...tables.keepalived.filter((line) => !ours.has(line)).map((line) => `keepalived: ${line}`),
  ].join("\n");
}

function startKeepalived(network: Network, text: string) {
  const file = (name: string) => join(network.directory, `keepalived-${name}`);
  writeFileSync(file("conf"), text);
  const pids = ["-p", file("main.pid"), "-c", file("checkers.pid")];
  return network.spawn("lb2", ["keepalived", "-C", "-n", "-l", "-f", file("conf"), ...pids], { log: file("log") });
}

function tableOf(network: Network, host: string): string[] {
  const lines = network.run(host, ["ipvsadm", "-Sn"]).split("\n");
  return lines.filter((line) => line !== "").sort();
}
