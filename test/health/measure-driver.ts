// Measures many checkers in one process, as they run: bun test/health/measure-driver.ts [CHECKERS] [SECONDS]
// Every checker probes a listener once a second, each on a loopback address of its own: checkers of one target would share one probe. Prints one JSON
// line: probes made, CPU, how late the timer was, and how evenly the probes are spread (the busiest tenth of a second, 10 % when all are alike).

import { join } from "node:path";
import { ip } from "../../agent/base/address.ts";
import { seconds } from "../../agent/base/duration.ts";
import { silentLog } from "../../agent/base/log.ts";
import { HealthDriver } from "../../agent/health/driver.ts";
import { hostProbes } from "../../agent/health/probes/host-probes.ts";
import { createLinuxTimer, linuxClock } from "../../agent/kernel/linux/clock.ts";
import { LinuxProbeSockets } from "../../agent/kernel/linux/probe-sockets.ts";
import { LinuxPrograms } from "../../agent/kernel/linux/programs.ts";
import { checker, realServer, tcp, virtualServer } from "../balancer/model-builders.ts";

const count = Number(process.argv[2] ?? 5_000);
const duration = Number(process.argv[3] ?? 5);
const listener = Bun.spawn([process.execPath, join(import.meta.dir, "answering-listener-fixture.ts")], {
  stdout: "pipe",
});
const { value } = await listener.stdout.getReader().read();
const port = Number(new TextDecoder().decode(value));
let verdicts = 0;
const driver = new HealthDriver({
  clock: linuxClock,
  createTimer: createLinuxTimer,
  random: Math.random,
  probes: hostProbes(new LinuxProbeSockets(), new LinuxPrograms()),
  report: () => undefined,
  remember: () => undefined,
  onVerdict: () => {
    verdicts += 1;
  },
  log: silentLog,
});
const servers = Array.from({ length: count }, (_, index) => {
  const probe = tcp({ address: ip(`127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`), port });
  const one = checker(`c${index}`, { probe, delay: seconds(1), warmup: seconds(1) });
  return realServer("127.0.0.1", { name: `r${index}`, port: index, checkers: [one] });
});
driver.configure([virtualServer(servers)]);
// The first second starts everything; what follows is the steady state.
await Bun.sleep(1_500);
driver.maxLateness();
const [before, cpu] = [probesMade(), process.cpuUsage()];
await Bun.sleep(duration * 1000);
const { user, system } = process.cpuUsage(cpu);
const probes = probesMade() - before;
const views = driver.views();
console.log(
  JSON.stringify({
    checkers: count,
    seconds: duration,
    probes,
    cpuMicrosPerProbe: Math.round((user + system) / probes),
    corePercent: Math.round((user + system) / duration / 10_000),
    failures: views.reduce((sum, view) => sum + view.failures, 0),
    wentOut: verdicts,
    maxLatenessMs: Number(driver.maxLateness().toFixed(1)),
    busiestTenthPercent: Number(busiestTenth().toFixed(1)),
    rssMiB: Math.round(process.memoryUsage().rss / 1024 / 1024),
  }),
);
driver.close();
listener.kill();

function probesMade(): number {
  return driver.views().reduce((sum, view) => sum + view.probes, 0);
}

/** The last probes of all checkers, by the tenth of a second in which they began. */
function busiestTenth(): number {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const { lastProbe } of views)
    if (lastProbe !== undefined) {
      const tenth = Math.floor((((lastProbe.at - lastProbe.durationMs) % 1000) + 1000) / 100) % 10;
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
  return (Math.max(...tenths) / views.length) * 100;
}
