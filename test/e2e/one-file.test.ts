// The binary is one file: it runs alone in a directory, where /tmp cannot be written or nothing in it can be executed, and leaves nothing
// behind. An instance that becomes master shows that the add-on was loaded: nothing else opens its sockets.

import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../support/director.ts";
import { HostView } from "../support/host-view.ts";
import { LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const isRoot = process.getuid?.() === 0;

const config = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.1
  virtual_ipaddress {
    10.9.0.100/24
  }
}
`;

/** Runs the agent of a directory where temporary directories are others than usual, and writes down what is in them afterwards. */
const hiding = `set -e
for place in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o "$1" none $place; done
cd "$2"
env -i PATH="$PATH" HOME="$2/home" "$2/vipward" run --config "$2/vipward.conf" --runtime-dir "$2/run" --state-dir "$2/state"
find /tmp /var/tmp /dev/shm -mindepth 1 >"$2/left"`;

test.skipIf(!isRoot).each([["ro"], ["noexec"]])(
  "alone in its directory, with temporary directories that are %s, it becomes master and leaves no file",
  async (option) => {
    const network = Network.create(`one${option}`);
    await using _ = network;
    network.addHost("lb1", "10.9.0.1/24");
    // Not below /tmp, which is hidden.
    const home = mkdtempSync("/run/vipward-one-");
    try {
      mkdirSync(join(home, "home"));
      copyFileSync(binary, join(home, "vipward"));
      writeFileSync(join(home, "vipward.conf"), config);
      const agent = network.spawn("lb1", ["unshare", "--mount", "bash", "-c", hiding, "one-file", option, home]);
      const view = new HostView(network, "lb1");
      await until(() => view.holds("10.9.0.100"), {
        what: "it is master",
        timeoutMs: 30_000,
        evidence: () => agent.output(),
      });
      const maps = readFileSync(`/proc/${readFileSync(join(home, "run/vrrp.pid"), "utf8").trim()}/maps`, "utf8");
      expect(maps).toContain("/memfd:");

      const target = ["--runtime-dir", join(home, "run")];
      expect(network.run("lb1", [join(home, "vipward"), "stop", ...target])).toBe("stopped\n");
      expect(await agent.exited).toBe(0);
      expect(readFileSync(join(home, "left"), "utf8")).toBe("");
      expect(readdirSync(join(home, "home"))).toEqual([]);
      expect(readdirSync(home).sort()).toEqual(["home", "left", "run", "state", "vipward", "vipward.conf"]);
    } finally {
      rmSync(home, { recursive: true });
    }
  },
  LAB_TEST_TIMEOUT_MS,
);
