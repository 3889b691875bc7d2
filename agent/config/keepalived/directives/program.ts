import { type Directive, takeArguments } from "../directive.ts";
import { type Draft, type Import, remember, setField } from "../draft.ts";
import type { Statement, Word } from "../parser.ts";

/** `keyword "COMMAND ARGUMENT…" [USER [GROUP]]`, or the command without quotes when it has no arguments. */
export function program(key: string): Directive {
  return (statement, draft, run) => {
    const read = readProgram(statement, run);
    if (read !== undefined) setField(run, draft, key, read, statement);
  };
}

/** The program of a statement; reports what is wrong. */
export function readProgram(statement: Statement, run: Import): Draft | undefined {
  const [command, user, group] = takeArguments(statement, run, 1, 3);
  if (command === undefined) return undefined;
  const read: Draft = { command: command.text, ...accountsOf(user, group) };
  for (const [key, word] of Object.entries({ command, user, group })) if (word) remember(run, read, key, word);
  return read;
}

/** `USER [GROUP]`; keepalived also takes a colon before the group. */
export function accountsOf(user: Word | undefined, group: Word | undefined): Draft {
  return {
    ...(user !== undefined && { user: user.text }),
    ...(group !== undefined && { group: group.text.replace(/^:/, "") }),
  };
}
