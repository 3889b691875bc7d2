// Transcripts of the checker core. A scenario file holds commands and, after each, the lines that came out; the first line configures
// the checker. VIPWARD_TRANSCRIPTS=write rewrites all of them: commit such a change only with an explanation of every line that differs.
//
//   checker delay=10s retries=1 retry-delay=2s [start-down] [damping=2/60s/30s] [remembered-up|remembered-down REASON]
//   at 0s start 3s            the first probe waits 3 s
//   at 3s deadline
//   at 3.1s passed 1 connected          an outcome of attempt 1: passed, failed or not-made, and its detail
//
// Output: effects in their order, then the state in one line.

import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { formatDuration, instant, milliseconds, parseDuration } from "../../agent/base/duration.ts";
import {
  type CheckerEffect,
  type CheckerEvent,
  type CheckerPace,
  type CheckerState,
  newChecker,
  saysUp,
  step,
} from "../../agent/health/core/checker.ts";

const folder = join(import.meta.dir, "scenarios");
const shouldWrite = process.env.VIPWARD_TRANSCRIPTS === "write";

for (const file of [...new Glob("*.txt").scanSync(folder)].sort())
  test(`scenario: ${file.replace(".txt", "").replaceAll("-", " ")}`, () => {
    const written = readFileSync(join(folder, file), "utf8");
    const played = play(written.split("\n").filter((line) => !line.startsWith("  ")));
    if (shouldWrite) writeFileSync(join(folder, file), played);
    expect(played).toBe(shouldWrite ? played : written);
  });

function play(lines: readonly string[]): string {
  let pace: CheckerPace | undefined;
  let state: CheckerState | undefined;
  return lines
    .map((line) => {
      if (line.startsWith("checker ")) [pace, state] = configure(line);
      if (!line.startsWith("at ") || pace === undefined || state === undefined) return line;
      const { at, event } = command(line);
      const next = step(pace, state, event, instant(at));
      state = next.state;
      return [line, ...next.effects.map(effectText), stateText(pace, state)].join("\n  ");
    })
    .join("\n");
}

function configure(line: string): [CheckerPace, CheckerState] {
  const setting = (name: string) => new RegExp(` ${name}=(\\S+)`).exec(line)?.[1] ?? "0";
  const remembered = / remembered-(up|down) (.+)$/.exec(line);
  const pace = {
    delay: duration(setting("delay")),
    retries: Number(setting("retries")),
    retryDelay: duration(setting("retry-delay")),
    startDown: line.includes(" start-down"),
    ...dampingIn(setting("damping")),
  };
  return [pace, newChecker(remembered ? { up: remembered[1] === "up", reason: remembered[2] ?? "" } : undefined)];
}

/** FALLS/WITHIN/HOLD */
function dampingIn(text: string): Pick<CheckerPace, "damping"> {
  const [falls = "", within, hold] = text.split("/");
  if (within === undefined || hold === undefined) return {};
  return { damping: { falls: Number(falls), within: duration(within), hold: duration(hold) } };
}

function command(line: string): { readonly at: number; readonly event: CheckerEvent } {
  const [, at = "", verb = "", first = "", ...rest] = line.split(" ");
  if (verb === "start") return { at: duration(at), event: { kind: "start", spread: duration(first) } };
  if (verb === "deadline") return { at: duration(at), event: { kind: "deadline" } };
  if (verb !== "passed" && verb !== "failed" && verb !== "not-made") throw new Error(`no command ${verb} in ${line}`);
  const outcome = { kind: verb, detail: rest.join(" ") } as const;
  return { at: duration(at), event: { kind: "finished", attempt: Number(first), outcome } };
}

function duration(text: string) {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new Error(`${text} is not a duration`);
  return parsed;
}

function effectText(effect: CheckerEffect): string {
  if (effect.kind === "start-probe") return `→ start probe ${effect.attempt}`;
  if (effect.kind === "held")
    return `→ held until ${formatDuration(milliseconds(effect.until))} after ${effect.falls} falls`;
  return `→ verdict ${effect.up ? "up" : "down"}: ${effect.reason}`;
}

function stateText(pace: CheckerPace, { verdict, failuresInRow, phase }: CheckerState): string {
  const doing =
    phase.kind === "waiting"
      ? `waits until ${formatDuration(milliseconds(phase.until))}`
      : phase.kind === "probing"
        ? "probing"
        : "idle";
  return `${verdict}, ${saysUp(pace, { verdict }) ? "in" : "out"}, ${failuresInRow} failed in a row, ${doing}`;
}
