// Programs that the agent runs: notify scripts and the like. Never through a shell.

import * as z from "zod";
import { joinCommand, splitCommand } from "../command.ts";
import { says } from "./says.ts";
import { pattern } from "./scalar.ts";

/** A command: its words, or one text that is split at blanks outside quotes. The first word is the program's full path, or a name. */
export function command() {
  return z.codec(z.union([z.string(), z.array(z.string())]), z.custom<readonly string[]>(), {
    decode(value, context) {
      const words = typeof value === "string" ? splitCommand(value) : ({ ok: true, value } as const);
      const problem = words.ok ? wordsProblem(words.value) : words.error;
      if (words.ok && problem === undefined) return words.value;
      context.issues.push({
        code: "custom",
        input: value,
        message: `${JSON.stringify(value)} ${problem}`,
        params: { expected: "the full path of a program, and its arguments" },
      });
      return z.NEVER;
    },
    encode: (words) => joinCommand(words),
  });
}

function wordsProblem([path, ...words]: readonly string[]): string | undefined {
  if (path === undefined) return "is empty";
  if (!path.startsWith("/") && path.includes("/")) return "does not begin with a full path";
  return [path, ...words].some((word) => word.includes("\0")) ? "has a character that no command may have" : undefined;
}

/** The name or number of a user or a group of this machine. */
export function account() {
  return pattern(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}\$?$/, "the name or number of a user or group of this machine");
}

/** A program: an object, or just its command when it runs as the user that is configured for all. */
export const programSchema = z.codec(
  z.unknown(),
  z
    .strictObject({
      command: command().register(...says('The program with its arguments: "/usr/local/bin/tell master", or a list.')),
      user: account()
        .optional()
        .register(...says("The user it runs as; that of programs unless given.")),
      group: account()
        .optional()
        .register(...says("The group it runs as, where a user is given; that user's own unless given.")),
    })
    .check(groupOfUser()),
  {
    decode: (value) =>
      typeof value === "string" || Array.isArray(value) ? { command: value } : (value as { command: string }),
    encode: (value) => (value.user === undefined && value.group === undefined ? value.command : value),
  },
);

/** A group alone says nothing about whom a program runs as. */
function groupOfUser() {
  return z.refine<{ readonly user?: string | undefined; readonly group?: string | undefined }>(
    ({ user, group }) => group === undefined || user !== undefined,
    { error: "a group is given without a user", params: { expected: "both, or the user alone" }, path: ["group"] },
  );
}

/** What counts for every program that the agent runs. */
export const programsSchema = z
  .strictObject({
    user: account()
      .optional()
      .register(
        ...says("The user they run as (keepalived: script_user); keepalived_script if there is one, else nobody."),
      ),
    group: account()
      .optional()
      .register(...says("The group they run as, where a user is given; that user's own unless given.")),
    secure: z
      .boolean()
      .default(true)
      .register(
        ...says(
          "Do not run as root what somebody else than root could change, the folders above it included (keepalived: enable_script_security, there off unless given).",
        ),
      ),
  })
  .check(groupOfUser())
  .register(...says("What counts for every program that the agent runs. None is run without --allow-scripts."));
