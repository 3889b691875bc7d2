/**
 * Soak: a director that is changed, watched and probed for a long time, at a gentle rate. Each minute it says what memory each process has; at the
 * end, how that grew.
 *
 *   soak.ts --minutes 60 --changes-per-second 3 --watchers 40 BINARY      BINARY: the compiled memory-director.ts, or vipward where there is IPVS
 *
 * Changes are of every kind: a weight, a priority, a virtual server that comes and goes, one that is wrong, one that is confirmed or taken back,
 * overrides. Of the watchers some read slowly, and some go away and come back. Real servers go down and come back.
 */
import { readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { BalancerServiceClient } from "../../agent/control/gen/vipward/v1/balancer_service.pb.ts";
import { Config, Protocol } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import { ApplyConfigRequest, type ApplyConfigResponse } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { ProcessRole } from "../../agent/control/gen/vipward/v1/event.pb.ts";
import { OverrideServiceClient } from "../../agent/control/gen/vipward/v1/override_service.pb.ts";
import {
  GetStateRequest,
  StateServiceClient,
  WatchStateRequest,
  type WatchStateResponse,
} from "../../agent/control/gen/vipward/v1/state_service.pb.ts";
import { answered, apply, emit, type PushedDirector, processesOf, withDirector } from "./pushed-director.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "60" },
    "changes-per-second": { type: "string", default: "3" },
    watchers: { type: "string", default: "40" },
  },
});
const [binary = ""] = positionals;
const minutes = Number(options.minutes);
const pauseMs = 1000 / Number(options["changes-per-second"]);

/** 20 virtual servers with 5 real servers each, all on this machine's loopback. */
const [servers, each, port] = [20, 5, 8080];
const second = { seconds: 1n, nanos: 0 };
const roles = [
  ["control", ProcessRole.PROCESS_ROLE_CONTROL],
  ["vrrp", ProcessRole.PROCESS_ROLE_VRRP],
  ["checkers", ProcessRole.PROCESS_ROLE_CHECKERS],
] as const;

/** What was done so far, and what of it was refused as it should be. */
const done = { changes: 0, refused: 0, messages: 0, resumed: 0, overflows: 0 };
/** Real servers, by the last number of their addresses, that answer 503. */
const ill = new Set<number>();
let isOver = false;

/** What of the configuration is changed. */
interface Varied {
  weight: number;
  priority: number;
  extra: boolean;
}

await withDirector(binary, async (director) => {
  const realServers = serveRealServers();
  const watchers = Array.from({ length: Number(options.watchers) }, (_, index) => watch(director, index));
  const changes = change(director);
  const memory = await lookEachMinute(director);
  isOver = true;
  await changes;
  await Promise.all(watchers);
  await realServers.stop(true);
  tell(memory);
});

// Changes

async function change(director: PushedDirector): Promise<void> {
  const balancer = new BalancerServiceClient(director.target, credentials.createInsecure());
  const override = new OverrideServiceClient(director.target, credentials.createInsecure());
  const state = new StateServiceClient(director.target, credentials.createInsecure());
  const varied: Varied = { weight: 1, priority: 100, extra: false };
  for (let turn = 0; !isOver; turn++) {
    await one(turn, varied, { ...director, balancer, override, state });
    done.changes++;
    await Bun.sleep(pauseMs);
  }
  for (const client of [balancer, override, state]) client.close();
}

interface Clients extends PushedDirector {
  readonly balancer: BalancerServiceClient;
  readonly override: OverrideServiceClient;
  readonly state: StateServiceClient;
}

async function one(turn: number, varied: Varied, clients: Clients): Promise<void> {
  const { config } = clients;
  switch (turn % 8) {
    case 0:
      varied.weight = 1 + (turn % 50);
      return void (await apply(config, request(varied)));
    case 1:
      varied.priority = 100 + (turn % 50);
      return void (await apply(config, request(varied)));
    case 2:
      varied.extra = !varied.extra;
      return void (await apply(config, request(varied)));
    case 3:
      return expectRefusal(apply(config, request({ ...varied, priority: 999 })));
    case 4:
      return confirmOrCancel(turn, varied, clients);
    case 5:
      return void (await apply(config, request({ ...varied, weight: 77 }, { validateOnly: true })));
    case 6:
      return drainAndClear(clients);
    default:
      ill.clear();
      ill.add(1 + (turn % each));
      await answered((callback) => clients.state.getState(GetStateRequest.create(), callback));
  }
}

async function confirmOrCancel(turn: number, varied: Varied, { config }: Clients): Promise<void> {
  const id = `soak ${turn}`;
  const confirmation = { id, timeout: { seconds: 60n, nanos: 0 } };
  await apply(config, request({ ...varied, weight: 60 }, { confirmation }));
  const settlement = { id, author: "soak", controller: undefined };
  if (turn % 16 === 4) await answered((callback) => config.confirmConfig(settlement, callback));
  else await answered((callback) => config.cancelConfig({ ...settlement, reason: "soak" }, callback));
}

async function drainAndClear({ balancer, override }: Clients): Promise<void> {
  const target = { virtualServer: "tcp 10.30.0.1:80", realServer: `127.0.1.1:${port}` };
  const set = await answered<{ override?: { id: string } | undefined }>((callback) =>
    balancer.setWeightOverride({ target, weight: 5, terms: undefined }, callback),
  );
  await answered((callback) => override.clearOverride({ id: set.override?.id ?? "" }, callback));
}

async function expectRefusal(call: Promise<ApplyConfigResponse>): Promise<void> {
  const outcome = await call.then(
    () => "applied",
    () => "refused",
  );
  if (outcome !== "refused") throw new Error("a wrong configuration was applied");
  done.refused++;
}

function request(varied: Varied, change: Partial<ApplyConfigRequest> = {}): ApplyConfigRequest {
  const virtualServers = Array.from({ length: servers + Number(varied.extra) }, (_, i) => ({
    address: `10.30.0.${i + 1}`,
    port: 80,
    protocol: Protocol.PROTOCOL_TCP,
    delay: second,
    realServers: Array.from({ length: each }, (_, j) => ({
      address: `127.0.1.${j + 1}`,
      port,
      weight: i === 0 ? varied.weight : 1,
      checkers: [{ kind: { $case: "http" as const, value: { requests: [{ path: "/" }] } } }],
    })),
  }));
  const advertisementInterval = { seconds: 0n, nanos: 100_000_000 };
  const instance = { name: "VI", interface: "eth0", version: 3, virtualRouterId: 51, advertisementInterval };
  const vrrpInstances = [{ ...instance, priority: varied.priority, virtualAddresses: [{ address: "10.9.0.100/32" }] }];
  const config = Config.fromPartial({ virtualServers, vrrpInstances });
  return ApplyConfigRequest.fromPartial({ reason: "soak", author: "soak", config, ...change });
}

/** One listener is all real servers: which one is asked is the address that the request came to. */
function serveRealServers() {
  return Bun.serve({
    hostname: "0.0.0.0",
    port,
    fetch: (asked) => {
      const last = Number(new URL(asked.url).hostname.split(".").at(-1));
      return new Response("", { status: ill.has(last) ? 503 : 200 });
    },
  });
}

// Watchers

/** One of four reads slowly, another one goes away after a while and comes back where it was. */
async function watch({ target }: PushedDirector, index: number): Promise<void> {
  const client = new StateServiceClient(target, credentials.createInsecure());
  const [isSlow, isRestless] = [index % 4 === 0, index % 4 === 1];
  for (let last = 0n; !isOver; ) {
    const call = client.watchState(WatchStateRequest.create(last === 0n ? {} : { resumeAfter: last }));
    const end = setInterval(() => isOver && call.cancel(), 1000);
    const leaving = isRestless ? setTimeout(() => call.cancel(), 5000 + Math.random() * 25_000) : undefined;
    try {
      for await (const message of call as AsyncIterable<WatchStateResponse>) {
        done.messages++;
        if (message.message?.$case === "event") last = message.message.value.sequence;
        if (message.message?.$case === "overflow") done.overflows++;
        if (isSlow && done.messages % 50 === 0) await Bun.sleep(200);
      }
    } catch (thrown) {
      // Cancelled by us, or told to come back: then it does.
      if ((thrown as Partial<ServiceError>).code === undefined) throw thrown;
    }
    clearInterval(end);
    clearTimeout(leaving);
    done.resumed++;
  }
  client.close();
}

// Memory

/** Megabytes of private memory by process, once a minute. */
type Memory = Record<(typeof roles)[number][0], number>;

async function lookEachMinute({ agent, directory }: PushedDirector): Promise<readonly Memory[]> {
  const looks: Memory[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    await Bun.sleep(60_000);
    const processes = await processesOf(agent);
    const memory = Object.fromEntries(
      roles.map(([name, role]) => [name, privateMemory(processes.find((one) => one.role === role)?.pid ?? 0)]),
    ) as Memory;
    looks.push(memory);
    const restarts = processes.reduce((sum, one) => sum + one.restarts, 0);
    const text = roles.map(([name]) => `${name} ${memory[name].toFixed(1)}`).join(", ");
    const store = (statSync(`${directory}/state/vipward.db`).size / 1e6).toFixed(1);
    console.error(`# minute ${minute}: MB ${text}; store ${store} MB, ${restarts} restarts; ${JSON.stringify(done)}`);
  }
  return looks;
}

/** What is this process's alone: shared pages of the one binary come and go with what else runs. */
function privateMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].map(([, number]) => Number(number));
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1000;
}

function tell(looks: readonly Memory[]): void {
  const of = `${minutes} minutes of ${1000 / pauseMs} changes a second and ${options.watchers} watchers`;
  const quarter = Math.max(1, Math.floor(looks.length / 4));
  for (const [name] of roles) {
    const values = looks.map((look) => look[name]);
    emit(of, `${name}: private memory, second quarter`, mean(values.slice(quarter, 2 * quarter)), "MB");
    emit(of, `${name}: private memory, last quarter`, mean(values.slice(-quarter)), "MB");
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
