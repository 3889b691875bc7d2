import type { Finding, Path } from "../issue.ts";
import type { Entry } from "./entry.ts";

/** An error at a path, with what would be right. */
export function breach(path: Path, message: string, expected?: string): Finding {
  return { severity: "error", code: "contradiction", path, message, ...(expected !== undefined && { expected }) };
}

/** A rule about entries one by one, as a rule about all of them. */
export function inEach<T>(rule: (entry: Entry<T>) => readonly Finding[]): (entries: readonly Entry<T>[]) => Finding[] {
  return (entries) => {
    const found: Finding[] = [];
    for (const entry of entries) for (const finding of rule(entry)) found.push(finding);
    return found;
  };
}

/** Something that is allowed and probably not meant. */
export function doubt(path: Path, message: string, expected?: string): Finding {
  return { ...breach(path, message, expected), severity: "warning", code: "doubtful" };
}

/** A password and a file that has one: which of them would count is nobody's to guess. */
export function passwordTwice(
  path: Path,
  { password, passwordFile }: { readonly password?: string | undefined; readonly passwordFile?: string | undefined },
): Finding[] {
  if (password === undefined || passwordFile === undefined) return [];
  return [breach([...path, "passwordFile"], "the password is given as well", "password or password_file")];
}

/** The breaches of a rule that no two values may have the same key: one for each value after the first. `key` undefined: not compared. */
export function duplicates<T>(
  entries: Iterable<Entry<T>>,
  key: (value: T) => string | undefined,
  message: (value: T, first: Path) => Finding["message"],
  field?: string,
): Finding[] {
  const first = new Map<string, Path>();
  const found: Finding[] = [];
  for (const { path, value } of entries) {
    const text = key(value);
    if (text === undefined) continue;
    const before = first.get(text);
    if (before === undefined) first.set(text, path);
    else found.push(breach(field === undefined ? path : [...path, field], message(value, before)));
  }
  return found;
}

/** The path of a real server. It is made when there is something to say about it. */
export type PathOf = () => Path;
