// What goes wrong at start says what is wrong and what to do, with the documented exit code, and leaves nothing behind.

import { expect, test } from "bun:test";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority } from "../control/certificates.ts";
import { binary, Director } from "../support/director.ts";
import { kernelHasIpvs, LAB_TEST_TIMEOUT_MS } from "../support/lab.ts";
import { Network } from "../support/network.ts";
import { until } from "../support/until.ts";

interface Said {
  readonly stderr: string;
  readonly code: number;
}

/** Starts the agent to its end, as root unless told otherwise. */
function run(words: readonly string[], before: readonly string[] = []): Said {
  const { stdout, stderr, exitCode } = Bun.spawnSync([...before, binary, ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  return { stderr: `${stderr}${stdout}`, code: exitCode };
}

async function withDirectory(use: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "refusal-"));
  chmodSync(directory, 0o755);
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const directories = (directory: string) => [
  "--runtime-dir",
  join(directory, "run"),
  "--state-dir",
  join(directory, "state"),
];
const noStackTrace = /\bat \S+ \(|\.ts:\d+|\$bunfs/;

/** Line and column, what is wrong, and what would be right. */
const mistakes = [
  ["3:3", "300 is too large", "expected: a whole number from 1 to 255"],
  ["4:3", 'unknown keyword "prioritty" in vrrp_instance', "did you mean: priority"],
  ["5:3", '"soon" is not a duration', "expected: 10ms to 255s"],
  ["7:5", '"10.9.0.300" is not an address with a prefix length', "expected: an address like 10.9.0.100/24"],
  ["11:11", '"fastest" is not known here', "expected: one of rr, wrr, lc"],
  ["14:5", '"many" is not a number', "expected: a whole number from 0 to 2147483647"],
] as const;

test(
  "a file with several mistakes is refused with the place of every one, and what was expected",
  () =>
    withDirectory((directory) => {
      const file = join(directory, "keepalived.conf");
      writeFileSync(
        file,
        `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 300
  prioritty 100
  advert_int soon
  virtual_ipaddress {
    10.9.0.300
  }
}
virtual_server 10.9.0.100 80 {
  lb_algo fastest
  protocol TCP
  real_server 10.9.0.11 80 {
    weight many
  }
}
`,
      );
      const said = run(["run", "--config", file, ...directories(directory)]);
      expect(said.code).toBe(2);
      for (const [place, problem, expected] of mistakes)
        expect(said.stderr).toMatch(
          new RegExp(`keepalived\\.conf:${place}: error: ${problem}\\n.*\\n.*\\n  ${expected}`),
        );
      expect(said.stderr).not.toMatch(noStackTrace);
      expect(run(["check", file]).code).toBe(2);
    }),
  LAB_TEST_TIMEOUT_MS,
);

test(
  "a port that somebody else has is refused before anything is done, with the remedy",
  () =>
    withDirectory(async (directory) => {
      using authority = new Authority();
      const { cert, key } = authority.issue("IP:127.0.0.1");
      const tls = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.ca];
      const taken = createServer().listen(0, "127.0.0.1");
      try {
        await once(taken, "listening");
        const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
        const said = run(["run", "--listen", listen, ...tls, ...directories(directory)]);
        expect(said.code).toBe(1);
        expect(said.stderr).toContain(`cannot listen on ${listen}: the port is taken: choose another with --listen`);
        expect(said.stderr).not.toMatch(noStackTrace);
        // Not even the store was opened: nothing can have been programmed.
        expect(readdirSync(directory)).toEqual(["run"]);
      } finally {
        taken.close();
      }
    }),
  LAB_TEST_TIMEOUT_MS,
);

test.each([
  [["--listen", "0.0.0.0"], "expected ADDRESS:PORT"],
  [["--listen", "0.0.0.0:7443"], "--tls-cert and --tls-key and --tls-client-ca"],
  [["--tls-key", "director.key"], "add --listen"],
  [["--access", "/none/access.yaml"], "/none/access.yaml"],
])("run %j is wrong usage, said before anything is done", (words, expected) =>
  withDirectory((directory) => {
    const said = run(["run", ...words, ...directories(directory)]);
    expect(said.code).toBe(2);
    expect(said.stderr).toContain(expected);
    expect(said.stderr).not.toMatch(noStackTrace);
    expect(readdirSync(directory)).toEqual(["run"]);
  }),
);

test(
  "a file that is not there is named",
  () =>
    withDirectory((directory) => {
      const said = run(["run", "--config", join(directory, "none.conf"), ...directories(directory)]);
      expect(said.code).toBe(2);
      expect(said.stderr).toContain("none.conf");
      expect(said.stderr).not.toMatch(noStackTrace);
    }),
  LAB_TEST_TIMEOUT_MS,
);

test(
  "without the rights it needs the agent says which, and how to give them",
  () =>
    withDirectory((directory) => {
      chmodSync(directory, 0o777);
      const said = run(
        ["run", ...directories(directory)],
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"],
      );
      expect(said.code).toBe(4);
      expect(said.stderr).toContain("CAP_NET_ADMIN");
      expect(said.stderr).not.toMatch(noStackTrace);
    }),
  LAB_TEST_TIMEOUT_MS,
);

test(
  "a state directory that cannot be written is named with the remedy",
  () =>
    withDirectory((directory) => {
      // Root writes everywhere; a file where the directory should be stops root too.
      writeFileSync(join(directory, "state"), "");
      const said = run(["run", ...directories(directory)]);
      expect(said.code).toBe(4);
      expect(said.stderr).toContain(join(directory, "state"));
      expect(said.stderr).not.toMatch(noStackTrace);
    }),
  LAB_TEST_TIMEOUT_MS,
);

test(
  "a command that finds no agent says so and exits with 3",
  () =>
    withDirectory((directory) => {
      mkdirSync(join(directory, "run"));
      const said = run(["status", "--runtime-dir", join(directory, "run")]);
      expect(said.code).toBe(3);
      expect(said.stderr).toContain("vipward.sock");
      expect(said.stderr).not.toMatch(noStackTrace);
    }),
  LAB_TEST_TIMEOUT_MS,
);

test("a word that is no command is refused with 2", () => {
  const said = run(["stauts"]);
  expect(said.code).toBe(2);
  expect(said.stderr).toContain("status");
});

test.skipIf(!kernelHasIpvs)(
  "a second agent on the same socket is refused and the first goes on",
  async () => {
    const network = Network.create("two");
    await using _ = network;
    network.addHost("lb1", "10.9.0.1/24");
    const lb1 = new Director(network, "lb1");
    await lb1.start({ withConfig: false }).ready();
    const said = run(["run", "--runtime-dir", lb1.runtimeDirectory, "--state-dir", lb1.stateDirectory]);
    expect(said.code).toBe(1);
    expect(said.stderr).toContain("another agent");
    expect(lb1.cli("status").code).toBe(0);
  },
  LAB_TEST_TIMEOUT_MS,
);

test.skipIf(kernelHasIpvs)("a kernel without IPVS is named, with how to get it", () =>
  withDirectory((directory) => {
    const file = join(directory, "keepalived.conf");
    writeFileSync(file, oneServer(3));
    const said = run(["run", "--config", file, ...directories(directory)]);
    expect(said.code).toBe(1);
    expect(said.stderr).toContain("modprobe ip_vs");
    expect(said.stderr).not.toMatch(noStackTrace);
  }),
);

test.skipIf(!kernelHasIpvs)(
  "a change that cannot be written down, because the disk is full or the state directory is gone, is refused and changes nothing",
  async () => {
    const network = Network.create("full");
    await using _ = network;
    network.addHost("lb1", "10.9.0.1/24");
    const lb1 = new Director(network, "lb1").writeConfig(oneServer(3));
    mkdirSync(lb1.stateDirectory);
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "none", lb1.stateDirectory]).exitCode).toBe(0);
    try {
      await lb1.start().ready();
      const table = lb1.table();
      const filler = join(lb1.stateDirectory, "filler");
      Bun.spawnSync(["dd", "if=/dev/zero", `of=${filler}`, "bs=4k", "count=1000"], { stderr: "ignore" });
      lb1.writeConfig(oneServer(5));
      const full = lb1.cli("apply", lb1.configFile);
      expect(full.code).toBe(1);
      expect(full.stderr).toContain("full");
      expect(full.stderr).not.toMatch(noStackTrace);
      expect(lb1.table()).toEqual(table);

      rmSync(filler);
      expect(lb1.cli("apply", lb1.configFile).code).toBe(0);
      expect(lb1.table()).toContain("-a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 5");

      for (const name of readdirSync(lb1.stateDirectory)) rmSync(join(lb1.stateDirectory, name));
      const gone = lb1.writeConfig(oneServer(7)).cli("apply", lb1.configFile);
      expect(gone.code).toBe(1);
      expect(gone.stderr).toContain("removed");
      expect(lb1.table()).toContain("-a -t 10.9.0.100:80 -r 10.9.0.11:80 -m -w 5");
    } finally {
      lb1.killEverything();
      await lb1.exited;
      Bun.spawnSync(["umount", lb1.stateDirectory]);
    }
  },
  LAB_TEST_TIMEOUT_MS,
);

const oneServer = (weight: number) => `virtual_server 10.9.0.100 80 {
  lb_kind NAT
  protocol TCP
  real_server 10.9.0.11 80 {
    weight ${weight}
  }
}
`;

test.skipIf(!kernelHasIpvs)(
  "an instance on an interface that does not exist waits in fault and says what to do; it takes part as soon as the interface is there",
  async () => {
    const network = Network.create("nic");
    await using _ = network;
    network.addHost("lb1", "10.9.0.1/24");
    const lb1 = new Director(network, "lb1").writeConfig(`vrrp_instance VI_1 {
  interface eth1
  virtual_router_id 51
  version 3
  advert_int 0.1
  virtual_ipaddress {
    10.8.0.100/24
  }
}
`);
    await lb1.start().ready();
    const remedy = 'fault: interface "eth1" does not exist: create it or configure another one';
    expect(lb1.cli("explain", "VI_1").stdout).toContain(`VI_1 is ${remedy}`);
    expect(lb1.cli("vrrp").stdout).toContain("state fault");
    expect(lb1.cli("vrrp").stdout).toContain(remedy.replace("fault: ", ""));
    network.connect("lb1", "10.8.0.1/24", "back");
    await until(() => lb1.holds("10.8.0.100"), {
      what: "the instance takes part",
      timeoutMs: 20_000,
      evidence: () => lb1.logText(),
    });
  },
  LAB_TEST_TIMEOUT_MS,
);
