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
import { config } from "./ipvs-variants.ts";

test.skipIf(!kernelHasIpvs)(
  "vipward and keepalived have the same table while real servers fail and come back, with quorums, sorry servers, and every way of failing",
  async () => {
    const network = Network.create("same");
    await using _ = network;
    for (const [host, last] of Object.entries({ lb1: 1, lb2: 2, r1: 11, r2: 12 }))
      network.addHost(host, `10.9.0.${last}/24 fd00::${last}/64`);
    const [r1, r2] = await Promise.all([RealServer.start(network, "r1"), RealServer.start(network, "r2")]);
    const lb1 = await new Director(network, "lb1").writeConfig(config).start().ready();
    const keepalived = startKeepalived(network);

    const tables = () => ({ vipward: lb1.table(), keepalived: tableOf(network, "lb2") });
    const agree = async (what: string, inPool: readonly string[]) => {
      // The first virtual server, with nothing but its real servers, tells how far each of them has come.
      const seen = (table: readonly string[]) => table.filter((line) => line.startsWith("-a -t 10.9.0.100:80")).length;
      const isThere = () => {
        const { vipward, keepalived } = tables();
        return (
          seen(vipward) === inPool.length &&
          seen(keepalived) === inPool.length &&
          String(vipward) === String(keepalived)
        );
      };
      const evidence = () => JSON.stringify(tables(), undefined, 1);
      await until(isThere, { what: `both have the same table ${what}`, timeoutMs: 30_000, everyMs: 100, evidence });
      expect(tables().vipward).toEqual(tables().keepalived);
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
  },
  LAB_TEST_TIMEOUT_MS,
);

function startKeepalived(network: Network) {
  const file = (name: string) => join(network.directory, `keepalived-${name}`);
  writeFileSync(file("conf"), config);
  const pids = ["-p", file("main.pid"), "-c", file("checkers.pid")];
  return network.spawn("lb2", ["keepalived", "-C", "-n", "-l", "-f", file("conf"), ...pids], { log: file("log") });
}

function tableOf(network: Network, host: string): string[] {
  const lines = network.run(host, ["ipvsadm", "-Sn"]).split("\n");
  return lines.filter((line) => line !== "").sort();
}
