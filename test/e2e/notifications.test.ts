// Who is told, by the compiled binary: with real scripts, pipes and a mail server, and beside keepalived in the same story.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isRunning } from "../../agent/supervisor/process-table.ts";
import { Capture, type VrrpFrame } from "../support/capture.ts";
import { Director } from "../support/director.ts";
import { KeepalivedDirector } from "../support/keepalived.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { type HostProcess, Network } from "../support/network.ts";
import { until } from "../support/until.ts";

const address = "10.9.0.100";
const started = { options: ["--allow-scripts"] };

/** Where the scripts of one host write, and what they wrote. */
class Recorder {
  readonly #network: Network;
  readonly #host: string;
  readonly #folder: string;

  constructor(network: Network, host: string) {
    this.#network = network;
    this.#host = host;
    this.#folder = join(network.directory, `told-${host}`);
    mkdirSync(this.#folder);
    this.script("record", `line=\nfor word; do line="$line[$word]"; done\necho "$line" >> ${this.path("scripts")}`);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Writes a shell script and gives its path. */
  script(name: string, body: string): string {
    const file = this.path(name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  get record(): string {
    return this.path("record");
  }

  /** Begins to read the pipe, for as long as the network is there. */
  readFifo(): HostProcess {
    const [pipe, out] = [this.path("fifo"), this.path("lines")];
    const body = `until [ -p ${pipe} ]; do sleep 0.05; done\nwhile :; do cat ${pipe} >> ${out}; done`;
    return this.#network.spawn(this.#host, ["sh", "-c", body]);
  }

  scripts(): readonly string[] {
    return linesOf(this.path("scripts"));
  }

  lines(): readonly string[] {
    return linesOf(this.path("lines"));
  }

  async has(line: string, of: "scripts" | "lines" = "scripts", times = 1): Promise<void> {
    await until(() => this[of]().filter((one) => one === line).length >= times, {
      what: `${this.#host} was told ${line}`,
      timeoutMs: 30_000,
      evidence: () => this[of]().join("\n"),
    });
  }
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

/** Whether the scripts have run for everything that has happened, and the store knows; nobody need have read the pipe. The agent has it for itself: a copy is asked. */
function isWrittenDown(director: Director): boolean {
  const copy = join(mkdtempSync(join(director.network.directory, "store-")), "vipward.db");
  for (const end of ["", "-wal"]) {
    const file = join(director.stateDirectory, `vipward.db${end}`);
    if (existsSync(file)) copyFileSync(file, `${copy}${end}`);
  }
  using store = new Database(copy);
  const numberOf = (query: string) => store.query<{ number: number | null }, []>(query).get()?.number ?? 0;
  const told = numberOf("SELECT sequence AS number FROM notified WHERE target = 'scripts'");
  return told > 0 && told >= numberOf("SELECT max(sequence) AS number FROM events");
}

/** One instance with a record of everything. */
function instance(name: string, id: number, virtual: string, priority: number, { record }: Recorder): string {
  const script = (state: string) => `"${record} ${id} ${state} 'two words'"`;
  return `vrrp_instance "${name}" {
  state BACKUP
  interface eth0
  virtual_router_id ${id}
  priority ${priority}
  advert_int 1
  virtual_ipaddress { ${virtual} }
  notify_master ${script("master")}
  notify_backup ${script("backup")}
  notify_fault ${script("fault")}
  notify_stop ${script("stop")}
  notify_deleted ${script("deleted")}
  notify ${script("any")} root root
}
`;
}

function globals(recorder: Recorder): string {
  return `global_defs {
  router_id T
  script_user root
  enable_script_security
  vrrp_notify_fifo ${recorder.path("fifo")}
  startup_script "${recorder.record} startup"
  shutdown_script "${recorder.record} shutdown"
}
`;
}

/** A director of either kind, as a story plays with it. */
interface Player {
  reload(config: string): void;
  stop(): Promise<void>;
}

type Start = (config: string) => Promise<Player>;

/** Plays a story with keepalived and with vipward, each alone on its own segment, and gives what was told by each. */
async function withBoth(network: Network, story: (recorder: Recorder, host: string, start: Start) => Promise<void>) {
  network.addHost("ka", "10.9.0.1/24", "one");
  network.addHost("vw", "10.9.0.2/24", "two");
  const [theirs, ours] = [new Recorder(network, "ka"), new Recorder(network, "vw")];
  for (const recorder of [theirs, ours]) recorder.readFifo();
  await story(theirs, "ka", async (config) => {
    const keepalived = new KeepalivedDirector(network, "ka", config);
    await keepalived.start();
    return { reload: (next) => keepalived.reload(next), stop: () => keepalived.stop() };
  });
  await story(ours, "vw", async (config) => {
    const director = new Director(network, "vw").writeConfig(config).start(started);
    await director.ready();
    const reload = (next: string) => director.writeConfig(next).signal("control", "SIGHUP");
    const stop = async () => {
      director.signal("control", "SIGTERM");
      await director.exited;
    };
    return { reload, stop };
  });
  return { theirs, ours };
}

/** The lines about one subject: subjects come in any order, and keepalived starts its scripts side by side. */
function about(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.includes(`"${name}"`));
}

test.skipIf(!kernelHasIpvs)(
  "scripts get the same arguments and FIFOs the same lines as with keepalived, in the same story",
  async () => {
    await using network = Network.create("told");
    const { theirs, ours } = await withBoth(network, async (recorder, host, start) => {
      const good = recorder.path("good");
      const check = `vrrp_script check {\n  script "/usr/bin/test -e ${good}"\n  interval 1\n  weight 20\n  init_fail\n}\n`;
      const tracking = "  track_script { check }\n  notify_priority_changes\n}\n";
      const one = check + instance("VI_1", 51, "10.9.0.100", 120, recorder).replace(/}\n$/, tracking);
      const two = instance("VI two", 52, "10.9.0.101", 90, recorder);
      const director = await start(globals(recorder) + one + two);
      await recorder.has('INSTANCE "VI_1" MASTER 120', "lines");
      await recorder.has('INSTANCE "VI two" MASTER 90', "lines");
      writeFileSync(good, "");
      await recorder.has('INSTANCE "VI_1" MASTER_PRIORITY 140', "lines");
      rmSync(good);
      await recorder.has('INSTANCE "VI_1" MASTER_PRIORITY 120', "lines");
      network.configure(host, ["link set eth0 down"]);
      await recorder.has('INSTANCE "VI_1" FAULT 120', "lines");
      await recorder.has('INSTANCE "VI two" FAULT 90', "lines");
      network.configure(host, ["link set eth0 up"]);
      await recorder.has('INSTANCE "VI_1" MASTER 120', "lines", 2);
      await recorder.has('INSTANCE "VI two" MASTER 90', "lines", 2);
      director.reload(globals(recorder) + one);
      await recorder.has('INSTANCE "VI two" DELETED 90', "lines");
      await recorder.has("[51][any][two words][INSTANCE][VI_1][MASTER][120]", "scripts", 2);
      await director.stop();
      await recorder.has("[51][any][two words][INSTANCE][VI_1][STOP][120]");
      await recorder.has("[52][any][two words][INSTANCE][VI two][DELETED][90]");
      await recorder.has("[shutdown]");
    });
    for (const name of ["VI_1", "VI two"]) expect(about(ours.lines(), name)).toEqual(about(theirs.lines(), name));
    expect([...ours.scripts()].sort()).toEqual([...theirs.scripts()].sort());
    expect(ours.scripts().filter((line) => !line.startsWith("[52]"))).toEqual([
      "[startup]",
      "[51][backup][two words]",
      "[51][any][two words][INSTANCE][VI_1][BACKUP][120]",
      "[51][master][two words]",
      "[51][any][two words][INSTANCE][VI_1][MASTER][120]",
      "[51][fault][two words]",
      "[51][any][two words][INSTANCE][VI_1][FAULT][120]",
      "[51][backup][two words]",
      "[51][any][two words][INSTANCE][VI_1][BACKUP][120]",
      "[51][master][two words]",
      "[51][any][two words][INSTANCE][VI_1][MASTER][120]",
      "[51][stop][two words]",
      "[51][any][two words][INSTANCE][VI_1][STOP][120]",
      "[shutdown]",
    ]);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "a sync group is told of with the same arguments and lines as with keepalived",
  async () => {
    await using network = Network.create("group");
    const { theirs, ours } = await withBoth(network, async (recorder, host, start) => {
      const { record } = recorder;
      const group = `vrrp_sync_group G {
  group {
    VI_1
    VI_2
  }
  notify_master "${record} G master"
  notify_backup "${record} G backup"
  notify_fault "${record} G fault"
  notify_stop "${record} G stop"
  notify "${record} G any"
}
`;
      const members =
        instance("VI_1", 51, "10.9.0.100", 120, recorder) + instance("VI_2", 52, "10.9.0.101", 120, recorder);
      const director = await start(globals(recorder) + group + members);
      await recorder.has('GROUP "G" MASTER 0', "lines");
      network.configure(host, ["link set eth0 down"]);
      await recorder.has('GROUP "G" FAULT 0', "lines");
      network.configure(host, ["link set eth0 up"]);
      await recorder.has('GROUP "G" MASTER 0', "lines", 2);
      await recorder.has("[G][any][GROUP][G][MASTER][0]", "scripts", 2);
      await director.stop();
      await recorder.has("[G][any][GROUP][G][STOP][0]");
    });
    for (const name of ["G", "VI_1", "VI_2"]) expect(about(ours.lines(), name)).toEqual(about(theirs.lines(), name));
    expect([...ours.scripts()].sort()).toEqual([...theirs.scripts()].sort());
  },
  LAB_TEST_TIMEOUT_MS,
);

/** A director of a pair, in YAML. */
function yaml(recorder: Recorder, priority: number, master: string, more = ""): string {
  return `
programs: { user: root }
notifications:
  script_timeout: 1s
  fifos: [{ path: ${recorder.path("fifo")} }]
${more}
vrrp_instances:
  - name: VI_1
    interface: eth0
    virtual_router_id: 51
    priority: ${priority}
    virtual_addresses: [${address}]
    notify: { master: ${master}, any: ${recorder.record}, mail: ${more !== ""} }
`;
}

test.skipIf(!kernelHasIpvs)(
  "a script that hangs delays no takeover, is ended with what it has started, and everything is told in order all the same",
  async () => {
    await using network = Network.create("slow");
    for (const [host, last] of [
      ["lb1", 1],
      ["lb2", 2],
      ["client", 50],
    ] as const)
      network.addHost(host, `10.9.0.${last}/24`);
    const [of1, of2] = [new Recorder(network, "lb1"), new Recorder(network, "lb2")];
    const slow = of2.script(
      "slow",
      `sleep 60 & echo $! > ${of2.path("pid")}\necho slow >> ${of2.path("scripts")}\nwait`,
    );
    const lb1 = new Director(network, "lb1").writeConfig(yaml(of1, 100, of1.record)).start(started);
    await lb1.becomesMaster(address);
    const lb2 = new Director(network, "lb2").writeConfig(yaml(of2, 50, slow)).start(started);
    await lb2.ready();
    await of2.has("[INSTANCE][VI_1][BACKUP][50]");
    of2.readFifo();
    const capture = await Capture.start(network, "client");
    const from =
      (source: string) =>
      (frame: { kind: string }): frame is VrrpFrame =>
        frame.kind === "vrrp" && (frame as VrrpFrame).source === source;
    const last = await capture.waitFor(from("10.9.0.1"), { what: "the master advertises" });

    lb1.killEverything();
    const first = await capture.waitFor(from("10.9.0.2"), {
      what: "the backup advertises",
      since: last.at,
      timeoutMs: 20_000,
    });
    const lastOfOld = capture.frames().filter(from("10.9.0.1")).at(-1);
    expect(first.at - (lastOfOld?.at ?? 0)).toBeGreaterThan(3800);
    expect(first.at - (lastOfOld?.at ?? 0)).toBeLessThan(3805 + 900);

    lb1.start(started);
    await of2.has("[INSTANCE][VI_1][BACKUP][50]", "scripts", 2);
    expect(of2.scripts()).toEqual([
      "[INSTANCE][VI_1][BACKUP][50]",
      "slow",
      "[INSTANCE][VI_1][MASTER][50]",
      "[INSTANCE][VI_1][BACKUP][50]",
    ]);
    await of2.has('INSTANCE "VI_1" BACKUP 50', "lines", 2);
    expect(of2.lines()).toEqual([
      'INSTANCE "VI_1" BACKUP 50',
      'INSTANCE "VI_1" MASTER 50',
      'INSTANCE "VI_1" BACKUP 50',
    ]);
    expect(isRunning(Number(readFileSync(of2.path("pid"), "utf8")))).toBe(false);
    expect(lb2.cli("events").stdout).toContain(
      `notification-failed scripts of INSTANCE "VI_1": MASTER 50: ${slow} took longer than 1s`,
    );
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(!kernelHasIpvs)(
  "what happens while control is dead is told when it is back, once and in order",
  async () => {
    await using network = Network.create("away");
    network.addHost("lb1", "10.9.0.1/24");
    network.addHost("peer", "10.9.0.2/24");
    const recorder = new Recorder(network, "lb1");
    const director = new Director(network, "lb1").writeConfig(yaml(recorder, 100, recorder.record)).start(started);
    await director.ready();
    await recorder.has("[INSTANCE][VI_1][MASTER][100]");

    // What was done in the last moments before would be told again.
    await until(() => isWrittenDown(director), {
      what: "it is written down who was told",
      timeoutMs: 20_000,
      everyMs: 200,
    });
    director.signal("control", "SIGKILL");
    await director.exited;
    network.configure("lb1", ["link set eth0 down"]);
    const onLink = () => network.run("lb1", ["ip", "-4", "-o", "address", "show", "dev", "eth0"]);
    await until(() => !onLink().includes(address), { what: "vrrp has seen the link go", timeoutMs: 20_000 });
    network.configure("lb1", ["link set eth0 up"]);
    await director.becomesMaster(address);
    expect(recorder.scripts()).toHaveLength(3);

    director.start(started);
    await recorder.has("[INSTANCE][VI_1][MASTER][100]", "scripts", 2);
    expect(recorder.scripts()).toEqual([
      "[INSTANCE][VI_1][BACKUP][100]",
      "",
      "[INSTANCE][VI_1][MASTER][100]",
      "[INSTANCE][VI_1][FAULT][100]",
      "[INSTANCE][VI_1][BACKUP][100]",
      "",
      "[INSTANCE][VI_1][MASTER][100]",
    ]);
  },
  LAB_TEST_TIMEOUT_MS,
);

const python = "/usr/bin/python3";
const hasMailServer =
  kernelHasIpvs && Bun.spawnSync([python, "-c", "import aiosmtpd"], { stderr: "ignore" }).exitCode === 0;

test.skipIf(!hasMailServer)(
  "mail reaches a server of others, in order, also what happened before the server was there",
  async () => {
    await using network = Network.create("mail");
    network.addHost("lb1", "10.9.0.1/24");
    network.addHost("mx", "10.9.0.60/24");
    const recorder = new Recorder(network, "lb1");
    const mail = `  mail: { server: 10.9.0.60, from: lb1@example.com, to: [ops@example.com] }\ndirector: { name: lb1 }`;
    const director = new Director(network, "lb1")
      .writeConfig(yaml(recorder, 100, recorder.record, mail))
      .start(started);
    await director.ready();
    await recorder.has("[INSTANCE][VI_1][MASTER][100]");
    const log = join(network.directory, "mx.log");
    network.spawn("mx", [python, "-u", "-m", "aiosmtpd", "-n", "-l", "10.9.0.60:25"], { log });
    const subjects = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("Subject: "));
    await until(() => subjects().length === 2, {
      what: "both mails are there",
      timeoutMs: 40_000,
      evidence: () => director.cli("events").stdout,
    });
    expect(subjects()).toEqual([
      "Subject: [lb1] VRRP Instance VI_1 - Entering BACKUP state",
      "Subject: [lb1] VRRP Instance VI_1 - Entering MASTER state",
    ]);
    const state = director.cli("status", "-o", "json").stdout;
    expect(state).toContain("mail to 10.9.0.60:25");
  },
  LAB_TEST_TIMEOUT_MS,
);
