// Comments of a keepalived.conf, and where they go in the YAML that means the same: before the field or object that the next line became, or
// behind the one of their own line.

import type { Path } from "../issue.ts";
import type { Source } from "../source.ts";
import { commentStart } from "./expand/comment.ts";

/** A comment and what it is about. */
export interface Comment {
  readonly text: string;
  readonly path: Path;
  /** The line that it stands behind, when it does not stand before one. */
  readonly behind?: string;
}

/** The comments of a text, each with the path of what it is about; those about nothing that is left go to what comes next, or to the end. */
export function commentsOf(text: string, document: unknown, locate: Source["locate"]): Comment[] {
  const places = pathsByLine(document, locate);
  const last = Math.max(0, ...places.keys());
  return text.split(/\r?\n/).flatMap((line, index): Comment[] => {
    const start = commentStart(line);
    const said = line
      .slice(start)
      .replace(/^[#!]+ ?/, "")
      .trimEnd();
    if (start === line.length || said.trim() === "") return [];
    const number = index + 1;
    const behind = places.has(number) ? withoutSecret(line.slice(0, start).trim()) : "";
    let at = number;
    while (at <= last && !places.has(at)) at++;
    return [{ text: withoutSecret(said), path: places.get(at) ?? [], ...(behind !== "" && { behind }) }];
  });
}

/** A line as it may be shown, also where it is a comment in which somebody has kept an older password. */
function withoutSecret(line: string): string {
  return line.replace(
    /\b(auth_pass|key\s+\d{1,3}(?=\s+(?:hex:|\S{32}))|^password(?=\s+\S+$))\s+\S.*$/,
    "$1 (not shown)",
  );
}

/** For each line what it became: the outermost that begins there. */
function pathsByLine(document: unknown, locate: Source["locate"]): Map<number, Path> {
  const lines = new Map<number, Path>();
  const visit = (value: unknown, path: Path) => {
    const place = path.length === 0 ? undefined : locate(path, false);
    if (place !== undefined && place.expansion === undefined && !isList(value) && !lines.has(place.line))
      lines.set(place.line, path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, [...path, isList(value) ? Number(key) : key]);
  };
  visit(document, []);
  return lines;
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}
