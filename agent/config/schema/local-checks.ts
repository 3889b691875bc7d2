// The kinds of checks that do not go over the network: a program that judges, a file with a number, a BFD session.

import * as z from "zod";
import { bfdCheck } from "./bfd.ts";
import { checkTiming } from "./check-timing.ts";
import { account, command } from "./program.ts";
import { says } from "./says.ts";
import { integer, name } from "./scalar.ts";

/** Success: the program ends with exit code 0. */
const script = z
  .strictObject({
    command: command().register(
      ...says(
        "The program with its arguments. Exit code 0 is success, 1 failure. None is run without --allow-scripts.",
      ),
    ),
    user: account()
      .optional()
      .register(...says("The user it runs as; that of programs unless given.")),
    group: account()
      .optional()
      .register(...says("The group it runs as, where a user is given; that user's own unless given.")),
    dynamicWeight: z
      .boolean()
      .default(false)
      .register(...says("Exit codes 2 to 255 are success with that weight, less two (misc_dynamic).")),
    ...checkTiming,
  })
  .check(
    z.refine(({ user, group }) => group === undefined || user !== undefined, {
      error: "a group is given without a user",
      params: { expected: "both, or the user alone" },
      path: ["group"],
    }),
  );

/** The number in a file counts for the weight. */
const file = z.strictObject({
  name: name().register(...says("A file of tracked_files (keepalived: track_file).")),
  weight: integer(-2_147_483_647, 2_147_483_647)
    .optional()
    .register(
      ...says(
        "The number times this is added to the weight; with 0 a number other than 0 means down. As where the file is defined unless given, else 1.",
      ),
    ),
  reverse: z
    .boolean()
    .optional()
    .register(...says("Whether it counts the other way round. False unless given.")),
  ...checkTiming,
});

/** The kinds, as fields of a checker. */
export const localCheckFields = {
  script: script.optional().register(...says("Run a program (keepalived: MISC_CHECK).")),
  file: file.optional().register(...says("Read a number from a file (keepalived: FILE_CHECK).")),
  bfd: bfdCheck.optional().register(...says("Look at a BFD session (keepalived: BFD_CHECK).")),
};
