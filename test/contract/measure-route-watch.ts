// What other programs' routes cost the process that watches its own: some routes are added to a namespace and removed, by `ip -batch`, while a watch runs.
//
//     node_modules/.bin/bun test/contract/measure-route-watch.ts 100000

import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LinuxRoutes } from "../../agent/kernel/linux/routes.ts";
import { quietNamespace } from "./linux-namespace.ts";

const count = Math.min(Number(process.argv[2] ?? 100_000), 500_000);
const namespace = quietNamespace();
const file = join(tmpdir(), `routes-${process.pid}`);
const lines = (word: string) =>
  Array.from(
    { length: count },
    (_, index) => `route ${word} 100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}/32 dev lo`,
  ).join("\n");

async function batch(word: string): Promise<void> {
  writeFileSync(file, lines(word));
  await Bun.spawn(["ip", "-n", namespace.path.replace("/run/netns/", ""), "-batch", file]).exited;
}

/** Processor time of this process and calls of the watch while the action runs. */
async function measured(what: string, action: () => Promise<void> | void): Promise<void> {
  const [before, start] = [process.cpuUsage(), performance.now()];
  await action();
  const { user, system } = process.cpuUsage(before);
  const spent = Math.round((user + system) / 1000);
  console.log(`${what}: ${spent} ms of processor in ${Math.round(performance.now() - start)} ms, ${calls} calls`);
}

let calls = 0;
namespace.ip("link", "set", "lo", "up");
const routes = namespace.inside(() => new LinuxRoutes());
const watch = namespace.inside(() => routes.watch(() => calls++));
await measured("idle", () => Bun.sleep(1000));
await measured(`${count} routes added`, () => batch("add"));
await measured("a dump of ours", () => void routes.ours());
await measured(`${count} routes removed`, () => batch("del"));
watch.close();
routes.close();
namespace[Symbol.dispose]();
rmSync(file);
