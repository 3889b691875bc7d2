/**
 * Watchers: how soon they hear of an event, and what a thousand of them cost.
 *
 *   watchers.ts probe  BINARY             from a real server's answer to the event at a watcher
 *   watchers.ts kernel BINARY             from a link that goes down or up to the event at a watcher; needs eth0
 *   watchers.ts many --watchers 1000 --seconds 20 --program PROGRAM BINARY     PROGRAM is the compiled c/watchers.c
 *
 * BINARY: the compiled memory-director.ts, or vipward where there is IPVS.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { Config } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { ApplyConfigRequest } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import type { Event } from "../../agent/control/gen/vipward/v1/event.pb.ts";
import { ProcessRole } from "../../agent/control/gen/vipward/v1/event.pb.ts";
import {
  StateServiceClient,
  WatchContent,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import { serveTurning, turningServer } from "./probed-servers.ts";
import { apply, emit, type PushedDirector, processesOf, realTime, withDirector } from "./pushed-director.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    watchers: { type: "string", default: "1000" },
    seconds: { type: "string", default: "20" },
    program: { type: "string", default: "" },
  },
});
const [mode, binary] = positionals;
const seconds = Number(options.seconds);

/** How long a director has been there: what it does at its start is over. */
const settledMs = 6000;

const modes = { probe: fromProbes, kernel: fromKernel, many: manyWatchers };
if (binary === undefined || (mode !== "probe" && mode !== "kernel" && mode !== "many"))
  throw new Error(`expected one of ${Object.keys(modes).join(", ")} and the binary, got "${positionals.join(" ")}"`);
await withDirector(binary, modes[mode]);

/** 50 real servers that turn once a second. */
async function fromProbes(director: PushedDirector): Promise<void> {
  const answered = new Map<string, number>();
  const servers = serveTurning((realServer) => answered.set(realServer, realTime()));
  await push(director, { virtualServers: [turningServer(50)] });
  await Bun.sleep(settledMs);
  const call = watch(director, (event) => {
    if (event?.$case !== "checkerChanged") return;
    const start = answered.get(event.value.realServer);
    if (start !== undefined) emit("one watcher", "probe's answer to event", realTime() - start);
  });
  await Bun.sleep(seconds * 1000);
  call.cancel();
  await servers.stop(true);
}

/** An instance whose link goes down and up. */
async function fromKernel(director: PushedDirector): Promise<void> {
  const instance = { name: "VI", interface: "eth0", version: 3, virtualRouterId: 51, priority: 100 };
  await push(director, { vrrpInstances: [{ ...instance, virtualAddresses: [{ address: "10.9.0.100/32" }] }] });
  await Bun.sleep(settledMs);
  let start = 0;
  let heard = Promise.withResolvers<void>();
  const call = watch(director, (event) => {
    if (event?.$case !== "vrrpStateChanged") return;
    emit("one watcher", "link to event", realTime() - start);
    heard.resolve();
  });
  // A process that is there already: what it takes to start one is not the director's.
  const ip = Bun.spawn(["ip", "-batch", "-"], { stdin: "pipe" });
  for (let turn = 0; turn < seconds * 10; turn++) {
    await Bun.sleep(100);
    heard = Promise.withResolvers();
    start = realTime();
    ip.stdin.write(`link set eth0 ${turn % 2 === 0 ? "down" : "up"}\n`);
    await ip.stdin.flush();
    await Promise.race([heard.promise, Bun.sleep(5000)]);
  }
  await ip.stdin.end();
  call.cancel();
}

/** 100 real servers that turn once a second, and many who want to know. */
async function manyWatchers(director: PushedDirector): Promise<void> {
  const servers = serveTurning(() => undefined);
  await push(director, { virtualServers: [turningServer(100)] });
  await Bun.sleep(settledMs);
  const { pid = 0 } =
    (await processesOf(director.agent)).find(({ role }) => role === ProcessRole.PROCESS_ROLE_CONTROL) ?? {};
  const request = WatchStateRequest.encode(eventsRequest("checker-changed")).finish();
  const socket = director.target.replace("unix:", "");
  const words = [options.program, socket, options.watchers, options.seconds, Buffer.from(request).toString("hex")];
  const watchers = Bun.spawn(words, { stdout: "pipe" });
  const said = watchers.stdout.getReader();
  const hear = async () => new TextDecoder().decode((await said.read()).value);
  if (!(await hear()).startsWith("watching")) throw new Error("the watchers do not hear anything");
  const before = cpuMs(pid);
  const [, total = "0", least = "0"] = (await hear()).trim().split(" ");
  const of = `${options.watchers} watchers of 100 events a second`;
  emit(of, "cpu of control", ((cpuMs(pid) - before) / (seconds * 1000)) * 100, "%");
  emit(of, "memory of control (private)", privateMemory(pid), "MB");
  emit(of, "events a second and watcher", Number(total) / seconds / Number(options.watchers), "");
  emit(of, "the same, of the watcher that heard least", Number(least) / seconds, "");
  await servers.stop(true);
}

async function push({ config }: PushedDirector, wish: Parameters<typeof Config.fromPartial>[0]): Promise<void> {
  await apply(config, ApplyConfigRequest.fromPartial({ reason: "benchmark", config: Config.fromPartial(wish) }));
}

function watch({ target }: PushedDirector, onEvent: (event: Event["kind"]) => void) {
  const client = new StateServiceClient(target, credentials.createInsecure());
  const call = client.watchState(eventsRequest());
  call.on("data", ({ message }: WatchStateResponse) => {
    if (message?.$case === "event") onEvent(message.value.kind);
  });
  call.on("error", () => client.close());
  return call;
}

function eventsRequest(...eventKinds: string[]): WatchStateRequest {
  return WatchStateRequest.create({ contents: [WatchContent.WATCH_CONTENT_EVENTS], eventKinds });
}

/** The CPU time of a process so far; the kernel counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Megabytes that are this process's alone. */
function privateMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].map(([, number]) => Number(number));
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1000;
}
