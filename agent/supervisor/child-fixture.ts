// A child for the supervisor's tests: it runs no protocol, and answers with the configuration it was given. More than ten instances are
// refused after they were taken, as a kernel refuses half of a change; a lease of 13 s kills it, one of 14 s, to take or to plan, keeps it
// busy for longer than it may be silent, and one of 15 s lets it fail at its stop. Beside its directory it notes what was running when it was
// stopped.

import { appendFileSync } from "node:fs";
import { milliseconds, seconds } from "../base/duration.ts";
import { createLog, type LogLevel } from "../base/log.ts";
import type { VrrpModel } from "../config/model.ts";
import { ChildServer } from "./child-server.ts";

const [role, runtimeDirectory = "", build = ""] = process.argv.slice(2);
if (role !== "vrrp") throw new Error("the fixture plays the vrrp process");

let running: VrrpModel | undefined;
let stops = 0;
let told: LogLevel | undefined;
const plain = createLog({
  ...{ process: role, level: "error", format: "text", color: false },
  ...{ wall: Date.now, write: () => {} },
});
const log = {
  ...plain,
  flush: () => Promise.resolve(),
  setLevel: (level: LogLevel) => {
    told = level;
  },
};
const server = new ChildServer<"vrrp">(
  { role, build, runtimeDirectory, lookMs: 50, log },
  {
    configure: (model) => {
      if (model.addressLease === seconds(13)) process.exit(1);
      if (model.addressLease === seconds(14)) workHard();
      running = model;
      const refused = { operation: "put address", object: "eth0", cause: { code: "ENODEV" } };
      return { failures: model.instances.length > 10 ? [refused] : [] };
    },
    plan: (model) => {
      if (model.addressLease === seconds(14)) workHard();
      return { counts: { added: 0, updated: 0, removed: 0 }, digest: "", first: [] };
    },
    act: () => false,
    state: () => {
      if (told !== undefined) server.report({ kind: "agent-stopping", reason: `logs ${told}` });
      const reason = stops > 0 ? `stopped ${stops} times` : `lease ${running?.addressLease ?? "unknown"}`;
      server.report({ kind: "agent-stopping", reason });
      return { instances: [], syncGroups: [], staticObjects: [], bfdSessions: [] };
    },
    stop: () => {
      stops += 1;
      if (running?.addressLease === seconds(15)) throw new Error("this cannot be undone");
      const what = running === undefined ? "nothing" : `lease ${running.addressLease}`;
      appendFileSync(`${runtimeDirectory}.stops`, `${what} was running\n`);
      return [];
    },
    handOver: () => {},
    maxLateness: () => milliseconds(0),
  },
);
await server.start();

function workHard(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
}
