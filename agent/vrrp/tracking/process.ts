// Entry of the trackers process: follows scripts, processes and files for the vrrp process, which started it, because each of these may wait for a
// disk, and executing a program holds up whoever does it for milliseconds. It has no haste and holds nothing; it ends with its input.

import { after, type Milliseconds, milliseconds } from "../../base/duration.ts";
import type { TrackedScriptModel, WatchedModel } from "../../config/model.ts";
import { createLinuxTimer, linuxClock } from "../../kernel/linux/clock.ts";
import { setProcessName, setScheduling } from "../../kernel/linux/native.ts";
import { linuxProcesses } from "../../kernel/linux/processes.ts";
import { LinuxPrograms } from "../../kernel/linux/programs.ts";
import { prepareProgram } from "../../programs/prepare-program.ts";
import { describeOutcome, runProgram } from "../../programs/run-program.ts";
import { LineWriter } from "../../supervisor/line-writer.ts";
import { type LogSettings, processLog } from "../../supervisor/role.ts";
import { FileWatch } from "./file-watch.ts";
import { ProcessWatch } from "./process-watch.ts";
import { type ScriptEnd, ScriptWatch } from "./script-watch.ts";
import { aliveMs, type Follow, readLines, type Word } from "./talk.ts";
import type { Finding } from "./watcher.ts";

/** Runs until its input ends. */
export async function runTrackers({ log: settings }: { readonly log: LogSettings }): Promise<void> {
  setScheduling("other", 0);
  setProcessName("vipward-track");
  const log = processLog("trackers", settings);
  const output = new LineWriter(1);
  const say = (word: Word) => output.write(`${JSON.stringify(word)}\n`);
  const found = (kind: Finding["kind"]) => (name: string, reading: Finding["reading"]) =>
    say({ kind: "finding", finding: { kind, name, reading } });
  const programs = new LinuxPrograms();
  let watched: WatchedModel | undefined;
  const scripts = new ScriptWatch({
    now: () => linuxClock.now(),
    run: (script, onStarted) => runScript(script, watched, programs, onStarted),
    sleep,
    onFinding: found("script"),
  });
  const processes = new ProcessWatch({
    processes: linuxProcesses,
    clock: linuxClock,
    createTimer: createLinuxTimer,
    onFinding: found("process"),
    onPolling: (why) => log.info("processes-are-polled", { why }),
  });
  const files = new FileWatch({
    onFinding: found("file"),
    onTrouble: (file, problem) => log.warn("tracked-file-not-written", { file, problem }),
  });
  const follow = ({ watched: wished }: Follow) => {
    watched = wished ?? undefined;
    scripts.configure(watched?.runsScripts === false ? [] : (watched?.scripts ?? []));
    processes.configure(watched?.processes ?? []);
    files.configure(watched?.files ?? []);
  };
  setInterval(() => say({ kind: "alive" }), aliveMs);
  const take = readLines<Follow>(follow);
  for await (const piece of Bun.stdin.stream()) take(piece);
  // Whatever scripts are still running get their end from the kernel, as this process has.
  process.exit(0);
}

async function runScript(
  { program, timeout }: TrackedScriptModel,
  watched: WatchedModel | undefined,
  programs: LinuxPrograms,
  onStarted: (end: () => void) => void,
): Promise<ScriptEnd> {
  const { user, group, secure } = watched?.programs ?? { user: undefined, group: undefined, secure: true };
  const own = program.user === undefined ? undefined : { user: program.user, group: program.group };
  const rules = { user: user === undefined ? undefined : { user, group }, refuseInsecure: secure };
  const prepared = prepareProgram({ command: program.command, user: own }, rules, programs);
  if (!prepared.ok) return { hasSucceeded: false, reason: `cannot be run: ${prepared.error}` };
  const outcome = await runProgram(prepared.value, { limit: timeout }, programs, undefined, (running) =>
    onStarted(() => running.signal("SIGKILL")),
  );
  return { hasSucceeded: outcome.kind === "exited" && outcome.code === 0, reason: describeOutcome(outcome) };
}

async function sleep(time: Milliseconds, signal: AbortSignal): Promise<void> {
  const until = after(linuxClock.now(), time);
  while (!signal.aborted && linuxClock.now() < until) await Bun.sleep(Math.min(longestSleep, until - linuxClock.now()));
}

/** How long a script that is no longer configured may still be waited for. */
const longestSleep = milliseconds(1000);
