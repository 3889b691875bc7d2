import { type Directive, takeArguments } from "../directive.ts";
import { complain, type Draft, type Import, remember, setField } from "../draft.ts";
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
  const read: Draft = { command: openingFile(command.text, command, run), ...accountsOf(user, group) };
  for (const [key, word] of Object.entries({ command, user, group })) if (word) remember(run, read, key, word);
  return read;
}

/**
 * `</PATH` is no program: keepalived has /bin/sh open the file, which for some shells may be a connection (/dev/tcp/ADDRESS/PORT). A path and nothing else:
 * whatever more a shell could be told to do stays what it is, a program that does not exist.
 */
export function openingFile(command: string | string[], word: Word, run: Import): string | string[] {
  const text = typeof command === "string" ? command : command.join(" ");
  if (!/^<[ \t]*\/[\w./:-]+$/.test(text)) return command;
  complain(run, "warning", word, `${text} is no program: /bin/sh is asked to open the file`, {
    expected: "for a port, nc -z ADDRESS PORT: not every sh knows /dev/tcp",
    keepalived: "asks /bin/sh, too",
  });
  return ["/bin/sh", "-c", text];
}

/** `USER [GROUP]`; keepalived also takes a colon before the group. */
export function accountsOf(user: Word | undefined, group: Word | undefined): Draft {
  return {
    ...(user !== undefined && { user: user.text }),
    ...(group !== undefined && { group: group.text.replace(/^:/, "") }),
  };
}
