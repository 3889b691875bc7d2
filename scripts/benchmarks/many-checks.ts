/**
 * Many TCP checkers in one process as they run in the checkers process, each probing a listener on loopback once a second: CPU, memory, how late the
 * timer was at most, and how evenly the probes are spread. The listener is a process of its own.   many-checks.ts CHECKERS SECONDS
 */
import { join } from "node:path";
import { emit } from "./pushed-director.ts";

const [checkers = "5000", seconds = "8"] = process.argv.slice(2);
const script = join(import.meta.dir, "../../test/health/measure-driver.ts");
const run = Bun.spawnSync([process.execPath, script, checkers, seconds], { stderr: "inherit" });
const measured = JSON.parse(run.stdout.toString()) as Readonly<Record<string, number>>;
const of = `${Number(checkers).toLocaleString("en")} checkers, every second`;
const tell = (name: string, figure: string, unit: string) => emit(of, figure, measured[name] ?? Number.NaN, unit);
tell("probes", "probes made", "");
tell("failures", "probes failed", "");
tell("corePercent", "cpu of a core", "%");
tell("cpuMicrosPerProbe", "cpu per probe", "us");
tell("maxLatenessMs", "latest timer", "ms");
tell("busiestTenthPercent", "probes in the busiest tenth of a second", "%");
tell("rssMiB", "memory rss", "MiB");
