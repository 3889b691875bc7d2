// Prints, as JSON, what of the add-on this process has mapped and holds open, before and after its first use.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { clock } from "./native.ts";

const before = seen();
const now = clock("monotonic");
console.log(JSON.stringify({ before, after: seen(), works: now > 0 }));

function seen(): { mapped: boolean; open: boolean } {
  return {
    mapped: readFileSync("/proc/self/maps", "utf8").includes("memfd:vipward"),
    open: readdirSync("/proc/self/fd").some((fd) => targetOf(fd).includes("memfd:vipward")),
  };
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "the descriptor that read the folder, closed since";
  }
}
