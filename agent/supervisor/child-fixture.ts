// A child for the supervisor's tests: it runs no protocol, and answers with the configuration it was given.

import { milliseconds } from "../base/duration.ts";
import { silentLog } from "../base/log.ts";
import type { VrrpModel } from "../config/model.ts";
import { ChildServer } from "./child-server.ts";

const [role, runtimeDirectory = "", build = ""] = process.argv.slice(2);
if (role !== "vrrp") throw new Error("the fixture plays the vrrp process");

let running: VrrpModel | undefined;
const server = new ChildServer<"vrrp">(
  { role, build, runtimeDirectory, log: { ...silentLog, flush: () => Promise.resolve() } },
  {
    configure: (model) => {
      running = model;
      return model.instances.length > 10
        ? [{ operation: "put address", object: "eth0", cause: { code: "ENODEV" } }]
        : [];
    },
    plan: () => [],
    state: () => {
      server.report({ kind: "agent-stopping", reason: `lease ${running?.addressLease ?? "unknown"}` });
      return { instances: [] };
    },
    stop: () => [],
    handOver: () => {},
    maxLateness: () => milliseconds(0),
  },
);
await server.start();
