/**
 * Pushes configurations to a director of its own over the unix socket, as a controller does, and times the calls. It starts the director
 * empty, in the network namespace that it runs in itself.
 *
 *   push.ts table  --services N --each M --case TEXT --watch PROGRAM BINARY     one push of N × M; PROGRAM is the compiled c/table.c, where the table is the kernel's
 *   push.ts large --case TEXT --calls COUNT BINARY     validation and plan of 10 MB, COUNT times each
 *   push.ts change --services N --each M --case TEXT --calls COUNT BINARY      N × M, then COUNT pushes with one changed weight each
 *   push.ts merge  (the same)      the same with pushes of the one virtual server that changes (APPLY_MODE_MERGE)
 *   push.ts same   (the same)      the same with pushes that change nothing, and must not write to the kernel
 *   push.ts priority --case TEXT --calls COUNT BINARY      an instance on eth0, then COUNT pushes with its priority changed: needs no IPVS
 *
 * --checked: a TCP checker for each real server, which waits an hour before it first probes.
 *
 * Figures go to stdout as JSON lines, in the form of c/figure.h.
 */
import { parseArgs } from "node:util";
import type { ServiceError } from "@grpc/grpc-js";
import { Config, Forwarding, Protocol } from "../../agent/control/gen/vipward/v1/config.pb.ts";
import {
  ApplyConfigRequest,
  type ApplyConfigResponse,
  ApplyMode,
  type ConfigServiceClient,
  PlanConfigRequest,
  ValidateConfigRequest,
} from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { largeConfig } from "./large-config.ts";
import { answered, apply, type PushedDirector, realTime, emit as tell, withDirector } from "./pushed-director.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    services: { type: "string", default: "1" },
    each: { type: "string", default: "2" },
    calls: { type: "string", default: "50" },
    case: { type: "string", default: "" },
    watch: { type: "string", default: "" },
    checked: { type: "boolean", default: false },
  },
});
const [mode, binary] = positionals;
const services = Number(options.services);
const each = Number(options.each);
const modes = {
  table: pushTable,
  change: changeWeights,
  merge: mergeWeights,
  same: pushTheSame,
  large: lookAtLarge,
  priority: changePriority,
};
if (binary === undefined || !isMode(mode)) {
  throw new Error(`expected one of ${Object.keys(modes).join(", ")} and the binary, got "${positionals.join(" ")}"`);
}
/** How long a director has been there before its changes are timed: what it does at its start is over. */
const settledMs = 6000;

/** Calls before those that count. The client's own warm-up, and the connection's, is not what is measured: a controller has called for days. */
const warmUp = { questions: 300, changes: 20 } as const;

/** Hardly runs: it waits an hour before it first probes. */
const tcpChecker = { kind: { $case: "tcp" as const, value: { warmup: { seconds: 3600n, nanos: 0 } } } };

await withDirector(binary, modes[mode]);

/** One push of the whole table, beside a program that watches the kernel. */
async function pushTable({ config }: PushedDirector): Promise<void> {
  const request = table(undefined);
  if (options.watch === "") return pushUnwatched(config, request);
  const watcher = Bun.spawn([options.watch, options.services, options.each, "120000"], { stdout: "pipe" });
  const said = watcher.stdout.getReader();
  await said.read();
  await connected(config); // as a controller is, before it has something to push
  const start = realTime();
  const answer = await apply(config, request);
  emit("call to answer", realTime() - start);
  emitPhases(answer);
  const moments = await rest(said);
  emit("call to first service", momentOf(moments, "first") - start);
  emit("call to table complete", momentOf(moments, "complete") - start);
}

/** The same where the answer is all there is to be seen. */
async function pushUnwatched(config: ConfigServiceClient, request: ApplyConfigRequest): Promise<void> {
  const start = realTime();
  const answer = await apply(config, request);
  emit("call to answer", realTime() - start);
  emitPhases(answer);
}

/** Validation and plan of a configuration of 10 MB. */
async function lookAtLarge({ config }: PushedDirector): Promise<void> {
  const large = { config: largeConfig(10e6) };
  const [validation, plan] = [ValidateConfigRequest.fromPartial(large), PlanConfigRequest.fromPartial(large)];
  for (let call = 0; call < Number(options.calls); call++) {
    let start = realTime();
    await answered((done: Done<unknown>) => config.validateConfig(validation, done));
    emit("validate", realTime() - start);
    start = realTime();
    await answered((done: Done<unknown>) => config.planConfig(plan, done));
    emit("plan", realTime() - start);
  }
}

type Done<T> = (error: ServiceError | null, value: T) => void;

/** The table, then one changed weight per call. */
async function changeWeights(pushed: PushedDirector): Promise<void> {
  await apply(pushed.config, table(1));
  await repeat(
    pushed,
    (call) => table(call % 2 === 0 ? 2 : 3),
    "one destination updated",
    (answer) => {
      return answer.ipvsOperations?.updated === 1;
    },
  );
}

/** The same, of which only the virtual server that changes is pushed. */
async function mergeWeights(pushed: PushedDirector): Promise<void> {
  await apply(pushed.config, table(1));
  const middle = Math.floor(services / 2);
  await repeat(
    pushed,
    (call) => ({
      ...requestFor({ virtualServers: [virtualServer(middle, call % 2 === 0 ? 2 : 3)] }),
      mode: ApplyMode.APPLY_MODE_MERGE,
    }),
    "one destination updated",
    (answer) => answer.ipvsOperations?.updated === 1,
  );
}

/** The table, again and again. */
async function pushTheSame(pushed: PushedDirector): Promise<void> {
  await apply(pushed.config, table(1));
  await repeat(
    pushed,
    () => table(1),
    "no operation in the kernel",
    ({ unchanged, ipvsOperations: { added, updated, removed } = { added: 0, updated: 0, removed: 0 } }) =>
      unchanged && added + updated + removed === 0,
  );
}

/** An instance, then another priority per call. */
async function changePriority(pushed: PushedDirector): Promise<void> {
  await apply(pushed.config, instance(100));
  await repeat(
    pushed,
    (call) => instance(call % 2 === 0 ? 101 : 102),
    "a new revision",
    (answer) => !answer.unchanged,
  );
}

/** Times the calls to a director that is no longer new, by a client that is not either. */
async function repeat(
  { config, agent }: PushedDirector,
  requestOf: (call: number) => ApplyConfigRequest,
  expected: string,
  isRight: (answer: ApplyConfigResponse) => boolean,
): Promise<void> {
  await Bun.sleep(settledMs);
  for (let question = 0; question < warmUp.questions; question++)
    await answered((done: Done<unknown>) => agent.getInfo({}, done));
  for (let call = -warmUp.changes; call < Number(options.calls); call++) {
    const request = requestOf(call);
    const start = realTime();
    const answer = await apply(config, request);
    const took = realTime() - start;
    if (!isRight(answer)) throw new Error(`expected ${expected}, got ${JSON.stringify(answer.ipvsOperations)}`);
    if (call < 0) continue;
    emit("call to answer", took);
    emitPhases(answer);
  }
}

/** How the director says it spent the time. What is left is transport and encoding, of which the client has its part. */
function emitPhases({ phases }: ApplyConfigResponse): void {
  let untilAcknowledged = 0;
  for (const { name, duration } of phases) {
    const took = Number(duration?.seconds ?? 0) * 1e3 + (duration?.nanos ?? 0) / 1e6;
    emit(`of it, ${name}`, took);
    if (name === "store" || name === "checkers") untilAcknowledged += took;
  }
  emit("accepted to last acknowledgement", untilAcknowledged);
}

/** The address plan of configurations/services. Real server 0 of the middle service has `weight`. */
function table(weight: number | undefined): ApplyConfigRequest {
  return requestFor({ virtualServers: Array.from({ length: services }, (_, i) => virtualServer(i, weight)) });
}

function instance(priority: number): ApplyConfigRequest {
  const advertisementInterval = { seconds: 0n, nanos: 100_000_000 };
  const virtualAddresses = [{ address: "10.9.0.100/32" }];
  const one = { name: "VI", interface: "eth0", version: 3, virtualRouterId: 51, priority };
  return requestFor({ vrrpInstances: [{ ...one, advertisementInterval, virtualAddresses }] });
}

/** A controller has encoded before: the client's own warm-up is not what is measured. */
function requestFor(config: Parameters<typeof Config.fromPartial>[0]): ApplyConfigRequest {
  const request = ApplyConfigRequest.fromPartial({ reason: "benchmark", config: Config.fromPartial(config) });
  for (let i = 0; i < 3; i++) ApplyConfigRequest.encode(request).finish();
  return request;
}

function virtualServer(i: number, weight: number | undefined) {
  const low = `${Math.floor(i / 250)}.${(i % 250) + 1}`;
  const heavy = i === Math.floor(services / 2) ? weight : undefined;
  return {
    address: `10.20.${low}`,
    port: 80,
    protocol: Protocol.PROTOCOL_TCP,
    scheduler: "wlc",
    forwarding: Forwarding.FORWARDING_MASQUERADE,
    realServers: Array.from({ length: each }, (_, j) => ({
      address: `10.${40 + j}.${low}`,
      port: 8080,
      weight: j === 0 ? (heavy ?? 1) : 1,
      ...(options.checked && { checkers: [tcpChecker] }),
    })),
  };
}

function isMode(word: string | undefined): word is keyof typeof modes {
  return word !== undefined && word in modes;
}

function connected(client: ConfigServiceClient): Promise<void> {
  return new Promise((resolve, reject) =>
    client.waitForReady(Date.now() + 30_000, (error) => (error ? reject(error) : resolve())),
  );
}

async function rest(reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> }): Promise<string> {
  const decoder = new TextDecoder();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
}

/** A moment that the watcher told, in milliseconds; not a number when it did not come to it. */
function momentOf(text: string, word: string): number {
  const nanoseconds = text.match(new RegExp(`^${word} (\\d+)$`, "m"))?.[1];
  return nanoseconds === undefined ? Number.NaN : Number(nanoseconds) / 1e6;
}

function emit(figure: string, value: number): void {
  tell(options.case, figure, value);
}
