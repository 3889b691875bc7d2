// The options of commands that change the configuration: under which conditions they do, and how the change may go back.

import { randomUUID } from "node:crypto";
import { type Command, Option } from "commander";
import { parseDuration } from "../base/duration.ts";
import { guardNamed } from "../control/convert/confirmation.ts";
import { durationOf } from "../control/convert/time.ts";
import type {
  Confirmation,
  ConfirmationRequest,
  GuardOverride,
  Guards,
  HealthGate,
} from "../control/gen/vipward/v1/confirmation.pb.ts";
import { guardNames } from "../control/guards.ts";
import { CliError } from "./io.ts";
import { until } from "./words.ts";

/** What these options say. */
export interface ChangeWords {
  readonly reason: string;
  readonly expectedRevision?: bigint;
  readonly requestId?: string;
  readonly planHash?: string;
  readonly validateOnly?: boolean;
  readonly confirm?: number;
  readonly confirmId?: string;
  readonly gate?: number;
  readonly maxFailed: number;
  readonly ignoreQuorum?: boolean;
  readonly ignoreMastership?: boolean;
  readonly maxRemoved?: number;
  readonly override: readonly GuardOverride[];
  readonly drainRemoved?: number;
}

/** Gives a command the options of a change. */
export function addChangeOptions(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the history", "")
    .addOption(
      new Option("--expected-revision <number>", "only when this revision runs; 0 when none does").argParser(revision),
    )
    .option("--request-id <id>", "apply at most once, however often this is repeated")
    .option("--plan-hash <hash>", "only when `vipward plan` would still answer this hash")
    .option("--validate-only", "check everything and change nothing")
    .addOption(new Option("--confirm <time>", "go back after this time unless confirmed: 10m").argParser(length))
    .option("--confirm-id <id>", "what `vipward confirm` is to be given (default: one that is shown)")
    .addOption(
      new Option(
        "--gate <time>",
        "watch the director's health for this time, and go back when it gets worse: 30s",
      ).argParser(length),
    )
    .addOption(new Option("--max-failed <number>", "real servers that may fail meanwhile").default(0).argParser(number))
    .option("--ignore-quorum", "do not go back for a lost quorum")
    .option("--ignore-mastership", "do not go back when mastership moves")
    .addOption(
      new Option(
        "--max-removed <number>",
        "virtual servers and virtual addresses that may be removed (default: 10)",
      ).argParser(number),
    )
    .addOption(
      new Option(
        "--drain-removed <time>",
        "real servers that are removed stay without new connections until theirs have ended, for this time at most: 5m",
      ).argParser(length),
    )
    .addOption(
      new Option("--override <guard=reason>", `a guard that should not hold: ${guardNames.join(", ")}`)
        .default([], "none")
        .argParser(guardOverride),
    );
}

/** What the API is asked for by these options. */
export function changeWishOf(words: ChangeWords, author: string) {
  const { reason, expectedRevision, requestId = "", planHash = "", validateOnly = false } = words;
  const [confirmation, healthGate] = [confirmationOf(words), gateOf(words)];
  return {
    ...{ reason, expectedRevision, requestId, planHash, validateOnly, author, guards: guardsOf(words) },
    ...(confirmation !== undefined && { confirmation }),
    ...(healthGate !== undefined && { healthGate }),
    ...(words.drainRemoved !== undefined && {
      drainRemoved: { deadline: durationOf(words.drainRemoved), floor: 0 },
    }),
  };
}

/** What is said of a change that goes back by itself. */
export function confirmationText(confirmation: Confirmation | undefined, now: number): string {
  if (confirmation === undefined) return "";
  const { id, deadline, gateEnd, baseRevision } = confirmation;
  if (deadline === undefined) return `it stays unless the director's health gets worse within ${until(now, gateEnd)}\n`;
  return `it goes back to revision ${baseRevision} in ${until(now, deadline)} unless confirmed: vipward confirm ${id}\n`;
}

function confirmationOf({ confirm, confirmId }: ChangeWords): ConfirmationRequest | undefined {
  if (confirm === undefined && confirmId === undefined) return undefined;
  return {
    id: confirmId ?? randomUUID().slice(0, 8),
    timeout: confirm === undefined ? undefined : durationOf(confirm),
  };
}

function gateOf({
  gate,
  maxFailed,
  ignoreQuorum = false,
  ignoreMastership = false,
}: ChangeWords): HealthGate | undefined {
  if (gate === undefined) return undefined;
  return { duration: durationOf(gate), maxFailedRealServers: maxFailed, ignoreQuorum, ignoreMastership };
}

function guardsOf({ maxRemoved, override }: ChangeWords): Guards {
  return { maxRemovedVirtualAddresses: maxRemoved, maxRemovedVirtualServers: maxRemoved, overrides: [...override] };
}

function guardOverride(text: string, before: readonly GuardOverride[]): readonly GuardOverride[] {
  const [, name = "", reason = ""] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  const guard = guardNamed(name);
  if (guard !== undefined) return [...before, { guard, reason }];
  const expected = `GUARD=REASON with one of ${guardNames.join(", ")}`;
  throw new CliError(2, `--override ${JSON.stringify(text)} is not understood, expected ${expected}`);
}

function revision(text: string): bigint {
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw new CliError(2, `--expected-revision ${JSON.stringify(text)} is not a revision, expected a number`);
}

function number(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliError(2, `${JSON.stringify(text)} is not a number`);
}

function length(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CliError(2, `${JSON.stringify(text)} is not a time, expected for example 30s or 10m`);
}
