// What is looked at before a program may run: which file it is, whom it runs as, and whether somebody else could change it.

import { messageOf } from "../base/errors.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { ProgramIdentity, ProgramsPort } from "../kernel/programs.ts";
import { findFile } from "./find-file.ts";
import { identityOf, type ProgramUser } from "./identity.ts";
import { insecurePart } from "./insecure-part.ts";

/** A program as it is configured: its words, and whom it runs as if that is said for it alone. */
export interface ConfiguredProgram {
  readonly command: readonly string[];
  readonly user: ProgramUser | undefined;
}

/** What holds for all programs of a configuration. */
export interface ProgramRules {
  /** Whom programs run as that say nothing themselves (keepalived: script_user). */
  readonly user: ProgramUser | undefined;
  /** Whether a program that runs as root and that others could change is refused (keepalived: enable_script_security). */
  readonly refuseInsecure: boolean;
}

/** A program that may run. */
export interface PreparedProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly identity: ProgramIdentity;
}

/** Looks at a program; what is wrong with it is a sentence. Touches files and the name service, which may take their time. */
export function prepareProgram(
  { command, user }: ConfiguredProgram,
  rules: ProgramRules,
  port: ProgramsPort,
): Result<PreparedProgram, string> {
  try {
    const found = findFile(command[0] ?? "");
    if ("problem" in found) return fail(found.problem);
    const who = identityOf(user ?? rules.user, port);
    if ("problem" in who) return fail(who.problem);
    const weak = rules.refuseInsecure && who.identity.user === 0 ? insecurePart(found.file) : undefined;
    if (weak !== undefined) return fail(insecure(found.file, weak));
    return ok({ file: found.file, args: command, identity: who.identity });
  } catch (thrown) {
    return fail(`program ${command[0]} cannot be looked at: ${messageOf(thrown)}`);
  }
}

function insecure(file: string, part: string): string {
  return (
    `program ${file} would run as root, and somebody else could change ${part}: have it owned by root and writable for nobody else, ` +
    "or run it as another user"
  );
}
