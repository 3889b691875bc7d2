// What is believed of the IPVS sync daemons, in memory and on a kernel with IPVS; there ipvsadm reads along.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { ip } from "../../agent/base/address.ts";
import { OperationError } from "../../agent/base/errors.ts";
import { LinuxSyncDaemons } from "../../agent/kernel/linux/sync-daemons.ts";
import { MemorySyncDaemons } from "../../agent/kernel/memory/sync-daemons.ts";
import { isSameDaemon, type SyncDaemon, type SyncDaemonsPort } from "../../agent/kernel/sync-daemons.ts";
import { KERNEL_TEST_TIMEOUT_MS, kernelHasIpvs } from "../support/lab.ts";
import { linuxTitle, quietNamespace, whyNoNamespaces } from "./linux-namespace.ts";

setDefaultTimeout(KERNEL_TEST_TIMEOUT_MS);

const whyNot = whyNoNamespaces ?? (kernelHasIpvs ? undefined : "this kernel has no ipvs; run it with scripts/lab/run");

interface World extends Disposable {
  readonly namespace: string;
  readonly daemons: SyncDaemonsPort;
  /** What ipvsadm says of them; undefined where there is none. */
  ipvsadm(): string | undefined;
}

function contract(title: string, why: string | undefined, makeWorld: () => World): void {
  describe.skipIf(why !== undefined)(title, () => {
    const master: SyncDaemon = { state: "master", interface: "eth0", id: 51 };
    const backup: SyncDaemon = {
      ...{ state: "backup", interface: "eth0", id: 7, maxLength: 1000, port: 8900, ttl: 3 },
      group: ip("224.0.0.99"),
    };

    test("one of each state, and no second one, runs as it was wished until it is stopped", () => {
      using world = makeWorld();
      const { daemons } = world;
      expect(daemons.daemons()).toEqual([]);
      daemons.start(master);
      daemons.start(backup);
      expect(() => daemons.start({ ...master, id: 3 })).toThrow(OperationError);
      const found = daemons.daemons();
      const isThere = (wished: SyncDaemon) => found.some((one) => isSameDaemon(wished, one));
      expect({ found, there: [master, backup].map(isThere) }).toMatchObject({ there: [true, true] });
      const said = world.ipvsadm();
      if (said !== undefined)
        expect(said).toMatch(
          /master sync daemon \(mcast=eth0, syncid=51, [\s\S]*backup sync daemon \(mcast=eth0, syncid=7, maxlen=1024, group=224.0.0.99, port=8900/,
        );
      daemons.stop("master");
      daemons.stop("master");
      expect(daemons.daemons().map(({ state }) => state)).toEqual(["backup"]);
      daemons.stop("backup");
      expect(daemons.daemons()).toEqual([]);
    });

    test("one that is stopped in the moment of its start is gone, and nobody waits for it", () => {
      using world = makeWorld();
      const { daemons } = world;
      for (let count = 0; count < 20; count += 1) {
        for (const daemon of [master, backup]) {
          daemons.start(daemon);
          daemons.stop(daemon.state);
        }
        expect(daemons.daemons()).toEqual([]);
      }
    });

    test("those of one network namespace are not seen in another, and are still there", () => {
      using world = makeWorld();
      const { daemons } = world;
      daemons.start(master);
      daemons.enter(undefined);
      expect(daemons.daemons()).toEqual([]);
      daemons.enter(world.namespace);
      expect(daemons.daemons().map(({ state }) => state)).toEqual(["master"]);
    });

    test("a namespace that is not there is refused by its name", () => {
      using world = makeWorld();
      if (world.ipvsadm() === undefined) return;
      world.daemons.enter("nowhere");
      expect(() => world.daemons.daemons()).toThrow("network namespace nowhere");
      world.daemons.enter(world.namespace);
    });
  });
}

contract("sync daemons in memory", undefined, () => {
  const daemons = new MemorySyncDaemons();
  daemons.enter("lb");
  return { namespace: "lb", daemons, ipvsadm: () => undefined, [Symbol.dispose]: () => daemons.close() };
});

contract(linuxTitle("sync daemons", whyNot), whyNot, () => {
  const namespace = quietNamespace();
  const name = namespace.path.replace("/run/netns/", "");
  namespace.ip("link", "add", "eth0", "type", "veth", "peer", "name", "far0");
  for (const link of ["eth0", "far0"]) namespace.ip("link", "set", link, "up");
  namespace.ip("address", "add", "10.9.0.1/24", "dev", "eth0");
  const port = new LinuxSyncDaemons();
  port.enter(name);
  return {
    namespace: name,
    daemons: port,
    ipvsadm: () => Bun.spawnSync(["ip", "netns", "exec", name, "ipvsadm", "-L", "--daemon"]).stdout.toString(),
    [Symbol.dispose]: () => {
      for (const state of ["master", "backup"] as const) port.stop(state);
      port.close();
      namespace[Symbol.dispose]();
    },
  };
});
