/**
 * A director whose IPVS table is in memory, for machines whose kernel has none: all of it but the kernel's part of the table. `scripts/bench`
 * compiles it as `scripts/build` does the agent.
 */
import { runCheckers } from "../../agent/balancer/process.ts";
import type { IpvsOperation } from "../../agent/kernel/ipvs.ts";
import { MemoryIpvs } from "../../agent/kernel/memory/ipvs.ts";
import { parseRole } from "../../agent/supervisor/role.ts";

/** The twin writes every operation down for tests. Nobody reads that here, and in an hour it would look like a leak of the director. */
class ForgetfulIpvs extends MemoryIpvs {
  override apply(operations: readonly IpvsOperation[]) {
    const refused = super.apply(operations);
    this.operations.length = 0;
    return refused;
  }
}

const role = parseRole(process.argv.slice(2));
if (role?.role === "checkers") await runCheckers(role, () => new ForgetfulIpvs());
else await import("../../agent/main.ts");
