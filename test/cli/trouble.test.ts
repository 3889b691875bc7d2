// What is said when something is wrong, and the help. The agent's clock stands at noon; the command line's five minutes later.

import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandLine, vipward } from "./command-line.ts";

describe("trouble", () => {
  test("no agent: exit code 3 and what to do", async () => {
    expect(await vipward(["status", "--runtime-dir", "/nowhere"])).toEqual({
      code: 3,
      out: "",
      err: "vipward: cannot reach the agent at /nowhere/vipward.sock: there is no such socket: start it with vipward run, or say where it is with --runtime-dir or --target\n",
    });
  });

  test("a socket that nobody answers on: exit code 3", async () => {
    await using line = await CommandLine.start();
    const { socketPath } = line.served.server;
    const stale = `${line.agent.directory}/stale.sock`;
    Bun.spawnSync([
      process.execPath,
      "-e",
      `require("node:net").createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, "SIGKILL"))`,
    ]);
    const said = await vipward(["status", "--target", `unix://${stale}`]);
    expect(said.code).toBe(3);
    expect(said.err).toContain("nobody answers");
    expect((await vipward(["status", "--target", `unix://${socketPath}`])).code).toBe(0);
  });

  test.skipIf(process.getuid?.() === 0)("a socket of others: exit code 4", async () => {
    await using line = await CommandLine.start();
    chmodSync(line.served.server.socketPath, 0);
    expect((await line.run(["status"])).code).toBe(4);
  });

  test("wrong usage: exit code 2, one line", async () => {
    expect(await vipward(["aply"])).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'aply'") });
    expect(await vipward(["apply"])).toMatchObject({ code: 2, err: "vipward: missing required argument 'file'\n" });
    expect(await vipward(["status", "-o", "xml"])).toMatchObject({ code: 2 });
    expect(await vipward(["status", "--interval", "0"])).toMatchObject({ code: 2 });
    expect(await vipward(["status", "--target", "tcp://x"])).toMatchObject({ code: 2 });
  });

  test("an agent's fault is told by its reference", async () => {
    await using line = await CommandLine.start();
    line.agent.state = async () => {
      throw new Error("inside");
    };
    const said = await line.run(["status"]);
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/^vipward: the agent failed; its log has the cause under reference [0-9a-f-]{36}\n$/);
  });
});

describe("help", () => {
  test("lists every command with a sentence", async () => {
    const said = await vipward(["--help"]);
    expect(said.code).toBe(0);
    expect(said.out).toMatchInlineSnapshot(`
      "Usage: vipward [options] [command]

      runs an LVS director: VRRP, health checkers and IPVS

      Options:
        -V, --version  output the version number
        -h, --help     display help for command

      Commands:
        run            run the agent in the foreground
        check          say everything that is wrong with a configuration file
        import         print a keepalived.conf as YAML
        export         print a configuration as keepalived.conf
        plan           show what applying a configuration would do
        apply          make a configuration the running one, or change nothing
        confirm        let a change stay that goes back otherwise
        cancel         take a change back that waits to be confirmed
        rollback       apply the content of an earlier revision
        history        show the revisions of the configuration
        diff           show what differs between two revisions
        status         show who is master, which real servers are in, and why
        services       show virtual servers and their real servers, as ipvsadm -Ln
                       does
        connections    show the connections that IPVS knows, as ipvsadm -Lnc does
        vrrp           show VRRP instances with their timers, addresses and counters
        checkers       show checkers and their last probes
        explain        say why something is as it is, and what would change it
        events         show what happened, and follow what happens
        failover       have a VRRP instance give mastership away
        drain          keep new connections away, and wait for the others to end
        undrain        let new connections in again
        override       show and set what holds instead of the configuration for a
                       while
        announce       have a master tell anew where its addresses live
        probe          have checkers probe now
        reconcile      make the kernel's IPVS table what it should be
        certificate    show and rotate the certificate that the API shows over TCP
        doctor         look at the host, and say what is wrong and what to do
        log-level      have the agent log more or less for a while
        stop           stop the agent
        version        show the version of this binary

      vipward COMMAND --help tells more about a command.

      Exit codes: 0 done; 1 the answer is no (refused by the kernel or the agent, another agent runs, a port is taken);
      2 wrong usage or input; 3 the agent cannot be reached; 4 not permitted
      "
    `);
  });

  for (const command of [
    "run",
    "check",
    "import",
    "export",
    "plan",
    "apply",
    "confirm",
    "cancel",
    "rollback",
    "history",
    "diff",
    "status",
    "services",
    "connections",
    "vrrp",
    "checkers",
    "explain",
    "events",
    "failover",
    "drain",
    "undrain",
    "override",
    "announce",
    "probe",
    "reconcile",
    "certificate",
    "doctor",
    "log-level",
    "stop",
    "version",
  ])
    test(`${command} --help has a sentence and an example`, async () => {
      const said = await vipward([command, "--help"]);
      expect(said.code).toBe(0);
      expect(said.out).toContain(`Example:\n  vipward ${command}`);
    });

  test("version is one line", async () => {
    expect((await vipward(["version"])).out).toBe("vipward 0.0.0-dev (dev)\n");
    expect(JSON.parse((await vipward(["version", "-o", "json"])).out)).toEqual({ version: "0.0.0-dev", commit: "dev" });
  });
});

describe("an agent that does not answer", () => {
  for (const words of [["status"], ["events"], ["stop"]])
    test(`${words[0]} ends after the time that was given: exit code 3`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "silent-"));
      const silent = createServer(() => {}).listen(join(directory, "vipward.sock"));
      await once(silent, "listening");
      const said = await vipward([...words, "--runtime-dir", directory, "--timeout", "0.2"]);
      silent.close();
      rmSync(directory, { recursive: true });
      expect(said.code).toBe(3);
      expect(said.err).toContain(`vipward: the agent at ${directory}/vipward.sock does not answer`);
    });
});

describe("output", () => {
  const main = join(import.meta.dir, "../../agent/main.ts");

  test("an answer that cannot be written is told: exit code 1", async () => {
    const run = Bun.spawn(["sh", "-c", `exec "$0" "$1" version >/dev/full`, process.execPath, main], {
      stderr: "pipe",
    });
    expect([await run.exited, await new Response(run.stderr).text()]).toEqual([
      1,
      "vipward: cannot write the answer: ENOSPC: no space left on device, write\n",
    ]);
  });

  test("a command that does not exist has no help: exit code 2", async () => {
    expect((await vipward(["chronicle", "--help"])).code).toBe(2);
  });
});
