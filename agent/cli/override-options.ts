// The options of commands that set something aside for a while: why, and for how long.

import { type Command, Option } from "commander";
import { parseDuration } from "../base/duration.ts";
import { durationOf } from "../control/convert/time.ts";
import type { Override, OverrideTerms } from "../control/gen/vipward/v1/override.pb.ts";
import { CliError, type Io } from "./io.ts";

/** What these options say. */
export interface TermWords {
  readonly reason: string;
  readonly for: number;
}

/** Gives a command the options. */
export function addTermOptions(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the history and the status", "")
    .addOption(new Option("--for <time>", "how long it holds").default(3_600_000, "1h").argParser(time));
}

/** What the API is told. */
export function termsOf({ reason, for: ms }: TermWords, io: Io): OverrideTerms {
  return { reason, duration: durationOf(ms), author: io.author };
}

/** A length of time that was typed, in milliseconds. */
export function time(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CliError(2, `${JSON.stringify(text)} is not a time, expected for example 30m or 2h`);
}

/** The override of an answer. */
export function overrideIn({ override }: { readonly override?: Override | undefined }): Override {
  if (override === undefined) throw new CliError(1, "the agent answered without an override");
  return override;
}
