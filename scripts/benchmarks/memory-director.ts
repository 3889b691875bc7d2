/**
 * A director whose IPVS table is in memory, for machines whose kernel has none: all of it but the kernel's part of the table. `scripts/bench`
 * compiles it as `scripts/build` does the agent.
 */
import { runCheckers } from "../../agent/balancer/process.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";
import { parseRole } from "../../agent/supervisor/role.ts";

const role = parseRole(process.argv.slice(2));
if (role?.role === "checkers") await runCheckers(role, () => new MemoryIpvs());
else await import("../../agent/main.ts");
