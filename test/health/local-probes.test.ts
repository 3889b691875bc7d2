// The probes of programs, files and agents, on this machine: real programs with real process groups.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { milliseconds } from "../../agent/base/duration.ts";
import type { FileProbeModel, ProbeModel, ScriptProbeModel } from "../../agent/config/model.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { attempt } from "../../agent/health/probes/probe.ts";
import { forbiddenScript } from "../../agent/health/probes/script.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { until } from "../support/until.ts";

const probes = hostProbes(new LinuxProbeSockets(), new LinuxPrograms());
const never = new AbortController().signal;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "local-probes-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a script probe", () => {
  test("judges by the exit code", async () => {
    expect(await run("exit 0")).toEqual({ kind: "passed", detail: "ended with exit code 0" });
    expect(await run("exit 1")).toEqual({ kind: "failed", detail: "ended with exit code 1" });
    expect(await run("exit 7")).toEqual({ kind: "failed", detail: "ended with exit code 7" });
    expect(await run("kill -9 $$")).toEqual({ kind: "failed", detail: "was ended by signal 9" });
  });

  test("with a dynamic weight takes codes from 2 as a weight, less two", async () => {
    const dynamic = { dynamicWeight: true };
    expect(await run("exit 7", dynamic)).toEqual({
      kind: "passed",
      detail: "ended with exit code 7",
      weight: { kind: "set", weight: 5 },
    });
    expect(await run("exit 2", dynamic)).toMatchObject({ kind: "passed", weight: { kind: "set", weight: 0 } });
    expect(await run("exit 0", dynamic)).toEqual({ kind: "passed", detail: "ended with exit code 0" });
    expect((await run("exit 1", dynamic)).kind).toBe("failed");
  });

  test("is given its arguments as they are, with no shell in between", async () => {
    const seen = join(folder, "seen");
    const program = ["/bin/sh", "-c", 'printf "%s|" "$@" >"$0"', seen, "two words", "$HOME", "*"] as const;
    expect((await attempt(probes, script(program), never)).kind).toBe("passed");
    expect(readFileSync(seen, "utf8")).toBe("two words|$HOME|*|");
  });

  test("is ended with everything that it has started when its time is over", async () => {
    const pids = join(folder, "pids");
    const outcome = await run(`sleep 300 & echo $! >${pids}; wait`, { timeout: milliseconds(200) });
    expect(outcome).toEqual({ kind: "failed", detail: "took longer than 200ms" });
    const pid = readFileSync(pids, "utf8").trim();
    await until(() => !existsSync(`/proc/${pid}`), { what: "the program's own child is gone" });
  });

  test("that is cancelled is killed", async () => {
    const cancel = new AbortController();
    const pids = join(folder, "cancelled");
    const outcome = attempt(probes, shell(`echo $$ >${pids}; sleep 300`), cancel.signal);
    await until(() => existsSync(pids) && readFileSync(pids, "utf8").trim() !== "", { what: "it runs" });
    cancel.abort();
    expect((await outcome).kind).toBe("not-made");
  });

  test("says nothing of the server when its program cannot be run, or none may be", async () => {
    expect(await attempt(probes, script(["/nowhere/check"]), never)).toMatchObject({ kind: "not-made" });
    expect(await forbiddenScript(shell("exit 0"), never)).toEqual({
      kind: "not-made",
      detail: "could not be tried: programs are not allowed: start the agent with --allow-scripts",
    });
  });

  function run(text: string, more: Partial<ScriptProbeModel> = {}) {
    return attempt(probes, shell(text, more), never);
  }

  function shell(text: string, more: Partial<ScriptProbeModel> = {}): ScriptProbeModel {
    return script(["/bin/sh", "-c", text], more);
  }

  function script(command: readonly [string, ...string[]], more: Partial<ScriptProbeModel> = {}): ScriptProbeModel {
    const own = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
    return {
      kind: "script",
      program: { command, user: own, group: undefined },
      dynamicWeight: false,
      timeout: milliseconds(10_000),
      programs: { user: undefined, group: undefined, secure: false },
      ...more,
    };
  }
});

test("a file probe adds the number in its file times its weight, or judges by it where that is 0", async () => {
  const file = join(folder, "load");
  const read = (weight: number) => {
    const model: FileProbeModel = { kind: "file", file, weight, timeout: milliseconds(5_000) };
    return attempt(probes, model, never);
  };
  expect(await read(3)).toEqual({ kind: "passed", detail: "file says 0", weight: { kind: "add", weight: 0 } });
  writeFileSync(file, " -4 and more\n");
  expect(await read(3)).toEqual({ kind: "passed", detail: "file says -4", weight: { kind: "add", weight: -12 } });
  expect(await read(0)).toEqual({ kind: "failed", detail: "file says -4" });
  writeFileSync(file, "nonsense");
  expect(await read(0)).toEqual({ kind: "passed", detail: "file says 0" });
});

test("an agent probe takes what the agent says, with an end of line or without", async () => {
  const asked: string[] = [];
  const says = (text: string, more: object = {}) => probeAgent((socket) => void socket.end(text), more);
  expect(await says("up 75%\n")).toEqual({
    kind: "passed",
    detail: "agent says up 75%",
    weight: { kind: "percent", percent: 75 },
  });
  expect(await says("drain")).toMatchObject({ kind: "passed", weight: { kind: "percent", percent: 0 } });
  expect(await says("down # disk full\n")).toEqual({ kind: "failed", detail: "agent says down (disk full)" });
  expect(await says("")).toEqual({ kind: "failed", detail: "agent says nothing" });
  const answer = (socket: Socket) =>
    void socket.once("data", (data) => socket.end(`${asked.push(String(data)) && "up"}\n`));
  expect((await probeAgent(answer, { send: "hello\n" })).kind).toBe("passed");
  expect(asked).toEqual(["hello\n"]);
});

async function probeAgent(onConnection: (socket: Socket) => void, more: object) {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { readonly port: number }).port)),
  );
  const target = { address: ip("127.0.0.1"), port, timeout: milliseconds(5_000), source: {} };
  const outcome = await attempt(probes, { kind: "agent", ...target, send: undefined, ...more } as ProbeModel, never);
  server.close();
  return outcome;
}
