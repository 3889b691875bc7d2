import { constants, statSync } from "node:fs";

/** Where a program without a slash in its name is looked for: fixed, whatever the agent's own environment says. */
export const searchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The full path of a program as it is written in a configuration; otherwise what is wrong with it, as a sentence. */
export function findFile(name: string): { readonly file: string } | { readonly problem: string } {
  if (name.startsWith("/")) return judged(name);
  if (name.includes("/")) return { problem: `program ${name} has no full path: write it from / on` };
  const found = searchPath.map((folder) => `${folder}/${name}`).find((file) => "file" in judged(file));
  return found === undefined
    ? { problem: `program ${name} is in none of ${searchPath.join(", ")}: install it or write its full path` }
    : { file: found };
}

function judged(file: string): { readonly file: string } | { readonly problem: string } {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return { problem: `program ${file} does not exist` };
  if (!found.isFile()) return { problem: `program ${file} is no file` };
  return (found.mode & anyExecute) === 0
    ? { problem: `program ${file} is not executable: chmod +x ${file}` }
    : { file };
}

const anyExecute = constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH;
