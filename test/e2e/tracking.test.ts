// What directors track, with the compiled binary: each thing that is tracked goes away and comes back, and a sync group follows as one.

import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const vip = "10.9.0.100";
const second = "10.8.0.100";

interface Place {
  readonly network: Network;
  readonly lb1: Director;
  readonly lb2: Director;
  /** A path that all hosts of the test share. */
  readonly path: (name: string) => string;
}

/** Two directors with two interfaces each, the first with priority 150. `text` gives what each adds to its configuration. */
function lay(
  prefix: string,
  text: (path: Place["path"]) => { readonly top?: string; readonly instance?: string },
): Place {
  const network = Network.create(prefix);
  const path = (name: string) => join(network.directory, name);
  const { top = "", instance = "" } = text(path);
  const directors = (["lb1", "lb2"] as const).map((host, index) => {
    network.addHost(host, `10.9.0.${index + 1}/24`);
    network.connect(host, `10.8.0.${index + 1}/24`, "back");
    const own = index === 0 ? { top, instance } : { top: "", instance: "" };
    return new Director(network, host).writeConfig(config(index === 0 ? 150 : 100, own.top, own.instance));
  });
  return { network, path, lb1: directors[0] as Director, lb2: directors[1] as Director };
}

function config(priority: number, top: string, instance: string): string {
  return `${top}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.1
  priority ${priority}
  ${instance}
  virtual_ipaddress {
    ${vip}/24
  }
}
`;
}

async function start({ lb1, lb2 }: Place): Promise<void> {
  await Promise.all([lb1.start({ options: ["--allow-scripts"] }).ready(), lb2.start().ready()]);
  await lb1.becomesMaster(vip);
}

/** Waits until exactly the first of the two holds the address. */
async function isMaster(what: string, master: Director, other: Director, address = vip): Promise<void> {
  await until(() => master.holds(address) && !other.holds(address), {
    ...{ what, timeoutMs: 20_000, everyMs: 20 },
    evidence: () => `${master.logText()}\n---\n${other.logText()}`,
  });
}

const can = kernelHasIpvs;

test.skipIf(!can)(
  "a tracked interface without a weight is a fault of the instance while it is down, and one with a weight takes so much off",
  async () => {
    const place = lay("trif", () => ({ instance: "track_interface {\n    eth1\n  }" }));
    await using _ = place.network;
    const { network, lb1, lb2 } = place;
    await start(place);
    network.setCarrier("lb1", "eth1", false);
    await isMaster("lb2 takes over", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain('why: tracked interface "eth1" is down or has no carrier');
    network.setCarrier("lb1", "eth1", true);
    await isMaster("lb1 is back", lb1, lb2);

    lb1.writeConfig(config(150, "", "track_interface {\n    eth1 weight -80\n  }"));
    lb1.signal("control", "SIGHUP");
    await until(() => lb1.cli("vrrp").stdout.includes("track interface eth1 weight -80 up"), {
      what: "the weight runs",
    });
    network.setCarrier("lb1", "eth1", false);
    await isMaster("lb2 has more", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain("prio 70 (configured 150)");
    expect(lb1.cli("events").stdout).toContain("vrrp-priority-changed VI_1 master prio 150 -> 70");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!can)(
  "a tracked script runs as its user, and when it fails, or takes too long, the other director is master until it succeeds again",
  async () => {
    const place = lay("trsc", (path) => ({
      top: `vrrp_script chk {\n  script "${path("check")} web"\n  interval 0.2\n  timeout 0.3\n  fall 2\n  user nobody\n}`,
      instance: "track_script {\n    chk\n  }",
    }));
    await using _ = place.network;
    const { lb1, lb2, path } = place;
    chmodSync(place.network.directory, 0o755);
    const check = (text: string) => {
      writeFileSync(path("check"), `#!/bin/sh\n[ "$(id -un)" = nobody ] && [ "$1" = web ] || exit 9\n${text}\n`);
      chmodSync(path("check"), 0o755);
    };
    check("exit 0");
    await start(place);
    check("exit 3");
    await isMaster("lb2 takes over", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain('why: tracked script "chk" ended with exit code 3');
    check("exit 0");
    await isMaster("lb1 is back", lb1, lb2);
    check("sleep 60");
    await isMaster("lb2 takes over from a script that hangs", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain('why: tracked script "chk" took longer than 300ms');
    check("exit 0");
    await isMaster("lb1 is back again", lb1, lb2);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!can)(
  "a tracked process and a tracked file move the address, and the process that follows them may be killed",
  async () => {
    const place = lay("trpf", (path) => ({
      top: `vrrp_track_process sleeper {
  process ${path("sleeper")}
  full_command
}
track_file load {
  file ${path("load")}
  init_file 0
}`,
      instance: "track_process {\n    sleeper\n  }\n  track_file {\n    load weight -1\n  }",
    }));
    await using _ = place.network;
    const { network, lb1, lb2, path } = place;
    network.run("lb1", ["cp", "/bin/sleep", path("sleeper")]);
    const begin = () => network.spawn("lb1", [path("sleeper"), "600"]);
    let sleeper = begin();
    await start(place);
    sleeper.kill("SIGKILL");
    await isMaster("lb2 takes over", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain('why: tracked process "sleeper" runs 0 times, expected at least 1');
    sleeper = begin();
    await isMaster("lb1 is back", lb1, lb2);

    const trackers = network.run("lb1", ["pgrep", "-f", `role trackers ${lb1.runtimeDirectory} `]).trim();
    process.kill(Number(trackers), "SIGKILL");
    await until(() => lb1.logText().includes("trackers-ended"), { what: "the end of the trackers is noticed" });
    writeFileSync(path("load"), "100\n");
    await isMaster("lb2 takes over from a busy director", lb2, lb1);
    expect(lb1.cli("vrrp").stdout).toContain("prio 50 (configured 150)");
    writeFileSync(path("load"), "0\n");
    await isMaster("lb1 is back again", lb1, lb2);
    sleeper.kill("SIGKILL");
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!can)(
  "a sync group of two instances moves as one: the link of one takes both away, and both come back",
  async () => {
    const place = lay("trsg", () => ({}));
    await using _ = place.network;
    const { network, lb1, lb2 } = place;
    for (const [director, priority] of [
      [lb1, 150],
      [lb2, 100],
    ] as const)
      director.writeConfig(`${config(priority, "", "")}
vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 52
  version 3
  advert_int 0.1
  priority ${priority}
  virtual_ipaddress {
    ${second}/24
  }
}
vrrp_sync_group VG_1 {
  group {
    VI_1
    VI_2
  }
}
`);
    await start(place);
    await isMaster("lb1 has both", lb1, lb2, second);
    expect(lb1.cli("vrrp").stdout).toMatch(/sync group VG_1: state master since \S+ members VI_1 VI_2/);
    network.setCarrier("lb1", "eth1", false);
    await isMaster("lb2 has the one whose link is down", lb2, lb1, second);
    await isMaster("and the other", lb2, lb1, vip);
    expect(lb1.cli("vrrp").stdout).toContain('why: VI_2 of sync group "VG_1" is in fault: interface "eth1" is down');
    network.setCarrier("lb1", "eth1", true);
    await isMaster("lb1 has both back", lb1, lb2, second);
    await isMaster("lb1 has the first back", lb1, lb2, vip);
    const groups = lb1
      .cli("events")
      .stdout.split("\n")
      .filter((line) => line.includes("sync-group-state-changed"));
    expect(groups.map((line) => line.replace(/^.*VG_1 (\S+ -> \S+) .*$/, "$1"))).toEqual([
      ...["initialize -> backup", "backup -> master"],
      ...["master -> fault", "fault -> backup", "backup -> master"],
    ]);
  },
  LAB_TEST_TIMEOUT_MS,
);
