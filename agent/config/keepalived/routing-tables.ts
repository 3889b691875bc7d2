// The names of routing tables, as iproute2 has them: a number and a name on each line, and a comment behind #.

import type { Surroundings } from "./expand/surroundings.ts";

/** The number of a table by its name; undefined for a name that nobody has given. */
export type TableNamed = (name: string) => number | undefined;

const usual = "/usr/share/iproute2";
const local = "/etc/iproute2";

/** The tables that this machine has names for. Its files are read when the first name is asked for; what stands later counts. */
export function tableNames(surroundings: Pick<Surroundings, "readFile" | "namesIn">): TableNamed {
  let names: ReadonlyMap<string, number> | undefined;
  return (name) => {
    names ??= new Map(filesIn(surroundings).flatMap((file) => tablesIn(file, surroundings)));
    return names.get(name);
  };
}

function filesIn({ namesIn }: Pick<Surroundings, "namesIn">): string[] {
  return [usual, local].flatMap((directory) => [
    `${directory}/rt_tables`,
    ...namesIn(`${directory}/rt_tables.d`)
      .filter((name) => name.endsWith(".conf"))
      .toSorted()
      .map((name) => `${directory}/rt_tables.d/${name}`),
  ]);
}

function tablesIn(file: string, { readFile }: Pick<Surroundings, "readFile">): [string, number][] {
  const text = readFile(file);
  if (!text.ok) return [];
  return [...text.value.matchAll(/^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/gim)].map(([, number, name]) => [
    name ?? "",
    Number(number),
  ]);
}
