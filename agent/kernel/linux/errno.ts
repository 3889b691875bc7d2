import { constants } from "node:os";

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** The name of an errno: "ENOENT" for 2. Netlink carries numbers only. */
export function errnoName(errno: number): string {
  // ENOTSUPP is the kernel's own and never meant for people, yet route netlink lets it out.
  return names.get(errno) ?? (errno === 524 ? "ENOTSUPP" : `errno ${errno}`);
}
