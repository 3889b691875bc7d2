/** A director of its own in the namespaces that the measure runs in, started empty and pushed to over its unix socket; and how figures are told. */
import { mkdirSync, openSync, rmSync } from "node:fs";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AgentServiceClient, type GetInfoResponse } from "../../agent/control/gen/vipward/v1/agent_service.pb.ts";
import type { ApplyConfigRequest, ApplyConfigResponse } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";
import { ConfigServiceClient } from "../../agent/control/gen/vipward/v1/config_service.pb.ts";

/** Large enough for any configuration that is measured. */
const channelOptions = { "grpc.max_send_message_length": 64e6, "grpc.max_receive_message_length": 64e6 };

/** A director that runs. */
export interface PushedDirector {
  readonly target: string;
  readonly directory: string;
  readonly config: ConfigServiceClient;
  readonly agent: AgentServiceClient;
}

/** Starts the binary, has `use` do its work, and stops it. What fails is said with the end of the director's log, and is the exit code. */
export async function withDirector(binary: string, use: (director: PushedDirector) => Promise<void>): Promise<void> {
  const directory = "/run/bench/push";
  const target = `unix:${directory}/run/vipward.sock`;
  Bun.spawnSync(["ip", "link", "set", "lo", "up"]);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const log = openSync(`${directory}/log`, "w");
  const words = ["run", "--runtime-dir", `${directory}/run`, "--state-dir", `${directory}/state`];
  const process = Bun.spawn([binary, ...words], { stdio: ["ignore", log, log] });
  try {
    await untilItAnswers(target, 30_000);
    const config = new ConfigServiceClient(target, credentials.createInsecure(), channelOptions);
    const agent = new AgentServiceClient(target, credentials.createInsecure());
    await use({ target, directory, config, agent });
    config.close();
    agent.close();
  } catch (error) {
    console.error(`# ${String(error)}`);
    Bun.spawnSync(["tail", "-n", "8", `${directory}/log`], { stdout: "inherit" });
    globalThis.process.exitCode = 1;
  }
  process.kill("SIGTERM");
  await Promise.race([process.exited, Bun.sleep(10_000)]);
  process.kill("SIGKILL");
}

/** One push. */
export function apply(config: ConfigServiceClient, request: ApplyConfigRequest): Promise<ApplyConfigResponse> {
  return answered((done) => config.applyConfig(request, done));
}

/** The answer of a call. */
export function answered<T>(call: (done: (error: ServiceError | null, value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
}

/** The processes of the director, by their role. */
export async function processesOf(agent: AgentServiceClient): Promise<GetInfoResponse["processes"]> {
  const { processes } = await answered((done: (error: ServiceError | null, value: GetInfoResponse) => void) =>
    agent.getInfo({}, done),
  );
  return processes;
}

async function untilItAnswers(target: string, limitMs: number): Promise<void> {
  const end = realTime() + limitMs;
  for (;;) {
    const client = new AgentServiceClient(target, credentials.createInsecure());
    try {
      const processes = await processesOf(client);
      if (processes.length > 0 && processes.every((p) => p.pid > 0 || !p.needed)) return;
    } catch (error) {
      if (realTime() > end) throw error;
    } finally {
      client.close();
    }
    if (realTime() > end) throw new Error(`the director is not complete after ${limitMs} ms`);
    await Bun.sleep(50);
  }
}

/** Milliseconds since 1970, comparable with other processes. */
export function realTime(): number {
  return performance.timeOrigin + performance.now();
}

/** Tells a figure, in the form of c/figure.h. */
export function emit(of: string, figure: string, value: number, unit = "ms"): void {
  const { BENCH_MEASURE: measure, BENCH_PLACE: place, BENCH_KERNEL: kernel, BENCH_DAEMON: daemon } = process.env;
  const number = Number.isNaN(value) ? null : Number(value.toPrecision(6));
  console.log(JSON.stringify({ measure, place, kernel, daemon, case: of, figure, value: number, unit }));
}
